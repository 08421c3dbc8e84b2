/**
 * The bound on a request: past it the caller gets 503 and the handler's signal is aborted. The signal is aborted as well
 * when the caller hangs up.
 *
 * 1. One timer serves all requests: they have the same bound, so they end in the order in which they began. A timer and a
 *    signal for each would cost more than the rest of a small request.
 * 2. A handler that never asks for the signal has none made.
 * 3. Work whose answer is kept for an Idempotency-Key goes on past the bound (idempotent-run.ts): only its caller is told.
 */
import type { Bound, Clock } from '@leasehold/kernel';
import { type ProblemError, problem } from './problem.ts';

export interface Deadlines {
  /** @param work is given a function that makes the signal on first use. */
  run<T>(request: Request, work: (signal: () => AbortSignal) => Promise<T>): Promise<T>;
  /** Stops the timer; requests under way are bounded by the server's drain from here on. */
  close(): void;
}

interface Entry {
  readonly dueMs: number;
  readonly expire: (error: ProblemError) => void;
}

export function createDeadlines(clock: Clock, limit: Bound): Deadlines {
  const entries = new Set<Entry>();
  const closed = new AbortController();
  let watching = false;
  const watch = async (): Promise<void> => {
    for (let [first] = entries; first !== undefined && !closed.signal.aborted; [first] = entries) {
      await clock.sleep(Math.max(1, first.dueMs - clock.now()), closed.signal);
      for (const entry of entries) {
        if (entry.dueMs > clock.now()) break;
        entries.delete(entry);
        entry.expire(problem('unavailable', `The request took longer than ${limit.value} ms.`));
      }
    }
  };
  const startWatch = (): void => {
    if (watching || closed.signal.aborted) return;
    watching = true;
    // Rejects only when it is closed.
    watch().then(
      () => {
        watching = false;
      },
      () => undefined,
    );
  };
  return {
    run: (request, work) =>
      new Promise((resolve, reject) => {
        const stop = createStop(request);
        const entry: Entry = {
          dueMs: clock.now() + limit.value,
          expire: (error) => {
            stop.abort(error);
            reject(error);
          },
        };
        entries.add(entry);
        startWatch();
        work(stop.signal)
          .then(resolve, reject)
          .finally(() => entries.delete(entry));
      }),
    close: () => closed.abort(),
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
