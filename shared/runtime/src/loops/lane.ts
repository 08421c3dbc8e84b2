/**
 * A lane over all replicas: jobs of this process in order, under a lease that keeps the other replicas out. Owns N1 to N4 of
 * lane.port.ts; lease-hold.ts owns the lease.
 *
 * 1. A process has one lane of a name (lanes.ts): two would hold the lease together.
 * 2. The next job starts after the one before has ended, also where that one was told to stop: a job must end by itself
 *    soon after its signal, as guarded calls do.
 * 3. A store that is away fails the job at the head of the queue, so that its caller decides how long to wait.
 * 4. From the moment it is told to close it takes no job, also while the last one runs under a good lease.
 */
import { backoffMs, bound, type Fault, isAbort, unavailable } from '@leasehold/kernel';
import { joinSignals } from '../resilience/join-signals.ts';
import { createPause } from '../resilience/pause.ts';
import type { Lane, LaneBounds, LaneOptions } from './lane.port.ts';
import { type LeaseHold, takeLease } from './lease-hold.ts';

export const LANE_BOUNDS: LaneBounds = {
  // After a crash nobody works in the lane for as long as this, as with the claims of what waits for it.
  ttlMs: bound('lane lease ms', 4_000),
  queue: bound('jobs that wait for a lane', 1_000),
  turns: bound('jobs under one hold of a lane', 16),
  backoffBaseMs: bound('lane backoff base ms', 50),
  backoffCapMs: bound('lane backoff cap ms', 500),
};

interface Job {
  readonly signal: AbortSignal | undefined;
  run(hold: LeaseHold): Promise<void>;
  refuse(reason: unknown): void;
}

export function createLane(options: LaneOptions): Lane {
  const { clock, rng, name } = options;
  const bounds: LaneBounds = { ...LANE_BOUNDS, ...options.bounds };
  const jobs = new Set<Job>();
  const closing = new AbortController();
  const pause = createPause(clock);
  let serving: Promise<void> | undefined;

  const pauseAfter = (attempt: number): Promise<void> =>
    pause.wait(backoffMs(attempt, { baseMs: bounds.backoffBaseMs.value, capMs: bounds.backoffCapMs.value }, rng));
  const head = (): Job | undefined => jobs.values().next().value;
  const take = async (): Promise<LeaseHold | undefined> => {
    for (let attempt = 1; jobs.size > 0; attempt++) {
      try {
        const hold = await takeLease({ ...options, ttlMs: bounds.ttlMs.value }, closing.signal);
        if (hold !== undefined) return hold;
      } catch (error) {
        refuseHead(error);
      }
      if (jobs.size > 0) await pauseAfter(attempt);
    }
    return undefined;
  };
  const refuseHead = (reason: unknown): void => {
    const job = head();
    if (job === undefined) return;
    jobs.delete(job);
    job.refuse(reason);
  };
  const serve = async (): Promise<void> => {
    while (jobs.size > 0) {
      const hold = await take();
      // No job is left, or one came while the last gave up waiting: look again.
      if (hold === undefined) continue;
      for (let turn = 0; turn < bounds.turns.value && hold.isValid(); turn++) {
        const job = head();
        if (job === undefined) break;
        jobs.delete(job);
        await job.run(hold);
      }
      await hold.release();
      if (jobs.size > 0) await pauseAfter(1);
    }
    serving = undefined;
  };
  const enqueue = (job: Job): void => {
    jobs.add(job);
    serving ??= serve();
  };
  return {
    run: (fn, signal) => {
      if (closing.signal.aborted) return Promise.reject(closing.signal.reason);
      if (signal?.aborted) return Promise.reject(signal.reason);
      if (jobs.size >= bounds.queue.value) {
        return Promise.reject(laneFault('LaneBusy', `${bounds.queue.value} jobs wait for the lane ${name} already`));
      }
      return new Promise((resolve, reject) => enqueue(makeJob(fn, { resolve, reject }, jobs, signal)));
    },
    close: async () => {
      const closed = laneFault('LaneClosed', `the lane ${name} is closing`);
      closing.abort(closed);
      while (jobs.size > 0) refuseHead(closed);
      pause.wake();
      await serving;
    },
  };
}

const laneFault = (code: string, message: string): Fault => unavailable(message, { code, retryAfterMs: 1_000 });

interface Answer<T> {
  resolve(value: T): void;
  reject(reason: unknown): void;
}

function makeJob<T>(
  fn: (fence: number, signal: AbortSignal) => Promise<T>,
  answer: Answer<T>,
  jobs: Set<Job>,
  signal: AbortSignal | undefined,
): Job {
  const leave = (): void => {
    if (jobs.delete(job)) answer.reject(signal?.reason);
  };
  const job: Job = {
    signal,
    refuse: (reason) => {
      signal?.removeEventListener('abort', leave);
      answer.reject(reason);
    },
    run: async ({ fence, lost }) => {
      signal?.removeEventListener('abort', leave);
      const either = joinSignals(lost, signal);
      try {
        answer.resolve(await fn(fence, either.signal));
      } catch (error) {
        answer.reject(lost.aborted && isAbort(error, either.signal) ? lost.reason : error);
      } finally {
        either.forget();
      }
    },
  };
  signal?.addEventListener('abort', leave, { once: true });
  return job;
}
