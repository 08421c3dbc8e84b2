/**
 * Tenants that have something due while nothing says so: a replica that had no backend for it skipped it or gave it up, or a
 * replica of another release forgot its time. Taken up by the ordinary run, after all that is new.
 */
import { workDueAtMs } from '../../domain/goal.ts';
import type { TenantState } from '../../domain/state.ts';
import type { SweepParts } from './parts.ts';

/** @returns whether it was: what is under way, or waits for its time, is not. */
export function takeUpLeft(
  parts: Pick<SweepParts, 'clock' | 'context' | 'queue' | 'bounds' | 'log'>,
  state: TenantState,
) {
  const nowMs = parts.clock.now();
  const dueAtMs = workDueAtMs(state, parts.context().kinds);
  if (dueAtMs === undefined || Math.max(dueAtMs, state.updatedAtMs) + parts.bounds.leftMs.value > nowMs) return false;
  if (state.claim && state.claim.untilMs > nowMs) return false;
  parts.log.info('what was left undone is taken up', { tenant_id: state.tenantId });
  parts.queue.add(state.tenantId, { low: true });
  return true;
}
