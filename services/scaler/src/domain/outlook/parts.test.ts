/** The parts of an outlook by numbers worked out by hand: curves read between their points, the say of models, measured quality. */
import { expect, test } from 'vitest';
import { type Curve, chanceOver, curveOf, pricedCount, quantileCount, replicasFor } from './curve.ts';
import { createMixture, FIRST_MOOD } from './mixture.ts';
import { createMeasure } from './quality.ts';
import { createRegression } from './regression.ts';
import { createResiduals } from './residuals.ts';

const curve = (from: number, stride: number, ...over: number[]): Curve => ({
  steps: 1,
  from,
  stride,
  over: Float64Array.from(over),
});

test('replicas for a load: rounded up, a rounding error above a whole number not counted', () => {
  expect([0, 1, 10, 10 + 1e-9, 10.1, 20].map((load) => replicasFor(load, 10) + 0)).toEqual([0, 1, 1, 1, 2, 2]);
});

test('a curve begins at what the middle needs, ends where nothing more is won, and has a point for each count', () => {
  const over = (load: number): number => (load < 100 ? 0.5 : load < 130 ? 0.1 : 0);
  const made = curveOf(3, over, 95, 200, 10);
  expect([made.steps, made.from, made.stride]).toEqual([3, 10, 1]);
  expect([...made.over].slice(0, 4)).toEqual([0.1, 0.1, 0.1, 0]);
  expect(made.over.length).toBeLessThanOrEqual(6);
});

test('ninety-six points reach over any range, at a stride (C1)', () => {
  const made = curveOf(1, () => 0.5, 0, 1_000, 1);
  expect([made.from, made.stride, made.over.length]).toEqual([0, 11, 92]);
  expect(curveOf(1, () => 0.5, 0, 95, 1).over.length).toBe(96);
  expect([curveOf(1, () => 0.5, 0, 96, 1).stride, curveOf(1, () => 0.5, 0, 96, 1).over.length]).toEqual([2, 49]);
  expect(curveOf(1, () => 0.5, 50, 20, 1)).toMatchObject({ from: 50, stride: 1, over: Float64Array.from([0.5]) });
});

test('between two points a chance lies on the line, before the first it grows, after the last it stays (C1, C2)', () => {
  const made = curve(10, 2, 0.4, 0.2, 0.1);
  const chances = [4, 8, 9, 10, 11, 12, 13, 14, 15, 99].map((count) => chanceOver(made, count));
  expect(chances).toEqual([1, 0.8, 0.6, 0.4, 0.3, 0.2, 0.15, 0.1, 0.1, 0.1].map((chance) => expect.closeTo(chance, 9)));
});

test('a price buys while a replica more averts more than it costs, and of equals the fewest', () => {
  const made = curve(10, 2, 0.4, 0.2, 0.1, 0.09);
  expect([0.001, 0.04, 0.06, 0.11].map((price) => pricedCount(made, price))).toEqual([16, 14, 12, 10]);
  expect(pricedCount(curve(3, 1, 0.2, 0.1), 0.1)).toBe(3);
  expect(pricedCount(curve(3, 1, 0.5, 0.5, 0.5, 0), 0.1)).toBe(6);
});

test('a quantile is the smallest count that is enough, the last point when none is', () => {
  const made = curve(10, 2, 0.4, 0.2, 0.1);
  expect([0.5, 0.6, 0.7, 0.79, 0.85, 0.89, 0.99].map((level) => quantileCount(made, level))).toEqual([
    10, 10, 12, 12, 14, 14, 14,
  ]);
});

test('a mood is how far the second model lies above the first: five of them, with edges at -3, -1, 1 and 4', () => {
  const { moodOf } = createMixture([0.5, 0.5], true);
  expect([-4, -3, -1.1, -1, 0, 0.9, 1, 3.9, 4, 9].map(moodOf)).toEqual([0, 1, 1, 2, 2, 2, 3, 3, 4, 4]);
  expect(FIRST_MOOD).toBe(moodOf(0));
});

test('a model ten times as likely gains by ten to 0.3, a hundredth is shared, and other moods know nothing of it (X1, X2)', () => {
  const mixture = createMixture([0.5, 0.5], true);
  mixture.learn(1, Float64Array.from([1, 0.1]));
  const share = 1 / (1 + 0.1 ** 0.3);
  expect([...mixture.weights(1)]).toEqual([
    expect.closeTo(0.99 * share + 0.005, 9),
    expect.closeTo(0.99 * (1 - share) + 0.005, 9),
  ]);
  expect([...mixture.weights(2)]).toEqual([0.5, 0.5]);
  for (let i = 0; i < 500; i++) mixture.learn(1, Float64Array.from([1, 0]));
  expect(mixture.weights(1)[1]).toBeGreaterThan(0.005);
  expect(mixture.weights(1)[1]).toBeLessThan(0.006);
});

test('a mixture that does not learn keeps its first weights', () => {
  const mixture = createMixture([1, 0], false);
  mixture.learn(2, Float64Array.from([0, 1]));
  expect([...mixture.weights(2)]).toEqual([1, 0]);
});

test('quality is the mean error over that of repeating, and the share of values that were called rare', () => {
  const measure = createMeasure();
  expect(measure.quality()).toEqual({ count: 0, errorRatio: 1, above05: 0 });
  measure.add(1, 4, 0.04);
  measure.add(3, 4, 0.05);
  expect(measure.quality()).toEqual({ count: 2, errorRatio: 0.5, above05: 0.5 });
  for (let i = 0; i < 10_000; i++) measure.add(8, 4, 0.9);
  expect(measure.quality().errorRatio).toBeCloseTo(2, 4);
  expect(measure.quality().above05).toBeLessThan(1e-5);
});

test('a regression finds the weights of a law, and forgets an old one (G1)', () => {
  const regression = createRegression(2, 1, 0.95);
  const rows = [
    [1, 0],
    [0, 1],
    [1, 1],
    [2, -1],
  ].map((row) => Float64Array.from(row));
  const learn = (a: number, b: number, rounds: number): void => {
    for (let i = 0; i < rounds; i++)
      for (const row of rows)
        regression.learn(row, a * (row[0] as number) + b * (row[1] as number) - regression.predict(row), 1);
  };
  expect(regression.predict(Float64Array.from([5, 7]))).toBe(0);
  learn(2, -3, 100);
  expect(regression.predict(Float64Array.from([5, 7]))).toBeCloseTo(-11, 6);
  learn(1, 1, 100);
  expect(regression.predict(Float64Array.from([5, 7]))).toBeCloseTo(12, 4);
});

test('one row moves a weight by what the ridge and its own weight leave (G1)', () => {
  const moved = (ridge: number, weight: number): number => {
    const regression = createRegression(1, ridge, 1);
    regression.learn(Float64Array.from([2]), 10, weight);
    return regression.predict(Float64Array.from([1]));
  };
  expect(moved(1, 1)).toBeCloseTo(4, 9);
  expect(moved(4, 1)).toBeCloseTo(2.5, 9);
  expect(moved(1, 0.5)).toBeCloseTo(10 / 3, 9);
});

test('the share of errors above one is that of those that came, a little for what has not come yet (R2)', () => {
  const residuals = createResiduals();
  for (let i = 0; i < 100; i++) residuals.add(i % 4 === 0 ? 5.05 : 0.05);
  expect([-11, 40].map(residuals.over)).toEqual([1, 0]);
  expect(residuals.over(-1)).toBeGreaterThan(0.99);
  expect(residuals.over(1)).toBeCloseTo(0.25, 2);
  expect(residuals.over(20)).toBeGreaterThan(0);
  expect(residuals.over(20)).toBeLessThan(0.01);
  expect(residuals.density(0.05)).toBeCloseTo(0.75 / 0.5, 1);
  expect(residuals.density(20)).toBeLessThan(0.01);
});
