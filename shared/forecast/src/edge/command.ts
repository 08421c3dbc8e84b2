/**
 * The forecast command: reads a trace, walks it once, and prints a forecast at each origin.
 *
 * 1. A forecast is made only from rows whose time lies before its origin; its first interval is the first that starts at the origin
 *    or later.
 * 2. Origins may come in any order; answers come in the order asked, all from one pass over the trace.
 * 3. With a problem nothing is printed as data, and the exit code is 2.
 */
import { readFile } from 'node:fs/promises';
import { bound, Fault, isoTime } from '@leasehold/kernel';
import { createForecaster } from '../forecaster.ts';
import type { Decompose } from '../models/decomposition.ts';
import type { Forecaster } from '../port.ts';
import { parseIsoTime, parseTrace } from '../trace/csv.ts';
import { endMsOf, resampleTrace, type Trace } from '../trace/trace.ts';
import { type ForecastArguments, parseForecastArguments, USAGE } from './arguments.ts';
import { loadDecompose } from './augurs.ts';

const MOST_ORIGINS = bound('origins of one run', 5_000);
const LONGEST_SILENCE = bound('time between the last row and an origin, ms', 7 * 86_400_000);
const EXIT = { ok: 0, invalid: 2 } as const;
const DIGITS = 7;

export interface Streams {
  out(text: string): void;
  err(text: string): void;
}

/** @returns the exit code. */
export async function runForecast(argv: readonly string[], streams: Streams): Promise<number> {
  const problems: string[] = [];
  const given = parseForecastArguments(argv, problems);
  const trace = given && (await readTrace(given, problems));
  const origins = given && trace && (await readOrigins(given, trace, problems));
  if (given === undefined || trace === undefined || origins === undefined || problems.length > 0) {
    streams.err(`${problems.map((problem) => `${problem}\n`).join('')}${given === undefined ? USAGE : ''}`);
    return EXIT.invalid;
  }
  const decompose = await loadDecompose().catch(() => undefined);
  if (decompose === undefined)
    streams.err('the decomposition package could not be loaded: the other models stand in\n');
  try {
    for (const line of walk(given, trace.resampled, origins, decompose)) streams.out(`${line}\n`);
    return EXIT.ok;
  } catch (error) {
    // What was given should have been refused before: that it was not is no reason to show where.
    if (!(error instanceof Fault)) throw error;
    streams.err(`${given.traceFile}: ${error.message}\n`);
    return EXIT.invalid;
  }
}

interface ReadTrace {
  readonly resampled: Trace;
  /** Where the rows end, before the change of step. */
  readonly endMs: number;
}

async function readText(file: string, name: string, problems: string[]): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    problems.push(`${name} ${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`);
    return undefined;
  }
}

async function readTrace({ traceFile, stepMs }: ForecastArguments, problems: string[]): Promise<ReadTrace | undefined> {
  const text = await readText(traceFile, '--trace', problems);
  if (text === undefined) return undefined;
  const read = parseTrace(text);
  const resampled = read.kind === 'trace' ? resampleTrace(read.trace, stepMs) : read;
  if (resampled.kind === 'trace' && read.kind === 'trace') {
    if (resampled.trace.values.length > 0) return { resampled: resampled.trace, endMs: endMsOf(read.trace) };
    problems.push(`the file holds no whole interval of ${stepMs / 1000} s`);
  } else if (resampled.kind === 'invalid') problems.push(...resampled.problems.map((each) => `${traceFile}: ${each}`));
  return undefined;
}

async function readOrigins(
  { untilMs, originsFile }: ForecastArguments,
  { resampled, endMs }: ReadTrace,
  problems: string[],
): Promise<readonly number[] | undefined> {
  const check = (atMs: number, name: string) => {
    if (atMs < resampled.startMs + resampled.stepMs)
      problems.push(`${name} ${isoTime(atMs)}: no whole interval of the trace ends before it`);
    else if (atMs > endMs + LONGEST_SILENCE.value)
      problems.push(`${name} ${isoTime(atMs)} is more than 7 days after the last row`);
  };
  if (originsFile === undefined) {
    const atMs = untilMs ?? endMs;
    check(atMs, '--until');
    return [atMs];
  }
  const text = await readText(originsFile, '--origins', problems);
  if (text === undefined) return undefined;
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  while (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) problems.push(`${originsFile}: the file is empty: one ISO 8601 time a line is asked for`);
  if (lines.length > MOST_ORIGINS.value) problems.push(`${lines.length} origins, the bound is ${MOST_ORIGINS.value}`);
  return lines.slice(0, MOST_ORIGINS.value).map((line, index) => {
    const atMs = parseIsoTime(line);
    if (atMs === undefined)
      problems.push(
        `${originsFile}: line ${index + 1}: an ISO 8601 time with a zone is asked for, got "${line.slice(0, 40)}"`,
      );
    else check(atMs, `${originsFile}: line ${index + 1}:`);
    return atMs ?? 0;
  });
}

/** One line of JSON for each origin, in the order of the origins. */
function walk(
  { stepMs, horizonMs }: ForecastArguments,
  trace: Trace,
  origins: readonly number[],
  decompose: Decompose | undefined,
): readonly string[] {
  const wanted = horizonMs / stepMs;
  const places = origins.map((atMs) => {
    const position = (atMs - trace.startMs) / stepMs;
    // An origin inside an interval: that interval is neither known nor asked for.
    return { known: Math.floor(position), skip: Number.isInteger(position) ? 0 : 1 };
  });
  const skips = places.some(({ skip }) => skip === 1) ? 1 : 0;
  const forecaster = createForecaster({
    startMs: trace.startMs,
    stepMs,
    horizonSteps: wanted + skips,
    ...(decompose ? { decompose } : {}),
  });
  const lines: string[] = new Array(origins.length).fill('');
  const order = places.map((_, index) => index).sort((a, b) => (places[a]?.known ?? 0) - (places[b]?.known ?? 0));
  let fed = 0;
  for (const index of order) {
    const { known, skip } = places[index] as { known: number; skip: number };
    for (; fed < known; fed++) forecaster.observe(trace.values[fed] ?? Number.NaN);
    lines[index] = printForecast(forecaster, wanted, skip);
  }
  return lines;
}

function printForecast(forecaster: Forecaster, wanted: number, skip: number): string {
  const forecast = forecaster.forecast(wanted + skip);
  const points = Array.from({ length: wanted }, (_, i) => {
    const step = i + 1 + skip;
    return {
      at: isoTime(forecast.fromMs + (step - 1) * forecast.stepMs),
      median: round(forecast.median[step - 1] as number),
      lower90: round(forecast.quantile(0.05, step)),
      upper90: round(forecast.quantile(0.95, step)),
    };
  });
  return JSON.stringify(points);
}

const round = (value: number): number => Number(value.toPrecision(DIGITS));
