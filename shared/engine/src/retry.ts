/**
 * What becomes of a node after a failed try: tried again at a time, or failed for good.
 *
 * T1. The caller's fault, a name held by others, a ceiling and our own bug fail at once: no repetition can mend them.
 * T2. A backend that is away is waited for with backoff until the deadline, however many tries that takes; looks count as tries.
 * T3. Anything else fails after `maxStrikes` tries that were answered.
 */
import { type Bound, backoffMs, bound, type Fault, type Rng } from '@leasehold/kernel';
import type { NodeRecord } from './record.ts';

export interface RetryBounds {
  readonly maxStrikes: Bound;
  readonly baseMs: Bound;
  readonly capMs: Bound;
}

export const RETRY_BOUNDS: RetryBounds = {
  maxStrikes: bound('node-max-strikes', 8),
  baseMs: bound('node-retry-base-ms', 250),
  capMs: bound('node-retry-cap-ms', 60_000),
};

/** Codes of `Conflict` that no repetition can mend. */
const FINAL_CONFLICTS: readonly string[] = ['NameTaken', 'CeilingReached', 'NotAdoptable'];

/** Code of a call that found no place among those that wait for its backend: it was never answered. */
const NOT_SENT = 'BackendBusy';

const isFinal = (fault: Fault): boolean =>
  fault.class === 'Invalid' ||
  fault.class === 'Bug' ||
  (fault.class === 'Conflict' && FINAL_CONFLICTS.includes(fault.code));

export type Verdict =
  | { readonly kind: 'retry'; readonly atMs: number; readonly strikes: number }
  | { readonly kind: 'failed'; readonly strikes: number };

export function judgeFailure(
  record: Pick<NodeRecord, 'attempts' | 'strikes' | 'misses'>,
  fault: Fault,
  when: { readonly nowMs: number; readonly deadlineMs: number },
  rng: Rng,
  bounds: RetryBounds = RETRY_BOUNDS,
): Verdict {
  const strikes = fault.away || fault.code === NOT_SENT ? record.strikes : record.strikes + 1;
  if (isFinal(fault) || strikes >= bounds.maxStrikes.value) return { kind: 'failed', strikes };
  const tries = Math.max(record.attempts, record.misses ?? 0) + 1;
  const wait = backoffMs(tries, { baseMs: bounds.baseMs.value, capMs: bounds.capMs.value }, rng);
  // A server's own Retry-After is heeded, but never past the cap: a backend cannot park a tenant for a day.
  const atMs = when.nowMs + Math.min(Math.max(wait, fault.retryAfterMs ?? 0), bounds.capMs.value);
  if (atMs > when.deadlineMs)
    return when.nowMs >= when.deadlineMs
      ? { kind: 'failed', strikes }
      : { kind: 'retry', atMs: when.deadlineMs, strikes };
  return { kind: 'retry', atMs, strikes };
}
