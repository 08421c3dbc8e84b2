/**
 * Combines models: at each horizon the median of their forecasts, each weighed by the inverse of its recent error to a power, as
 * measured on forecasts that were really made (Bates and Granger 1969, "The combination of forecasts"; the median because it shrugs off
 * one model that has lost its way).
 *
 * 1. Weights come from the past only: a forecast counts when its target has come.
 * 2. A missing value measures nothing.
 * 3. Errors fade with a half-life, so that a model which has become better is heard again. While the level is apart from the season,
 *    those made since count alone (since.ts).
 */
import type { Horizon, Place } from './horizons.ts';
import type { Say } from './models/port.ts';
import { createSince } from './since.ts';
import type { Tape } from './tape.ts';
import { weigh } from './weights.ts';

const HALF_LIFE_DAYS = 6;

export interface Combination {
  /** Weighted median of the models' forecasts at a place between horizons. @param shiftedSteps 0 for as if the level had not changed. */
  combine(place: Place, forecasts: Float64Array, shiftedSteps: number): number;
  /** Takes in what the models had said for a value that has come. */
  measure(horizon: number, forecasts: Float64Array, offset: number, value: number, shiftedSteps: number): void;
  /** Each model's share at a horizon; they sum to 1. */
  weights(horizon: number, shiftedSteps: number): readonly number[];
  carry(tape: Tape): void;
}

export function createCombination(horizons: readonly Horizon[], says: readonly Say[], day: number): Combination {
  const models = says.length;
  const heard = says.map((say) => say !== 'shifted');
  const errors = horizons.map(() => new Float64Array(models));
  const weights = errors.map((own) => {
    const made = new Float64Array(models);
    weigh(own, heard, made);
    return made;
  });
  const since = createSince(horizons, says, day);
  const fades = horizons.map(({ stride }) => 0.5 ** (stride / (HALF_LIFE_DAYS * day)));
  const measure: Combination['measure'] = (horizon, forecasts, offset, value, shiftedSteps) => {
    const own = errors[horizon] as Float64Array;
    const fade = fades[horizon] as number;
    for (let m = 0; m < models; m++)
      own[m] = (own[m] as number) * fade + Math.abs((forecasts[offset + m] as number) - value);
    weigh(own, heard, weights[horizon] as Float64Array);
    since.measure(horizon, forecasts, offset, value, shiftedSteps);
  };
  const mixed = new Float64Array(models);
  const order = new Int32Array(models);
  const weightsOf = (horizon: number, shiftedSteps: number): Float64Array =>
    since.weights(horizon, shiftedSteps) ?? (weights[horizon] as Float64Array);
  const combine: Combination['combine'] = ({ low, high, share }, forecasts, shiftedSteps) => {
    const [from, to] = [weightsOf(low, shiftedSteps), weightsOf(high, shiftedSteps)];
    for (let m = 0; m < models; m++) mixed[m] = (from[m] as number) * (1 - share) + (to[m] as number) * share;
    return weightedMedian(forecasts, mixed, order);
  };
  const carry = (tape: Tape) => {
    for (const row of [...errors, ...weights]) tape.row(row);
    since.carry(tape);
  };
  return { carry, combine, measure, weights: (horizon, shiftedSteps) => [...weightsOf(horizon, shiftedSteps)] };
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
