/** The outlook: probabilities that fall with the load, learned only from the past, and honest about how rare is rare. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wavyLoad } from '../loads.fixture.ts';
import { chanceOver, curveOf, pricedCount, quantileCount } from './curve.ts';
import { createOutlook, horizonsFor, stepsAhead } from './outlook.ts';

const STEP_S = 600;

function fed(values: Iterable<number>) {
  const outlook = createOutlook(STEP_S, [1, 3]);
  for (const value of values) outlook.observe(value);
  return outlook;
}

test('the chance of a load falls with the load and lies between 0 and 1', () => {
  const outlook = fed(wavyLoad(5, 4, STEP_S));
  for (const index of [0, 1]) {
    const chances = Array.from({ length: 200 }, (_, i) => outlook.over(index, i * 5));
    expect(chances.every((chance, i) => chance >= 0 && chance <= 1 && chance <= (chances[i - 1] ?? 1) + 1e-12)).toBe(
      true,
    );
  }
});

test('what it calls a chance of 5 % comes about that often', () => {
  const outlook = fed(wavyLoad(9, 14, STEP_S));
  for (const index of [0, 1]) {
    expect(outlook.quality(index).above05).toBeGreaterThan(0.02);
    expect(outlook.quality(index).above05).toBeLessThan(0.09);
    expect(outlook.quality(index).errorRatio).toBeLessThan(1.05);
  }
});

test('weights of the models sum to 1 and none is lost', () => {
  const weights = Object.values(fed(wavyLoad(2, 9, STEP_S)).weights(0));
  expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
  expect(Math.min(...weights)).toBeGreaterThan(0);
});

test('the same samples give the same outlook, bit for bit (O1)', () => {
  const values = wavyLoad(6, 3, STEP_S);
  const ask = (outlook: ReturnType<typeof fed>) => outlook.curves(10).map((curve) => [...curve.over]);
  expect(ask(fed(values))).toEqual(ask(fed(values)));
});

test('sparse, constant, huge and missing values give finite curves (O3)', () => {
  const loads = fc.array(
    fc.oneof(fc.constant(0), fc.constant(Number.NaN), fc.double({ min: 0, max: 1e12, noNaN: true })),
    {
      minLength: 1,
      maxLength: 400,
    },
  );
  fc.assert(
    fc.property(loads, (values) => {
      for (const curve of fed(values).curves(3)) {
        expect(curve.over.length).toBeLessThanOrEqual(96);
        expect([...curve.over].every(Number.isFinite)).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});

test('horizons hold the running interval, those of the start-up delay, and few others', () => {
  expect(horizonsFor(120, 300, 300)).toEqual([1, 2, 3]);
  expect(horizonsFor(600, 60, 300)).toContain(11);
  expect(stepsAhead(0, 120, 300)).toBe(1);
  expect(stepsAhead(180, 120, 300)).toBe(2);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 43_200 }), fc.constantFrom(1, 60, 300, 3_600), (startupS, stepS) => {
      const horizons = horizonsFor(startupS, stepS, 300);
      expect(horizons[0]).toBe(1);
      expect(horizons.length).toBeLessThanOrEqual(9);
      expect(horizons).toContain(stepsAhead(0, startupS, stepS));
    }),
  );
});

test('a higher price buys fewer replicas, a higher quantile asks for more (C2)', () => {
  const curve = curveOf(1, (load) => Math.exp(-load / 40), 20, 800, 10);
  const prices = [0.001, 0.01, 0.05, 0.2, 0.9].map((price) => pricedCount(curve, price));
  expect(prices).toEqual(prices.toSorted((a, b) => b - a));
  const levels = [0.5, 0.8, 0.95, 0.99].map((level) => quantileCount(curve, level));
  expect(levels).toEqual(levels.toSorted((a, b) => a - b));
  expect(chanceOver(curve, quantileCount(curve, 0.95))).toBeLessThanOrEqual(0.05);
});

test('counts end at a bound where one more would be the same number (C3)', () => {
  const curve = curveOf(1, () => 0, 9e19, 1e20, 10);
  expect([curve.from, curve.over.length]).toEqual([1e9, 1]);
  expect(curveOf(1, () => 0, 0, 1e20, 1e-20).from).toBe(0);
});
