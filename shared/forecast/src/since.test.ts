import { expect, test } from 'vitest';
import { createSince } from './since.ts';

/** A day of 24 steps; the models are one that is always heard, one that learns, and one for changes of level. */
const HORIZONS = [1, 3, 6, 24].map((steps) => ({ steps, stride: 1 }));
const SAYS = ['always', 'measured', 'shifted'] as const;

/** All three wrong by so much, at every horizon that can be measured after so many steps of a new level. */
function measured(steps: number, errors: readonly [number, number, number]) {
  const since = createSince(HORIZONS, SAYS, 24);
  for (let age = 1; age <= steps; age++)
    HORIZONS.forEach((_, h) => {
      since.measure(h, Float64Array.from([9, ...errors]), 1, 0, age);
    });
  return since;
}
const rounded = (weights: Float64Array | undefined): readonly number[] | undefined =>
  weights && [...weights].map((weight) => Number(weight.toFixed(3)));

test('nothing is said while the level is where it was, for four hours of a change, or beyond what it proves (2, 3)', () => {
  const since = measured(30, [1, 1, 1]);
  for (const age of [0, 1, 4]) expect(since.weights(0, age)).toBeUndefined();
  expect(since.weights(0, 5)).toBeDefined();
  expect(since.weights(3, 5)).toBeUndefined();
  expect(since.weights(3, 6)).toBeDefined();
});

test('a horizon that was measured since has its own weights, a farther one those of unlearned models at the farthest measured (3)', () => {
  const since = measured(12, [2, 1, 1]);
  const own = [0.059, 0.471, 0.471];
  const lent = [0.111, 0, 0.889];
  expect([0, 1, 2, 3].map((h) => rounded(since.weights(h, 12)))).toEqual([own, own, lent, lent]);
  expect([0, 1, 2, 3].map((h) => rounded(since.weights(h, 11)))).toEqual([own, lent, lent, lent]);
});

test('a forecast made before the change counts for nobody, and a new change begins anew (1)', () => {
  const since = measured(12, [5, 1, 1]);
  since.measure(0, Float64Array.from([0, 100, 100]), 0, 0, 1);
  since.measure(0, Float64Array.from([1, 2, 2]), 0, 0, 2);
  expect(rounded(since.weights(0, 5))).toEqual([0.8, 0.1, 0.1]);
});
