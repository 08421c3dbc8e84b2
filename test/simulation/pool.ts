/**
 * Seeds over several threads: each asks for the next range when it has done its own.
 *
 * 1. When one of them fails, all end, and its fault is told.
 * 2. A thread that ends by itself, or does not end a range in time where that is bounded, has failed.
 */
import { Worker } from 'node:worker_threads';
import { type Bound, bound } from '@leasehold/kernel';
import { addReached, type Reached } from './coverage.ts';
import { addOccurrences, type Occurrences } from './occurrences.ts';
import type { Spot } from './reach.ts';
import type { ScheduleOptions, ScheduleResult } from './schedule.ts';
import type { Spoil } from './spoil.ts';
import type { Range, RangeResult, Task, WorkerData } from './worker.ts';

/** Seeds handed to a thread at once. */
const RANGE: Bound = bound('simulation-range', 25);
const MOST_FAILURES: Bound = bound('simulation-failures', 20);

export interface PoolOptions {
  readonly seeds: readonly number[];
  readonly workers: number;
  readonly options: Omit<ScheduleOptions, 'seed'>;
  /** A mistake in the sources that the threads load. */
  readonly spoil?: Spoil;
  /** After so many failures no more seeds are begun. */
  readonly mostFailures?: number;
  /** How long a range may take; absent: as long as it takes. */
  readonly rangeMs?: Bound;
  /** Tells which places of the sources were reached. */
  readonly coverage?: boolean;
  /** Tells which schedules reach these. */
  readonly spots?: readonly Spot[];
  readonly onProgress?: (summary: Summary) => void;
}

/** So many seeds, one after the other. */
export const seedsFrom = (from: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => from + index);

export interface Summary {
  readonly schedules: number;
  readonly steps: number;
  readonly virtualMs: number;
  /** Processor time of all threads. */
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly occurrences: Occurrences;
  readonly reached: Reached;
  readonly failures: readonly ScheduleResult[];
  /** By spot: the seeds that reach it. */
  readonly reachedBy: readonly (readonly number[])[];
}

const NOTHING = { occurrences: {}, reached: {} };

export async function runPool(pool: PoolOptions): Promise<Summary> {
  const started = performance.now();
  let next = 0;
  let sum: Omit<Summary, 'wallMs' | 'reachedBy'> = {
    schedules: 0,
    steps: 0,
    virtualMs: 0,
    cpuMs: 0,
    failures: [],
    ...NOTHING,
  };
  const reachedBy = (pool.spots ?? []).map((): number[] => []);
  const summary = (): Summary => ({ ...sum, reachedBy, wallMs: performance.now() - started });
  const take = (): Range | undefined => {
    const seeds = pool.seeds.slice(next, next + RANGE.value);
    if (seeds.length === 0 || sum.failures.length >= (pool.mostFailures ?? MOST_FAILURES.value)) return undefined;
    next += seeds.length;
    return { seeds, options: pool.options };
  };
  const add = ({ seeds }: Range, result: RangeResult) => {
    for (const [index, spots] of result.reachedBy.entries())
      for (const [spot, isReached] of spots.entries()) if (isReached) reachedBy[spot]?.push(seeds[index] as number);
    sum = {
      schedules: sum.schedules + result.count,
      steps: sum.steps + result.steps,
      virtualMs: sum.virtualMs + result.virtualMs,
      cpuMs: sum.cpuMs + result.cpuMs,
      failures: [...sum.failures, ...result.failures],
      occurrences: addOccurrences(sum.occurrences, result.occurrences),
      reached: addReached(sum.reached, result.reached),
    };
    pool.onProgress?.(summary());
  };
  const threads: Thread[] = [];
  try {
    await Promise.all(Array.from({ length: pool.workers }, () => runThread(pool, threads, take, add)));
  } finally {
    await Promise.all(threads.map((thread) => thread.close()));
  }
  return summary();
}

async function runThread(
  { spoil, coverage, spots, rangeMs }: PoolOptions,
  threads: Thread[],
  take: () => Range | undefined,
  add: (range: Range, result: RangeResult) => void,
) {
  const first = take();
  if (!first) return;
  const thread = openThread({ ...(spoil && { spoil }), ...(spots && { spots }), coverage: coverage ?? false }, rangeMs);
  threads.push(thread);
  for (let range: Range | undefined = first; range; range = take()) add(range, await thread.run(range));
}

interface Thread {
  run(range: Range): Promise<RangeResult>;
  runOne(options: ScheduleOptions): Promise<ScheduleResult>;
  close(): Promise<void>;
}

/** One task at a time. */
export function openThread(data: WorkerData, limit?: Bound): Thread {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: data,
    resourceLimits: { maxYoungGenerationSizeMb: 128 },
  });
  const ask = <T>(task: Task): Promise<T> =>
    new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        worker.off('error', fail).off('exit', left).off('message', done);
        settle();
      };
      const fail = (error: unknown): void => end(() => reject(error));
      const left = (): void => fail(new Error('a thread ended by itself'));
      const done = (result: T): void => end(() => resolve(result));
      const late = (): void => fail(new Error(`a thread was not done after ${limit?.value} ms`));
      const timer = limit && setTimeout(late, limit.value);
      worker.on('error', fail).on('exit', left).on('message', done);
      worker.postMessage(task);
    });
  return { run: ask, runOne: ask, close: async () => void (await worker.terminate()) };
}
