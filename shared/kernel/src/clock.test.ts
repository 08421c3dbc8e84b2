/** The machine's own clock: invariants 1 and 2, on timers that the test owns. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { isoTime, systemClock } from './clock.ts';

const NOON_MS = Date.UTC(2026, 0, 31, 12);
beforeEach(() => {
  vi.useFakeTimers({ now: NOON_MS });
});
afterEach(() => {
  vi.useRealTimers();
});

test('1: now is milliseconds since the epoch, and is written in UTC', () => {
  expect(systemClock.now()).toBe(NOON_MS);
  expect(isoTime(NOON_MS + 5)).toBe('2026-01-31T12:00:00.005Z');
});

/** A sleep of a second, and what came of it. */
function sleep(signal?: AbortSignal): { end: () => string } {
  let end = 'sleeps';
  systemClock.sleep(1_000, signal).then(
    () => {
      end = 'woken';
    },
    (error: unknown) => {
      end = String(error);
    },
  );
  return { end: () => end };
}

test('a sleep ends when its time is over, not before, and leaves nothing with its signal', async () => {
  const { signal } = new AbortController();
  const removed = vi.spyOn(signal, 'removeEventListener');
  const asleep = [sleep(), sleep(signal)];
  await vi.advanceTimersByTimeAsync(999);
  expect(asleep.map(({ end }) => end())).toEqual(['sleeps', 'sleeps']);
  await vi.advanceTimersByTimeAsync(1);
  expect(asleep.map(({ end }) => end())).toEqual(['woken', 'woken']);
  expect(removed).toHaveBeenCalledWith('abort', expect.any(Function));
});

test('2: a sleep that is told to stop rejects with the reason at once, and leaves no timer', async () => {
  const stop = new AbortController();
  const asleep = sleep(stop.signal);
  expect(vi.getTimerCount()).toBe(1);
  stop.abort('drain');
  await Promise.resolve();
  expect([asleep.end(), vi.getTimerCount()]).toEqual(['drain', 0]);
});

test('2: told before it began, it never begins', async () => {
  const asleep = sleep(AbortSignal.abort('drain'));
  await Promise.resolve();
  expect([asleep.end(), vi.getTimerCount()]).toEqual(['drain', 0]);
});
