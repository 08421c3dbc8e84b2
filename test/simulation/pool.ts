/**
 * Seeds over several threads: each asks for the next range when it has done its own.
 */
import { Worker } from 'node:worker_threads';
import { type Bound, bound } from '@leasehold/kernel';
import type { ScheduleOptions, ScheduleResult } from './schedule.ts';
import type { Range, RangeResult } from './worker.ts';

/** Seeds handed to a thread at once. */
const RANGE: Bound = bound('simulation-range', 25);
/** After so many failures no more seeds are begun. */
const MOST_FAILURES: Bound = bound('simulation-failures', 20);

export interface PoolOptions {
  readonly from: number;
  readonly seeds: number;
  readonly workers: number;
  readonly options: Omit<ScheduleOptions, 'seed'>;
  readonly onProgress?: (summary: Summary) => void;
}

export interface Summary {
  readonly schedules: number;
  readonly steps: number;
  readonly virtualMs: number;
  /** Processor time of all threads. */
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly failures: readonly ScheduleResult[];
}

export async function runPool(pool: PoolOptions): Promise<Summary> {
  const started = performance.now();
  let next = pool.from;
  let sum: Omit<Summary, 'wallMs'> = { schedules: 0, steps: 0, virtualMs: 0, cpuMs: 0, failures: [] };
  const summary = (): Summary => ({ ...sum, wallMs: performance.now() - started });
  const take = (): Range | undefined => {
    const count = Math.min(RANGE.value, pool.from + pool.seeds - next);
    if (count <= 0 || sum.failures.length >= MOST_FAILURES.value) return undefined;
    next += count;
    return { from: next - count, count, options: pool.options };
  };
  const add = (result: RangeResult) => {
    sum = {
      schedules: sum.schedules + result.count,
      steps: sum.steps + result.steps,
      virtualMs: sum.virtualMs + result.virtualMs,
      cpuMs: sum.cpuMs + result.cpuMs,
      failures: [...sum.failures, ...result.failures],
    };
    pool.onProgress?.(summary());
  };
  await Promise.all(Array.from({ length: pool.workers }, () => runThread(take, add)));
  return summary();
}

function runThread(take: () => Range | undefined, add: (result: RangeResult) => void): Promise<void> {
  const first = take();
  if (!first) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      resourceLimits: { maxYoungGenerationSizeMb: 128 },
    });
    const give = (range: Range | undefined) => {
      if (range) worker.postMessage(range);
      else void worker.terminate().then(() => resolve());
    };
    worker.on('error', reject);
    worker.on('message', (result: RangeResult) => {
      add(result);
      give(take());
    });
    give(first);
  });
}
