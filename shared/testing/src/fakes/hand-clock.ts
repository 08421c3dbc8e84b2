/**
 * A clock for tests of loops over a real ledger: time passes when it is told to, and what each moment wakes has had its answers
 * from the store before the next.
 */
import type { Clock } from '@leasehold/kernel';
import type { TestLedger } from './ledger.ts';

export interface HandClock extends Clock {
  /** Sleeps end when the hand of the clock passes them. */
  pass(ms: number): Promise<void>;
}

/** Wake-ups in one passing of time. */
const MOST_WAKES = 5_000;

/** @param world whose time passes, and over whose ledger the loops work. */
export function handClock(world: Pick<TestLedger, 'nowMs' | 'whenQuiet'>): HandClock {
  const sleepers = new Set<{ atMs: number; wake: () => void }>();
  return {
    now: () => world.nowMs,
    sleep: (ms, within) =>
      new Promise((resolve, reject) => {
        const sleeper = { atMs: world.nowMs + ms, wake: () => resolve() };
        if (within?.aborted) return reject(within.reason);
        within?.addEventListener('abort', () => reject(within.reason), { once: true });
        sleepers.add(sleeper);
      }),
    pass: async (ms) => {
      const untilMs = world.nowMs + ms;
      await world.whenQuiet();
      for (let left = MOST_WAKES; left > 0; left--) {
        const next = [...sleepers].toSorted((a, b) => a.atMs - b.atMs)[0];
        if (!next || next.atMs > untilMs) break;
        sleepers.delete(next);
        world.nowMs = Math.max(world.nowMs, next.atMs);
        next.wake();
        await world.whenQuiet();
      }
      world.nowMs = untilMs;
      await world.whenQuiet();
    },
  };
}
