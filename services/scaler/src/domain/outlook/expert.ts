/**
 * One model's error: how large it will be this time (a regression on recent errors, on those at this time of day, on the level and
 * on how fast it moves) and how errors of that size are distributed.
 *
 * E1. A scale is never 0 and never runs away: it stays between fixed multiples of what is usual.
 * E2. Rises weigh more than falls when the scale is learned: it is the upper side that runs short.
 */
import type { Spans } from './features.ts';
import type { Past } from './past.ts';
import { createRegression } from './regression.ts';
import { createResiduals } from './residuals.ts';

export const SCALE_SIZE = 8;
const RIDGE = 3;
const MEMORY = 0.9995;
const FALL_WEIGHT = 0.3;
const FAST = 0.2;
const SLOW = 0.01;
const PROFILE = 0.3;
const LEARNED = 30;
const COUNTED = 10;

export interface Expert {
  readonly location: () => number;
  readonly scale: () => number;
  /** Sets location and scale for the value `steps` after the newest; `row` is filled and must be given back to `learn`. */
  forecast(past: Past, spans: Spans, steps: number, location: number, row: Float64Array): void;
  learn(index: number, value: number, location: number, scale: number, row: Float64Array, usual: number): void;
  over(root: number): number;
  /** The same for a forecast that was made earlier. */
  overAt(root: number, location: number, scale: number): number;
  /** How likely the value was, per unit of load's root. */
  likelihood(value: number, location: number, scale: number): number;
}

export function createExpert(daySteps: number): Expert {
  const size = createRegression(SCALE_SIZE, RIDGE, MEMORY);
  const residuals = createResiduals();
  const profile = new Float64Array(daySteps).fill(Number.NaN);
  let fast = 0;
  let slow = 0;
  let count = 0;
  let location = 0;
  let scale = 1;

  const usualAt = (index: number, near: number): number => {
    let sum = 0;
    let known = 0;
    for (let i = index - near; i <= index + near; i++) {
      const error = profile[(i + daySteps) % daySteps] as number;
      if (Number.isNaN(error)) continue;
      sum += error;
      known += 1;
    }
    return known === 0 ? slow : sum / known;
  };

  const forecast: Expert['forecast'] = (past, spans, steps, newLocation, row) => {
    const usual = past.change() || 1e-6;
    const last = past.last();
    const now = past.at(last);
    const log = (z: number): number => Math.log(z / usual + 0.1);
    row[0] = 1;
    row[1] = log(fast);
    row[2] = log(slow);
    row[3] = log(usualAt(last + steps, Math.min(spans.near, daySteps >> 1)));
    row[4] = log(now);
    row[5] = log(Math.abs(now - past.mean(last - spans.quarter + 1, last)));
    row[6] = log(Math.abs(newLocation - now));
    row[7] = log(Math.abs(now - (last >= 1 ? past.at(last - 1) : now)));
    const guess = Math.exp(count > LEARNED ? size.predict(row) : (row[2] as number)) * usual;
    location = newLocation;
    scale = Math.min(Math.max(guess, 0.03 * usual), Math.max(20 * usual, 6 * slow));
  };

  const learn: Expert['learn'] = (index, value, madeLocation, madeScale, row, usual) => {
    const error = value - madeLocation;
    const magnitude = Math.abs(error);
    count += 1;
    const log = Math.log(magnitude + 0.1 * usual) - Math.log(usual);
    size.learn(row, log - size.predict(row), error > 0 ? 1 : FALL_WEIGHT);
    fast += FAST * (magnitude - fast);
    slow += Math.max(1 / count, SLOW) * (magnitude - slow);
    const slot = index % daySteps;
    const known = profile[slot] as number;
    profile[slot] = Number.isNaN(known) ? magnitude : known + PROFILE * (magnitude - known);
    if (count > COUNTED) residuals.add(error / madeScale);
  };

  return {
    location: () => location,
    scale: () => scale,
    forecast,
    learn,
    overAt: (root, madeLocation, madeScale) => residuals.over((root - madeLocation) / madeScale),
    over: (root) => residuals.over((root - location) / scale),
    likelihood: (value, madeLocation, madeScale) => residuals.density((value - madeLocation) / madeScale) / madeScale,
  };
}
