/** A load that has changed its level: the forecast stays at the new one a day ahead, whatever the hour, and keeps the shape of the day. */
import { seededRng } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { createForecaster } from './forecaster.ts';

const DAY = 24;
const DAYS = 10;
const START = Date.UTC(2026, 2, 2);

type Load = (hour: number, chance: number) => number;
const noisy = (value: number, chance: number): number => value * (1 + 0.1 * (2 * chance - 1));
const daily: Load = (hour) => 60 + 40 * Math.sin((2 * Math.PI * hour) / DAY);

/** `near`: the median may be that many times too high or too low. Between a day moved and a day scaled the first hours cannot tell. */
const LOADS: readonly { readonly name: string; readonly load: Load; readonly near: number }[] = [
  { name: 'flat', load: () => 50, near: 1.25 },
  { name: 'flat with noise', load: (_, chance) => noisy(50, chance), near: 1.25 },
  { name: 'daily', load: daily, near: 4 },
  { name: 'daily with noise', load: (hour, chance) => noisy(daily(hour, 0), chance), near: 4 },
];
const CASES = LOADS.flatMap((each) =>
  [10, 3, 1 / 3, 1 / 10].flatMap((times) => [9, 20].map((age) => ({ ...each, times, age }))),
);

/** @param age hours since the load became `times` what it was. @param at the hour of the day at which the history ends. */
function shifted(load: Load, times: number, age: number, at: number) {
  const rng = seededRng(3);
  const length = DAYS * DAY + at;
  const forecaster = createForecaster({ startMs: START, stepMs: 3_600_000 });
  for (let i = 0; i < length; i++) forecaster.observe((i >= length - age ? times : 1) * load(i, rng.next()));
  return { forecast: forecaster.forecast(DAY), truth: (step: number) => times * load(length + step - 1, 0.5) };
}

test.each(CASES)(
  '$name, $times times as high for $age hours: the median stays near, the interval holds it',
  ({ load, times, age, near }) => {
    for (const at of [0, 7, 15]) {
      const { forecast, truth } = shifted(load, times, age, at);
      let inside = 0;
      for (let step = 1; step <= DAY; step++) {
        const [median, value] = [forecast.median[step - 1] as number, truth(step)];
        expect(median / value).toBeGreaterThan(1 / near);
        expect(median / value).toBeLessThan(near);
        if (forecast.quantile(0.05, step) <= 1.1 * value && forecast.quantile(0.95, step) >= value / 1.1) inside++;
      }
      expect(inside).toBeGreaterThanOrEqual(0.75 * DAY);
    }
  },
);

test('while it is not proven that a level stays, the interval holds the old one and the new one', () => {
  const { forecast } = shifted(() => 50, 10, 9, 0);
  for (let step = 10; step <= DAY; step++) {
    expect(forecast.quantile(0.05, step)).toBeLessThanOrEqual(100);
    expect(forecast.quantile(0.95, step)).toBeGreaterThanOrEqual(500);
  }
});

test('a burst of an hour is no level: a day ahead the shape is what it was', () => {
  const { forecast, truth } = shifted(daily, 3, 1, 0);
  for (let step = 12; step <= DAY; step++)
    expect((3 * (forecast.median[step - 1] as number)) / truth(step)).toBeLessThan(1.3);
});

test('five-minute samples, constant, ten times as high for eight hours: no fall back by the clock', () => {
  const forecaster = createForecaster({ startMs: START, stepMs: 300_000, horizonSteps: 72 });
  for (let i = 0; i < 2_880; i++) forecaster.observe(i < 2_780 ? 50 : 500);
  const forecast = forecaster.forecast(72);
  for (const median of forecast.median) expect(median).toBeCloseTo(500, 1);
  expect(forecast.quantile(0.05, 72)).toBeLessThan(100);
  expect(forecast.reasons.map(({ code }) => code)).toContain('LevelShift');
});
