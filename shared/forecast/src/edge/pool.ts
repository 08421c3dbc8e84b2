/**
 * Forecasts of many series in worker threads, so that the thread which serves requests does not wait for arithmetic.
 *
 * 1. Threads, waiting jobs, values of a job and its time are bounded by name; what is over a bound is refused or stopped with a fault.
 * 2. A thread that dies or overruns its time fails its own job only; another is started when a job needs it.
 * 3. A closed pool fails what waits and leaves no thread behind.
 */
import { bound, type Fault, invalid, unavailable } from '@leasehold/kernel';
import type { ForecastAnswer, ForecastJob } from './job.ts';
import { type Lane, openLane, type Task } from './lane.ts';

const MOST_THREADS = bound('forecast threads', 16);
const MOST_WAITING = bound('forecast jobs waiting', 20_000);
const MOST_VALUES = bound('values of a forecast job', 500_000);
const LONGEST_JOB = bound('time of a forecast job, ms', 120_000);

export interface ForecastPool extends AsyncDisposable {
  /** Fails with Invalid for a job that makes no sense, Unavailable when the pool is full, closed or a thread was lost. */
  forecast(job: ForecastJob): Promise<ForecastAnswer>;
}

export interface PoolOptions {
  readonly threads: number;
  /** Time for one job; a bound when left out. */
  readonly jobMs?: number;
}

export function createForecastPool(options: PoolOptions): ForecastPool {
  const threads = Math.min(MOST_THREADS.value, Math.max(1, Math.floor(options.threads)));
  const jobMs = Math.min(LONGEST_JOB.value, options.jobMs ?? LONGEST_JOB.value);
  const waiting: Task[] = [];
  const lanes = new Set<Lane>();
  let closed = false;

  const open = (): Lane => {
    const lane = openLane(jobMs, {
      idle: feed,
      lost: (gone) => {
        lanes.delete(gone);
        if (!closed && waiting.length > 0) feed(open());
      },
    });
    lanes.add(lane);
    return lane;
  };
  const feed = (lane: Lane): void => {
    const next = closed || lane.busy() ? undefined : waiting.shift();
    if (next !== undefined) lane.run(next);
  };
  const forecast = (job: ForecastJob): Promise<ForecastAnswer> => {
    const refusal = refusalOf(job, closed, waiting.length);
    if (refusal !== undefined) return Promise.reject(refusal);
    const done = Promise.withResolvers<ForecastAnswer>();
    waiting.push({ job, done });
    const idle = [...lanes].find((lane) => !lane.busy()) ?? (lanes.size < threads ? open() : undefined);
    if (idle !== undefined) feed(idle);
    return done.promise;
  };
  const close = async (): Promise<void> => {
    closed = true;
    const fault = poolClosed();
    for (const { done } of waiting.splice(0)) done.reject(fault);
    await Promise.all([...lanes].map((lane) => lane.close(fault)));
    lanes.clear();
  };
  return { forecast, [Symbol.asyncDispose]: close };
}

const poolClosed = (): Fault => unavailable('the forecast pool is closed', { code: 'ForecastPoolClosed' });

function refusalOf(job: ForecastJob, closed: boolean, waiting: number): Fault | undefined {
  if (closed) return poolClosed();
  if (waiting >= MOST_WAITING.value)
    return unavailable(`${waiting} forecasts wait already`, { code: 'ForecastPoolFull', retryAfterMs: 1_000 });
  if (job.values.length <= MOST_VALUES.value) return undefined;
  return invalid(`a forecast takes at most ${MOST_VALUES.value} values, got ${job.values.length}`, {
    code: 'InvalidJob',
  });
}
