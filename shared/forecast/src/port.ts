/**
 * What a caller sees of a forecast: a forecaster is fed the values of a series one by one and asked for what comes next.
 * Which models stand behind it, how they are weighed and how their intervals are calibrated is nobody's business but theirs.
 *
 * 1. A forecast is made only of what was observed before it; it never changes the state.
 * 2. The same values give the same forecast, bit for bit: no clock, no chance.
 * 3. `median[0]` and `step` 1 mean the first interval that was not observed yet.
 * 4. Quantiles grow with the level, are finite and never below 0. At the level 0.5 they are the median.
 * 5. What it had to fall back to, and why, stands in `reasons`.
 */
import type { Reason } from '@leasehold/kernel';
import type { Decompose } from './models/decomposition.ts';

export interface ForecasterOptions {
  /** Start of the first interval that will be observed, ms since the epoch. */
  readonly startMs: number;
  readonly stepMs: number;
  /** The farthest horizon that will be asked for, in steps; a day when left out. */
  readonly horizonSteps?: number;
  /** The arithmetic of the decomposition, as `loadDecompose` of `./augurs` gives it; without it that model falls back and says so. */
  readonly decompose?: Decompose;
  /** Any whole number: spreads the costly daily work of many series over the day. */
  readonly order?: number;
}

export interface Forecaster {
  /** The mean load of the next interval, in the series' unit, not negative; NaN for one that is missing. */
  observe(value: number): void;
  /** @param steps how many intervals ahead, at least 1 and at most `horizonSteps`. */
  forecast(steps: number): Forecast;
  /** How good it was lately, at each horizon that is measured, nearest first. Empty while nothing could be measured. */
  quality(): readonly HorizonQuality[];
  /** All that it knows, as bytes to keep: `restoreForecaster` goes on from there, to seven digits as if it had never stopped. */
  snapshot(): Uint8Array<ArrayBuffer>;
}

export interface Forecast {
  /** Start of the first forecast interval, ms since the epoch. */
  readonly fromMs: number;
  readonly stepMs: number;
  readonly median: Float64Array;
  /**
   * The value that the load stays below with this probability.
   * @param level in (0, 1); beyond what was measured the outermost measured one.
   * @param step in 1..steps.
   */
  quantile(level: number, step: number): number;
  /** Name of the model or combination that made it. */
  readonly model: string;
  readonly reasons: readonly Reason[];
}

/** Measured out of sample: forecasts that were really made, against what then came. */
export interface HorizonQuality {
  readonly horizonSteps: number;
  /** Forecasts measured. */
  readonly count: number;
  /** Mean absolute error over that of repeating the day before (MASE), both over the same recent past. */
  readonly mase: number;
  /** Share of values inside the 90 % interval, in the recent past. */
  readonly coverage90: number;
}
