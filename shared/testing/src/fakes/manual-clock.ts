/**
 * A clock for tests: time moves only when told, timers fire in order, and promises settle in between.
 */
import type { Clock } from '@leasehold/kernel';

export interface ManualClock extends Clock {
  /** Moves time on, firing what falls due, one after the other. */
  advance(ms: number): Promise<void>;
  /** Lets promises settle without moving time. */
  settle(): Promise<void>;
  /** Sleepers that wait. */
  sleepers(): number;
}

const ROUNDS = 60;

export function manualClock(startMs = 1_000_000): ManualClock {
  let now = startMs;
  let serial = 0;
  const sleeping = new Map<number, { readonly atMs: number; readonly wake: () => void }>();
  const settle = async (): Promise<void> => {
    for (let round = 0; round < ROUNDS; round++) await Promise.resolve();
  };
  const next = (untilMs: number): number | undefined => {
    let found: number | undefined;
    let atMs = untilMs;
    for (const [id, sleeper] of sleeping) {
      if (sleeper.atMs > atMs || (found !== undefined && sleeper.atMs === atMs)) continue;
      found = id;
      atMs = sleeper.atMs;
    }
    return found;
  };
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const id = ++serial;
        const stop = () => {
          sleeping.delete(id);
          reject(signal?.reason);
        };
        signal?.addEventListener('abort', stop, { once: true });
        const wake = () => {
          signal?.removeEventListener('abort', stop);
          resolve();
        };
        sleeping.set(id, { atMs: now + Math.max(0, ms), wake });
      }),
    advance: async (ms) => {
      const untilMs = now + ms;
      await settle();
      for (let id = next(untilMs); id !== undefined; id = next(untilMs)) {
        const sleeper = sleeping.get(id);
        sleeping.delete(id);
        now = Math.max(now, sleeper?.atMs ?? now);
        sleeper?.wake();
        await settle();
      }
      now = untilMs;
      await settle();
    },
    settle,
    sleepers: () => sleeping.size,
  };
}
