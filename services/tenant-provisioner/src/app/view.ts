/**
 * From the state to what REST shows: pure, one function a shape, field names of the wire.
 */

import type { ProvisioningStatus } from '@leasehold/contracts';
import { type DeadLetter, decodedOf, stateOf, tenantOfDeadLetter } from '@leasehold/controller';
import { describeLeft, type NodeRecord } from '@leasehold/engine';
import { isoTime } from '@leasehold/kernel';
import type { Operation, TenantState } from '../domain/state.ts';
import { statusOf } from '../domain/status.ts';
import type { ControlState } from './control.ts';

const maybeTime = (ms: number | undefined): string | null => (ms === undefined ? null : isoTime(ms));

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
  const paused = pausedFor(state, control);
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

const conditionView = (condition: TenantState['conditions'][number]) => ({
  type: condition.type,
  status: condition.status ? ('True' as const) : ('False' as const),
  reason: condition.reason,
  message: condition.message,
  last_transition_at: isoTime(condition.lastTransitionAtMs),
});

/** What an operator's switches stop of this tenant's work. */
function pausedFor(state: TenantState, control: ControlState): readonly string[] {
  return [
    ...(control.reconcile === 'paused' ? ['reconcile'] : []),
    ...(control.deletions === 'paused' && (state.phase === 'leaving' || state.phase === 'deleting')
      ? ['deletions']
      : []),
    ...Object.entries(control.backends)
      .filter(([, value]) => value === 'paused')
      .map(([name]) => name),
  ];
}

type ConditionView = ProvisioningStatus['conditions'][number];

/** Whoever is told that access stands is told too that it is an operator's pause that keeps it. */
function withPause(condition: ConditionView, paused: readonly string[]): ConditionView {
  const keeps = paused.filter((name) => name !== 'deletions');
  if (condition.type !== 'AccessStanding' || keeps.length === 0) return condition;
  return { ...condition, message: `${condition.message}; paused by an operator: ${keeps.join(', ')}` };
}

/** An operator's switch is no part of a tenant, but whoever waits for the tenant should see it. */
function frozenCondition(paused: readonly string[], control: ControlState): readonly ConditionView[] {
  if (paused.length === 0) return [];
  return [
    {
      type: 'Frozen',
      status: 'True',
      reason: 'PausedByControl',
      message: `paused by an operator: ${paused.join(', ')}`,
      last_transition_at: isoTime(control.updatedAtMs),
    },
  ];
}

const durationOf = (record: NodeRecord): number | null =>
  record.startedAtMs !== undefined && record.finishedAtMs !== undefined
    ? Math.max(0, record.finishedAtMs - record.startedAtMs)
    : null;

function messageOf({ fate, failure, left, notes }: NodeRecord): string | null {
  if (fate === 'not-ours') return "exists without the mark of this tenant's generation, was never its own and stays";
  if (fate === 'left-behind')
    return `left behind on an operator's word: ${failure?.message ?? 'could not be taken down'}`;
  return failure?.message ?? (left ? describeLeft(left) : undefined) ?? notes?.join('; ') ?? null;
}

const resourceView = (record: NodeRecord): ProvisioningStatus['resources'][number] => ({
  kind: record.kind,
  name: record.name,
  status: record.status,
  attempts: record.attempts,
  duration_ms: durationOf(record),
  message: messageOf(record),
  observed_at: maybeTime(record.observedAtMs),
});

export const operationView = (tenantId: string, operation: Operation, records: readonly NodeRecord[]) => ({
  operation_id: operation.id,
  tenant_id: tenantId,
  kind: operation.kind,
  generation: operation.generation,
  requested_by: operation.requestedBy ?? null,
  started_at: isoTime(operation.startedAtMs),
  finished_at: maybeTime(operation.finishedAtMs),
  outcome: operation.outcome ?? ('running' as const),
  steps: records.map((record) => ({
    kind: record.kind,
    name: record.name,
    status: record.status,
    attempts: record.attempts,
    started_at: maybeTime(record.startedAtMs),
    finished_at: maybeTime(record.finishedAtMs),
    duration_ms: durationOf(record),
    fate: record.fate ?? null,
    error: record.failure
      ? { code: record.failure.code, message: record.failure.message, at: isoTime(record.failure.atMs) }
      : null,
  })),
});

export const letterView = (record: DeadLetter) => ({
  id: record.id,
  topic: record.letter.topic,
  message_id: record.letter.messageId,
  error_code: record.code,
  error_message: record.message,
  tenant_id: tenantOfDeadLetter(record) ?? null,
  state: stateOf(record),
  published_at: isoTime(record.letter.publishedAtMs),
  dead_at: isoTime(record.deadAtMs),
  attempts: record.attempts,
  redrives: record.redrives.map(({ atMs, by, reason, outcome }) => ({
    at: isoTime(atMs),
    by,
    reason: reason ?? null,
    outcome,
  })),
});

export const letterDetailView = (record: DeadLetter) => ({
  ...letterView(record),
  key: record.letter.key ?? null,
  properties: { ...record.letter.properties },
  payload_base64: record.letter.payload,
  decoded: decodedOf(record.letter) ?? null,
});
