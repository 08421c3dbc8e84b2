/**
 * What a decision changes that an operator wants to read in the log: a tenant is complete, degraded, failed, suspended, gone, or
 * waits for a word. Pure; said by whoever committed the decision, so once over all replicas.
 *
 * 1. News are between two states: what stays as it is is no news, however often it is tried again.
 * 2. What needs a person says what to do next.
 */

import type { NodeRecord } from '@leasehold/engine';
import { howItEnded, leftOf } from './left.ts';
import type { TenantState } from './state.ts';
import { statusOf } from './status.ts';
import type { Decision } from './types.ts';

export interface News {
  readonly level: 'info' | 'warn';
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number>>;
}

export function newsOf(before: TenantState, decision: Decision): readonly News[] {
  const { state } = decision;
  const about = { tenant_id: state.tenantId, tier: state.tier, generation: state.generation };
  const status = statusNews(before, decision);
  return [...(status ? [status] : []), ...newConditions(before, state)].map((news) => ({
    ...news,
    fields: { ...about, ...news.fields },
  }));
}

function statusNews(before: TenantState, { state, finished }: Decision): News | undefined {
  const now = statusOf(state);
  const ended = finished.at(-1);
  // Asked for once more and failed once more is news, though the word is the same.
  const isNews = now !== statusOf(before) || (now === 'failed' && ended?.outcome === 'failed');
  if (!isNews) return undefined;
  const took =
    ended?.finishedAtMs === undefined
      ? {}
      : { operation_id: ended.id, duration_ms: ended.finishedAtMs - ended.startedAtMs };
  const id = state.tenantId;
  switch (now) {
    case 'completed':
      return { level: 'info', message: 'tenant is complete', fields: took };
    case 'suspended':
      return { level: 'info', message: 'tenant is suspended', fields: took };
    case 'deleting':
      return { level: 'info', message: 'tenant is being taken down', fields: {} };
    case 'deleted':
      return {
        level: leftOf(state).length > 0 ? 'warn' : 'info',
        message: 'tenant is gone',
        fields: { ...took, how: howItEnded(state.records) },
      };
    case 'degraded':
      return {
        level: 'warn',
        message: 'tenant is degraded',
        fields: {
          lost: said(state.records.filter(({ lost }) => lost)),
          next: `restore it from a backup, or have it made anew, empty: leasehold tenant reconcile ${id} --accept-data-loss`,
        },
      };
    case 'failed':
      return {
        level: 'warn',
        message: 'tenant has failed',
        fields: {
          ...took,
          failed: said(state.records.filter((record) => record.status === 'failed')),
          next: `leasehold tenant get ${id} tells more; mend the cause, then leasehold tenant reconcile ${id}`,
        },
      };
    default:
      return undefined;
  }
}

const said = (records: readonly NodeRecord[]): string =>
  records
    .map(({ kind, name, failure }) => `${kind} ${name}${failure === undefined ? '' : `: ${failure.message}`}`)
    .join('; ');

/** Conditions that wait for a person; what a backend ails is told at the backend. */
const NEXT: Readonly<Record<string, string>> = {
  DeletionHeld:
    'leasehold control set --deletions running lets all of them go on; leasehold tenant restore ID takes one back',
  DeletionProtected: 'leasehold tenant unprotect ID, or leasehold tenant restore ID',
  NeedsConsent: 'leasehold tenant drift ID shows it; leasehold tenant reconcile ID --accept-weakening does it',
  RepairFight: 'find who else sets it; leasehold tenant drift ID shows what',
  LeftBehind: 'leasehold tenant get ID shows what stays and why',
  CeilingReached: 'add capacity, then leasehold tenant reconcile ID',
};

function newConditions(before: TenantState, state: TenantState): readonly News[] {
  return state.conditions.flatMap(({ type, status, message }) => {
    const next = NEXT[type];
    if (!status || next === undefined) return [];
    if (before.conditions.some((known) => known.type === type && known.status)) return [];
    const fields = { condition: type, why: message, next: next.replaceAll('ID', state.tenantId) };
    return [{ level: 'warn' as const, message: 'tenant waits for a word', fields }];
  });
}
