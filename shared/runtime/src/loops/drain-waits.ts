/**
 * Who waits for which outbox row to be gone. Owns the waiting only.
 *
 * 1. A wait ends with the first sight of its partition without the row; a row never comes back under the same key.
 */
export interface DrainWaits {
  wait(partition: string, key: string, signal?: AbortSignal): Promise<void>;
  seen(partition: string, rows: ReadonlyMap<string, string>): void;
  close(reason: unknown): void;
}

interface Waiter {
  readonly key: string;
  resolve(): void;
  reject(reason: unknown): void;
}

export function createDrainWaits(): DrainWaits {
  const waiters = new Map<string, Set<Waiter>>();
  let closed: { readonly reason: unknown } | undefined;
  const leave = (partition: string, waiter: Waiter): void => {
    const set = waiters.get(partition);
    set?.delete(waiter);
    if (set?.size === 0) waiters.delete(partition);
  };
  return {
    wait: (partition, key, signal) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(closed.reason);
        if (signal?.aborted) return reject(signal.reason);
        const end = (): void => {
          leave(partition, waiter);
          signal?.removeEventListener('abort', onAbort);
        };
        const onAbort = (): void => waiter.reject(signal?.reason);
        const waiter: Waiter = {
          key,
          resolve: () => {
            end();
            resolve();
          },
          reject: (reason) => {
            end();
            reject(reason);
          },
        };
        const set = waiters.get(partition);
        if (set) set.add(waiter);
        else waiters.set(partition, new Set([waiter]));
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
    seen: (partition, rows) => {
      const set = waiters.get(partition);
      if (set === undefined) return;
      for (const waiter of [...set]) if (!rows.has(waiter.key)) waiter.resolve();
    },
    close: (reason) => {
      closed = { reason };
      for (const set of [...waiters.values()]) for (const waiter of [...set]) waiter.reject(reason);
    },
  };
}
