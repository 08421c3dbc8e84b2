/**
 * The arguments of the forecast command, with every problem told at once.
 *
 * 1. What is not understood is a problem, never ignored.
 */
import { parseArgs } from 'node:util';
import { bound } from '@leasehold/kernel';
import { parseIsoTime } from '../trace/csv.ts';
import { parseDuration } from './duration.ts';

const LONGEST_HORIZON = bound('forecast horizon, ms', 7 * 86_400_000);
const LONGEST_STEP = bound('forecast step, ms', 86_400_000);
const MOST_STEPS = bound('steps of one printed forecast', 20_160);

export const USAGE =
  'npm run -s forecast -- --trace FILE [--until ISO_TIME | --origins FILE] [--step 5m] [--horizon 24h]\n';

export interface ForecastArguments {
  readonly traceFile: string;
  readonly stepMs: number;
  readonly horizonMs: number;
  readonly untilMs: number | undefined;
  readonly originsFile: string | undefined;
}

const OPTIONS = {
  trace: { type: 'string' },
  until: { type: 'string' },
  origins: { type: 'string' },
  step: { type: 'string', default: '5m' },
  horizon: { type: 'string', default: '24h' },
} as const;

/** @param problems takes a sentence for each thing that is wrong. */
export function parseForecastArguments(argv: readonly string[], problems: string[]): ForecastArguments | undefined {
  const given = read(argv, problems);
  if (given === undefined) return undefined;
  const { trace, until, origins, step, horizon } = given;
  if (trace === undefined) problems.push('--trace FILE is asked for');
  if (until !== undefined && origins !== undefined) problems.push('--until and --origins exclude each other');
  const stepMs = durationOf('--step', step, LONGEST_STEP.value, problems);
  const horizonMs = durationOf('--horizon', horizon, LONGEST_HORIZON.value, problems);
  if (stepMs !== undefined && horizonMs !== undefined) {
    if (horizonMs % stepMs !== 0) problems.push(`--horizon ${horizon} is not a multiple of --step ${step}`);
    if (horizonMs / stepMs > MOST_STEPS.value)
      problems.push(`${horizonMs / stepMs} steps to the horizon, the bound is ${MOST_STEPS.value}`);
  }
  const untilMs = until === undefined ? undefined : parseIsoTime(until);
  if (until !== undefined && untilMs === undefined)
    problems.push(`--until must be an ISO 8601 time with a zone, such as 2026-01-31T09:05:00Z, got "${until}"`);
  if (problems.length > 0 || trace === undefined || stepMs === undefined || horizonMs === undefined) return undefined;
  return { traceFile: trace, stepMs, horizonMs, untilMs, originsFile: origins };
}

function read(argv: readonly string[], problems: string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, strict: true }).values;
  } catch (error) {
    problems.push(error instanceof Error ? (error.message.split('. ')[0] as string) : String(error));
    return undefined;
  }
}

function durationOf(name: string, text: string, mostMs: number, problems: string[]): number | undefined {
  const ms = parseDuration(text);
  if (ms === undefined) problems.push(`${name} must be a number with s, m, h or d, such as 5m, got "${text}"`);
  else if (ms > mostMs) problems.push(`${name} must be at most ${mostMs / 3_600_000} hours, got "${text}"`);
  return ms;
}
