/**
 * The status of a tenant and its conditions, derived from the state and never stored as a second truth (only the time of a
 * condition's last transition is).
 */

import type { TenantStatus } from '@leasehold/contracts';
import type { Condition } from '@leasehold/controller/model';
import { describeLeft, type NodeRecord } from '@leasehold/engine';
import { accessCondition, standingAccess } from './access.ts';
import type { WaitingMessage } from './command.ts';
import { foreignKinds } from './foreign.ts';
import { howItEnded, leftCondition } from './left.ts';
import type { Phase, TenantState } from './state.ts';

type Known = Pick<TenantState, 'phase' | 'records' | 'graph' | 'generation' | 'tier'>;

/** `suspended` is said when the access was seen withdrawn; on the way there the tenant is at work like any other. */
export function statusOf(state: Known): TenantStatus {
  switch (state.phase) {
    case 'none':
      return 'pending';
    case 'suspended':
    case 'leaving':
      return isStanding(state) ? 'provisioning' : 'suspended';
    case 'deleting':
      return 'deleting';
    case 'gone':
      return 'deleted';
    case 'active':
      return activeStatus(state.records);
  }
}

function activeStatus(records: readonly NodeRecord[]): TenantStatus {
  if (records.some((record) => record.status === 'failed' && !record.lost)) return 'failed';
  if (records.some((record) => record.lost)) return 'degraded';
  if (records.every((record) => record.status === 'ready' || record.status === 'skipped')) return 'completed';
  return records.some((record) => record.attempts > 0 || record.born) ? 'provisioning' : 'pending';
}

export const isComplete = (state: Known): boolean => statusOf(state) === 'completed';

/** Conditions of now, each with the time since when it has been so. */
export function conditionsOf(
  state: TenantState,
  nowMs: number,
  messages: readonly WaitingMessage[] = [],
): readonly Condition[] {
  const found: Omit<Condition, 'lastTransitionAtMs'>[] = [
    readiness(state),
    ...[accessCondition(state), leftCondition(state)].filter((condition) => condition !== undefined),
    ...troubles(state),
    ...leftAsIs(state),
    ...lacks(state),
    ...foreign(state),
    ...waiting(messages),
  ];
  if (state.held)
    found.push({
      type: 'DeletionHeld',
      status: true,
      reason: 'MassDeletionBrake',
      message: 'more deletions were asked for by events than the brake allows; an operator has to release them',
    });
  if (isHeldByProtection(state))
    found.push({
      type: 'DeletionProtected',
      status: true,
      reason: 'Protected',
      message: 'the tenant is protected, so its deletion does not begin: lift the protection, or delete it with force',
    });
  return found.map((condition) => {
    const before = state.conditions.find(({ type }) => type === condition.type);
    const same = before && before.status === condition.status && before.reason === condition.reason;
    return { ...condition, lastTransitionAtMs: same ? before.lastTransitionAtMs : nowMs };
  });
}

function readiness(state: TenantState): Omit<Condition, 'lastTransitionAtMs'> {
  const status = statusOf(state);
  const word = isStanding(state) ? 'suspending' : status;
  const reason = word.charAt(0).toUpperCase() + word.slice(1);
  return { type: 'Ready', status: status === 'completed', reason, message: howItStands(state) };
}

const isStanding = (state: Known): boolean => standingAccess(state).length > 0;

const accessWord = (state: Known): string => (isStanding(state) ? 'access still stands' : 'access is withdrawn');

function howItStands(state: TenantState): string {
  const others = (...done: readonly NodeRecord['status'][]): string =>
    state.records
      .filter((record) => !done.includes(record.status))
      .map(({ id }) => id)
      .join(', ');
  switch (state.phase) {
    case 'none':
      return 'there is no such tenant yet';
    case 'active':
      return isComplete(state)
        ? 'every resource is as it should be'
        : `not as it should be yet: ${others('ready', 'skipped')}`;
    case 'suspended':
      return `${accessWord(state)}; all data is kept`;
    case 'leaving':
      return `${accessWord(state)}; all data is kept ${keptUntil(state)}`;
    case 'deleting':
      return `being taken down: ${others('deleted', 'skipped')}`;
    case 'gone':
      return state.generation === 0
        ? 'there never was such a tenant; a deletion of it was noted, and creations said before it are dropped'
        : howItEnded(state.records);
  }
}

const keptUntil = (state: TenantState): string =>
  isHeldByProtection(state)
    ? 'as long as the tenant is protected'
    : `until ${new Date(state.deletion?.graceUntilMs ?? 0).toISOString()}`;

/** R1 of removal.ts: the tenant leaves, and does not go as long as it is protected. */
export const isHeldByProtection = ({ phase, protected: isProtected, deletion }: TenantState): boolean =>
  phase === 'leaving' && isProtected && !deletion?.forced;

/** How a phase is called in a sentence for a person, after "the tenant is". */
export const PHASE_WORDS: Readonly<Record<Phase, string>> = {
  none: 'not there',
  active: 'active',
  suspended: 'suspended',
  leaving: 'waiting for the end of its grace',
  deleting: 'being taken down',
  gone: 'deleted',
};

/** Failures that have a condition of their own, so that one can be watched for. */
const NAMED_FAILURES: readonly string[] = ['DataLost', 'NameTaken', 'CeilingReached'];

function troubles(state: TenantState): Omit<Condition, 'lastTransitionAtMs'>[] {
  const found: Omit<Condition, 'lastTransitionAtMs'>[] = [];
  const failing = state.records.filter((record) => record.failure && record.status !== 'deleted');
  const away = failing.filter((record) => record.failure?.away);
  if (away.length > 0)
    found.push({
      type: 'BackendUnavailable',
      status: true,
      reason: away[0]?.failure?.code ?? 'BackendUnavailable',
      message: `waiting for ${[...new Set(away.map((record) => record.failure?.backend ?? record.kind))].join(', ')}`,
    });
  for (const code of NAMED_FAILURES) {
    const those = failing.filter((record) => record.failure?.code === code);
    if (those.length > 0)
      found.push({
        type: code,
        status: true,
        reason: code,
        message: told(those),
      });
  }
  return found;
}

const LEFT = { consent: 'NeedsConsent', fight: 'RepairFight' } as const;

/** What differs and is left so, and what a repair would do: the tenant is complete all the same. */
const leftAsIs = (state: TenantState): Omit<Condition, 'lastTransitionAtMs'>[] =>
  (['consent', 'fight'] as const).flatMap((why) => {
    const those = state.records.flatMap((record) => {
      const left = record.status === 'deleted' ? [] : (record.left ?? []).filter((change) => change.why === why);
      return left.length === 0 ? [] : [`${record.kind} ${record.name}: ${describeLeft(left)}`];
    });
    if (those.length === 0) return [];
    return [{ type: LEFT[why], status: true, reason: LEFT[why], message: those.join('; ') }];
  });

/** What is the same for many resources is said once. */
function told(failing: readonly NodeRecord[]): string {
  const byMessage = Map.groupBy(failing, (record) => record.failure?.message ?? '');
  return [...byMessage].map(([message, records]) => `${names(records)}: ${message}`).join('; ');
}

const names = (records: readonly NodeRecord[]): string => records.map(({ kind, name }) => `${kind} ${name}`).join(', ');

/** F1: visible while it waits for a replica of the other release. */
function foreign(state: TenantState): Omit<Condition, 'lastTransitionAtMs'>[] {
  const kinds = foreignKinds(state);
  if (kinds.length === 0) return [];
  const message = `left to replicas of the release that knows it: ${kinds.join(', ')}`;
  return [{ type: 'OtherRelease', status: true, reason: 'UnknownKind', message }];
}

const WAITS_FOR: Readonly<Record<WaitingMessage['code'], string>> = {
  'tenant-unknown': 'until the tenant is there and complete',
  stale: 'for the tier that it starts from',
  leaving: 'until the deletion has ended',
};

/** Messages that wait, so that nobody takes them for lost. */
function waiting(messages: readonly WaitingMessage[]): Omit<Condition, 'lastTransitionAtMs'>[] {
  const [first] = messages;
  if (!first) return [];
  const until =
    first.untilMs < Number.MAX_SAFE_INTEGER ? `, at most until ${new Date(first.untilMs).toISOString()}` : '';
  const more = messages.length > 1 ? `; ${messages.length - 1} more wait behind it` : '';
  const what = `${first.command.kind} waits ${WAITS_FOR[first.code] ?? 'for a newer release'}${until}${more}`;
  return [{ type: 'MessagesWaiting', status: true, reason: 'WaitsForTenant', message: what }];
}

/** Features that a tenant was promised and its server lacks, so that one can be watched for. */
const NAMED_NOTES: readonly string[] = ['ExpiryUnsupported'];

const lacks = (state: TenantState): Omit<Condition, 'lastTransitionAtMs'>[] =>
  NAMED_NOTES.flatMap((code) => {
    const those = state.records.filter((record) => record.notes?.includes(code));
    if (those.length === 0) return [];
    return [{ type: code, status: true, reason: code, message: `its server does not offer it: ${names(those)}` }];
  });
