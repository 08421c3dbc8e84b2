/**
 * How good the forecasts were that were really made, lately: what trust is judged by.
 *
 * Q1. A forecast counts when its value comes, by the distribution it had; recent ones count more.
 */
export interface Quality {
  readonly count: number;
  /** Mean absolute error of the leading model over that of repeating the newest value, on the scale of roots. */
  readonly errorRatio: number;
  /** Share of values above the point that 5 % were to be above. */
  readonly above05: number;
}

export interface Measure {
  add(error: number, naiveError: number, chanceAbove: number): void;
  quality(): Quality;
}

/** Forecasts over which it is averaged. */
const MEMORY = 700;
const RARE = 0.05;

export function createMeasure(): Measure {
  let count = 0;
  let error = 0;
  let naive = 0;
  let above = 0;
  const add: Measure['add'] = (missed, naiveMissed, chanceAbove) => {
    count += 1;
    const rate = Math.max(1 / count, 1 / MEMORY);
    error += (missed - error) * rate;
    naive += (naiveMissed - naive) * rate;
    above += ((chanceAbove < RARE ? 1 : 0) - above) * rate;
  };
  return { add, quality: () => ({ count, errorRatio: naive > 0 ? error / naive : 1, above05: above }) };
}
