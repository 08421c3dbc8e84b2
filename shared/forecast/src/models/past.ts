/**
 * What the models share: the past of a series on one scale, and its seasonal shape.
 *
 * The square root steadies a variance that grows with the level, as counts have it (Bartlett 1936, "The square root transformation
 * in analysis of variance"), needs no constant and knows 0.
 */
import { type Calendar, isWeekend } from '../calendar.ts';
import { createHistory, type History } from '../history.ts';

export interface Scale {
  readonly name: string;
  to(value: number): number;
  from(value: number): number;
}

export const RAW: Scale = { name: 'raw', to: (value) => value, from: (value) => Math.max(0, value) };
export const ROOT: Scale = {
  name: 'root',
  to: (value) => Math.sqrt(value),
  from: (value) => (value <= 0 ? 0 : value * value),
};

export interface Past extends History {
  readonly scale: Scale;
  readonly calendar: Calendar;
  /** Becomes the same past as another, on its own scale. */
  follow(other: Past): void;
}

/** Days that a profile averages. */
export const PROFILE_DAYS = 7;
/** Days that the long median looks at. */
export const LONG_DAYS = 14;
/** How far back days of one kind, working or not, are looked for. */
const ALIKE_REACH_DAYS = 14;
/** Steps beyond the oldest day that its smoothing reaches, in units. */
const SMOOTHING_UNITS = 4;

export function createPast(calendar: Calendar, scale: Scale, farthest: number): Past {
  const keep = ALIKE_REACH_DAYS * calendar.day + farthest + SMOOTHING_UNITS * calendar.unit;
  const history = createHistory(keep);
  const follow = (other: Past) => {
    history.clear(other.first());
    for (let index = other.first(); index <= other.last(); index++) history.push(scale.to(other.at(index)));
  };
  return { ...history, push: (value) => history.push(scale.to(value)), scale, calendar, follow };
}

/** Index of the same time of day, on the last day that was over at `now`; negative before the first day is over. */
export const dayBefore = (past: Past, now: number, target: number): number => {
  const day = past.calendar.day;
  return target - day * Math.max(1, Math.ceil((target - now) / day));
};

/**
 * Seasonal naive (Hyndman and Athanasopoulos, "Forecasting: Principles and Practice", 5.2): the value one season before; the
 * newest value while there is no season yet.
 */
export function repeatDay(past: Past, now: number, target: number): number {
  const index = dayBefore(past, now, target);
  return index < 0 ? past.at(now) : past.at(index);
}

export function repeatWeek(past: Past, now: number, target: number): number {
  const week = 7 * past.calendar.day;
  const index = target - week * Math.max(1, Math.ceil((target - now) / week));
  return index < past.first() ? repeatDay(past, now, target) : past.at(index);
}

/** Mean over the same time of the last days, each smoothed by `width` steps to both sides; the newest value without a day. */
export function profileMean(past: Past, now: number, target: number, days: number, width: number): number {
  const { day } = past.calendar;
  let index = dayBefore(past, now, target);
  let sum = 0;
  let count = 0;
  for (; count < days && index >= past.first() && index >= 0; index -= day) {
    sum += past.mean(index - width, index + width, now);
    count++;
  }
  return count === 0 ? past.at(now) : sum / count;
}

const found = new Float64Array(ALIKE_REACH_DAYS);

/** As `profileMean` over at most fourteen days, with the median: one odd day does not move it. */
export function profileMedian(past: Past, now: number, target: number, days: number, width: number): number {
  const { day } = past.calendar;
  let count = 0;
  for (let index = dayBefore(past, now, target); count < days && index >= Math.max(0, past.first()); index -= day)
    keepSorted(past.mean(index - width, index + width, now), count++);
  return medianFound(count, past, now);
}

/** Median at the target's time of day over the last days of its kind: working days, or those of the weekend; all when there is none. */
export function alikeMedian(past: Past, now: number, target: number): number {
  const { day } = past.calendar;
  const weekend = isWeekend(past.calendar, target);
  const oldest = Math.max(0, past.first(), now - ALIKE_REACH_DAYS * day);
  let count = 0;
  for (let index = dayBefore(past, now, target); index >= oldest; index -= day)
    if (isWeekend(past.calendar, index) === weekend) keepSorted(past.at(index), count++);
  return count === 0 ? profileMedian(past, now, target, LONG_DAYS, 0) : medianFound(count, past, now);
}

function keepSorted(value: number, count: number): void {
  let slot = count;
  for (; slot > 0 && (found[slot - 1] as number) > value; slot--) found[slot] = found[slot - 1] as number;
  found[slot] = value;
}

function medianFound(count: number, past: Past, now: number): number {
  if (count === 0) return past.at(now);
  const middle = count >> 1;
  return count % 2 === 1 ? (found[middle] as number) : ((found[middle - 1] as number) + (found[middle] as number)) / 2;
}
