/**
 * A limit in time for one piece of work, on the clock that was handed in.
 *
 * 1. When the time is over, the work's signal is aborted and the caller gets the fault given.
 * 2. When the caller's signal is aborted, so is the work's, and the caller gets the signal's reason.
 * 3. No timer outlives the work.
 */
import type { Bound, Clock, Fault } from '@leasehold/kernel';

export async function withDeadline<T>(
  clock: Clock,
  limit: Bound,
  late: () => Fault,
  work: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  signal?.throwIfAborted();
  const done = new AbortController();
  const stop = new AbortController();
  const onAbort = () => stop.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const aborted = new Promise<never>((_, reject) => {
    stop.signal.addEventListener('abort', () => reject(stop.signal.reason), { once: true });
  });
  clock.sleep(limit.value, done.signal).then(
    () => stop.abort(late()),
    () => undefined,
  );
  try {
    return await Promise.race([work(stop.signal), aborted]);
  } catch (error) {
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    done.abort();
  }
}

/** Resolves when the work has settled, or when the time is over, whichever is first; never rejects. */
export async function settleWithin(clock: Clock, limit: Bound, work: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  const over = clock.sleep(limit.value, done.signal).catch(() => undefined);
  await Promise.race([work.catch(() => undefined), over]);
  done.abort();
}
