/**
 * A bounded number of places with a bounded queue in front: first come, first served. Owns counting only.
 *
 * 1. A place is given back exactly once for each time that one was taken.
 * 2. Whoever is aborted while waiting leaves the queue at once and holds no place.
 */
export interface Slots {
  /** True when a place was free. */
  tryTake(): boolean;
  /** Waits for a place; undefined when the queue is full. Rejects with the signal's reason. */
  wait(signal?: AbortSignal): Promise<void> | undefined;
  give(): void;
}

export function createSlots(places: number, queueLimit: number): Slots {
  let taken = 0;
  const queue = new Set<() => void>();
  return {
    tryTake: () => {
      // While somebody waits no place is free: each goes over to the next who waits.
      if (taken >= places) return false;
      taken += 1;
      return true;
    },
    wait: (signal) => {
      if (queue.size >= queueLimit) return undefined;
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const leave = (): void => {
          queue.delete(enter);
          reject(signal?.reason);
        };
        const enter = (): void => {
          signal?.removeEventListener('abort', leave);
          resolve();
        };
        signal?.addEventListener('abort', leave, { once: true });
        queue.add(enter);
      });
    },
    give: () => {
      const next = queue.values().next().value;
      if (next === undefined) {
        taken -= 1;
        return;
      }
      // The place goes over to the next one without ever being free.
      queue.delete(next);
      next();
    },
  };
}
