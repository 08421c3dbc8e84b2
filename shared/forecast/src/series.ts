/**
 * One series with its models: fed value by value, it keeps every model, their weights and the calibration up to date as it goes. Each
 * forecast that it makes is kept until its target comes and then measured, so that the whole life of a series is one rolling backtest
 * (prequential evaluation; Dawid 1984).
 *
 * 1. The work for one value does not grow with the length of the series.
 * 2. What a model says is used only beside what it said before, never beside what it would have said.
 * 3. A missing value is filled with the forecast for it, so that the models see no hole; it is nobody's target. Neither is a value that
 *    is beyond belief, until the next one says the same.
 */
import type { Calendar } from './calendar.ts';
import { createCombination } from './combination.ts';
import { type Horizon, layoutFor, type Place } from './horizons.ts';
import { createDecomposition, type Decompose, type DecompositionModel } from './models/decomposition.ts';
import { createPlainModels } from './models/naive.ts';
import { createPast, type Past, PROFILE_DAYS, profileMean, RAW, ROOT, repeatDay } from './models/past.ts';
import type { Model } from './models/port.ts';
import { createRegressions, QUICK, STEADY } from './models/regression.ts';
import { isBeyondBelief } from './reach.ts';
import { createRegime, type Regime } from './regime.ts';
import { createRehearsal, type Rehearsal } from './rehearsal.ts';
import type { Tape } from './tape.ts';

const NAIVE_HALF_LIFE_DAYS = 7;

export interface Series {
  readonly past: Past;
  readonly horizons: readonly Horizon[];
  readonly models: readonly Model[];
  readonly rehearsals: readonly Rehearsal[];
  readonly decomposition: DecompositionModel;
  readonly regime: Regime;
  /** Values seen, missing ones included. */
  count(): number;
  /** Mean distance to the day before, over the recent past. */
  naiveError(): number;
  push(value: number): void;
  /** What each model says, into `into`, and their combination. */
  predict(steps: number, into: Float64Array): number;
  /** The combination of what they said so many steps ahead, as if the level had not changed. */
  unshifted(steps: number, said: Float64Array): number;
  /** Each model's share at a horizon just now. */
  weights(horizon: number): readonly number[];
  /** Passes all that it knows over the tape, so that one series can stand in for another of the same step and horizon. */
  carry(tape: Tape): void;
}

export interface SeriesOptions {
  readonly calendar: Calendar;
  readonly farthest: number;
  readonly order: number;
  readonly decompose: Decompose | undefined;
}

export function createSeries({ calendar, farthest, order, decompose }: SeriesOptions): Series {
  const { horizons, places } = layoutFor(calendar.day, farthest);
  const past = createPast(calendar, RAW, farthest);
  const root = createPast(calendar, ROOT, farthest);
  const decomposition = createDecomposition(past, farthest, order, decompose);
  const models: readonly Model[] = [
    ...createPlainModels(past),
    decomposition,
    ...createRegressions(root, horizons, places, [QUICK, STEADY]),
  ];
  const combination = createCombination(
    horizons,
    models.map(({ say }) => say),
    calendar.day,
  );
  const rehearsals = horizons.map((horizon, h) =>
    createRehearsal(horizon, h, models.length, calendar.day, combination),
  );
  const regime = createRegime(calendar);
  const naive = createNaiveError(past);
  const scratch = new Float64Array(models.length);

  const predict: Series['predict'] = (steps, into) => {
    for (let m = 0; m < models.length; m++) into[m] = (models[m] as Model).predict(steps);
    return combination.combine(places[steps] as Place, into, regime.shiftedSteps());
  };
  const unshifted: Series['unshifted'] = (steps, said) => combination.combine(places[steps] as Place, said, 0);
  const doubtful = (value: number): boolean =>
    regime.missing() === 0 && isBeyondBelief(past, value, regime.level() ** 2);
  const push = (told: number): void => {
    const value = doubtful(told) ? Number.NaN : told;
    const known = !Number.isNaN(value);
    const before = past.last();
    const filled = Math.fround(known ? value : before < 0 ? 0 : predict(1, scratch));
    regime.observe(value, before < 0 ? filled : profileMean(past, before, before + 1, PROFILE_DAYS, calendar.unit));
    if (known) naive.observe(value);
    past.push(filled);
    root.push(filled);
    const now = past.last();
    if (known) for (const rehearsal of rehearsals) rehearsal.settle(now, value, regime.shiftedSteps());
    for (const model of models) model.learn(known);
    horizons.forEach(({ steps, stride }, h) => {
      if (now % stride === 0)
        (rehearsals[h] as Rehearsal).remember(now, scratch, predict(steps, scratch), regime.turbulence());
    });
  };
  const carry = (tape: Tape): void => {
    past.carry(tape);
    if (tape.playing) root.follow(past);
    for (const part of [naive, regime, combination, ...models, ...rehearsals]) part.carry(tape);
  };
  return {
    past,
    horizons,
    models,
    rehearsals,
    decomposition,
    regime,
    count: () => past.last() + 1,
    naiveError: naive.value,
    push,
    predict,
    unshifted,
    weights: (horizon) => combination.weights(horizon, regime.shiftedSteps()),
    carry,
  };
}

/** How far the day before lies from each value, lately. */
function createNaiveError(past: Past) {
  const { day } = past.calendar;
  const memory = 1 - 0.5 ** (1 / (NAIVE_HALF_LIFE_DAYS * day));
  let count = 0;
  let error = 0;
  const observe = (value: number): void => {
    const before = past.last();
    if (before + 1 < day) return;
    count++;
    error += Math.max(1 / count, memory) * (Math.abs(value - repeatDay(past, before, before + 1)) - error);
  };
  const carry = (tape: Tape) => {
    count = tape.number(count);
    error = tape.number(error);
  };
  return { observe, value: () => error, carry };
}
