/**
 * What a sweep found of one tenant: that something is missing or differs. It begins an ordinary look at everything, which
 * repairs what may be repaired and tells what was lost; a sweep itself changes nothing on a backend.
 *
 * V1. Only a finished tenant at rest is looked at again: what is under way will find by itself what there is to find.
 * V2. What was seen after the sweep's own look is known better than the sweep knows it.
 * V3. What is told as lost or failed already waits for an operator; a sweep does not tell it again.
 */
import type { NodeRecord } from '@leasehold/engine';
import { type Context, change, type Disposition, type Draft, explain } from './draft.ts';
import { beginOperation } from './operation.ts';
import type { TenantState } from './state.ts';
import { statusOf } from './status.ts';

/** Who asked for what a sweep begins. */
const SWEEP = 'sweep';

export interface SweepFound {
  /** Nodes that are missing or differ. */
  readonly ids: readonly string[];
  /** When the look began. */
  readonly lookedAtMs: number;
}

/** V1. */
export const isAtRest = (state: TenantState): boolean =>
  ['completed', 'degraded'].includes(statusOf(state)) &&
  state.claim === undefined &&
  state.recheck === undefined &&
  (state.operation === undefined || state.operation.finishedAtMs !== undefined);

/** V2, V3. */
export const isSweepable = (record: NodeRecord, lookedAtMs: number): boolean =>
  !record.lost && record.status !== 'failed' && (record.observedAtMs ?? 0) < lookedAtMs;

/** What is under way was begun by a sweep: new tenants go before it. */
export const isSweepWork = ({ operation }: Pick<TenantState, 'operation'>): boolean =>
  operation?.requestedBy === SWEEP && operation.finishedAtMs === undefined;

export function sweepFound(draft: Draft, { ids, lookedAtMs }: SweepFound, context: Context): Disposition {
  const { state } = draft;
  const found = state.records.filter((record) => ids.includes(record.id) && isSweepable(record, lookedAtMs));
  if (!isAtRest(state) || found.length === 0) return { kind: 'repeat' };
  change(draft, { recheck: { acceptLoss: false } });
  beginOperation(draft, context, 'reconcile', SWEEP);
  const names = found.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  explain(draft, 'SweepFound', `missing, or not as it should be: ${names}; everything is looked at again`);
  return { kind: 'applied' };
}
