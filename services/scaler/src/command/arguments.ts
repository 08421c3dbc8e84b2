/**
 * The arguments of the replay command, with every problem told at once and the value received.
 *
 * 1. What is not understood is a problem, never ignored.
 */
import { parseArgs } from 'node:util';
import { parseIsoTime } from '@leasehold/forecast/trace';
import { WEEK_MINUTES } from '../domain/time.ts';

export const USAGE =
  'npm run -s replay -- --trace FILE --capacity LOAD --startup SECONDS [--policy FILE] [--from ISO_TIME] [--tick 15] [--self-tuned MINUTES]\n';

export interface ReplayArguments {
  readonly traceFile: string;
  readonly policyFile: string | undefined;
  readonly capacity: number;
  readonly startupS: number;
  readonly tickS: number;
  readonly fromMs: number | undefined;
  /** Minutes of shortage a week that tuning is to hold. */
  readonly selfTuned: number | undefined;
}

const OPTIONS = {
  trace: { type: 'string' },
  capacity: { type: 'string' },
  startup: { type: 'string' },
  policy: { type: 'string' },
  from: { type: 'string' },
  tick: { type: 'string', default: '15' },
  'self-tuned': { type: 'string' },
} as const;

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const LONGEST_STARTUP_S = 43_200;
const LONGEST_TICK_S = 3_600;

interface Range {
  readonly text: string;
  holds(value: number): boolean;
}

const RANGES = {
  capacity: { text: 'a number from 1e-20 to 1e20', holds: (value) => value >= 1e-20 && value <= 1e20 },
  startup: {
    text: `seconds from 0 to ${LONGEST_STARTUP_S}`,
    holds: (value) => value >= 0 && value <= LONGEST_STARTUP_S,
  },
  tick: {
    text: `whole seconds from 1 to ${LONGEST_TICK_S}`,
    holds: (v) => Number.isInteger(v) && v >= 1 && v <= LONGEST_TICK_S,
  },
  selfTuned: {
    text: `minutes a week from 0 to ${WEEK_MINUTES}`,
    holds: (value) => value >= 0 && value <= WEEK_MINUTES,
  },
} as const satisfies Record<string, Range>;

function numberOf(name: string, text: string | undefined, range: Range, problems: string[]): number | undefined {
  if (text === undefined) {
    problems.push(`${name} is asked for: ${range.text}`);
    return undefined;
  }
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(value) && range.holds(value)) return value;
  problems.push(`${name} must be ${range.text}, got ${JSON.stringify(text)}`);
  return undefined;
}

function read(argv: readonly string[], problems: string[]) {
  // A negative number after an option is its value, and wrong for a reason of its own; parseArgs would call it ambiguous.
  const args: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const [arg, next] = [argv[i] as string, argv[i + 1]];
    const joins = arg.startsWith('--') && !arg.includes('=') && next !== undefined && /^-[\d.]/.test(next);
    args.push(joins ? `${arg}=${next}` : arg);
    if (joins) i += 1;
  }
  try {
    return parseArgs({ args, options: OPTIONS, strict: true }).values;
  } catch (error) {
    problems.push(error instanceof Error ? (error.message.split(/\.\s/)[0] as string) : String(error));
    return undefined;
  }
}

/** @param problems takes a sentence for each thing that is wrong. */
export function parseReplayArguments(argv: readonly string[], problems: string[]): ReplayArguments | undefined {
  const given = read(argv, problems);
  if (given === undefined) return undefined;
  const { trace, policy, from } = given;
  if (trace === undefined) problems.push('--trace FILE is asked for');
  const capacity = numberOf('--capacity', given.capacity, RANGES.capacity, problems);
  const startupS = numberOf('--startup', given.startup, RANGES.startup, problems);
  const tickS = numberOf('--tick', given.tick, RANGES.tick, problems);
  const minutes = given['self-tuned'];
  const selfTuned = minutes === undefined ? undefined : numberOf('--self-tuned', minutes, RANGES.selfTuned, problems);
  const fromMs = from === undefined ? undefined : parseIsoTime(from);
  if (from !== undefined && fromMs === undefined)
    problems.push(
      `--from must be an ISO 8601 time with a zone, such as 2026-01-31T09:05:00Z, got ${JSON.stringify(from)}`,
    );
  if (problems.length > 0) return undefined;
  // What is missing has told its problem.
  return {
    traceFile: trace as string,
    policyFile: policy,
    capacity: capacity as number,
    startupS: startupS as number,
    tickS: tickS as number,
    fromMs,
    selfTuned,
  };
}
