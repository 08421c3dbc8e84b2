/**
 * Measures models on a trace the way they are used: at many origins, each forecast made only of what came before, error and coverage
 * against what came after.
 *
 * 1. MASE (Hyndman and Koehler 2006): absolute error over the mean error of repeating the day before, in the history before
 *    the origin.
 * 2. A horizon is told twice: `atMase` for the one interval that far ahead, `pathMase` for the mean of all up to it.
 * 3. Intervals without a value are not counted.
 */
import { bound } from '@leasehold/kernel';
import { calendarOf } from './calendar.ts';
import { takeIntervals } from './intervals.ts';
import type { Decompose } from './models/decomposition.ts';
import { pathsOf } from './paths.ts';
import { createSeries, type Series } from './series.ts';
import type { Trace } from './trace/trace.ts';

/** Rounding, as a share. */
const EDGE = 1e-9;
const MOST_ORIGINS = bound('origins of one backtest', 2_000);

export interface BacktestOptions {
  /** Horizons to measure, in ms; a trace's own step is the least. */
  readonly horizonsMs: readonly number[];
  /** How many origins, spread evenly. */
  readonly origins: number;
  /** Origins lie after this share of the trace. */
  readonly after: number;
  readonly decompose?: Decompose;
}

export interface BacktestRow {
  readonly model: string;
  readonly horizonMs: number;
  readonly origins: number;
  readonly atMase: number;
  readonly pathMase: number;
  /** Shares inside the 90 % interval; only the combination has intervals. */
  readonly atCoverage90: number | undefined;
  readonly pathCoverage90: number | undefined;
}

export const COMBINATION = 'combination';

interface Tally {
  origins: number;
  at: number;
  path: number;
  atCovered: number;
  pathCovered: number;
}

/** One row for each model and horizon, the combination last. */
export function backtestTrace(trace: Trace, options: BacktestOptions): readonly BacktestRow[] {
  const calendar = calendarOf(trace.startMs, trace.stepMs);
  const horizons = options.horizonsMs.map((ms) => Math.max(1, Math.round(ms / trace.stepMs)));
  const farthest = Math.max(...horizons);
  const series = createSeries({
    calendar,
    farthest,
    order: 0,
    decompose: options.decompose,
  });
  const names = [...series.models.map(({ name }) => name), COMBINATION];
  const tallies = names.map(() =>
    horizons.map((): Tally => ({ origins: 0, at: 0, path: 0, atCovered: 0, pathCovered: 0 })),
  );
  const { values } = trace;
  const origins = pickOrigins(values.length, farthest, options);
  const scale = scaleOf(calendar.day);
  for (let now = 0; now < values.length; now++) {
    scale.add(values, now);
    series.push(values[now] as number);
    if (origins.has(now) && scale.value() > 0) measureOrigin(series, values, now, horizons, scale.value(), tallies);
  }
  return names.flatMap((model, m) =>
    horizons.map((_, h) => rowOf(model, options.horizonsMs[h] as number, tallies[m]?.[h] as Tally)),
  );
}

function pickOrigins(length: number, farthest: number, { origins, after }: BacktestOptions): ReadonlySet<number> {
  const first = Math.floor(length * after);
  const last = length - farthest - 1;
  const count = Math.min(origins, MOST_ORIGINS.value, Math.max(0, last - first));
  return new Set(
    Array.from({ length: count }, (_, i) => first + Math.floor((i * (last - first)) / Math.max(1, count - 1))),
  );
}

function scaleOf(day: number) {
  let sum = 0;
  let count = 0;
  return {
    add: (values: Float64Array, now: number) => {
      const error = Math.abs((values[now] as number) - (values[now - day] ?? Number.NaN));
      if (Number.isNaN(error)) return;
      sum += error;
      count++;
    },
    value: () => (count === 0 ? 0 : sum / count),
  };
}

function measureOrigin(
  series: Series,
  values: Float64Array,
  now: number,
  horizons: readonly number[],
  scale: number,
  tallies: readonly (readonly Tally[])[],
): void {
  const rows: Float64Array[] = [];
  const paths = pathsOf(series, Math.max(...horizons), (said) => rows.push(said.slice()));
  const intervals = takeIntervals(series, paths);
  const errors = new Float64Array(series.models.length + 1);
  let covered = 0;
  let counted = 0;
  for (let step = 1; step <= Math.max(...horizons); step++) {
    const median = Math.min(intervals.reach.ceiling, paths.median[step - 1] as number);
    const said = [...(rows[step - 1] as Float64Array), median];
    const value = values[now + step] as number;
    if (Number.isNaN(value)) continue;
    counted++;
    const [lower, upper] = [intervals.quantile(0.05, step, median), intervals.quantile(0.95, step, median)];
    const within = value >= lower * (1 - EDGE) && value <= upper * (1 + EDGE);
    covered += within ? 1 : 0;
    for (let m = 0; m < said.length; m++)
      errors[m] = (errors[m] as number) + Math.abs((said[m] as number) - value) / scale;
    const h = horizons.indexOf(step);
    if (h < 0) continue;
    tallies.forEach((own, m) => {
      const tally = own[h] as Tally;
      tally.origins++;
      tally.at += Math.abs((said[m] as number) - value) / scale;
      tally.path += (errors[m] as number) / counted;
      tally.atCovered += within ? 1 : 0;
      tally.pathCovered += covered / counted;
    });
  }
}

const rowOf = (model: string, horizonMs: number, tally: Tally): BacktestRow => ({
  model,
  horizonMs,
  origins: tally.origins,
  atMase: tally.at / tally.origins,
  pathMase: tally.path / tally.origins,
  atCoverage90: model === COMBINATION ? tally.atCovered / tally.origins : undefined,
  pathCoverage90: model === COMBINATION ? tally.pathCovered / tally.origins : undefined,
});
