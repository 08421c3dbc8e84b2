/**
 * What a deletion could not take down: how it is told while it is tried, and after it was left behind. Pure.
 *
 * L1. `nothing of the tenant is left` is said only where each object was seen absent after its deletion, or never was begun.
 */
import type { Condition } from '@leasehold/controller/model';
import type { NodeRecord } from '@leasehold/engine';
import type { TenantState } from './state.ts';

/** It was tried and refused, or may not be touched; what merely waits for its backend is on its way still. */
export const isStuckInRemoval = ({ status, failure }: NodeRecord): boolean => status === 'failed' && !failure?.away;

export const namesOf = (records: readonly NodeRecord[]): string =>
  records.map(({ kind, name }) => `${kind} ${name}`).join(', ');

/** What is there as far as anybody knows, by what it is called in the directory too. */
export function leftOf({ phase, records }: Pick<TenantState, 'phase' | 'records'>): readonly NodeRecord[] {
  if (phase === 'deleting') return records.filter(({ status, fate }) => status === 'failed' || fate === 'left-behind');
  return phase === 'gone' ? records.filter(({ fate }) => fate === 'left-behind') : [];
}

const each = (records: readonly NodeRecord[]): string =>
  records
    .map(({ kind, name, failure }) => `${kind} ${name}: ${failure?.message ?? 'could not be taken down'}`)
    .join('; ');

/** Of a tenant of which everything has come to its end. */
export function howItEnded(records: readonly NodeRecord[]): string {
  const left = records.filter(({ fate }) => fate === 'left-behind');
  const others = records.filter(({ fate }) => fate === 'not-ours');
  if (left.length > 0) return `deleted, and left behind on an operator's word: ${each(left)}`;
  if (others.length === 0) return 'nothing of the tenant is left';
  return `nothing of the tenant is left; under its names is what was never its own: ${namesOf(others)}`;
}

export function leftCondition(state: TenantState): Omit<Condition, 'lastTransitionAtMs'> | undefined {
  const left = leftOf(state);
  const first = left[0];
  if (!first) return undefined;
  const how =
    state.phase === 'gone' ? "left behind on an operator's word" : 'still there, and tried again now and then';
  const reason = state.phase === 'gone' ? 'OperatorsWord' : (first.failure?.code ?? 'NotDeleted');
  return { type: 'LeftBehind', status: true, reason, message: `${how}: ${each(left)}` };
}
