/**
 * One horizon's rolling backtest: forecasts that were really made wait here until their target has come, then weigh the models,
 * calibrate the intervals and keep the score that callers are shown.
 *
 * 1. As many forecasts are kept as are under way, and no more.
 * 2. A forecast is judged by what it was when it was made, its interval included.
 * 3. Scores count from when the intervals were calibrated; before, nothing was promised.
 */
import { atLeast, type Calibration, createCalibration, LEVELS } from './calibration.ts';
import type { Combination } from './combination.ts';
import type { Horizon } from './horizons.ts';
import type { Tape } from './tape.ts';

const LOWER_90 = LEVELS.indexOf(0.05);
const UPPER_90 = LEVELS.indexOf(0.95);
const SCORE_HALF_LIFE_DAYS = 7;
/** Of no errors at all, and of none that was measured yet, which is 0. */
const LEAST_SIZE = 1e-36;
/** Rounding, as a share. */
const EDGE = 1e-9;

/** Means over the recent past. */
export interface Score {
  readonly count: number;
  readonly error: number;
  readonly covered: number;
}

export interface Rehearsal {
  readonly calibration: Calibration;
  score(): Score;
  /** @param turbulence how much larger errors are just now than they use to be. */
  remember(now: number, forecasts: Float64Array, median: number, turbulence: number): void;
  /** @param shiftedSteps for how long the level has been apart from the season. */
  settle(now: number, value: number, shiftedSteps: number): void;
  carry(tape: Tape): void;
}

/** @param index of the horizon in the combination. */
export function createRehearsal(
  { steps, stride }: Horizon,
  index: number,
  models: number,
  day: number,
  combination: Combination,
): Rehearsal {
  const slots = Math.ceil(steps / stride) + 1;
  const said = new Float64Array(slots * models);
  const kept = { median: new Float64Array(slots), turbulence: new Float64Array(slots) };
  const interval = { size: new Float64Array(slots), lower: new Float64Array(slots), upper: new Float64Array(slots) };
  const calibration = createCalibration(day, stride, steps / stride);
  const memory = 1 - 0.5 ** (stride / (SCORE_HALF_LIFE_DAYS * day));
  let score: Score = { count: 0, error: 0, covered: 0 };

  const remember: Rehearsal['remember'] = (now, forecasts, median, turbulence) => {
    if (now % stride !== 0) return;
    const slot = (now / stride) % slots;
    const size = calibration.count() === 0 ? 0 : Math.max(LEAST_SIZE, calibration.size() * turbulence);
    said.set(forecasts, slot * models);
    kept.median[slot] = median;
    kept.turbulence[slot] = turbulence;
    interval.size[slot] = size;
    const root = Math.sqrt(median);
    interval.lower[slot] = root * (1 - EDGE) + calibration.quantile(LOWER_90) * atLeast(size, root);
    interval.upper[slot] = root * (1 + EDGE) + calibration.quantile(UPPER_90) * atLeast(size, root);
  };
  const settle: Rehearsal['settle'] = (now, value, shiftedSteps) => {
    const origin = now - steps;
    if (origin < 0 || origin % stride !== 0) return;
    const slot = (origin / stride) % slots;
    const root = Math.sqrt(value);
    const median = kept.median[slot] as number;
    if (calibration.enough()) {
      const covered = root >= (interval.lower[slot] as number) && root <= (interval.upper[slot] as number) ? 1 : 0;
      const count = score.count + 1;
      const share = Math.max(1 / count, memory);
      const error = score.error + share * (Math.abs(value - median) - score.error);
      score = { count, error, covered: score.covered + share * (covered - score.covered) };
    }
    combination.measure(index, said, slot * models, value, shiftedSteps);
    calibration.measure(root, Math.sqrt(median), interval.size[slot] as number, kept.turbulence[slot] as number);
  };
  const carry = (tape: Tape) => {
    for (const row of [said, kept.median, kept.turbulence, interval.size, interval.lower, interval.upper])
      tape.row(row);
    score = {
      count: tape.number(score.count),
      error: tape.number(score.error),
      covered: tape.number(score.covered),
    };
    calibration.carry(tape);
  };
  return { carry, calibration, score: () => score, remember, settle };
}
