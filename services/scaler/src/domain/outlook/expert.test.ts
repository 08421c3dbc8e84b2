/** One model's error: how large it is expected to be, by figures that are counted by hand, and how it is distributed. */
import { expect, test } from 'vitest';
import { createExpert, SCALE_SIZE } from './expert.ts';
import { spansOf } from './features.ts';
import { createPast, type Past } from './past.ts';
import { createRegression } from './regression.ts';
import { createResiduals } from './residuals.ts';

/** Six hours: a day is four steps. */
const STEP_S = 21_600;
const DAY = 4;
const SPANS = spansOf(STEP_S);

function pastOf(...roots: readonly number[]): Past {
  const past = createPast(STEP_S);
  for (const root of roots) past.push(root, true);
  return past;
}
const row = () => new Float64Array(SCALE_SIZE);
const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 9));

test('before anything was measured the scale is a tenth of the usual change, and the row tells what is known', () => {
  const past = pastOf(10, 14, 12);
  const usual = (4 + 2) / 3;
  const expert = createExpert(DAY);
  const told = row();
  expert.forecast(past, SPANS, 1, 17, told);
  const log = (z: number) => Math.log(z / usual + 0.1);
  expect([...told]).toEqual(close([1, log(0), log(0), log(0), log(12), log(1), log(5), log(2)]));
  expect([expert.location(), expert.scale()]).toEqual([17, expect.closeTo(0.1 * usual, 12)]);
});

test('a load that never changed, and one of a single value, have a scale that is above nothing (E1)', () => {
  const expert = createExpert(DAY);
  const told = row();
  expert.forecast(pastOf(5), SPANS, 1, 5, told);
  expect(expert.scale()).toBeCloseTo(1e-7, 15);
  expect(told[7]).toBeCloseTo(Math.log(0.1), 9);
  expect(told[6]).toBeCloseTo(Math.log(0.1), 9);
});

test('errors are remembered quickly, slowly and by their time of day', () => {
  const past = pastOf(10, 14, 12, 12, 12);
  const usual = past.change();
  const expert = createExpert(DAY);
  const told = row();
  // At the second and third step of the day: 3 too high, 1 too low.
  expert.learn(1, 13, 10, 1, row(), usual);
  expert.learn(2, 10, 11, 1, row(), usual);
  const fast = 0.2 * 3 + 0.2 * (1 - 0.2 * 3);
  const slow = 3 + (1 - 3) / 2;
  const log = (z: number) => Math.log(z / usual + 0.1);
  // Five values are known; the fifth is the first of a day. One step on both errors are near, two on as well, three on one.
  const usually = (steps: number): number => {
    expert.forecast(past, SPANS, steps, 12, told);
    return told[3] as number;
  };
  expect([usually(1), usually(2), usually(3), usually(4)]).toEqual(close([log(2), log(2), log(1), log(3)]));
  expect([told[1], told[2]]).toEqual(close([log(fast), log(slow)]));
  expect(expert.scale()).toBeCloseTo(slow + 0.1 * usual, 12);
  // At the same time of another day it moves by three tenths.
  expert.learn(5, 14, 10, 1, row(), usual);
  expect(usually(4)).toBeCloseTo(log(3 + 0.3 * (4 - 3)), 9);
});

test('the slow memory is the mean of all errors until there are a hundred, and moves by a hundredth then', () => {
  const past = pastOf(10, 14, 12);
  const usual = past.change();
  const expert = createExpert(DAY);
  const told = row();
  const slow = (): number => {
    expert.forecast(past, SPANS, 1, 12, told);
    return usual * (Math.exp(told[2] as number) - 0.1);
  };
  for (let i = 0; i < 50; i++) expert.learn(0, i % 2, 0, 1, row(), usual);
  expect(slow()).toBeCloseTo(0.5, 9);
  for (let i = 0; i < 350; i++) expert.learn(0, 1, 0, 1, row(), usual);
  const before = slow();
  expert.learn(0, 101, 0, 1, row(), usual);
  expect(slow()).toBeCloseTo(before + 0.01 * (101 - before), 9);
});

test('after thirty errors the scale is what a regression on the rows says, a fall counting three tenths of a rise (E2)', () => {
  const past = pastOf(10, 14, 12, 13, 15, 11);
  const usual = past.change();
  const expert = createExpert(DAY);
  const beside = createRegression(SCALE_SIZE, 3, 0.9995);
  const told = row();
  for (let i = 0; i < 40; i++) {
    const error = [1, -2, 0.5, -0.1][i % 4] as number;
    expert.forecast(past, SPANS, 1 + (i % 3), 12 + (i % 5), told);
    if (i > 30)
      expect(expert.scale()).toBeCloseTo(
        Math.min(Math.max(Math.exp(beside.predict(told)) * usual, 0.03 * usual), 20 * usual),
        9,
      );
    else expect(expert.scale()).toBeCloseTo(Math.exp(told[2] as number) * usual, 9);
    expert.learn(i, 12 + error, 12, 1, told, usual);
    const log = Math.log((Math.abs(error) + 0.1 * usual) / usual);
    beside.learn(told, log - beside.predict(told), error > 0 ? 1 : 0.3);
  }
});

test('a scale ends at a fiftieth and a hundredth of what is usual, and at twenty times it or six times the slow error (E1)', () => {
  const past = pastOf(10, 14, 12, 13, 15, 11);
  const usual = past.change();
  const scaleAfter = (error: number): number => {
    const expert = createExpert(DAY);
    const told = Float64Array.from({ length: SCALE_SIZE }, () => 1);
    for (let i = 0; i < 200; i++) expert.learn(i, error, 0, 1, told, usual);
    expert.forecast(past, SPANS, 1, 1e9, told);
    return expert.scale();
  };
  expect(scaleAfter(1_000 * usual)).toBeCloseTo(6_000 * usual, 6);
  expect(scaleAfter(3.2 * usual)).toBeCloseTo(20 * usual, 9);
  expect(scaleAfter(0)).toBeCloseTo(0.03 * usual, 12);
});

test('the first ten errors say nothing of their distribution; later ones are told in their scales', () => {
  const expert = createExpert(DAY);
  const beside = createResiduals();
  for (let i = 0; i < 60; i++) {
    const [value, scale] = [20 + (i % 7), 1 + (i % 3)];
    expert.learn(i, value, 20, scale, row(), 1);
    if (i >= 10) beside.add((value - 20) / scale);
  }
  const past = pastOf(10, 14, 12);
  expert.forecast(past, SPANS, 1, 17, row());
  const scale = expert.scale();
  for (const root of [10, 16.5, 17, 18, 19.5, 30]) {
    expect(expert.over(root)).toBeCloseTo(beside.over((root - 17) / scale), 12);
    expect(expert.overAt(root, 15, 2)).toBeCloseTo(beside.over((root - 15) / 2), 12);
    expect(expert.likelihood(root, 15, 2)).toBeCloseTo(beside.density((root - 15) / 2) / 2, 12);
  }
});
