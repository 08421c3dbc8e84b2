/**
 * Decomposition with exponential smoothing: hourly means are split into seasons of a day and a week and a rest (MSTL; Bandara,
 * Hyndman and Bergmeir 2021), the rest is carried on by the best of the exponential smoothings (ETS; Hyndman et al. 2002). The
 * arithmetic is handed in; this file owns when to fit, on what, and how the hours become steps again.
 *
 * 1. Fitted once a day, on at most four weeks: in between the shape stands and the present deviation from it fades.
 * 2. Without the arithmetic, before three days, or after a failed fit it answers with the fading profile and says why.
 */
import { bound, type Reason, reason } from '@leasehold/kernel';
import type { Tape } from '../tape.ts';
import { fadingProfile } from './naive.ts';
import type { Past } from './past.ts';
import type { Model } from './port.ts';

/** The arithmetic: fits a series with these seasons, and answers with its next values. Throws when it cannot. */
export type Decompose = (values: Float64Array, periods: readonly number[], ahead: number) => Float64Array;

export interface DecompositionModel extends Model {
  /** Why it falls back at present, if it does. */
  fallback(): Reason | undefined;
}

const HOUR_MS = 3_600_000;
const MOST_BUCKETS = bound('hours that a decomposition is fitted on', 28 * 24);
const DAYS_FOR_A_DAY = 3;
const DAYS_FOR_A_WEEK = 16;
const FADING_SHARE = 1 / 8;

interface Shape {
  /** Index of the last step that it was fitted on. */
  readonly until: number;
  readonly ahead: Float64Array;
}

/** @param order spreads the daily fits of many series over the day. */
export function createDecomposition(
  past: Past,
  farthest: number,
  order: number,
  decompose?: Decompose,
): DecompositionModel {
  const { day, stepMs } = past.calendar;
  const wide = Math.max(1, Math.round(HOUR_MS / stepMs));
  const bucketsADay = Math.round(day / wide);
  const plain = fadingProfile(past);
  const buckets: number[] = [];
  let shape: Shape | undefined;
  let failed: string | undefined;
  let spread = order;
  const refit = () => {
    const weekly = buckets.length >= DAYS_FOR_A_WEEK * bucketsADay;
    const ahead = Math.ceil(farthest / wide) + bucketsADay + 2;
    try {
      // In units of the mean: the search for the best smoothing ends by absolute steps, and a load may be told in any unit.
      const unit = buckets.reduce((sum, bucket) => sum + bucket, 0) / buckets.length || 1;
      const found = decompose?.(
        Float64Array.from(buckets, (bucket) => bucket / unit),
        weekly ? [bucketsADay, 7 * bucketsADay] : [bucketsADay],
        ahead,
      ).map((value) => value * unit);
      if (found === undefined || found.length < ahead || found.some((value) => !Number.isFinite(value)))
        throw new Error('it gave no finite values');
      shape = { until: past.last(), ahead: found };
      failed = undefined;
    } catch (error) {
      shape = undefined;
      failed = error instanceof Error ? error.message : String(error);
    }
  };
  const learn = () => {
    const now = past.last();
    if ((now + 1) % wide !== 0) return;
    buckets.push(past.mean(now - wide + 1, now, now));
    if (buckets.length > MOST_BUCKETS.value) buckets.shift();
    const due = (Math.floor(now / wide) + spread) % bucketsADay === bucketsADay - 1;
    if (decompose && bucketsADay >= 2 && due && buckets.length >= DAYS_FOR_A_DAY * bucketsADay) refit();
  };
  const predict = (steps: number): number => {
    if (shape === undefined) return plain.predict(steps);
    const now = past.last();
    const deviation = now > shape.until ? past.mean(now - 2, now, now) - valueAt(shape, wide, now) : 0;
    const faded = deviation * Math.exp(-steps / (day * FADING_SHARE));
    return past.scale.from(valueAt(shape, wide, now + steps) + faded);
  };
  const fallback = (): Reason | undefined => {
    if (shape !== undefined) return undefined;
    if (decompose === undefined)
      return reason('DecompositionAbsent', 'decomposition is not loaded: the fading profile stands in');
    if (failed !== undefined)
      return reason(
        'DecompositionFailed',
        `decomposition could not be fitted, the fading profile stands in: ${failed}`,
      );
    return reason('DecompositionWaits', `decomposition is first fitted after ${DAYS_FOR_A_DAY} days`);
  };
  const carry = (tape: Tape) => {
    plain.carry(tape);
    spread = tape.number(spread);
    carryBuckets(buckets, tape);
    failed = tape.text(failed ?? '') || undefined;
    const until = tape.number(shape?.until ?? -1);
    const length = tape.number(shape?.ahead.length ?? 0);
    if (length !== (shape?.ahead.length ?? 0) || until !== shape?.until)
      shape = length === 0 ? undefined : { until, ahead: new Float64Array(length) };
    if (shape !== undefined) tape.row(shape.ahead);
  };
  return { name: 'mstl-ets', say: 'measured', learn, predict, fallback, carry };
}

function carryBuckets(buckets: number[], tape: Tape): void {
  const row = new Float64Array(tape.number(buckets.length));
  row.set(buckets.slice(0, row.length));
  tape.row(row);
  buckets.splice(0, buckets.length, ...row);
}

/** The shape at a step, between the middles of two buckets. */
function valueAt(shape: Shape, wide: number, index: number): number {
  const at = (index - shape.until - 0.5) / wide - 0.5;
  const low = Math.min(shape.ahead.length - 2, Math.max(0, Math.floor(at)));
  const share = Math.min(1, Math.max(0, at - low));
  return (shape.ahead[low] as number) * (1 - share) + (shape.ahead[low + 1] as number) * share;
}
