/**
 * The bound on a request: past it the caller gets 503 and the handler's signal is aborted. The signal is aborted as well
 * when the caller hangs up.
 *
 * 1. One timer serves all requests (due-queue.ts): they have the same bound, so they end in the order in which they began.
 * 2. A handler that never asks for the signal has none made.
 * 3. Work whose answer is kept for an Idempotency-Key goes on past the bound (idempotent-run.ts): only its caller is told.
 */
import type { Bound, Clock } from '@leasehold/kernel';
import { createDueQueue } from './due-queue.ts';
import { type ProblemError, problem } from './problem.ts';

export interface Deadlines {
  /** @param work is given a function that makes the signal on first use. */
  run<T>(request: Request, work: (signal: () => AbortSignal) => Promise<T>): Promise<T>;
  /** Stops the timer; requests under way are bounded by the server's drain from here on. */
  close(): void;
}

export function createDeadlines(clock: Clock, limit: Bound): Deadlines {
  const queue = createDueQueue<(error: ProblemError) => void>(clock, limit, (expire) => {
    expire(problem('unavailable', `The request took longer than ${limit.value} ms.`));
    return 'done';
  });
  return {
    run: (request, work) =>
      new Promise((resolve, reject) => {
        const stop = createStop(request);
        const ended = queue.add((error) => {
          stop.abort(error);
          reject(error);
        });
        work(stop.signal).then(resolve, reject).finally(ended);
      }),
    close: queue.close,
  };
}

function createStop(request: Request): {
  readonly signal: () => AbortSignal;
  readonly abort: (reason: unknown) => void;
} {
  let stop: AbortController | undefined;
  let signal: AbortSignal | undefined;
  return {
    signal: () => {
      stop ??= new AbortController();
      signal ??= AbortSignal.any([stop.signal, request.signal]);
      return signal;
    },
    abort: (reason) => {
      stop ??= new AbortController();
      stop.abort(reason);
    },
  };
}
