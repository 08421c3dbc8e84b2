/**
 * Calibrates intervals at one horizon from the errors of forecasts that were really made: split conformal prediction (Vovk et al.
 * 2005) over a rolling window, with the level of each side adapted by what was missed (adaptive conformal inference; Gibbs and
 * Candès 2021), and errors normalised by their recent size (Lei et al. 2018, "Distribution-free predictive inference").
 *
 * 1. Errors are taken on the square-root scale, so that an interval grows with the load and ends at 0.
 * 2. Each side has levels of its own: loads burst upwards.
 * 3. Quantiles never cross, and never cross the median.
 * 4. A score is bounded: an error is told in sizes, and no size is below a share of the load it was made at.
 */
import { bound } from '@leasehold/kernel';
import type { Tape } from './tape.ts';

const WINDOW = bound('errors kept for calibration at one horizon', 384);
/** Levels that are followed; others are interpolated, beyond the outermost nothing is claimed. */
export const LEVELS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.75, 0.9, 0.95, 0.975, 0.99] as const;
const UPPER = 5;
const ENOUGH_ERRORS = 24;
/** Tails are aimed at this share of what is promised: the future drifts away from what the past has calibrated. */
const TAIL_RESERVE = 0.88;
/** How fast a level answers to a miss, over a window of independent ones. */
const RATE = 0.02;
const SIZE_HALF_LIFE_DAYS = 2;
/** Errors that overlap count as one: a tail must hold this many more of them than the plain share. */
const SPARE_ERRORS = 2;
/** No error is told in a size below this share of the load itself: what was quiet would look infinitely wrong on the first change. */
const SMALLEST_SHARE = 0.02;

export interface Calibration {
  /** Errors that the window holds. */
  count(): number;
  enough(): boolean;
  /** Usual size of an error on the root scale. */
  size(): number;
  /** Takes in what came and what had been said, on the root scale, said when errors had the given size, turbulence included; 0 when none was measured. */
  measure(value: number, median: number, sizeThen: number, turbulence: number): void;
  /** Distance from the median, in sizes, at a followed level. */
  quantile(level: number): number;
  carry(tape: Tape): void;
}

/** Share of a load's root below which two values are one: values are kept in 4 bytes, and what is left of that is no error. */
const ROUNDING = 1e-6;
export const apart = (root: number, other: number): number =>
  Math.abs(root - other) <= ROUNDING * Math.max(root, other) ? 0 : root - other;

const clipped = (score: number): number => Math.max(-1 / SMALLEST_SHARE, Math.min(1 / SMALLEST_SHARE, score));

/** A size of errors, at a load of this root. */
export const atLeast = (size: number, root: number): number => Math.max(size, SMALLEST_SHARE * root);

/** @param overlap how many neighbouring errors tell the same story: horizon over stride. */
export function createCalibration(day: number, stride: number, overlap: number): Calibration {
  const ring = new Float32Array(WINDOW.value);
  const sorted = new Float32Array(WINDOW.value);
  const aims = LEVELS.map((level) => (level < 0.5 ? level * TAIL_RESERVE : 1 - (1 - level) * TAIL_RESERVE));
  const adapted = Float64Array.from(aims);
  const fade = 0.5 ** (stride / (SIZE_HALF_LIFE_DAYS * day));
  const rate = RATE / Math.sqrt(Math.max(1, overlap));
  let inOrder = true;
  let seen = 0;
  let size = 0;
  const held = () => Math.min(seen, WINDOW.value);
  const quantile = (level: number): number => {
    order();
    const independent = held() / Math.max(1, overlap);
    const caution = independent / (independent + SPARE_ERRORS);
    const tail = level >= UPPER ? 1 - (adapted[level] as number) : (adapted[level] as number);
    const cautious = tail > 0 ? tail * caution : tail;
    return quantileOf(sorted, held(), level >= UPPER ? 1 - cautious : cautious, level >= UPPER);
  };
  /** Only when asked for: most series that are carried are asked for a few horizons. */
  const order = () => {
    if (inOrder) return;
    sorted.set(ring);
    sorted.subarray(0, held()).sort();
    inOrder = true;
  };
  const insert = (score: number) => {
    order();
    if (seen >= WINDOW.value) removeSorted(sorted, ring[seen % WINDOW.value] as number);
    insertSorted(sorted, Math.min(seen, WINDOW.value - 1), score);
    ring[seen % WINDOW.value] = score;
    seen++;
  };
  const measure: Calibration['measure'] = (value, median, sizeThen, turbulence) => {
    const error = apart(value, median);
    const share = Math.max(1 / (seen + 1), 1 - fade);
    size += share * (Math.abs(error) / turbulence - size);
    // The first errors have no size to be told in but what they make themselves.
    const known = sizeThen > 0 ? sizeThen : size * turbulence;
    // To as many digits as the window keeps: equal errors are equal to those it holds.
    const score = error === 0 ? 0 : Math.fround(error / atLeast(known, Math.max(value, median)));
    if (held() >= ENOUGH_ERRORS)
      for (let i = 0; i < LEVELS.length; i++) {
        const below = score <= quantile(i) ? 1 : 0;
        const moved = (adapted[i] as number) + rate * ((aims[i] as number) - below);
        adapted[i] = Math.min(1.5, Math.max(-0.5, moved));
      }
    insert(score);
  };
  const carry = (tape: Tape) => {
    seen = tape.number(seen);
    size = tape.number(size);
    tape.row(adapted);
    tape.coarseRow(ring, held());
    // States that were kept before sizes had a least one hold scores without bound.
    if (tape.playing) for (let i = 0; i < ring.length; i++) ring[i] = clipped(ring[i] as number);
    inOrder = false;
  };
  return { carry, count: held, enough: () => held() >= ENOUGH_ERRORS, size: () => size, measure, quantile };
}

/** Beyond the outermost error the interval goes on growing with the level, so that adaptation has no wall to run into. */
function quantileOf(sorted: Float32Array, count: number, level: number, upper: boolean): number {
  if (count === 0) return 0;
  const at = level * (count + 1) - 1;
  const [least, most] = [sorted[0] as number, sorted[count - 1] as number];
  let value: number;
  if (at <= 0) value = least * (1 + Math.max(0, -level));
  else if (at >= count - 1) value = most * (1 + Math.max(0, level - 1));
  else {
    const low = Math.floor(at);
    value = (sorted[low] as number) + (at - low) * ((sorted[low + 1] as number) - (sorted[low] as number));
  }
  return upper ? Math.max(0, value) : Math.min(0, value);
}

function lowerBound(sorted: Float32Array, count: number, value: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insertSorted(sorted: Float32Array, count: number, value: number): void {
  const slot = lowerBound(sorted, count, value);
  sorted.copyWithin(slot + 1, slot, count);
  sorted[slot] = value;
}

function removeSorted(sorted: Float32Array, value: number): void {
  sorted.copyWithin(lowerBound(sorted, sorted.length, value), lowerBound(sorted, sorted.length, value) + 1);
}
