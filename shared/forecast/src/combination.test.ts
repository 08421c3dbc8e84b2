import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCombination, weightedMedian } from './combination.ts';

const HORIZONS = [{ steps: 1, stride: 1 }];
const always = (models: number) => new Array<'always'>(models).fill('always');
const HERE = { low: 0, high: 0, share: 0 };

test('without measurements every model counts alike', () => {
  const combination = createCombination(HORIZONS, always(4), 24);
  expect(combination.weights(0, 0)).toEqual([0.25, 0.25, 0.25, 0.25]);
  expect(combination.combine(HERE, Float64Array.from([1, 2, 3, 4]), 0)).toBe(2.5);
});

test('the model that was nearer is heard more, and shares sum to 1 (1)', () => {
  const combination = createCombination(HORIZONS, always(3), 24);
  for (let i = 0; i < 50; i++) combination.measure(0, Float64Array.from([10, 14, 30]), 0, 11, 0);
  const [near, middle, far] = combination.weights(0, 0) as [number, number, number];
  expect(near > middle && middle > far).toBe(true);
  expect(near + middle + far).toBeCloseTo(1, 12);
});

test('a model that has become better is heard again (3)', () => {
  const combination = createCombination(HORIZONS, always(2), 24);
  for (let i = 0; i < 200; i++) combination.measure(0, Float64Array.from([0, 9]), 0, 0, 0);
  for (let i = 0; i < 2_000; i++) combination.measure(0, Float64Array.from([9, 0]), 0, 0, 0);
  expect(combination.weights(0, 0)[1]).toBeGreaterThan(0.9);
});

test('a weighted median lies between the least and the largest, whatever the order', () => {
  const pair = fc.tuple(
    fc.double({ min: -1e9, max: 1e9, noNaN: true }),
    fc.double({ min: 0.001, max: 1, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.array(pair, { minLength: 1, maxLength: 12 }), (pairs) => {
      const values = Float64Array.from(pairs, ([value]) => value);
      const total = pairs.reduce((sum, [, weight]) => sum + weight, 0);
      const weights = Float64Array.from(pairs, ([, weight]) => weight / total);
      const median = weightedMedian(values, weights, new Int32Array(values.length));
      expect(median).toBeGreaterThanOrEqual(Math.min(...values) - 1e-6);
      expect(median).toBeLessThanOrEqual(Math.max(...values) + 1e-6);
    }),
  );
});
