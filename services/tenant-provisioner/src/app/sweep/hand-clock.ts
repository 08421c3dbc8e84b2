/**
 * A clock for tests of loops over a real ledger: time passes when it is told to, and what each moment wakes has had its answers
 * from the store before the next. Used by tests alone.
 */
import type { Clock } from '@leasehold/kernel';
import type { Ledger } from '@leasehold/store';

/** Sleeps end when the hand of the clock passes them. */
export function handClock(world: {
  nowMs: number;
  readonly ledger: Ledger;
}): Clock & { pass(ms: number): Promise<void> } {
  const sleepers = new Set<{ atMs: number; wake: () => void }>();
  const settle = async () => {
    // Each way to the store and back lets what was asked of it before be answered.
    for (let turn = 0; turn < 12; turn++) {
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
      for (let left = 5_000; left > 0; left--) {
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
