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
import type { Horizon, Place } from '../horizons.ts';
import type { Tape } from '../tape.ts';
import { createEquations } from './equations.ts';
import { ALIKE, DEVIATION, FEATURES, FIRST_PLAIN, fillRow, LONG } from './features.ts';
import { type Past, PROFILE_DAYS, profileMean } from './past.ts';
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
  /** @param row what was known at the origin, `target` what came of it. */
  learn(row: Float64Array, target: number): void;
  solve(now: number): void;
  readonly coefficients: readonly Float64Array[];
  carry(tape: Tape): void;
}

interface Prior {
  readonly name: string;
  readonly mean: Float64Array;
  /** Weight of the prior, in independent rows. */
  readonly rows: number;
}

const PERSISTENCE: Prior = { name: 'persistence', mean: vector({ [DEVIATION]: 1 }), rows: 8 };
/** Most of the way from the mean shape of a week to the medians of more days: sums of absolute errors are least at medians. */
const PROFILE: Prior = { name: 'profile', mean: vector({ [LONG]: 0.4, [ALIKE]: 0.4 }), rows: 3 };

export interface Memory {
  readonly name: string;
  readonly halfLifeDays: number;
  readonly priors: readonly Prior[];
}

/** Follows what has changed this week. */
export const QUICK: Memory = { name: 'quick', halfLifeDays: 4, priors: [PERSISTENCE, PROFILE] };
/** Knows the month, and trusts it. */
export const STEADY: Memory = {
  name: 'steady',
  halfLifeDays: 30,
  priors: [
    { ...PERSISTENCE, rows: 2.4 },
    { ...PROFILE, rows: 0.9 },
  ],
};

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

/** The equation of one horizon and one memory. @param order spreads the solving of several lines over the steps. */
function createLine({ steps, stride }: Horizon, { halfLifeDays, priors }: Memory, day: number, order: number): Line {
  const forget = 0.5 ** (stride / (halfLifeDays * day));
  const equations = createEquations(FEATURES, forget);
  const coefficients: Float64Array[] = priors.map(({ mean }) => Float64Array.from(mean));
  /** Mean square of what each prior alone leaves over. */
  const left = new Float64Array(priors.length);
  const penalties = new Float64Array(FEATURES);
  let rows = 0;
  let error = 0;
  const solveFor = (prior: Prior, p: number) => {
    const variance = Math.max(left[p] as number, Number.MIN_VALUE * 2 ** 60);
    const strength = prior.rows * Math.max(1, steps / stride) * variance;
    for (let i = 0; i < FEATURES; i++)
      penalties[i] = strength / (i === 0 || i >= FIRST_PLAIN ? PLAIN_VARIANCE * variance : 1);
    equations.solve(prior.mean, penalties, coefficients[p]);
  };
  const learn = (row: Float64Array, target: number): void => {
    let off = 0;
    for (const own of coefficients) off += Math.abs(target - dot(row, own)) / coefficients.length;
    error = rows === 0 ? off : error + ERROR_MEMORY * (off - error);
    const weight = error > 0 ? 1 / Math.max(off / error, SMALLEST_ERROR) : 1;
    rows++;
    const share = Math.max(1 / rows, 1 - forget);
    for (let p = 0; p < priors.length; p++) {
      const rest = target - dot(row, (priors[p] as Prior).mean);
      left[p] = (left[p] as number) + share * (weight * rest * rest - (left[p] as number));
    }
    equations.add(row, target, weight);
  };
  const solve = (now: number): void => {
    const every = rows < SETTLED_ROWS ? SOLVE_EVERY : SOLVE_EVERY_SETTLED;
    if (rows >= FEATURES && (now / stride + order) % every === 0) priors.forEach(solveFor);
  };
  const carry = (tape: Tape): void => {
    rows = tape.number(rows);
    error = tape.number(error);
    for (const own of coefficients) tape.row(own);
    tape.row(left);
    equations.carry(tape);
  };
  return { learn, solve, coefficients, carry };
}

/** One model for each prior of each memory, over the same rows. */
export function createRegressions(
  past: Past,
  horizons: readonly Horizon[],
  places: readonly Place[],
  memories: readonly Memory[],
): readonly Model[] {
  const lines = memories.map((memory) =>
    horizons.map((horizon, order) => createLine(horizon, memory, past.calendar.day, order)),
  );
  const rows = createRows(past, horizons.at(-1)?.steps ?? 1);
  const learnAt = ({ steps, stride }: Horizon, h: number, known: boolean) => {
    const now = past.last();
    if (now < steps || now % stride !== 0) return;
    const target = known ? past.at(now) - rows.fill(now - steps, steps) : 0;
    for (const own of lines) {
      const line = own[h] as Line;
      if (known) line.learn(rows.row, target);
      line.solve(now);
    }
  };
  const learn = (known: boolean) => {
    rows.advance();
    for (let h = 0; h < horizons.length; h++) learnAt(horizons[h] as Horizon, h, known);
  };
  const carry = (tape: Tape) => {
    rows.carry(tape);
    for (const own of lines) for (const line of own) line.carry(tape);
  };
  const predict = (own: readonly Line[], prior: number, steps: number): number => {
    const shape = rows.fill(past.last(), steps);
    const { low, high, share } = places[steps] as Place;
    const from = dot(rows.row, (own[low] as Line).coefficients[prior] as Float64Array);
    const to = share === 0 ? from : dot(rows.row, (own[high] as Line).coefficients[prior] as Float64Array);
    const change = from + share * (to - from);
    return past.scale.from(shape + (Number.isFinite(change) ? change : 0));
  };
  return memories.flatMap((memory, m) =>
    memory.priors.map(({ name }, prior) => ({
      name: `regression-${memory.name}-${name}`,
      say: 'measured',
      // The rows are shared: the first learns for all.
      learn: m === 0 && prior === 0 ? learn : () => {},
      carry: m === 0 && prior === 0 ? carry : () => {},
      predict: (steps) => predict(lines[m] as readonly Line[], prior, steps),
    })),
  );
}

/** Rows one at a time, the last one kept; the profile at each origin is worked out once, when it is the present. */
function createRows(past: Past, farthest: number) {
  const row = new Float64Array(FEATURES);
  const shapes = new Float64Array(farthest + 1);
  let [filledNow, filledSteps, shape] = [-1, 0, 0];
  const advance = () => {
    const now = past.last();
    shapes[now % shapes.length] = profileMean(past, now, now, PROFILE_DAYS, past.calendar.unit);
  };
  const fill = (now: number, steps: number): number => {
    if (filledNow === now && filledSteps === steps) return shape;
    [filledNow, filledSteps] = [now, steps];
    shape = fillRow(past, now, steps, shapes[now % shapes.length] as number, row);
    return shape;
  };
  const carry = (tape: Tape) => {
    filledNow = -1;
    tape.row(shapes);
  };
  return { row, advance, fill, carry };
}
