/**
 * What the regression on lags, means and calendar looks at, all as differences from the newest value, so that a level shift
 * changes no weight.
 *
 * F1. Only samples up to the newest are read: a lag that lies before the past is told as no difference.
 */

import { HOUR_S } from '../time.ts';
import { type Past, stepsIn } from './past.ts';

export const LOCATION_SIZE = 15;
const NEAR_S = 600;
const QUARTER_S = 900;
const SHIFT_S = 21_600;

export interface Spans {
  readonly near: number;
  readonly quarter: number;
  readonly hour: number;
  readonly shift: number;
}

export const spansOf = (stepS: number): Spans => ({
  near: stepsIn(NEAR_S, stepS, 1),
  quarter: stepsIn(QUARTER_S, stepS, 2),
  hour: stepsIn(HOUR_S, stepS, 3),
  shift: stepsIn(SHIFT_S, stepS, 3),
});

function daily(past: Past, spans: Spans, target: number, row: Float64Array): void {
  const last = past.last();
  const now = past.at(last);
  const day = past.daySteps;
  const week = past.weekSteps;
  const hasDay = last >= day;
  row[7] = hasDay ? past.at(Math.min(last, target - day)) - now : 0;
  row[8] = hasDay ? past.mean(target - day - spans.near, target - day + spans.near) - now : 0;
  row[9] = hasDay ? past.mean(last - day - spans.near, last - day) - now : 0;
  const hasWeek = last >= week;
  row[10] = hasWeek ? past.mean(target - week - spans.near, target - week + spans.near) - now : (row[8] as number);
  row[11] = hasWeek ? past.mean(last - week - spans.near, last - week) - now : (row[9] as number);
}

/** Fills `row` for the value `steps` after the newest; steps less than a day. */
export function fillLocation(past: Past, spans: Spans, steps: number, row: Float64Array): void {
  const last = past.last();
  const now = past.at(last);
  row[0] = past.change();
  row[1] = (last >= 1 ? past.at(last - 1) : now) - now;
  row[2] = (last >= 2 ? past.at(last - 2) : now) - now;
  row[3] = past.mean(last - 2, last) - now;
  row[4] = past.mean(last - spans.quarter + 1, last) - now;
  row[5] = past.mean(last - spans.hour + 1, last) - now;
  row[6] = past.mean(last - spans.shift + 1, last) - now;
  daily(past, spans, last + steps, row);
  const then = past.profile(last + steps);
  const present = past.profile(last);
  const known = last >= past.daySteps && !Number.isNaN(then) && !Number.isNaN(present);
  row[12] = known ? then - now : 0;
  row[13] = known ? present - now : 0;
  row[14] = past.mean(last - past.daySteps + 1, last) - now;
}
