/**
 * A thread that runs seeds: told a range, it tells each failure and the sum.
 */
import { parentPort } from 'node:worker_threads';
import { runSchedule, type ScheduleOptions, type ScheduleResult } from './schedule.ts';

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
}

export async function runRange({ from, count, options }: Range): Promise<RangeResult> {
  const before = process.threadCpuUsage();
  const failures: ScheduleResult[] = [];
  let steps = 0;
  let virtualMs = 0;
  for (let seed = from; seed < from + count; seed++) {
    const result = await runSchedule({ ...options, seed });
    steps += result.steps;
    virtualMs += result.tookMs;
    if (result.violations.length > 0) failures.push(result);
  }
  const { user, system } = process.threadCpuUsage(before);
  return { count, steps, virtualMs, cpuMs: (user + system) / 1_000, failures };
}

parentPort?.on('message', (range: Range) => {
  void runRange(range).then((result) => parentPort?.postMessage(result));
});
