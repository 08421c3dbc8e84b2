/**
 * The recent past of one load, as square roots: a count of independent arrivals has the same spread at every level on that scale
 * (Anscombe 1948), and loads that swing with their level come closer to it.
 *
 * P1. Holds one week and a little more; memory does not grow with the length of the series.
 * P2. A missing value is the one before it.
 * P3. The ceiling lies above the highest of a week by as much as the load leapt above all of an hour in the last month, and by no less than
 *     a half. A leap back to where it was is no leap: else what fell for a moment would be expected to rise by as much.
 */
import { DAY_S, HOUR_S, MOST_DAYS, WEEK_DAYS } from '../time.ts';

const MARGIN_S = 7_200;
/** How fast the daily profile follows the latest day, and the usual change from one sample to the next follows the latest ones. */
const PROFILE_RATE = 0.25;
const CHANGE_RATE = 0.001;

export interface Past {
  readonly daySteps: number;
  readonly weekSteps: number;
  /** Index of the newest sample, -1 before the first. */
  last(): number;
  /** @param known false for a value that stands in for a missing one: it tells nothing of its time of day. */
  push(root: number, known: boolean): void;
  /** Puts a root in the place of the newest so many. */
  correct(root: number, steps: number): void;
  at(index: number): number;
  /** Mean of samples from..to, both included, cut to what is kept and known. */
  mean(from: number, to: number): number;
  /** What this time of day usually is; NaN before a first day. */
  profile(index: number): number;
  /** The root that nothing is expected to pass, by P3. */
  ceiling(): number;
  /** The usual absolute change from one sample to the next. */
  change(): number;
}

/** Days there must be before their leaps say how far a load may rise. */
const ENOUGH_DAYS = 3;
/** On the scale of loads. */
const LEAST_RISE = 1.5;
const FIRST_RISE = 3;
/** Of the root of the highest: what begins lower was nothing, and not a load that leapt. */
const LEAST_SHARE = 0.1;

export const stepsIn = (seconds: number, stepS: number, least: number): number =>
  Math.max(least, Math.round(seconds / stepS));

export function createPast(stepS: number): Past {
  const daySteps = stepsIn(DAY_S, stepS, 1);
  const weekSteps = WEEK_DAYS * daySteps;
  const size = weekSteps + stepsIn(MARGIN_S, stepS, 8);
  const roots = new Float64Array(size);
  const sums = new Float64Array(size);
  const profile = new Float64Array(daySteps).fill(Number.NaN);
  const records = createRecords(daySteps);
  const hourSteps = stepsIn(HOUR_S, stepS, 3);
  let last = -1;
  let sum = 0;
  let change = 0;
  const oldest = (): number => Math.max(0, last - size + 1);
  const at = (index: number): number => roots[index % size] as number;
  const before = (index: number): number => (index < 0 ? 0 : (sums[index % size] as number));
  const mean = (from: number, to: number): number => {
    const end = Math.min(last, Math.max(to, oldest()));
    const start = Math.max(from, last < size ? 0 : oldest() + 1);
    if (start >= end) return at(end);
    return (before(end) - before(start - 1)) / (end - start + 1);
  };
  const push = (root: number, known: boolean): void => {
    const previous = last < 0 ? root : at(last);
    last += 1;
    sum += root;
    roots[last % size] = root;
    sums[last % size] = sum;
    change += (Math.abs(root - previous) - change) * Math.max(1 / (last + 1), CHANGE_RATE);
    records.push(last, root, last === 0 ? root : highestOf(last - hourSteps, last - 1));
    if (!known) return;
    const slot = last % daySteps;
    const before = profile[slot] as number;
    const seen = (root + previous) / 2;
    profile[slot] = Number.isNaN(before) ? seen : before + PROFILE_RATE * (seen - before);
  };
  const highestOf = (from: number, to: number): number => {
    let most = 0;
    for (let index = Math.max(0, from); index <= to; index++) most = Math.max(most, at(index));
    return most;
  };
  const correct = (root: number, steps: number): void => {
    const from = Math.max(oldest() + 1, last - steps + 1);
    for (let index = from; index <= last; index++) {
      roots[index % size] = root;
      sums[index % size] = before(index - 1) + root;
    }
    sum = before(last);
  };
  return {
    daySteps,
    weekSteps,
    last: () => last,
    push,
    correct,
    at,
    mean,
    profile: (index) => profile[index % daySteps] as number,
    change: () => change,
    ceiling: records.ceiling,
  };
}

interface Day {
  high: number;
  leap: number;
}

/** The highest of each of the last days, and how far it leapt above all of an hour. */
function createRecords(daySteps: number) {
  const days: Day[] = [];
  const highest = (): number => days.slice(-WEEK_DAYS - 1).reduce((most, { high }) => Math.max(most, high), 0);
  const push = (index: number, root: number, hourHigh: number): void => {
    if (index % daySteps === 0) days.push({ high: root, leap: 0 });
    if (days.length > MOST_DAYS.value) days.shift();
    const today = days.at(-1) as Day;
    // A fall is less than once as high, and needs no guard: the ceiling asks for half as much again.
    if (hourHigh > LEAST_SHARE * highest()) today.leap = Math.max(today.leap, (root / hourHigh) ** 2);
    today.high = Math.max(today.high, root);
  };
  const ceiling = (): number => {
    const least = days.length < ENOUGH_DAYS ? FIRST_RISE : LEAST_RISE;
    return Math.sqrt(days.reduce((most, { leap }) => Math.max(most, leap), least)) * highest();
  };
  return { push, ceiling };
}
