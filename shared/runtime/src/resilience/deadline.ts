/**
 * Calls and waits that end in time, whatever the other side does. Owns the race between a promise, a clock and a signal.
 *
 * 1. The race ends at its time although the call ignores its signal; what the call does later is nobody's concern.
 * 2. No timer and no listener is left behind.
 */
import type { Clock, Fault } from '@leasehold/kernel';

/** Why an inner timer is stopped: it is never seen outside, and saves the making of an error each time. */
const DONE = 'done';

export interface Deadline {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** The fault of a call that did not end in time. */
  readonly onTime: () => Fault;
}

/** Errors: those of `fn`, `onTime()`, or the signal's reason. */
export function callWithin<T>(
  { clock, timeoutMs, onTime }: Deadline,
  fn: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  const call = new AbortController();
  const timer = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const end = (): void => {
      timer.abort(DONE);
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (error: unknown): void => {
      end();
      reject(error);
    };
    const onAbort = (): void => {
      fail(signal?.reason);
      call.abort(signal?.reason);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    clock.sleep(timeoutMs, timer.signal).then(
      () => {
        const fault = onTime();
        fail(fault);
        call.abort(fault);
      },
      () => undefined,
    );
    fn(call.signal).then((value) => {
      end();
      resolve(value);
    }, fail);
  });
}

/** Whether a promise settles, either way, within the time. */
export function settlesWithin(clock: Clock, timeoutMs: number, promise: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController();
  return new Promise((resolve) => {
    const end = (): void => {
      timer.abort(DONE);
      resolve(true);
    };
    promise.then(end, end);
    clock.sleep(timeoutMs, timer.signal).then(
      () => resolve(false),
      () => undefined,
    );
  });
}
