/**
 * The recent past of one load, as square roots: a count of independent arrivals has the same spread at every level on that scale
 * (Anscombe 1948), and loads that swing with their level come closer to it.
 *
 * P1. Holds one week and a little more; memory does not grow with the length of the series.
 * P2. A missing value is the one before it.
 */
const DAY_S = 86_400;
const WEEK_DAYS = 7;
const MARGIN_S = 7_200;
/** How fast the daily profile follows the latest day, and the usual change from one sample to the next follows the latest ones. */
const PROFILE_RATE = 0.25;
const CHANGE_RATE = 0.001;

export interface Past {
  readonly daySteps: number;
  readonly weekSteps: number;
  /** Index of the newest sample, -1 before the first. */
  last(): number;
  push(root: number): void;
  at(index: number): number;
  /** Mean of samples from..to, both included, cut to what is kept and known. */
  mean(from: number, to: number): number;
  /** What this time of day usually is; NaN before a first day. */
  profile(index: number): number;
  /** The usual absolute change from one sample to the next. */
  change(): number;
}

export const stepsIn = (seconds: number, stepS: number, least: number): number =>
  Math.max(least, Math.round(seconds / stepS));

export function createPast(stepS: number): Past {
  const daySteps = stepsIn(DAY_S, stepS, 1);
  const weekSteps = WEEK_DAYS * daySteps;
  const size = weekSteps + stepsIn(MARGIN_S, stepS, 8);
  const roots = new Float64Array(size);
  const sums = new Float64Array(size);
  const profile = new Float64Array(daySteps).fill(Number.NaN);
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
  const push = (root: number): void => {
    const previous = last < 0 ? root : at(last);
    last += 1;
    sum += root;
    roots[last % size] = root;
    sums[last % size] = sum;
    change += (Math.abs(root - previous) - change) * Math.max(1 / (last + 1), CHANGE_RATE);
    const slot = last % daySteps;
    const known = profile[slot] as number;
    const seen = (root + previous) / 2;
    profile[slot] = Number.isNaN(known) ? seen : known + PROFILE_RATE * (seen - known);
  };
  return {
    daySteps,
    weekSteps,
    last: () => last,
    push,
    at,
    mean,
    profile: (index) => profile[index % daySteps] as number,
    change: () => change,
  };
}
