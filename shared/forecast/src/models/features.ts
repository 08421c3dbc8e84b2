/**
 * What the regression looks at, for one origin and one horizon: lags, means, calendar. All but the first and
 * the last three are differences of loads, so that one penalty suits them all and a series that is twice as large has coefficients that are the same.
 *
 * 1. The target is told as its distance from the seasonal profile at the target's time.
 * 2. A lag that does not exist yet is told as no difference: 0.
 * 3. Nothing newer than `now` is looked at, so that a row can be worked out again when its target has come.
 */
import { dayAngle, isWeekend } from '../calendar.ts';
import {
  alikeMedian,
  dayBefore,
  LONG_DAYS,
  type Past,
  PROFILE_DAYS,
  profileMean,
  profileMedian,
  repeatDay,
} from './past.ts';

export const FEATURES = 24;
/** Features from here on, and the first, are plain numbers and no loads. */
export const FIRST_PLAIN = 21;
/** The present deviation from the profile. */
export const DEVIATION = 1;
/** How far the median of two weeks, and that of the days of the target's kind, lie from the profile. */
export const LONG = 19;
export const ALIKE = 20;

/** Fills `row`. @param shapeNow the profile at `now`. @returns the one at the target, which the prediction is added to. */
export function fillRow(past: Past, now: number, steps: number, shapeNow: number, row: Float64Array): number {
  const { day, unit } = past.calendar;
  const target = now + steps;
  const value = past.at(now);
  const shape = profileMean(past, now, target, PROFILE_DAYS, unit);
  row[0] = 1;
  row[DEVIATION] = value - shapeNow;
  row[2] = shape - shapeNow;
  fillRecent(past, now, value, shape, row);
  const before = dayBefore(past, now, target);
  const repeated = repeatDay(past, now, target);
  row[12] = repeated - shape;
  row[13] = (before < 0 ? repeated : past.mean(before - 2 * unit, before + 2 * unit, now)) - shape;
  const dayAgo = now - day;
  row[14] = dayAgo < 0 ? 0 : past.mean(dayAgo - 2 * unit, dayAgo + 2 * unit, now) - shapeNow;
  row[15] = profileMean(past, now, target, 3, 3 * unit) - shape;
  fillWeek(past, now, target, shape, shapeNow, row);
  // Much that runs on a schedule runs by the hour: the same minute of the last hour that is over.
  const hour = 12 * unit;
  row[18] = past.at(Math.max(0, target - hour * Math.ceil(steps / hour))) - shape;
  row[LONG] = profileMedian(past, now, target, LONG_DAYS, 0) - shape;
  row[ALIKE] = alikeMedian(past, now, target) - shape;
  const angle = dayAngle(past.calendar, target);
  row[21] = Math.sin(angle);
  row[22] = Math.cos(angle);
  row[23] = isWeekend(past.calendar, target) ? 1 : 0;
  return shape;
}

function fillRecent(past: Past, now: number, value: number, shape: number, row: Float64Array): void {
  const { day } = past.calendar;
  const one = now >= 1 ? past.at(now - 1) : value;
  const two = now >= 2 ? past.at(now - 2) : one;
  const last = (count: number) => past.mean(now - count + 1, now, now);
  const [three, six, twelve, long] = [last(3), last(6), last(12), last(36)];
  const wholeDay = last(day);
  row[3] = value - one;
  row[4] = one - two;
  row[5] = value - three;
  row[6] = three - six;
  row[7] = three - twelve;
  row[8] = twelve - long;
  row[9] = twelve - last(day >> 1);
  row[10] = wholeDay - last(7 * day);
  row[11] = wholeDay - shape;
}

function fillWeek(past: Past, now: number, target: number, shape: number, shapeNow: number, row: Float64Array): void {
  const { day, unit } = past.calendar;
  const then = target - 7 * day;
  const weekAgo = now - 7 * day;
  const known = then >= Math.max(0, past.first()) && then + unit <= now;
  row[16] = known ? past.mean(then - unit, then + unit, now) - shape : 0;
  row[17] = weekAgo < Math.max(0, past.first()) ? 0 : past.mean(weekAgo - 6 * unit, weekAgo + 6 * unit, now) - shapeNow;
}
