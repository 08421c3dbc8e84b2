/**
 * The outlook of one service: fed each load when its interval has ended, it tells for a few horizons around the start-up delay how
 * likely each number of replicas is too few. The forecasts of days ahead that people look at are @leasehold/forecast's.
 *
 * O1. Made of samples that were observed before, in order; the same samples give the same outlook, bit for bit.
 * O2. Time and memory of one sample do not grow with the length of the series.
 * O3. A missing value (NaN) teaches nothing; the value before it stands in.
 * O4. Nothing is forecast above the ceiling of the past.
 */
import { type Curve, curveOf } from './curve.ts';
import { spansOf } from './features.ts';
import { createHorizon, type Horizon, type ModelName } from './horizon.ts';
import { createPast } from './past.ts';
import type { Quality } from './quality.ts';

const MOST_HORIZONS = 7;

export interface Outlook {
  readonly horizons: readonly number[];
  observe(load: number): void;
  /** What was forecast so far is not to be judged by what comes: something lies between that is no load. */
  forget(): void;
  /** The newest so many values, for which another stood in, were this load. */
  correct(load: number, steps: number): void;
  observed(): number;
  /** One curve a horizon, nearest first, for replicas of this capacity. */
  curves(capacity: number): readonly Curve[];
  /** Chance that the load at a horizon is above this one, and the middle of the forecast, in the load's unit. */
  over(index: number, load: number): number;
  middle(index: number): number;
  quality(index: number): Quality;
  weights(index: number): Readonly<Record<ModelName, number>>;
}

/** Steps from the newest sample to the interval in which a replica asked for `offsetS` after its end is ready. */
export const stepsAhead = (offsetS: number, startupS: number, stepS: number): number =>
  Math.floor((offsetS + startupS) / stepS) + 1;

/** Few horizons that stand for all from the running interval to `aheadS` beyond the start-up delay. */
export function horizonsFor(startupS: number, stepS: number, aheadS: number): readonly number[] {
  const soon = stepsAhead(0, startupS, stepS);
  const late = stepsAhead(stepS - 1e-3, startupS, stepS);
  const far = stepsAhead(stepS - 1e-3, startupS + aheadS, stepS);
  const picked = new Set([1, soon, late, far]);
  for (const share of [0.5, 0.25, 0.75]) {
    if (picked.size >= MOST_HORIZONS) break;
    picked.add(Math.max(1, Math.round(soon * share)));
    picked.add(Math.round(late + (far - late) * share));
  }
  return [...picked].sort((a, b) => a - b);
}

/** @param only the one model that is to speak; all of them, weighed, when left out. */
export function createOutlook(stepS: number, horizons: readonly number[], only?: ModelName): Outlook {
  const past = createPast(stepS);
  const spans = spansOf(stepS);
  const made: readonly Horizon[] = horizons.map((steps) => createHorizon(past, spans, steps, only));
  let ceiling = 0;
  const observe = (load: number): void => {
    const missing = Number.isNaN(load);
    if (missing && past.last() < 0) return;
    const stand = past.last() < 0 ? 0 : past.at(past.last());
    past.push(missing ? stand : Math.sqrt(load), !missing);
    for (const horizon of made) horizon.advance(!missing);
    ceiling = past.ceiling() ** 2;
  };
  const at = (index: number): Horizon => made[index] as Horizon;
  const over = (index: number, load: number): number => (load >= ceiling ? 0 : at(index).over(Math.sqrt(load)));
  const middle = (index: number): number => Math.min(ceiling, at(index).middle() ** 2);
  const curves = (capacity: number): readonly Curve[] =>
    made.map((horizon, i) => {
      const top = Math.min(ceiling, horizon.top() ** 2);
      return curveOf(horizon.steps, (load) => over(i, load), middle(i), top, capacity);
    });
  const forget = (): void => {
    for (const horizon of made) horizon.forget();
  };
  return {
    horizons,
    observe,
    forget,
    correct: (load, steps) => past.correct(Math.sqrt(load), steps),
    observed: () => past.last() + 1,
    curves,
    over,
    middle,
    quality: (index) => at(index).quality(),
    weights: (index) => at(index).weights(),
  };
}
