/**
 * What is forecast along a whole path of steps: together as the models are weighed now, and while the level is apart from the season
 * also as they were weighed before it changed.
 *
 * 1. Each model is asked once a step, however often its answer is combined.
 */
import type { Series } from './series.ts';

export interface Paths {
  readonly median: Float64Array;
  /** Without regard to a changed level; undefined while none has changed. */
  readonly unshifted: Float64Array | undefined;
}

/** @param told gets what each model said, step by step; it must not keep the array. */
export function pathsOf(series: Series, steps: number, told?: (said: Float64Array) => void): Paths {
  const said = new Float64Array(series.models.length);
  const median = new Float64Array(steps);
  const unshifted = series.regime.shiftedSteps() === 0 ? undefined : new Float64Array(steps);
  for (let step = 1; step <= steps; step++) {
    median[step - 1] = series.predict(step, said);
    if (unshifted !== undefined) unshifted[step - 1] = series.unshifted(step, said);
    told?.(said);
  }
  return { median, unshifted };
}
