/**
 * From states and records to what REST shows of any owner: pure, one function a shape, field names of the wire.
 */
import type { ProvisioningStatus } from '@leasehold/contracts';
import { describeLeft, type NodeRecord } from '@leasehold/engine';
import { isoTime } from '@leasehold/kernel';
import type { ControlState } from '../control/control.ts';
import { decodedOf } from '../dead-letters/dead-message.ts';
import { type DeadLetter, stateOf, tenantOfDeadLetter } from '../dead-letters/record.ts';
import type { Condition, Operation } from '../model/state.ts';

export const maybeTime = (ms: number | undefined): string | null => (ms === undefined ? null : isoTime(ms));

export const conditionView = (condition: Condition) => ({
  type: condition.type,
  status: condition.status ? ('True' as const) : ('False' as const),
  reason: condition.reason,
  message: condition.message,
  last_transition_at: isoTime(condition.lastTransitionAtMs),
});

export type ConditionView = ProvisioningStatus['conditions'][number];

/** What an operator's switches stop of work. @param takesDown whether anything is, or will be, taken down */
export const pausedFor = (control: ControlState, takesDown: boolean): readonly string[] => [
  ...(control.reconcile === 'paused' ? ['reconcile'] : []),
  ...(control.deletions === 'paused' && takesDown ? ['deletions'] : []),
  ...Object.entries(control.backends)
    .filter(([, value]) => value === 'paused')
    .map(([name]) => name),
];

/** An operator's switch is no part of an owner, but whoever waits for it should see it. */
export function frozenCondition(paused: readonly string[], control: ControlState): readonly ConditionView[] {
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

export const resourceView = (record: NodeRecord): ProvisioningStatus['resources'][number] => ({
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

export const deadLetterView = (record: DeadLetter) => ({
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

export const deadLetterDetailView = (record: DeadLetter) => ({
  ...deadLetterView(record),
  key: record.letter.key ?? null,
  properties: { ...record.letter.properties },
  payload_base64: record.letter.payload,
  decoded: decodedOf(record.letter) ?? null,
});
