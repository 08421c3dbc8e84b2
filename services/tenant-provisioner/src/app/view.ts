/**
 * From the state to what REST shows: pure, one function a shape, field names of the wire.
 */

import type { ProvisioningStatus } from '@leasehold/contracts';
import {
  type ConditionView,
  type ControlState,
  conditionView,
  frozenCondition,
  maybeTime,
  pausedFor,
  resourceView,
} from '@leasehold/controller';
import { isoTime } from '@leasehold/kernel';
import type { TenantState } from '../domain/state.ts';
import { statusOf } from '../domain/status.ts';

export const statusUrl = (tenantId: string): string => `/api/v1/tenants/${tenantId}/provisioning-status`;

export const acceptedView = (state: TenantState) => ({
  tenant_id: state.tenantId,
  status: statusOf(state),
  operation_id: state.operation?.id ?? null,
  status_url: statusUrl(state.tenantId),
});

/** The answer to a creation: the same one again is the same operation, whatever has been asked of the tenant since. */
export const provisionedView = (state: TenantState) => ({
  ...acceptedView(state),
  operation_id: state.provisionOperationId ?? state.operation?.id ?? null,
});

/** An id that never was a tenant has no tier. */
const tierView = ({ generation, tier }: TenantState) => (generation === 0 ? null : tier);

export const tenantView = (state: TenantState) => ({
  tenant_id: state.tenantId,
  tenant_name: state.name,
  tier: tierView(state),
  status: statusOf(state),
  generation: state.generation,
  protected: state.protected,
  limits: state.limits,
  created_at: maybeTime(state.generation === 0 ? undefined : state.createdAtMs),
  completed_at: maybeTime(state.completedAtMs),
  updated_at: isoTime(state.updatedAtMs),
  deletion: state.deletion
    ? {
        requested_at: isoTime(state.deletion.askedAtMs),
        grace_until: isoTime(state.deletion.graceUntilMs),
        requested_by: state.deletion.by ?? null,
        reason: state.deletion.reason ?? null,
      }
    : null,
});

export function statusView(state: TenantState, control: ControlState): ProvisioningStatus {
  const { operation } = state;
  const endMs = operation?.finishedAtMs;
  const paused = pausedFor(control, state.phase === 'leaving' || state.phase === 'deleting');
  // Of the operation that is told, not of an earlier one.
  const completedAtMs = operation ? (operation.outcome === 'completed' ? endMs : undefined) : state.completedAtMs;
  return {
    tenant_id: state.tenantId,
    tenant_name: state.name,
    tier: tierView(state),
    generation: state.generation,
    status: statusOf(state),
    operation_id: operation?.id ?? null,
    started_at: maybeTime(operation?.startedAtMs),
    completed_at: maybeTime(completedAtMs),
    duration_ms: operation && endMs !== undefined ? endMs - operation.startedAtMs : null,
    resources: state.records.map(resourceView),
    conditions: [
      ...state.conditions.map((condition) => withPause(conditionView(condition), paused)),
      ...frozenCondition(paused, control),
    ],
    quota: state.limits,
  };
}

/** Whoever is told that access stands is told too that it is an operator's pause that keeps it. */
function withPause(condition: ConditionView, paused: readonly string[]): ConditionView {
  const keeps = paused.filter((name) => name !== 'deletions');
  if (condition.type !== 'AccessStanding' || keeps.length === 0) return condition;
  return { ...condition, message: `${condition.message}; paused by an operator: ${keeps.join(', ')}` };
}
