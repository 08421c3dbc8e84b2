/** One timer for the earliest of many times (1): at most one sleeper, never too late. */

import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createWakeTimer } from './wake-timer.ts';

function setUp() {
  const clock = manualClock(0);
  const fired: number[] = [];
  const slept: number[] = [];
  const own = {
    now: clock.now,
    sleep: (ms: number, signal?: AbortSignal) => {
      slept.push(ms);
      return clock.sleep(ms, signal);
    },
  };
  return { clock, fired, slept, timer: createWakeTimer(own, () => fired.push(clock.now())) };
}

test('it fires at the earliest time that was set, once', async () => {
  const { clock, fired, timer } = setUp();
  for (const atMs of [500, 300, 400, 300]) timer.set(atMs);
  expect(clock.sleepers()).toBe(1);
  await clock.advance(299);
  expect(fired).toEqual([]);
  await clock.advance(10_000);
  expect([fired, clock.sleepers()]).toEqual([[300], 0]);
});

test('a time that is no earlier than the one set moves nothing', async () => {
  const { slept, timer } = setUp();
  timer.set(300);
  timer.set(300);
  timer.set(301);
  expect(slept).toEqual([300]);
});

test('after it fired it may be set again, also from within', async () => {
  const { clock, fired, timer } = setUp();
  timer.set(100);
  await clock.advance(100);
  timer.set(200);
  await clock.advance(100);
  expect(fired).toEqual([100, 200]);
});

test('a time that has passed fires at once, and one of weeks is looked at again within the hour', async () => {
  const { clock, fired, slept, timer } = setUp();
  await clock.advance(50);
  timer.set(7);
  await clock.advance(0);
  expect([fired, slept]).toEqual([[50], [0]]);
  timer.set(1e10);
  expect(slept.at(-1)).toBe(3_600_000);
});

test('cleared it does not fire, and may be set again for later than it was', async () => {
  const { clock, fired, timer } = setUp();
  timer.set(100);
  timer.clear();
  timer.clear();
  expect(clock.sleepers()).toBe(0);
  await clock.settle();
  timer.set(500);
  await clock.advance(400);
  expect(fired).toEqual([]);
  await clock.advance(100);
  expect(fired).toEqual([500]);
});

test('whatever is set and when, nothing that is due waits for more than its time', async () => {
  const act = fc.record({ afterMs: fc.integer({ min: 0, max: 50 }), inMs: fc.integer({ min: -5, max: 60 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 20 }), async (acts) => {
      const { clock, fired, timer } = setUp();
      const wanted: number[] = [];
      for (const { afterMs, inMs } of acts) {
        await clock.advance(afterMs);
        const atMs = clock.now() + inMs;
        wanted.push(Math.max(atMs, clock.now()));
        timer.set(atMs);
        expect(clock.sleepers()).toBeLessThanOrEqual(1);
      }
      await clock.advance(1_000);
      // A time set later than the one under way is its owner's to set again when that one fires.
      if (wanted.length > 0) expect(fired[0]).toBeLessThanOrEqual(wanted[0] as number);
      expect(fired.every((atMs) => wanted.includes(atMs))).toBe(true);
    }),
    { numRuns: 50 },
  );
});
