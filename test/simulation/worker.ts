/**
 * A thread that runs seeds: told a range, it tells each failure and the sum. It may have a mistake planted in its sources.
 */
import { enableCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { type Reached, startCoverage } from './coverage.ts';
import type { Occurrences } from './occurrences.ts';
import type { ScheduleOptions, ScheduleResult } from './schedule.ts';
import { install, type Spoil } from './spoil.ts';

export interface Range {
  readonly from: number;
  readonly count: number;
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
}

export interface WorkerData {
  readonly spoil?: Spoil;
  /** Tells which places of the sources were reached. */
  readonly coverage?: boolean;
}

const { spoil, coverage } = (workerData ?? {}) as WorkerData;
if (spoil) install(spoil);
// Stripping and compiling is half of what a thread costs to start; what is counted must be compiled here.
if (!coverage) enableCompileCache();
const reached = coverage ? startCoverage() : () => ({});
const { addOccurrences } = await import('./occurrences.ts');
const { runSchedule } = await import('./schedule.ts');

async function runRange({ from, count, options }: Range): Promise<RangeResult> {
  const before = process.threadCpuUsage();
  const failures: ScheduleResult[] = [];
  let steps = 0;
  let virtualMs = 0;
  let occurrences: Occurrences = {};
  for (let seed = from; seed < from + count; seed++) {
    const result = await runSchedule({ ...options, seed });
    steps += result.steps;
    virtualMs += result.tookMs;
    if (options.counts) occurrences = addOccurrences(occurrences, result.occurrences);
    if (result.violations.length > 0) failures.push(result);
  }
  const { user, system } = process.threadCpuUsage(before);
  return { count, steps, virtualMs, cpuMs: (user + system) / 1_000, failures, occurrences, reached: reached() };
}

/** A range, or one schedule whose result is wanted whole. */
export type Task = Range | ScheduleOptions;

parentPort?.on('message', (task: Task) => {
  const done = 'seed' in task ? runSchedule(task) : runRange(task);
  void done.then((result) => parentPort?.postMessage(result));
});
