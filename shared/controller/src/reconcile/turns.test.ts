/** What happens now and then: at once, at its interval, soon again where it failed (1), and each turn for itself (2). */
import { bound, silentLog } from '@leasehold/kernel';
import { type ManualClock, manualClock } from '@leasehold/testing/fakes/manual-clock';
import { beforeEach, expect, test } from 'vitest';
import { startTurns, type Turn } from './turns.ts';

const EVERY = bound('every-ms', 10_000);
let clock: ManualClock;
let told: unknown[];
beforeEach(() => {
  clock = manualClock(0);
  told = [];
});
const start = (...turns: readonly Turn[]) => {
  const log = { ...silentLog, debug: (...line: readonly unknown[]) => void told.push(line) };
  return startTurns(turns, { clock, log, retryMs: bound('retry-ms', 2_000) });
};

test('a turn is taken at once and then at its interval, counted from its end', async () => {
  const at: number[] = [];
  const turns = start({
    every: EVERY,
    run: async () => {
      at.push(clock.now());
      await clock.sleep(500);
    },
  });
  await clock.advance(31_600);
  expect(at).toEqual([0, 10_500, 21_000, 31_500]);
  await clock.advance(500);
  await turns.close();
});

test('a turn may say itself how long it pauses', async () => {
  const at: number[] = [];
  const run = async () => void at.push(clock.now());
  const turns = start({ every: EVERY, pauseMs: () => 300, run });
  await clock.advance(700);
  expect(at).toEqual([0, 300, 600]);
  await turns.close();
});

test.each([
  ['soon', EVERY, [0, 2_000, 4_000, 14_000]],
  ['at its interval, where that is sooner', bound('often-ms', 1_000), [0, 1_000, 2_000, 3_000]],
])('1: a turn that failed is tried again %s, and that is told', async (_when, every, wanted) => {
  const at: number[] = [];
  const turns = start({
    every,
    pauseMs: () => every.value,
    run: async () => {
      at.push(clock.now());
      if (at.length <= 2) throw new Error('away');
    },
  });
  await clock.advance(14_000);
  expect(at.slice(0, 4)).toEqual(wanted);
  expect(told).toEqual(
    Array.from({ length: 2 }, () => [
      'housekeeping waits',
      { loop: every.name, error: expect.objectContaining({ message: 'unexpected error: Error: away' }) },
    ]),
  );
  await turns.close();
});

test('2: a turn that takes its time keeps no other waiting', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let slow = 0;
  let quick = 0;
  const turns = start(
    {
      every: EVERY,
      run: () => {
        slow += 1;
        return promise;
      },
    },
    {
      every: EVERY,
      run: async () => {
        quick += 1;
      },
    },
  );
  await clock.advance(20_000);
  expect([slow, quick]).toEqual([1, 3]);
  resolve();
  await turns.close();
});

test('the end tells the turn that is under way, waits for it, and begins no other', async () => {
  let runs = 0;
  let ended = false;
  const { promise, resolve } = Promise.withResolvers<void>();
  const turns = start({
    every: EVERY,
    run: async (signal) => {
      runs += 1;
      await promise;
      throw signal.reason;
    },
  });
  const closing = turns.close().then(() => {
    ended = true;
  });
  await clock.settle();
  expect(ended).toBe(false);
  resolve();
  await closing;
  await clock.advance(60_000);
  // An end that was asked for is no failure.
  expect([runs, told, clock.sleepers()]).toEqual([1, [], 0]);
});
