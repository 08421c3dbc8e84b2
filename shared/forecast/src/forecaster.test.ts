import { seededRng } from '@leasehold/kernel';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createForecaster } from './forecaster.ts';
import type { Forecaster } from './port.ts';

const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 0, 5);
/** Hourly, so that weeks are short. */
const hourly = (): Forecaster => createForecaster({ startMs: START, stepMs: HOUR_MS });
const feed = (forecaster: Forecaster, values: Iterable<number>): Forecaster => {
  for (const value of values) forecaster.observe(value);
  return forecaster;
};
const daily = (seed: number, length: number): readonly number[] => {
  const rng = seededRng(seed);
  return Array.from({ length }, (_, i) => 50 + 30 * Math.sin((i * Math.PI) / 12) + 4 * (rng.next() - 0.5));
};
const codes = (forecaster: Forecaster): readonly string[] => forecaster.forecast(1).reasons.map(({ code }) => code);

const load = fc.oneof(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.constant(0), fc.constant(Number.NaN));

test('a forecast changes nothing, and a later value does not change it (1)', () => {
  const values = daily(1, 400);
  const [asked, left] = [hourly(), hourly()];
  for (const value of values) {
    asked.observe(value);
    asked.forecast(24);
    left.observe(value);
  }
  const before = asked.forecast(24);
  const drawn = [...before.median, before.quantile(0.95, 24)];
  expect([...left.forecast(24).median]).toEqual([...before.median]);
  feed(asked, [1e6, 1e6, 1e6]);
  expect([...before.median, before.quantile(0.95, 24)]).toEqual(drawn);
});

test('the same values give the same forecast, bit for bit (2)', () => {
  const values = daily(2, 500);
  const [one, two] = [feed(hourly(), values).forecast(24), feed(hourly(), values).forecast(24)];
  expect([...one.median]).toEqual([...two.median]);
  expect(one.model).toBe(two.model);
});

test('the first step is the first interval that was not observed (3)', () => {
  expect(feed(hourly(), [1, 2, 3]).forecast(1).fromMs).toBe(START + 3 * HOUR_MS);
});

test('whatever comes, quantiles are finite, not negative, grow with the level and meet the median (4)', () => {
  fc.assert(
    fc.property(fc.array(load, { minLength: 1, maxLength: 120 }), fc.integer({ min: 1, max: 24 }), (values, step) => {
      const forecast = feed(hourly(), values).forecast(24);
      const drawn = [0.001, 0.01, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99, 0.999].map((level) =>
        forecast.quantile(level, step),
      );
      for (const value of drawn) expect(value >= 0 && Number.isFinite(value)).toBe(true);
      for (let i = 1; i < drawn.length; i++)
        expect(drawn[i]).toBeGreaterThanOrEqual((drawn[i - 1] as number) * (1 - 1e-12));
      expect(forecast.quantile(0.5, step)).toBe(forecast.median[step - 1]);
    }),
    { numRuns: 40 },
  );
});

test('a constant series is forecast as it is, without width', () => {
  const forecast = feed(hourly(), new Array(24 * 15).fill(7)).forecast(24);
  for (let step = 1; step <= 24; step++) {
    expect(forecast.median[step - 1]).toBeCloseTo(7, 6);
    expect(forecast.quantile(0.95, step) - forecast.quantile(0.05, step)).toBeLessThan(1e-4);
  }
});

test('a daily shape is found, and told more exactly than by repeating the day before', () => {
  const forecaster = feed(hourly(), daily(3, 24 * 21));
  for (const { mase, count } of forecaster.quality()) {
    expect(count).toBeGreaterThan(50);
    expect(mase).toBeLessThan(0.95);
  }
});

test('what it falls back to is said (5)', () => {
  expect(codes(feed(hourly(), [3, 4]))).toContain('ShortHistory');
  expect(codes(feed(hourly(), daily(4, 48)))).toContain('NoWeek');
  expect(codes(feed(hourly(), new Array(50).fill(5)))).toContain('Constant');
  expect(codes(feed(hourly(), [...daily(4, 300), Number.NaN]))).toContain('Gap');
  expect(
    codes(
      feed(
        hourly(),
        daily(4, 300).map((value, i) => (i % 4 === 0 ? value : 0)),
      ),
    ),
  ).toContain('Sparse');
  expect(codes(feed(hourly(), [...daily(4, 300), ...daily(5, 12).map((value) => value * 6)]))).toContain('LevelShift');
  expect(codes(feed(hourly(), daily(4, 300)))).toContain('DecompositionAbsent');
  expect(codes(feed(hourly(), [3, 4]))).toContain('IntervalsBorrowed');
});

test('a missing value leaves no hole: the forecast goes on as if the season had come', () => {
  const values = daily(6, 24 * 15);
  const holed = values.map((value, i) => (i % 7 === 3 ? Number.NaN : value));
  const [whole, gapped] = [feed(hourly(), values).forecast(24), feed(hourly(), holed).forecast(24)];
  for (let step = 0; step < 24; step++)
    expect(Math.abs((whole.median[step] as number) - (gapped.median[step] as number))).toBeLessThan(5);
});

test('options, values and questions that make no sense are faults that name them, and change nothing', () => {
  expect(() => createForecaster({ startMs: START, stepMs: 0 })).toThrow('stepMs must be above 0');
  expect(() => createForecaster({ startMs: START, stepMs: HOUR_MS, horizonSteps: 1.5 })).toThrow('got 1.5');
  const forecaster = hourly();
  expect(() => forecaster.forecast(1)).toThrow('at least one value');
  for (const value of [-1, Number.POSITIVE_INFINITY]) expect(() => forecaster.observe(value)).toThrow(String(value));
  forecaster.observe(1);
  expect(() => forecaster.forecast(25)).toThrow('1 to 24 steps, got 25');
  expect(() => forecaster.forecast(2).quantile(0.5, 3)).toThrow('got 3');
  expect(() => forecaster.forecast(2).quantile(1, 1)).toThrow('between 0 and 1');
});

test.each([60_000, 300_000, 420_000, 86_400_000])(
  'a step of %i ms is good from the first value to the tenth day',
  (stepMs) => {
    const forecaster = createForecaster({ startMs: START + 1234, stepMs, horizonSteps: 5 });
    const steps = Math.min(2_000, Math.ceil((10 * 86_400_000) / stepMs));
    for (let i = 0; i < steps; i++) {
      forecaster.observe(10 + (i % 5));
      if (i % 97 === 0)
        expect(forecaster.forecast(5).median.every((value) => value >= 0 && Number.isFinite(value))).toBe(true);
    }
  },
);
