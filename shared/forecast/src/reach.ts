/**
 * How far a forecast may reach, and what it must hold, read from the past itself: models extrapolate and errors are scaled, and both can
 * run away where a history is short, quiet or has just changed.
 *
 * 1. Nothing is forecast above `MOST_TIMES_SEEN` times what was seen.
 * 2. A level that was reached may have come to stay: the intervals hold the shape that tells the last hours best (a day, a week of days, days
 *    of a kind, or no season at all), moved to where the newest values are.
 * 3. One value far above all that was seen is a mistake of a meter until the next one says the same.
 * 4. Work is one walk over the kept past. What comes out is a copy: what is observed later does not change it.
 */
import { alikeMedian, type Past, PROFILE_DAYS, profileMedian, repeatDay } from './models/past.ts';

/** Of the highest value seen: no quantile goes beyond. */
export const MOST_TIMES_SEEN = 2;
/** Shares of a day: the newest values, and those that a shape is measured on. */
const PRESENT_SHARE = 1 / 48;
const RECENT_SHARE = 1 / 4;
const LEAST_PRESENT = 2;

/** A value so many times above the highest is not believed at once, when at least so many are known. */
const BEYOND_BELIEF = 10;
const ENOUGH_TO_DOUBT = 12;

export interface Reach {
  readonly ceiling: number;
  /** The present carried on, step by step. */
  readonly carried: Float64Array;
}

type Shape = (past: Past, now: number, target: number) => number;

const SHAPES: readonly Shape[] = [
  repeatDay,
  (past, now, target) => profileMedian(past, now, target, PROFILE_DAYS, past.calendar.unit),
  alikeMedian,
];

/** No season: the level of the newest values, whatever the time. */
const standing =
  (count: number): Shape =>
  (past) =>
    past.mean(past.last() - count + 1, past.last(), past.last());

/** @param steps how many steps ahead. */
export function reachOf(past: Past, steps: number): Reach {
  const now = past.last();
  const { low, high } = seenIn(past);
  const { shape, off } = presentFit(past);
  const carried = Float64Array.from({ length: steps }, (_, i) =>
    Math.min(high, Math.max(low, shape(past, now, now + i + 1) + off)),
  );
  return { ceiling: MOST_TIMES_SEEN * high, carried };
}

/** Whether a value is not to be believed; `usual` is the mean of the values, which tells without a walk where there is no doubt. */
export function isBeyondBelief(past: Past, value: number, usual: number): boolean {
  if (!(value > BEYOND_BELIEF * usual) || past.last() + 1 < ENOUGH_TO_DOUBT) return false;
  const { high } = seenIn(past);
  return high > 0 && value > BEYOND_BELIEF * high;
}

function seenIn(past: Past): { readonly low: number; readonly high: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (let index = Math.max(0, past.first()); index <= past.last(); index++) {
    const value = past.at(index);
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

interface Fit {
  readonly shape: Shape;
  /** How far the newest values lie from the shape. */
  readonly off: number;
  /** Mean distance of the values of a quarter of a day from the shape, moved by that. */
  readonly missed: number;
}

/** The shape that tells a quarter of a day best, when it is moved to where the newest values are. */
function presentFit(past: Past): Fit {
  const day = past.calendar.day;
  const count = (share: number): number => Math.min(past.last() + 1, Math.max(LEAST_PRESENT, Math.round(share * day)));
  const [newest, recent] = [count(PRESENT_SHARE), count(RECENT_SHARE)];
  // Before the second day has begun there is no shape to be moved.
  const shapes = past.last() - recent < day ? [standing(newest)] : [...SHAPES, standing(newest)];
  return shapes
    .map((shape) => fitOf(past, shape, newest, recent))
    .reduce((best, each) => (each.missed < best.missed ? each : best));
}

function fitOf(past: Past, shape: Shape, newest: number, recent: number): Fit {
  const now = past.last();
  const apart = Array.from({ length: recent }, (_, i) => past.at(now - i) - shape(past, now - recent, now - i));
  const off = apart.slice(0, newest).reduce((sum, each) => sum + each, 0) / newest;
  const missed = apart.reduce((sum, each) => sum + Math.abs(each - off), 0) / recent;
  return { shape, off, missed };
}
