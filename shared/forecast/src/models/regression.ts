/**
 * Direct regression: for each horizon its own linear equation from what is known now to what comes then (Ben Taieb et al. 2012,
 * "A review and comparison of strategies for multi-step ahead time series forecasting"), between horizons interpolated.
 *
 * 1. Solutions that share rows differ in what they are drawn to: the newest value or the seasonal profile. How hard grows with
 *    the horizon, because errors that far ahead repeat each other and count as few.
 * 2. Rows fade, and are weighed by one over their error, so that the sum of absolute errors is made small and not that of squares
 *    (iteratively reweighted least squares; Schlossmacher 1973).
 * 3. A missing value is no target.
 */
import { type Horizon, placeOf } from '../horizons.ts';
import { createEquations } from './equations.ts';
import { DEVIATION, FEATURES, FIRST_PLAIN, fillRow } from './features.ts';
import type { Past } from './past.ts';
import type { Model } from './port.ts';

/** Share of a typical error below which errors count alike, so that no row weighs without bound. */
const SMALLEST_ERROR = 0.3;
const ERROR_MEMORY = 0.001;
/** Variance of the coefficient of a plain number, in variances of the target. */
const PLAIN_VARIANCE = 0.25;
const SOLVE_EVERY = 12;
const SETTLED_ROWS = 600;
const SOLVE_EVERY_SETTLED = 36;

interface Line {
  learn(known: boolean): void;
  readonly coefficients: readonly Float64Array[];
}

interface Prior {
  readonly name: string;
  readonly mean: Float64Array;
  /** Weight of the prior, in independent rows. */
  readonly rows: number;
}

const PERSISTENCE: Prior = { name: 'persistence', mean: vector({ [DEVIATION]: 1 }), rows: 8 };
const PROFILE: Prior = { name: 'profile', mean: vector({}), rows: 3 };

export interface Memory {
  readonly name: string;
  readonly halfLifeDays: number;
  readonly priors: readonly Prior[];
}

/** Follows what has changed this week. */
export const QUICK: Memory = { name: 'quick', halfLifeDays: 4, priors: [PERSISTENCE, PROFILE] };
/** Knows the month, and trusts it. */
export const STEADY: Memory = { name: 'steady', halfLifeDays: 30, priors: [{ ...PERSISTENCE, rows: 2.4 }] };

function vector(entries: Readonly<Record<number, number>>): Float64Array {
  const made = new Float64Array(FEATURES);
  for (const [index, value] of Object.entries(entries)) made[Number(index)] = value;
  return made;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < FEATURES; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** The equation of one horizon. @param order spreads the solving of several lines over the steps. */
function createLine(past: Past, horizon: Horizon, memory: Memory, order: number): Line {
  const { steps, stride } = horizon;
  const { priors } = memory;
  const forget = 0.5 ** (stride / (memory.halfLifeDays * past.calendar.day));
  const equations = createEquations(FEATURES, forget);
  const row = new Float64Array(FEATURES);
  const coefficients: Float64Array[] = priors.map(({ mean }) => Float64Array.from(mean));
  /** Mean square of what each prior alone leaves over. */
  const left = priors.map(() => 0);
  const penalties = new Float64Array(FEATURES);
  let rows = 0;
  let error = 0;
  const solveAll = () => {
    priors.forEach((prior, p) => {
      const variance = Math.max(left[p] as number, Number.MIN_VALUE * 2 ** 60);
      const strength = prior.rows * Math.max(1, steps / stride) * variance;
      for (let i = 0; i < FEATURES; i++)
        penalties[i] = strength / (i === 0 || i >= FIRST_PLAIN ? PLAIN_VARIANCE * variance : 1);
      coefficients[p] = equations.solve(prior.mean, penalties);
    });
  };
  const learn = (known: boolean): void => {
    const now = past.last();
    const origin = now - steps;
    if (origin < 0 || now % stride !== 0) return;
    if (known) {
      const target = past.at(now) - fillRow(past, origin, steps, row);
      const off =
        priors.reduce((sum, _, p) => sum + Math.abs(target - dot(row, coefficients[p] as Float64Array)), 0) /
        priors.length;
      error = rows === 0 ? off : error + ERROR_MEMORY * (off - error);
      const weight = error > 0 ? 1 / Math.max(off / error, SMALLEST_ERROR) : 1;
      rows++;
      const share = Math.max(1 / rows, 1 - forget);
      priors.forEach(({ mean }, p) => {
        const rest = target - dot(row, mean);
        left[p] = (left[p] as number) + share * (weight * rest * rest - (left[p] as number));
      });
      equations.add(row, target, weight);
    }
    const every = rows < SETTLED_ROWS ? SOLVE_EVERY : SOLVE_EVERY_SETTLED;
    if (rows >= FEATURES && (now / stride + order) % every === 0) solveAll();
  };
  return { learn, coefficients };
}

/** One model for each prior of the memory, over the same rows. */
export function createRegressions(past: Past, horizons: readonly Horizon[], memory: Memory): readonly Model[] {
  const lines = horizons.map((horizon, order) => createLine(past, horizon, memory, order));
  const row = new Float64Array(FEATURES);
  let filled = { now: -1, steps: 0, shape: 0 };
  const learn = (known: boolean) => {
    for (const line of lines) line.learn(known);
  };
  const predict = (prior: number, steps: number): number => {
    const now = past.last();
    if (filled.now !== now || filled.steps !== steps) filled = { now, steps, shape: fillRow(past, now, steps, row) };
    const { low, high, share } = placeOf(horizons, steps);
    const from = dot(row, (lines[low] as Line).coefficients[prior] as Float64Array);
    const to = share === 0 ? from : dot(row, (lines[high] as Line).coefficients[prior] as Float64Array);
    const change = from + share * (to - from);
    return past.scale.from(filled.shape + (Number.isFinite(change) ? change : 0));
  };
  return memory.priors.map(({ name }, prior) => ({
    name: `regression-${memory.name}-${name}`,
    // The rows are shared: the first learns for all.
    learn: prior === 0 ? learn : () => {},
    predict: (steps) => predict(prior, steps),
  }));
}
