/**
 * The bound on one request: past it the caller gets 503, and the handler's signal is aborted. The signal is aborted as
 * well when the caller hangs up.
 */
import type { Bound, Clock } from '@leasehold/kernel';
import type { Exchange } from './exchange.ts';
import { problem } from './problem.ts';

export async function withDeadline<T>(
  exchange: Exchange,
  clock: Clock,
  limit: Bound,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const settled = new AbortController();
  const hangUp = exchange.request.signal;
  hangUp.addEventListener('abort', () => stop.abort(hangUp.reason), { once: true, signal: settled.signal });
  const late = clock.sleep(limit.value, settled.signal).then(
    () => {
      const error = problem('unavailable', `The request took longer than ${limit.value} ms.`);
      stop.abort(error);
      throw error;
    },
    // The work is done; this side of the race is never looked at again.
    () => undefined as never,
  );
  try {
    return await Promise.race([work(stop.signal), late]);
  } finally {
    settled.abort();
  }
}
