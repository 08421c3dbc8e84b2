/**
 * A budget of calls per minute: spent evenly, so that a sweep never comes as a burst.
 *
 * 1. What was not spent is lost but for the next second's share: an idle hour buys no burst.
 */
import type { Bound, Clock } from '@leasehold/kernel';

export interface Budget {
  /** Waits until one more call may be made. */
  spend(signal: AbortSignal): Promise<void>;
}

const MINUTE_MS = 60_000;
const SAVED_MS = 1_000;

export function createBudget(clock: Clock, perMinute: Bound): Budget {
  const spacingMs = MINUTE_MS / Math.max(1, perMinute.value);
  let nextMs = clock.now();
  return {
    spend: async (signal) => {
      signal.throwIfAborted();
      const nowMs = clock.now();
      nextMs = Math.max(nextMs, nowMs - SAVED_MS) + spacingMs;
      if (nextMs > nowMs) await clock.sleep(nextMs - nowMs, signal);
    },
  };
}
