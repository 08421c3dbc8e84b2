/**
 * Notices a socket that is open and says nothing: asks for a sign of life after a time of silence, and gives up when none
 * comes for as long again.
 */
import type { Bound, Clock } from '@leasehold/kernel';

export interface SilenceOptions {
  readonly clock: Clock;
  readonly limit: Bound;
  readonly heardAtMs: () => number;
  readonly ask: () => void;
}

/** Resolves with `silent` when the socket must be given up, with `over` when its end was signalled. */
export async function watchSilence(options: SilenceOptions, signal: AbortSignal): Promise<'silent' | 'over'> {
  const { clock, limit, heardAtMs, ask } = options;
  let askedAtMs: number | undefined;
  try {
    for (;;) {
      const now = clock.now();
      const waiting: boolean = askedAtMs !== undefined && heardAtMs() < askedAtMs;
      const sinceMs = now - (waiting ? (askedAtMs ?? now) : heardAtMs());
      if (sinceMs >= limit.value) {
        if (waiting) return 'silent';
        askedAtMs = now;
        ask();
      }
      await clock.sleep(sinceMs >= limit.value ? limit.value : limit.value - sinceMs, signal);
    }
  } catch {
    return 'over';
  }
}
