/**
 * Retry. What no repetition can mend fails at once. What is tried again is tried no sooner than its backend asked for, and never later
 *     than the longest wait.
 */
import type { NodeRecord } from '@leasehold/engine';
import type { Scene } from '../invariants.ts';
import { SIM_BOUNDS } from '../replica.ts';

const FINAL: readonly string[] = ['NameTaken', 'CeilingReached', 'NotAdoptable'];
const PLEA = /asks to be left alone for (\d+) ms/;
/** Two clocks may tell of one failure: that of a run, and that of what was decided with it. */
const SLACK_MS = 1;

export function watchRetries({ world, views }: Scene): undefined {
  views.onCommit(({ before, after: { tenantId, state } }) => {
    if (before?.state.records === state.records) return;
    for (const record of state.records) {
      const { failure } = record;
      if (!failure || failure === before?.state.records.find(({ id }) => id === record.id)?.failure) continue;
      const known = before?.state.records.find(({ id }) => id === record.id)?.failure;
      if (known?.atMs === failure.atMs && known.code === failure.code) continue;
      const wrong = problem(record, failure);
      if (wrong) world.violate('retry', `${tenantId}: ${record.id} ${failure.code} ${wrong}`);
    }
  });
}

function problem(
  { status, nextAttemptAtMs, strikes }: NodeRecord,
  failure: NonNullable<NodeRecord['failure']>,
): string | undefined {
  const isFinal = failure.class === 'Invalid' || failure.class === 'Bug' || FINAL.includes(failure.code);
  if (status !== 'failed') {
    if (isFinal) return `is tried again, and cannot be mended by that (${status})`;
    if (strikes >= SIM_BOUNDS.run.retry.maxStrikes.value) return `is tried again after ${strikes} strikes`;
  }
  if (nextAttemptAtMs === undefined) return undefined;
  const waitMs = nextAttemptAtMs - failure.atMs;
  if (status === 'failed')
    return waitMs > SIM_BOUNDS.run.removalRetryMs.value + SLACK_MS
      ? `is looked at again after ${waitMs} ms only`
      : undefined;
  const cap = SIM_BOUNDS.run.retry.capMs.value;
  if (waitMs > cap + SLACK_MS) return `is tried again after ${waitMs} ms only`;
  const asked = Number(PLEA.exec(failure.message)?.[1] ?? 0);
  return waitMs < Math.min(asked, cap) - SLACK_MS
    ? `is tried again after ${waitMs} ms, and ${asked} were asked for`
    : undefined;
}
