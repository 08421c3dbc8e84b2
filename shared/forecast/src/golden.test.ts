/** Forecasts of known loads, to the sixth digit: what was reviewed stays as it is. */
import { seededRng } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { createForecaster } from './forecaster.ts';

const STEP_MS = 7_200_000;
const START = Date.UTC(2026, 0, 5);
const DAY = 12;

/** Two hours a step: a daily wave, working days higher than weekends, with noise, a gap and a change of level. */
function load(days: number, shiftedFrom = Number.POSITIVE_INFINITY): readonly number[] {
  const rng = seededRng(12);
  return Array.from({ length: days * DAY }, (_, i) => {
    const working = Math.floor(i / DAY) % 7 < 5 ? 1 : 0.6;
    const value = working * (60 + 40 * Math.sin((2 * Math.PI * i) / DAY)) * (1 + 0.1 * (rng.next() - 0.5));
    return i % 47 === 20 ? Number.NaN : (i >= shiftedFrom ? 4 : 1) * value;
  });
}
const round = (value: number): number => Number(value.toPrecision(6));

function told(values: readonly number[]): string {
  const forecaster = createForecaster({ startMs: START, stepMs: STEP_MS });
  for (const value of values) forecaster.observe(value);
  const { median, quantile, model, reasons } = forecaster.forecast(DAY);
  const levels = [0.01, 0.05, 0.2, 0.6, 0.95].map((level) => round(quantile(level, 5)));
  const quality = forecaster
    .quality()
    .map(({ horizonSteps, count, mase, coverage90 }) =>
      [horizonSteps, count, round(mase), round(coverage90)].join(' '),
    );
  return [
    [...median].map(round).join(' '),
    levels.join(' '),
    model,
    reasons.map(({ code }) => code).join(' '),
    ...quality,
  ].join(' | ');
}

test('golden: after half a day, three days, three weeks, and a change of level', () => {
  const whole = load(21);
  expect([whole.slice(0, 6), whole.slice(0, 3 * DAY), whole, load(15, 15 * DAY - 8)].map(told)).toMatchInlineSnapshot(`
    [
      "82.4508 82.4508 82.4508 82.4508 82.4508 82.4508 62.0784 82.1953 94.4386 98.9703 96.6562 83.9069 | 53.4201 61.27 70.7723 86.2215 106.77 | median of 13 models (seasonal-naive-day 9 %, seasonal-naive-week 9 %, profile 9 %) | ShortHistory DecompositionAbsent IntervalsBorrowed",
      "59.1619 82.2201 94.9636 99.9806 97.5427 76.7447 60.1903 41.261 25.551 20.3485 25.272 41.6368 | 69.7687 69.8862 80.6701 98.4154 102.763 | median of 13 models (profile-long 19 %, profile-alike 19 %, regression-quick-profile 16 %) | NoWeek Gaps DecompositionAbsent IntervalsBorrowed | 1 10 0.808213 1 | 3 8 0.824977 1 | 6 5 0.512407 0.8",
      "58.1488 74.9758 92.1673 95.2495 94.8816 76.9012 59.4445 39.1422 25.1336 19.8164 25.0202 39.5104 | 55.7525 55.7525 65.5347 95.3624 98.9812 | median of 13 models (profile-alike 41 %, seasonal-naive-week 28 %, regression-steady-profile 16 %) | DecompositionAbsent | 1 222 0.322042 0.907225 | 3 220 0.362712 0.906307 | 6 217 0.452837 0.893822 | 11 212 0.393952 0.903319 | 12 211 0.39897 0.928924",
      "105.225 147.172 163.368 191.093 206.572 194.423 153.112 115.767 79.9601 65.966 79.5753 111.965 | 0 0 97.0472 239.794 771.117 | median of 13 models (profile-scaled 49 %, profile-moved 24 %, profile 6 %) | Gaps LevelShift DecompositionAbsent | 1 151 0.535316 0.905882 | 3 149 0.669166 0.876753 | 6 146 0.784178 0.796409 | 11 141 0.745211 0.831011 | 12 140 0.749137 0.837205",
    ]
  `);
});
