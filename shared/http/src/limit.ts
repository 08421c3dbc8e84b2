/**
 * How often one subject may call: a token bucket each, in bounded memory. A bucket that is full again is as good as
 * forgotten, so the subject that was quiet longest goes first.
 */
import { type Clock, createLru } from '@leasehold/kernel';
import type { AppBounds } from './app-options.ts';

export interface RateLimit {
  /** @returns 0 when the call may go on, else milliseconds until the next one may. */
  take(subject: string): number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

export function createRateLimit(
  clock: Clock,
  bounds: Pick<AppBounds, 'ratePerSecond' | 'rateBurst' | 'subjects'>,
): RateLimit {
  const buckets = createLru<string, Bucket>(bounds.subjects);
  const perMs = bounds.ratePerSecond.value / 1000;
  const burst = bounds.rateBurst.value;
  return {
    take: (subject) => {
      const now = clock.now();
      const bucket = buckets.get(subject) ?? { tokens: burst, atMs: now };
      bucket.tokens = Math.min(burst, bucket.tokens + Math.max(0, now - bucket.atMs) * perMs);
      bucket.atMs = now;
      buckets.set(subject, bucket);
      if (bucket.tokens >= 1) {
        bucket.tokens -= 1;
        return 0;
      }
      return Math.max(1, Math.ceil((1 - bucket.tokens) / perMs));
    },
  };
}
