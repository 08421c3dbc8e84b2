/** The past of a load by plain arithmetic over all that was pushed: what is kept, what it means, and what it is not expected to pass. */
import { seededRng } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { createPast, type Past, stepsIn } from './past.ts';

/** Quarters of a day: a day is four samples, a week 28, and 36 are kept. An hour is three at the least. */
const STEP_S = 21_600;
const DAY = 4;
const KEPT = 36;

function pastOf(roots: readonly number[]): Past {
  const past = createPast(STEP_S);
  for (const root of roots) past.push(root, true);
  return past;
}
const flat = (count: number, root: number): readonly number[] => new Array<number>(count).fill(root);

test('spans of time are whole steps, and some steps at the least', () => {
  expect([stepsIn(600, 60, 1), stepsIn(100, 60, 1), stepsIn(89, 60, 1), stepsIn(10, 60, 3)]).toEqual([10, 2, 1, 3]);
  const { daySteps, weekSteps } = createPast(900);
  expect([daySteps, weekSteps]).toEqual([96, 672]);
});

test.each([1, 2, 10, 35, 36, 37, 38, 72, 73, 100])(
  'after %i samples each is where it was, and a mean is that of those that are kept (P1)',
  (count) => {
    const rng = seededRng(count);
    const roots = Array.from({ length: count }, () => Math.round(100 * rng.next()));
    const past = pastOf(roots);
    const last = count - 1;
    expect(past.last()).toBe(last);
    for (let index = Math.max(0, last - KEPT + 1); index <= last; index++) expect(past.at(index)).toBe(roots[index]);
    // The sum before the oldest is not kept.
    const first = last < KEPT ? 0 : last - KEPT + 2;
    for (let from = Math.max(first - 3, -2); from <= last; from += 3)
      for (let to = Math.max(from, 0); to <= last + 2; to += 2) {
        const kept = roots.slice(Math.max(from, first), Math.min(to, last) + 1);
        if (kept.length > 0) expect(past.mean(from, to)).toBeCloseTo(kept.reduce((a, b) => a + b, 0) / kept.length, 9);
      }
  },
);

test('a mean of what is not there is the value nearest to it', () => {
  const past = pastOf(Array.from({ length: 50 }, (_, i) => i));
  expect([past.mean(60, 70), past.mean(3, 5), past.mean(20, 10)]).toEqual([49, 14, 14]);
  expect(past.mean(49, 49)).toBe(49);
});

test('what a time of day usually is moves a quarter of the way to the mean of a sample and the one before it', () => {
  const past = pastOf([]);
  expect(past.profile(0)).toBeNaN();
  for (const root of [2, 4, 6, 8]) past.push(root, true);
  expect([0, 1, 2, 3].map(past.profile)).toEqual([2, 3, 5, 7]);
  past.push(10, true);
  expect([past.profile(4), past.profile(0)]).toEqual([3.75, 3.75]);
  past.push(20, false);
  expect(past.profile(5)).toBe(3);
  past.push(30, true);
  expect(past.profile(6)).toBe(5 + 0.25 * 20);
});

test('the usual change is the mean of all changes, and of about a thousand when there are more', () => {
  expect(pastOf([2]).change()).toBe(0);
  expect(pastOf([2, 4, 1, 1]).change()).toBeCloseTo((0 + 2 + 3 + 0) / 4, 12);
  expect(pastOf([...flat(1_500, 0), 1_000]).change()).toBeCloseTo(1, 12);
  expect(pastOf([...flat(499, 0), 1_000]).change()).toBeCloseTo(2, 12);
});

test('the newest values are put right, and all sums with them', () => {
  const past = pastOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  past.correct(100, 3);
  expect([6, 7, 8, 9].map(past.at)).toEqual([7, 100, 100, 100]);
  expect(past.mean(5, 9)).toBe((6 + 7 + 300) / 5);
  past.push(11, true);
  expect(past.mean(8, 10)).toBe(211 / 3);
  past.correct(0, 0);
  expect(past.mean(8, 10)).toBe(211 / 3);
  const young = pastOf([1, 2, 3]);
  young.correct(7, 99);
  expect([young.at(0), young.mean(0, 2)]).toEqual([1, 5]);
  const full = pastOf(flat(60, 1));
  full.correct(3, 99);
  expect([full.at(24), full.at(25), full.mean(0, 59)]).toEqual([1, 3, 3]);
});

const ceiling = (...parts: readonly (readonly number[])[]): number => pastOf(parts.flat()).ceiling();

test('the ceiling is three times the highest load for two days, then half as much again (P3)', () => {
  expect(ceiling(flat(2 * DAY, 10))).toBeCloseTo(10 * Math.sqrt(3), 9);
  expect(ceiling(flat(2 * DAY + 1, 10))).toBeCloseTo(10 * Math.sqrt(1.5), 9);
  expect(ceiling([])).toBe(0);
});

test('what leapt above all of an hour may do so again; a fall, and a return within the hour, is no leap (P3)', () => {
  const calm = flat(4 * DAY, 10);
  expect(ceiling(calm, [20])).toBeCloseTo(2 * 20, 9);
  expect(ceiling(calm, [5])).toBeCloseTo(10 * Math.sqrt(1.5), 9);
  expect(ceiling(calm, [0])).toBeCloseTo(10 * Math.sqrt(1.5), 9);
  expect(ceiling(calm, [5, 5, 10])).toBeCloseTo(10 * Math.sqrt(1.5), 9);
  expect(ceiling(calm, [5, 5, 5, 10])).toBeCloseTo(2 * 10, 9);
  expect(ceiling(calm, [20, 10, 10, 10, 15])).toBeCloseTo(2 * 20, 9);
});

test('what begins below a tenth of the highest was nothing, and no load that leapt (P3)', () => {
  const calm = flat(4 * DAY, 10);
  expect(ceiling(calm, [1, 1, 1, 10])).toBeCloseTo(10 * Math.sqrt(1.5), 9);
  expect(ceiling(calm, [1.1, 1.1, 1.1, 10])).toBeCloseTo((10 / 1.1) * 10, 9);
});

test('the highest counts for the day that is running and seven before it, a leap for four weeks (P3)', () => {
  expect(ceiling([100], flat(8 * DAY - 1, 10))).toBeCloseTo(100 * Math.sqrt(1.5), 9);
  expect(ceiling([100], flat(8 * DAY, 10))).toBeCloseTo(10 * Math.sqrt(1.5), 9);
  const leapt = [...flat(4 * DAY, 10), 20];
  const until = (day: number) => ceiling(leapt, flat(day * DAY + 1 - leapt.length, 10));
  expect(until(15)).toBeCloseTo(2 * 10, 9);
  expect(until(32)).toBeCloseTo(2 * 10, 9);
  expect(until(33)).toBeCloseTo(10 * Math.sqrt(1.5), 9);
});
