/** The shared past by hand: the day and the week before, means and medians of a time of day, and days of one kind. */
import { expect, test } from 'vitest';
import { calendarOf } from '../calendar.ts';
import {
  alikeMedian,
  createPast,
  dayBefore,
  type Past,
  profileMean,
  profileMedian,
  RAW,
  ROOT,
  repeatDay,
  repeatWeek,
} from './past.ts';

/** Six hours: four steps a day, the first of them on a Monday. */
const STEP_MS = 21_600_000;
const START = Date.UTC(2026, 0, 5);

function pastOf(values: readonly number[], scale = RAW): Past {
  const past = createPast(calendarOf(START, STEP_MS), scale, 8);
  for (const value of values) past.push(value);
  return past;
}
/** Day d has the values 100 d + 0, 1, 2, 3. */
const days = (count: number): readonly number[] =>
  Array.from({ length: count * 4 }, (_, i) => 100 * Math.floor(i / 4) + (i % 4));

test('loads are taken as they are or as their roots, and none comes back below nothing', () => {
  expect([RAW.to(3), RAW.from(3), RAW.from(-1), RAW.from(0)]).toEqual([3, 3, 0, 0]);
  expect([ROOT.to(9), ROOT.from(3), ROOT.from(-3), ROOT.from(0)]).toEqual([3, 9, 0, 0]);
  expect(pastOf([16, 25], ROOT).at(1)).toBe(5);
});

test('a past may become another, on its own scale', () => {
  const roots = pastOf([1], ROOT);
  roots.follow(pastOf([4, 9, 16]));
  expect([roots.first(), roots.last(), roots.at(0), roots.at(2)]).toEqual([0, 2, 2, 4]);
});

test('the day before is the last one that was over, whole days back', () => {
  const past = pastOf(days(3));
  expect([12, 15, 16, 19, 20].map((target) => dayBefore(past, 11, target))).toEqual([8, 11, 8, 11, 8]);
  expect(dayBefore(past, 11, 11)).toBe(7);
  expect(dayBefore(past, 2, 3)).toBe(-1);
});

test('a day and a week are repeated as far as they are known', () => {
  const past = pastOf(days(9));
  expect([repeatDay(past, 35, 36), repeatDay(past, 35, 43)]).toEqual([800, 803]);
  expect([repeatWeek(past, 35, 36), repeatWeek(past, 35, 63), repeatWeek(past, 35, 64)]).toEqual([200, 803, 200]);
  const young = pastOf(days(2));
  expect([repeatWeek(young, 7, 8), repeatDay(pastOf([5, 6]), 1, 2)]).toEqual([100, 6]);
});

test('the mean of a time of day is that of its last days, each smoothed, and of no more than are known', () => {
  const past = pastOf(days(9));
  expect(profileMean(past, 35, 37, 3, 0)).toBe((801 + 701 + 601) / 3);
  // One step to both sides: 0, 1 and 2 of each day.
  expect(profileMean(past, 35, 37, 2, 1)).toBe((801 + 701) / 2);
  expect(profileMean(past, 35, 37, 99, 0)).toBe(401);
  expect(profileMean(pastOf([5, 6]), 1, 2, 7, 0)).toBe(6);
  // What is smoothed does not look beyond now.
  expect(profileMean(past, 35, 39, 1, 1)).toBe((802 + 803) / 2);
});

test('the median of a time of day: the middle one, or between two', () => {
  const past = pastOf([9, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 3, 0, 0, 0]);
  expect(profileMedian(past, 15, 16, 7, 0)).toBe(4);
  expect(profileMedian(past, 15, 16, 3, 0)).toBe(3);
  expect(profileMedian(past, 15, 16, 1, 0)).toBe(3);
  expect(profileMedian(past, 15, 17, 2, 1)).toBe((3 / 3 + 5 / 3) / 2);
  expect(profileMedian(pastOf([5, 6]), 1, 2, 7, 0)).toBe(6);
});

test('days of one kind: working days for a working day, weekends for one of the weekend, all when there is none', () => {
  // Two weeks; the next day is a Monday.
  const past = pastOf(days(14));
  const working = [0, 1, 2, 3, 4, 7, 8, 9, 10, 11].map((day) => 100 * day);
  expect(alikeMedian(past, 55, 56)).toBe(((working[4] as number) + (working[5] as number)) / 2);
  // The Saturday after: two weekends.
  expect(alikeMedian(past, 55, 56 + 20)).toBe((600 + 1_200) / 2);
  // Five working days and a Saturday ahead: all of them.
  const week = pastOf(days(5));
  expect(alikeMedian(week, 19, 20)).toBe(200);
});
