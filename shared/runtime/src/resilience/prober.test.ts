/** How often a backend is asked (1, 2), and that nothing is left when nobody asks any more. */
import type { Rng } from '@leasehold/kernel';
import { bound, silentLog } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import type { Guard, GuardState } from './guard.port.ts';
import { startProber } from './prober.ts';

/** @param chance what the jitter draws. */
function setUp(
  chance = 0.5,
  bounds: { everyMs?: ReturnType<typeof bound>; downEveryMs?: ReturnType<typeof bound> } = {},
) {
  const clock = manualClock();
  const listeners = new Set<(state: GuardState) => void>();
  const world = { status: 'up' as GuardState['status'], gate: undefined as Promise<void> | undefined };
  const probes: number[] = [];
  const signals: AbortSignal[] = [];
  const forked: string[] = [];
  const state = (): GuardState => ({ status: world.status, circuit: 'closed', since: 0 });
  const guard = {
    backend: { name: 'minio' },
    probe: async (signal: AbortSignal) => {
      probes.push(clock.now() - 1_000_000);
      signals.push(signal);
      await world.gate;
      return state();
    },
    onChange: (listener: (state: GuardState) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  } as unknown as Guard;
  const fork = (name: string) => {
    forked.push(name);
    return { next: () => chance };
  };
  const rng = { fork } as unknown as Rng;
  const prober = startProber([guard], { clock, rng, log: silentLog, ...bounds });
  const turn = (status: GuardState['status']) => {
    world.status = status;
    for (const listener of listeners) listener(state());
  };
  return { clock, prober, probes, signals, forked, listeners, world, turn };
}

test.each([
  ['up', 0, 24_000],
  ['up', 0.5, 30_000],
  ['up', 0.999999, 36_000],
  ['down', 0, 1_600],
  ['down', 0.999999, 2_400],
  ['unknown', 0.5, 2_000],
] as const)(
  '2: one that is %s is probed at the start and then at its pace, a fifth sooner or later (%d)',
  async (status, chance, everyMs) => {
    const { clock, probes, world, prober, forked } = setUp(chance);
    world.status = status;
    await clock.advance(everyMs * 3 + 100);
    expect(probes).toHaveLength(4);
    expect(Math.abs((probes[3] ?? 0) - 3 * everyMs)).toBeLessThan(3);
    expect(forked).toEqual(['minio']);
    await prober.close();
  },
);

test('1: one that goes down during the long wait is probed at once, one that is down already is not probed the sooner', async () => {
  const { clock, probes, turn, prober } = setUp();
  await clock.advance(10_000);
  turn('up');
  await clock.settle();
  expect(probes).toEqual([0]);
  turn('down');
  await clock.settle();
  expect(probes).toEqual([0, 10_000]);
  turn('down');
  await clock.advance(1_999);
  expect(probes).toHaveLength(2);
  await clock.advance(1);
  expect(probes).toEqual([0, 10_000, 12_000]);
  await prober.close();
});

test('paces are settings', async () => {
  const { clock, probes, prober } = setUp(0.5, { everyMs: bound('up', 100), downEveryMs: bound('down', 7) });
  await clock.advance(200);
  expect(probes).toEqual([0, 100, 200]);
  await prober.close();
});

test('closing tells the probe under way, waits for it, and leaves neither timer nor listener', async () => {
  const { clock, probes, signals, listeners, world, prober } = setUp();
  const gate = Promise.withResolvers<void>();
  world.gate = gate.promise;
  await clock.advance(30_000);
  const closed = { is: false };
  const closing = prober.close().then(() => {
    closed.is = true;
  });
  await clock.settle();
  expect([signals[1]?.aborted, closed.is]).toEqual([true, false]);
  gate.resolve();
  await closing;
  await clock.advance(100_000);
  expect([probes.length, listeners.size, clock.sleepers()]).toEqual([2, 0, 0]);
});

test('closing ends a long wait', async () => {
  const { clock, probes, prober } = setUp();
  await clock.advance(1_000);
  await prober.close();
  expect([probes.length, clock.sleepers()]).toEqual([1, 0]);
});
