/**
 * Exponential backoff with "equal jitter" (half fixed, half random): spreads retries without ever retrying at once.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
import type { Rng } from './rng.ts';

export interface BackoffBounds {
  readonly baseMs: number;
  readonly capMs: number;
}

/** @param attempt attempts made so far, 1 or more. @returns milliseconds to wait before the next one. */
export function backoffMs(attempt: number, bounds: BackoffBounds, rng: Rng): number {
  const exponent = Math.min(Math.max(attempt - 1, 0), 30);
  const full = Math.min(bounds.capMs, bounds.baseMs * 2 ** exponent);
  return Math.round(full / 2 + (full / 2) * rng.next());
}
