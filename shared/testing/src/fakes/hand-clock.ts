/**
 * A clock for tests of loops over a real ledger: time passes when it is told to, and what each moment wakes has had its answers
 * from the store before the next.
 */
import type { Clock } from '@leasehold/kernel';
import type { Ledger } from '@leasehold/store';

export interface HandClock extends Clock {
  /** Sleeps end when the hand of the clock passes them. */
  pass(ms: number): Promise<void>;
}

/** Ways to the store and back that one wake-up may take before it sleeps again. */
const TURNS = 24;
/** Wake-ups in one passing of time. */
const MOST_WAKES = 5_000;

/** @param world whose time passes, and over whose ledger the loops work. */
export function handClock(world: { nowMs: number; readonly ledger: Ledger }): HandClock {
  const sleepers = new Set<{ atMs: number; wake: () => void }>();
  const settle = async () => {
    // Each way to the store and back lets what was asked of it before be answered.
    for (let turn = 0; turn < TURNS; turn++) {
      await world.ledger.store.leases.read(`turn ${turn}`);
      await world.ledger.update('turns', () => ({ put: [{ key: 'state', value: `${turn}` }], result: undefined }));
    }
  };
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
      await settle();
      for (let left = MOST_WAKES; left > 0; left--) {
        const next = [...sleepers].toSorted((a, b) => a.atMs - b.atMs)[0];
        if (!next || next.atMs > untilMs) break;
        sleepers.delete(next);
        world.nowMs = Math.max(world.nowMs, next.atMs);
        next.wake();
        await settle();
      }
      world.nowMs = untilMs;
      await settle();
    },
  };
}
