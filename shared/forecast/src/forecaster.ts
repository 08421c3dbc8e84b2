/**
 * The forecaster that callers make: checks what it is given, feeds the series, and hands out forecasts that later values do not change.
 *
 * 1. An unusable option or value is a fault that names it; nothing of it is taken in.
 */
import { bound, invalid, type Reason, reason } from '@leasehold/kernel';
import { calendarOf } from './calendar.ts';
import { placeOf } from './horizons.ts';
import { type Intervals, takeIntervals } from './intervals.ts';
import type { Decompose } from './models/decomposition.ts';
import { pathsOf } from './paths.ts';
import type { Forecast, Forecaster, ForecasterOptions, HorizonQuality } from './port.ts';
import type { Rehearsal } from './rehearsal.ts';
import { createSeries, type Series } from './series.ts';
import { createRecorder, peek, play, type Tape, unreadable } from './tape.ts';
import { LARGEST_LOAD } from './trace/trace.ts';

const DAY_MS = 86_400_000;
const LONGEST_STEP = bound('step of a series, ms', DAY_MS);
const FARTHEST_DAYS = bound('forecast horizon, days', 8);
/** One more than may be printed: that one is left out when a forecast begins inside an interval. */
const MOST_STEPS = bound('forecast horizon, steps', 20_161);

const recorder = createRecorder();
/** Of the recorded state: one that was recorded by other arithmetic is refused. */
const STATE_VERSION = 2;

export function createForecaster(options: ForecasterOptions): Forecaster {
  return makeForecaster(options).forecaster;
}

/**
 * A forecaster that goes on from a snapshot, its models chosen and its intervals calibrated: nothing has to be observed again.
 * @throws Invalid (InvalidSnapshot) for bytes that are none, or of another version.
 */
export function restoreForecaster(snapshot: Uint8Array, decompose?: Decompose): Forecaster {
  const made = makeForecaster({ ...readOptions(snapshot), ...(decompose ? { decompose } : {}) });
  made.replace(snapshot);
  return made.forecaster;
}

export interface ForecasterSeat {
  readonly forecaster: Forecaster;
  /** Goes on from a snapshot of the same start, step and horizon in place of its own past. */
  replace(snapshot: Uint8Array): void;
}

/** The options that a snapshot was made with. */
export function readOptions(snapshot: Uint8Array): ForecasterOptions {
  let options: ForecasterOptions | undefined;
  peek(snapshot, (tape) => {
    options = carryOptions(tape, { startMs: 0, stepMs: 0 }, 0);
  });
  return options as ForecasterOptions;
}

function carryOptions(tape: Tape, { startMs, stepMs }: ForecasterOptions, farthest: number): ForecasterOptions {
  const version = tape.number(STATE_VERSION);
  if (version !== STATE_VERSION) throw unreadable(`it has version ${version}, asked for is ${STATE_VERSION}`);
  return { startMs: tape.number(startMs), stepMs: tape.number(stepMs), horizonSteps: tape.number(farthest) };
}

export function makeForecaster(options: ForecasterOptions): ForecasterSeat {
  const { startMs, stepMs } = options;
  const calendar = checkedCalendar(options);
  const farthest = checkedHorizon(options, calendar.day);
  const series = createSeries({
    calendar,
    farthest,
    order: options.order ?? 0,
    decompose: options.decompose,
  });
  const observe = (value: number): void => {
    if (!Number.isNaN(value) && !(value >= 0 && value <= LARGEST_LOAD.value))
      throw invalid(`a load must lie in 0 to ${LARGEST_LOAD.value}, or be NaN when it is missing, got ${value}`, {
        code: 'InvalidSample',
      });
    series.push(value);
  };
  const forecast = (steps: number): Forecast => {
    if (!Number.isInteger(steps) || steps < 1 || steps > farthest)
      throw invalid(`a forecast is made for 1 to ${farthest} steps, got ${steps}`, { code: 'InvalidHorizon' });
    if (series.count() === 0) throw invalid('a forecast needs at least one value', { code: 'NoSamples' });
    const paths = pathsOf(series, steps);
    const intervals = takeIntervals(series, paths);
    const median = paths.median.map((value) => Math.min(intervals.reach.ceiling, value));
    return {
      fromMs: startMs + series.count() * stepMs,
      stepMs,
      median,
      quantile: (level, step) => quantileAt(intervals, median, level, step),
      model: modelName(series, steps),
      reasons: reasonsOf(series, intervals, steps),
    };
  };
  const carry = (tape: Tape): void => {
    const theirs = carryOptions(tape, options, farthest);
    if (theirs.startMs !== startMs || theirs.stepMs !== stepMs || theirs.horizonSteps !== farthest)
      throw unreadable('it has another start, step or horizon');
    series.carry(tape);
  };
  return {
    forecaster: {
      observe,
      forecast,
      quality: () => qualityOf(series),
      snapshot: () => recorder.record(carry),
    },
    replace: (snapshot) => play(snapshot, carry),
  };
}

function checkedCalendar({ startMs, stepMs }: ForecasterOptions) {
  if (!Number.isFinite(startMs)) throw invalid(`startMs must be a time, got ${startMs}`, { code: 'InvalidOption' });
  if (!(stepMs > 0 && stepMs <= LONGEST_STEP.value))
    throw invalid(`stepMs must be above 0 and at most ${LONGEST_STEP.value}, got ${stepMs}`, { code: 'InvalidOption' });
  return calendarOf(startMs, stepMs);
}

function checkedHorizon({ horizonSteps, stepMs }: ForecasterOptions, day: number): number {
  const steps = horizonSteps ?? day;
  const most = Math.min(MOST_STEPS.value, Math.floor((FARTHEST_DAYS.value * DAY_MS) / stepMs));
  if (!Number.isInteger(steps) || steps < 1 || steps > most)
    throw invalid(`horizonSteps must be a whole number from 1 to ${most}, got ${steps}`, { code: 'InvalidOption' });
  return steps;
}

function quantileAt(intervals: Intervals, median: Float64Array, level: number, step: number): number {
  const middle = median[step - 1];
  if (middle === undefined)
    throw invalid(`this forecast has steps 1 to ${median.length}, got ${step}`, { code: 'InvalidHorizon' });
  if (!(level > 0 && level < 1)) throw invalid(`a level lies between 0 and 1, got ${level}`, { code: 'InvalidLevel' });
  return intervals.quantile(level, step, middle);
}

/** The heaviest models at the horizon, with their share. */
function modelName(series: Series, steps: number): string {
  const { low } = placeOf(series.horizons, steps);
  const shares = series.weights(low);
  const heaviest = series.models
    .map(({ name }, m) => ({ name, share: shares[m] as number }))
    .toSorted((a, b) => b.share - a.share)
    .slice(0, 3);
  return `median of ${series.models.length} models (${heaviest.map(({ name, share }) => `${name} ${Math.round(share * 100)} %`).join(', ')})`;
}

function reasonsOf(series: Series, intervals: Intervals, steps: number): readonly Reason[] {
  const fallback = series.decomposition.fallback();
  const borrowed =
    intervals.measuredSteps < (series.horizons[placeOf(series.horizons, steps).high]?.steps ?? 0)
      ? [
          reason(
            'IntervalsBorrowed',
            `intervals beyond ${intervals.measuredSteps} steps are widened from nearer ones`,
            {
              measuredSteps: intervals.measuredSteps,
            },
          ),
        ]
      : [];
  return [...series.regime.reasons(), ...(fallback ? [fallback] : []), ...borrowed];
}

const qualityOf = (series: Series): readonly HorizonQuality[] =>
  series.horizons.flatMap(({ steps }, h) => {
    const { count, error, covered } = (series.rehearsals[h] as Rehearsal).score();
    const naive = series.naiveError();
    if (count === 0) return [];
    const mase = naive > 0 ? error / naive : error > 0 ? Number.POSITIVE_INFINITY : 0;
    return [{ horizonSteps: steps, count, mase, coverage90: covered }];
  });
