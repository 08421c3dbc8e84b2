/**
 * One forecast of one series as a value that crosses between threads: what is asked, and what is answered.
 */
import type { Reason } from '@leasehold/kernel';
import { makeForecaster } from '../forecaster.ts';
import type { Decompose } from '../models/decomposition.ts';
import type { HorizonQuality } from '../port.ts';

export interface ForecastJob {
  readonly startMs: number;
  readonly stepMs: number;
  /** The past, oldest first; NaN for a missing value. */
  readonly values: Float64Array;
  /** What an earlier answer left, with the same start, step and number of steps: `values` are then only those that came since. */
  readonly from?: Uint8Array;
  /** How many steps ahead. */
  readonly steps: number;
  readonly levels: readonly number[];
}

export interface ForecastAnswer {
  readonly fromMs: number;
  readonly median: Float64Array;
  /** One row for each level, in the order asked. */
  readonly quantiles: readonly Float64Array[];
  readonly model: string;
  readonly reasons: readonly Reason[];
  readonly quality: readonly HorizonQuality[];
  /** For `from` of the next job. */
  readonly snapshot: Uint8Array<ArrayBuffer>;
}

export function runJob(job: ForecastJob, decompose: Decompose | undefined): ForecastAnswer {
  const { startMs, stepMs, values, steps, levels } = job;
  const options = { startMs, stepMs, horizonSteps: steps, ...(decompose ? { decompose } : {}) };
  const { forecaster, replace } = makeForecaster(options);
  if (job.from !== undefined) replace(job.from);
  for (const value of values) forecaster.observe(value);
  const { fromMs, median, model, reasons, quantile } = forecaster.forecast(steps);
  const quantiles = levels.map((level) => Float64Array.from(median, (_, i) => quantile(level, i + 1)));
  return { fromMs, median, quantiles, model, reasons, quality: forecaster.quality(), snapshot: forecaster.snapshot() };
}
