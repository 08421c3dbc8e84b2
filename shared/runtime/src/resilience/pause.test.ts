/** A wait that can be cut short (1), and that no timer is too short for (2). */

import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { createPause } from './pause.ts';

function setUp() {
  const clock = manualClock();
  const slept: number[] = [];
  const pause = createPause({
    now: clock.now,
    sleep: (ms, signal) => {
      slept.push(ms);
      return clock.sleep(ms, signal);
    },
  });
  const waits = (ms: number) => {
    const state = { isOver: false };
    void pause.wait(ms).then(() => {
      state.isOver = true;
    });
    return state;
  };
  return { clock, pause, slept, waits };
}

test('a wait ends at its time and not before', async () => {
  const { clock, waits } = setUp();
  const wait = waits(1_000);
  await clock.advance(999);
  expect(wait.isOver).toBe(false);
  await clock.advance(1);
  expect(wait.isOver).toBe(true);
});

test('1: a wake ends the wait under way, and that one alone', async () => {
  const { clock, pause, waits } = setUp();
  const first = waits(1_000);
  await clock.settle();
  pause.wake();
  await clock.settle();
  expect([first.isOver, clock.sleepers()]).toEqual([true, 0]);
  const second = waits(1_000);
  await clock.settle();
  expect(second.isOver).toBe(false);
  await clock.advance(1_000);
  expect(second.isOver).toBe(true);
});

test('1: a wake while nobody waits ends the next wait, and one only however often it was', async () => {
  const { clock, pause, slept, waits } = setUp();
  pause.wake();
  pause.wake();
  const first = waits(1_000);
  await clock.settle();
  expect([first.isOver, slept]).toEqual([true, []]);
  const second = waits(1_000);
  await clock.settle();
  expect(second.isOver).toBe(false);
});

test('2: a wait of weeks is slept an hour at a time, to its end', async () => {
  const { clock, slept, waits } = setUp();
  const wait = waits(3 * 3_600_000 + 5);
  await clock.advance(3 * 3_600_000);
  expect([wait.isOver, slept]).toEqual([false, [3_600_000, 3_600_000, 3_600_000, 5]]);
  await clock.advance(5);
  expect(wait.isOver).toBe(true);
});

test.each([0, -1])('a wait of %i ms is over at once, without a timer', async (ms) => {
  const { clock, slept, waits } = setUp();
  const wait = waits(ms);
  await clock.settle();
  expect([wait.isOver, slept]).toEqual([true, []]);
});
