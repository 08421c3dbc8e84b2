/** Whatever a load looks like, and however little of it is known, a forecast stays near what was seen and holds where the load is now. */
import { expect, test } from 'vitest';
import { SHAPES, type Shape } from '../test/shapes.ts';
import { createForecaster } from './forecaster.ts';
import type { Forecast } from './port.ts';
import { MOST_TIMES_SEEN } from './reach.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START = Date.UTC(2026, 0, 5);
const LEVELS = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99];
const DAYS = [0, 1 / 24, 1, 1.5, 13];

function forecastOf(values: ArrayLike<number>, stepMs: number): Forecast {
  const day = 86_400_000 / stepMs;
  const forecaster = createForecaster({ startMs: START, stepMs });
  for (const value of Array.from(values)) forecaster.observe(value);
  return forecaster.forecast(day);
}

const known = (values: Float64Array): readonly number[] => [...values].filter((value) => !Number.isNaN(value));

test.each(SHAPES)('$name: near what was seen, nested and finite, at every horizon of every history', ({ values }) => {
  for (const days of DAYS) {
    const past = values(days, 48);
    if (known(past).length === 0) continue;
    const most = Math.max(...known(past));
    const forecast = forecastOf(past, 30 * MINUTE_MS);
    for (let step = 1; step <= 48; step++) {
      const drawn = LEVELS.map((level) => forecast.quantile(level, step));
      expect(drawn.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
      expect(drawn).toEqual(drawn.toSorted((a, b) => a - b));
      expect(drawn.at(-1)).toBeLessThanOrEqual(MOST_TIMES_SEEN * most * (1 + 1e-6));
    }
  }
});

/** Of the shapes: those that stand at one level at the end. */
const ARRIVED = SHAPES.filter(
  ({ name }) => /step|constant|none|stopped|ended|zeros for a day/.test(name) && !name.includes('ten minutes'),
);

test.each(ARRIVED)('$name: the level of today is inside the interval of 90 %, at every horizon', ({ name, values }) => {
  const near = name.includes('noisy') ? 0.05 : 1e-6;
  for (const days of [1, 3, 13]) {
    const past = values(days, 96);
    const newest = past.subarray(-2);
    const level = newest.reduce((sum, value) => sum + value, 0) / newest.length;
    const forecast = forecastOf(past, 15 * MINUTE_MS);
    for (let step = 1; step <= 96; step++) {
      expect(forecast.quantile(0.05, step)).toBeLessThanOrEqual(level * (1 + near));
      expect(forecast.quantile(0.95, step)).toBeGreaterThanOrEqual(level * (1 - near));
    }
  }
});

test('a change of a tenth after a fortnight of quiet widens the interval by as much as was seen, not by more', () => {
  const past = Float64Array.from({ length: 14 * 288 }, (_, i) => (i < 13 * 288 ? 20 : 22));
  const forecast = forecastOf(past, 5 * MINUTE_MS);
  for (let step = 1; step <= 288; step++) {
    expect(forecast.quantile(0.95, step)).toBeLessThan(1.5 * 22);
    expect(forecast.quantile(0.05, step)).toBeGreaterThan(20 / 1.5);
  }
});

/** Units that a binary fraction holds exactly, and others, in which rounding may decide between models that are equally good. */
const UNITS: readonly { readonly unit: number; readonly shapes: readonly Shape[]; readonly near: number }[] = [
  ...[2 ** -30, 2 ** 40].map((unit) => ({ unit, shapes: SHAPES, near: 1e-6 })),
  ...[1e-9, 1e12].map((unit) => ({ unit, shapes: SHAPES.filter(({ name }) => name.includes('noise')), near: 0.05 })),
];

test.each(UNITS)('a load told in units of $unit has the same forecast in that unit', ({ unit, shapes, near }) => {
  for (const shape of shapes)
    for (const days of [0.5, 9]) {
      const past = shape.values(days, 24);
      const [one, other] = [past, past.map((value) => value * unit)].map((values) => forecastOf(values, HOUR_MS));
      const most = Math.max(0, ...known(past));
      for (let step = 1; step <= 24; step++)
        for (const level of [0.05, 0.5, 0.95]) {
          const [here, there] = [one?.quantile(level, step) ?? 0, (other?.quantile(level, step) ?? 0) / unit];
          expect(Math.abs(here - there)).toBeLessThanOrEqual(near * most);
        }
    }
});

test('one value beyond belief is no load; two that say the same are', () => {
  const calm = new Array<number>(288).fill(200);
  const once = forecastOf([...calm, 1e9], 5 * MINUTE_MS);
  const twice = forecastOf([...calm, 1e9, 1e9], 5 * MINUTE_MS);
  for (const step of [1, 12, 288]) expect(once.quantile(0.95, step)).toBeLessThan(220);
  expect(twice.quantile(0.95, 1)).toBeGreaterThan(1e8);
});
