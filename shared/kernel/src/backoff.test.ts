/** Waits double up to their cap; half of each is chance, so that nobody retries at once and not all at the same time. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';
import { seededRng } from './rng.ts';

const drawing = (number: number) => ({ ...seededRng(1), next: () => number });

test.each([
  [-3, 100],
  [0, 100],
  [1, 100],
  [2, 200],
  [3, 400],
  [5, 1_600],
  [6, 3_000],
  [31, 3_000],
  [10_000, 3_000],
])('after %i attempts the wait is from the half to the whole of %i ms', (attempt, full) => {
  const wait = (draw: number) => backoffMs(attempt, { baseMs: 100, capMs: 3_000 }, drawing(draw));
  expect([wait(0), wait(0.5), wait(1)]).toEqual([full / 2, (3 * full) / 4, full]);
});

test('without a cap that is reached, the doubling ends all the same', () => {
  const wait = (attempt: number) => backoffMs(attempt, { baseMs: 1, capMs: Number.MAX_VALUE }, drawing(1));
  expect([wait(31), wait(32), wait(5_000)]).toEqual([2 ** 30, 2 ** 30, 2 ** 30]);
});

test('a wait is whole milliseconds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.integer(), (attempt, seed) => {
      expect(Number.isInteger(backoffMs(attempt, { baseMs: 7, capMs: 991 }, seededRng(seed)))).toBe(true);
    }),
  );
});
