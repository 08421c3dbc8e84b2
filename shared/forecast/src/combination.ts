/**
 * Combines models: at each horizon the median of their forecasts, each weighed by the inverse of its recent error to a power, as
 * measured on forecasts that were really made (Bates and Granger 1969, "The combination of forecasts"; the median because it shrugs off
 * one model that has lost its way).
 *
 * 1. Weights come from the past only: a forecast counts when its target has come.
 * 2. A missing value measures nothing.
 * 3. Errors fade with a half-life, so that a model which has become better is heard again.
 */
import type { Horizon, Place } from './horizons.ts';
import type { Tape } from './tape.ts';

const HALF_LIFE_DAYS = 6;
const SHARPNESS = 3;
/** Errors below this share of the worst model's are as good as none: keeps a weight finite. */
const SMALLEST_SHARE = 1e-9;

export interface Combination {
  /** Weighted median of the models' forecasts at a place between horizons. */
  combine(place: Place, forecasts: Float64Array): number;
  /** Takes in what the models had said for a value that has come. */
  measure(horizon: number, forecasts: Float64Array, offset: number, value: number): void;
  /** Each model's share at a horizon; they sum to 1. */
  weights(horizon: number): readonly number[];
  carry(tape: Tape): void;
}

export function createCombination(horizons: readonly Horizon[], models: number, day: number): Combination {
  const errors = horizons.map(() => new Float64Array(models));
  const weights = horizons.map(() => new Float64Array(models).fill(1 / models));
  const fades = horizons.map(({ stride }) => 0.5 ** (stride / (HALF_LIFE_DAYS * day)));
  const measure = (horizon: number, forecasts: Float64Array, offset: number, value: number) => {
    const own = errors[horizon] as Float64Array;
    const fade = fades[horizon] as number;
    for (let m = 0; m < models; m++)
      own[m] = (own[m] as number) * fade + Math.abs((forecasts[offset + m] as number) - value);
    weigh(own, weights[horizon] as Float64Array);
  };
  const mixed = new Float64Array(models);
  const order = new Int32Array(models);
  const combine = ({ low, high, share }: Place, forecasts: Float64Array): number => {
    const [from, to] = [weights[low] as Float64Array, weights[high] as Float64Array];
    for (let m = 0; m < models; m++) mixed[m] = (from[m] as number) * (1 - share) + (to[m] as number) * share;
    return weightedMedian(forecasts, mixed, order);
  };
  const carry = (tape: Tape) => {
    for (const row of [...errors, ...weights]) tape.row(row);
  };
  return { carry, combine, measure, weights: (horizon) => [...(weights[horizon] as Float64Array)] };
}

function weigh(errors: Float64Array, into: Float64Array): void {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const error of errors) {
    least = Math.min(least, error);
    most = Math.max(most, error);
  }
  const floor = most * SMALLEST_SHARE;
  let sum = 0;
  for (let m = 0; m < errors.length; m++) {
    const ratio = most === 0 ? 1 : (least + floor) / ((errors[m] as number) + floor);
    into[m] = ratio ** SHARPNESS;
    sum += into[m] as number;
  }
  for (let m = 0; m < errors.length; m++) into[m] = (into[m] as number) / sum;
}

/** Interpolated between the two values around the middle, so that a weight that moves a little moves the median a little. */
export function weightedMedian(values: Float64Array, weights: Float64Array, order: Int32Array): number {
  const size = order.length;
  for (let i = 0; i < size; i++) {
    let slot = i;
    for (; slot > 0 && (values[order[slot - 1] as number] as number) > (values[i] as number); slot--)
      order[slot] = order[slot - 1] as number;
    order[slot] = i;
  }
  let reached = 0;
  let before = Number.NaN;
  let beforeAt = 0;
  for (let i = 0; i < size; i++) {
    const m = order[i] as number;
    const value = values[m] as number;
    const at = reached + (weights[m] as number) / 2;
    if (at >= 0.5)
      return Number.isNaN(before)
        ? value
        : before + ((value - before) * (0.5 - beforeAt)) / Math.max(at - beforeAt, 1e-12);
    reached += weights[m] as number;
    before = value;
    beforeAt = at;
  }
  return before;
}
