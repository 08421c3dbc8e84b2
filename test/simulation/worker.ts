/**
 * A thread that runs seeds: told a range, it tells each failure and the sum. It may have a mistake planted in its sources.
 */
import { enableCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { type Reached, startCoverage } from './coverage.ts';
import type { Occurrences } from './occurrences.ts';
import { type Spot, startReach } from './reach.ts';
import type { ScheduleOptions, ScheduleResult } from './schedule.ts';
import { install, type Spoil } from './spoil.ts';

export interface Range {
  readonly seeds: readonly number[];
  readonly options: Omit<ScheduleOptions, 'seed'>;
}

export interface RangeResult {
  readonly count: number;
  readonly steps: number;
  readonly virtualMs: number;
  readonly cpuMs: number;
  readonly failures: readonly ScheduleResult[];
  readonly occurrences: Occurrences;
  readonly reached: Reached;
  /** By seed: which of the spots it reached, where some were asked for. */
  readonly reachedBy: readonly (readonly boolean[])[];
}

export interface WorkerData {
  readonly spoil?: Spoil;
  /** Tells which places of the sources were reached. */
  readonly coverage?: boolean;
  /** Tells which of these each schedule reached. */
  readonly spots?: readonly Spot[];
}

const { spoil, coverage, spots } = (workerData ?? {}) as WorkerData;
if (spoil) install(spoil);
// Stripping and compiling is half of what a thread costs to start; what is counted must be compiled here.
if (!coverage && !spots) enableCompileCache();
const reached = coverage ? startCoverage() : () => ({});
const spotted = spots && startReach(spots);
const { addOccurrences } = await import('./occurrences.ts');
const { runSchedule } = await import('./schedule.ts');

async function runRange({ seeds, options }: Range): Promise<RangeResult> {
  const before = process.threadCpuUsage();
  const failures: ScheduleResult[] = [];
  let steps = 0;
  let virtualMs = 0;
  let occurrences: Occurrences = {};
  const reachedBy: (readonly boolean[])[] = [];
  for (const seed of seeds) {
    const result = await runSchedule({ ...options, seed });
    if (spotted) reachedBy.push(spotted());
    steps += result.steps;
    virtualMs += result.tookMs;
    if (options.counts) occurrences = addOccurrences(occurrences, result.occurrences);
    if (result.violations.length > 0) failures.push(result);
  }
  const { user, system } = process.threadCpuUsage(before);
  const cpuMs = (user + system) / 1_000;
  return { count: seeds.length, steps, virtualMs, cpuMs, failures, occurrences, reached: reached(), reachedBy };
}

/** A range, or one schedule whose result is wanted whole. */
export type Task = Range | ScheduleOptions;

parentPort?.on('message', (task: Task) => {
  const done = 'seed' in task ? runSchedule(task) : runRange(task);
  void done.then((result) => parentPort?.postMessage(result));
});
