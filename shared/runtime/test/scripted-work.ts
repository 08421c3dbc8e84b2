/**
 * A work queue whose work is ended by hand, for this package's own tests. Not part of the package's interface.
 */
import { type Bound, bound, seededRng, silentLog } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import type { WorkQueueOptions, WorkResult } from '../src/loops/work-queue.port.ts';
import { createWorkQueue } from '../src/loops/work-queue.ts';

interface Run {
  readonly key: string;
  readonly signal: AbortSignal;
  end(result?: WorkResult): void;
  fail(error: unknown): void;
}

export function workBench(parallelism = 1, options: { capacity?: Bound } & Partial<WorkQueueOptions> = {}) {
  const clock = manualClock(0);
  const runs: Run[] = [];
  const queue = createWorkQueue({
    clock,
    rng: seededRng(1),
    log: silentLog,
    parallelism: bound('parallelism', parallelism),
    capacity: bound('capacity', 100),
    backoff: { baseMs: 1_000, capMs: 8_000 },
    work: (key, signal) =>
      new Promise((resolve, reject) => {
        runs.push({ key, signal, end: (result = {}) => resolve(result), fail: reject });
      }),
    ...options,
  });
  return { clock, queue, runs, keys: () => runs.map(({ key }) => key), last: () => runs.at(-1) as Run };
}
