/**
 * The replay command: reads a trace and a policy, checks everything, and prints the replicas wanted at each tick.
 *
 * 1. With a problem nothing is printed as data, and the exit code is 2.
 * 2. Without a policy file the contract's defaults hold, but for `max_replicas`: a bound that nobody set would look like a shortage.
 */
import { readFile } from 'node:fs/promises';
import { endMsOf, parseTrace, type Trace } from '@leasehold/forecast/trace';
import { bound, isoTime } from '@leasehold/kernel';
import { MOST_REPLICAS, type Policy, parsePolicy } from '../domain/policy/policy.ts';
import { replay } from '../domain/replay.ts';
import { type Goal, hoursGoal } from '../domain/tuning/goal.ts';
import { parseReplayArguments, type ReplayArguments, USAGE } from './arguments.ts';

const MOST_TICKS = bound('ticks of one replay, history included', 20_000_000);
/** Below, a week of values takes more memory than a machine has. */
const SHORTEST_STEP = bound('shortest step of a replayed trace, ms', 1_000);
const LINES_AT_ONCE = bound('lines written at once', 4_096);
const EXIT = { ok: 0, invalid: 2 } as const;

export interface Streams {
  out(text: string): void;
  err(text: string): void;
}

async function readText(file: string, name: string, problems: string[]): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    problems.push(`${name} ${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
    return undefined;
  }
}

async function readTrace(file: string, problems: string[]): Promise<Trace | undefined> {
  const text = await readText(file, '--trace', problems);
  if (text === undefined) return undefined;
  const outcome = parseTrace(text);
  if (outcome.kind === 'invalid') {
    problems.push(...outcome.problems.map((problem) => `${file}: ${problem}`));
    return undefined;
  }
  const { stepMs } = outcome.trace;
  if (stepMs < SHORTEST_STEP.value)
    problems.push(`${file}: the rows are ${stepMs} ms apart, the least is ${SHORTEST_STEP.value} ms`);
  return outcome.trace;
}

async function readPolicy(file: string | undefined, problems: string[]): Promise<Policy | undefined> {
  const text = file === undefined ? '{}' : await readText(file, '--policy', problems);
  if (text === undefined) return undefined;
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch (error) {
    problems.push(`--policy ${file} is no JSON: ${(error as Error).message}`);
    return undefined;
  }
  const outcome = file === undefined ? parsePolicy(input, MOST_REPLICAS.value) : parsePolicy(input);
  if (outcome.kind === 'policy') return outcome.policy;
  problems.push(
    ...outcome.problems.map(({ pointer, message }) => `${file}: ${pointer === '' ? 'the policy' : pointer} ${message}`),
  );
  return undefined;
}

function checkTimes(given: ReplayArguments, trace: Trace, problems: string[]): number {
  const fromMs = given.fromMs ?? trace.startMs;
  const endMs = endMsOf(trace);
  if (fromMs < trace.startMs || fromMs >= endMs)
    problems.push(
      `--from must lie within the trace, ${isoTime(trace.startMs)} to ${isoTime(endMs)}, got ${isoTime(fromMs)}`,
    );
  const ticks = (endMs - trace.startMs) / (given.tickS * 1_000);
  if (ticks > MOST_TICKS.value)
    problems.push(`${Math.ceil(ticks)} ticks of ${given.tickS} s, the bound is ${MOST_TICKS.value}`);
  if (given.startupS * 1_000 > endMs - trace.startMs)
    problems.push(`--startup ${given.startupS} is longer than the trace`);
  return fromMs;
}

/** @returns the exit code. */
export async function runReplay(argv: readonly string[], streams: Streams): Promise<number> {
  const problems: string[] = [];
  const given = parseReplayArguments(argv, problems);
  const trace = given && (await readTrace(given.traceFile, problems));
  const policy = given && (await readPolicy(given.policyFile, problems));
  const fromMs = given && trace && checkTimes(given, trace, problems);
  if (problems.length > 0) {
    streams.err(`${problems.map((problem) => `${problem}\n`).join('')}${given === undefined ? USAGE : ''}`);
    return EXIT.invalid;
  }
  // What could not be read has told its problem.
  print(given as ReplayArguments, trace as Trace, policy as Policy, fromMs as number, streams);
  return EXIT.ok;
}

function print(given: ReplayArguments, trace: Trace, policy: Policy, fromMs: number, streams: Streams): void {
  const { capacity, startupS, tickS, selfTuned } = given;
  const goal: Goal = selfTuned === undefined ? hoursGoal(startupS) : { kind: 'shortage', minutesPerWeek: selfTuned };
  let lines: string[] = [];
  const flush = (): void => {
    if (lines.length > 0) streams.out(`${lines.join('\n')}\n`);
    lines = [];
  };
  for (const { atMs, decision } of replay(trace, { policy, goal, capacity, startupS, tickS }, fromMs)) {
    lines.push(`{"at":"${isoTime(atMs)}","replicas":${decision.replicas}}`);
    if (lines.length >= LINES_AT_ONCE.value) flush();
  }
  flush();
}
