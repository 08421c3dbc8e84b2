/**
 * A trace: a load measured on a regular step. It owns the type and the change of step; reading text is `csv.ts`, and what a
 * forecast makes of it is the business of the models.
 *
 * 1. `values[i]` belongs to the interval `[startMs + i * stepMs, startMs + (i + 1) * stepMs)`, and is known when that has ended.
 * 2. A missing value is NaN; every other value lies in 0 to `LARGEST_LOAD`.
 * 3. A change of step averages whole intervals only: an interval that the trace begins or ends in the middle of is left out.
 */
import { bound } from '@leasehold/kernel';

/** Sums of the squares of roots must fit into numbers of four bytes. */
export const LARGEST_LOAD = bound('load', 1e20);

export interface Trace {
  /** Start of the first interval, ms since the epoch, UTC. */
  readonly startMs: number;
  readonly stepMs: number;
  /** Mean load in each interval, in the trace's own unit; NaN where it is missing. */
  readonly values: Float64Array;
}

export type TraceOutcome =
  | { readonly kind: 'trace'; readonly trace: Trace }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

export const endMsOf = (trace: Trace): number => trace.startMs + trace.values.length * trace.stepMs;

/** Intervals start at whole multiples of the step since the epoch where the rows allow it, as a clock on the wall would. */
const anchorOf = (trace: Trace, stepMs: number): number =>
  trace.startMs % trace.stepMs === 0 ? Math.ceil(trace.startMs / stepMs) * stepMs : trace.startMs;

/** The mean of each longer interval, of the values that are there; NaN where fewer than half are. Sums that overflow end at the largest load. */
export function resampleTrace(trace: Trace, stepMs: number): TraceOutcome {
  const every = stepMs / trace.stepMs;
  if (!Number.isInteger(every) || every < 1)
    return {
      kind: 'invalid',
      problems: [`the step of ${stepMs / 1000} s is not a multiple of the file's step of ${trace.stepMs / 1000} s`],
    };
  if (every === 1) return { kind: 'trace', trace };
  const startMs = anchorOf(trace, stepMs);
  const skipped = (startMs - trace.startMs) / trace.stepMs;
  const length = Math.max(0, Math.floor((trace.values.length - skipped) / every));
  const values = new Float64Array(length);
  for (let i = 0; i < length; i++) values[i] = meanOf(trace.values, skipped + i * every, every);
  return { kind: 'trace', trace: { startMs, stepMs, values } };
}

function meanOf(values: Float64Array, from: number, count: number): number {
  let sum = 0;
  let seen = 0;
  for (let i = from; i < from + count; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    sum += value;
    seen++;
  }
  return seen * 2 >= count ? Math.min(LARGEST_LOAD.value, sum / seen) : Number.NaN;
}
