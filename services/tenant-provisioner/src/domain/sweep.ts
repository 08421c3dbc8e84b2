/**
 * What a sweep found of one tenant: that something is missing or differs. It begins an ordinary look at everything, which
 * repairs what may be repaired and tells what was lost; a sweep itself changes nothing on a backend.
 * Of a suspended or leaving tenant it finds access that was given back: that counts as standing from then on, until an ordinary run
 * has seen it withdrawn again.
 *
 * V1. Only a finished tenant at rest is looked at again: what is under way will find by itself what there is to find.
 * V2. What was seen after the look, or is told already, is no finding (`isSweepable`).
 */
import { isSweepable, type SweepFound } from '@leasehold/controller/model';
import { type Change, type Goal, type NodeRecord, patched } from '@leasehold/engine';
import { isWithoutAccess } from './access.ts';
import { type Context, change, type Disposition, type Draft, explain } from './draft.ts';
import { namesOf } from './left.ts';
import { beginOperation } from './operation.ts';
import type { TenantState } from './state.ts';
import { statusOf } from './status.ts';

/** Who asked for what a sweep begins. */
const SWEEP = 'sweep';

/** V1, of a tenant whose access is withdrawn: seen so, and nothing under way. A deletion goes on beside it. */
export const isShutOff = (state: TenantState): boolean =>
  isWithoutAccess(state) &&
  statusOf(state) === 'suspended' &&
  state.claim === undefined &&
  state.recheck === undefined &&
  (state.phase === 'leaving' || state.operation?.finishedAtMs !== undefined);

/** V1. */
export const isAtRest = (state: TenantState): boolean =>
  ['completed', 'degraded'].includes(statusOf(state)) &&
  state.claim === undefined &&
  state.recheck === undefined &&
  (state.operation === undefined || state.operation.finishedAtMs !== undefined);

/** What is under way was begun by a sweep: new tenants go before it, but not before access that has to go. */
export const isSweepWork = ({ operation, phase }: Pick<TenantState, 'operation' | 'phase'>): boolean =>
  operation?.requestedBy === SWEEP && operation.finishedAtMs === undefined && !isWithoutAccess({ phase });

/** What a look of the sweep is for; undefined: not now. */
export const sweepGoal = (state: TenantState): Goal | undefined =>
  isAtRest(state) ? 'converge' : isShutOff(state) ? 'access' : undefined;

export function sweepFound(draft: Draft, { ids, changes, lookedAtMs }: SweepFound, context: Context): Disposition {
  const { state } = draft;
  const found = state.records.filter((record) => ids.includes(record.id) && isSweepable(record, lookedAtMs));
  if (found.length === 0) return { kind: 'repeat' };
  if (isShutOff(state)) return accessFound(draft, found, changes, context);
  if (!isAtRest(state)) return { kind: 'repeat' };
  change(draft, { recheck: { acceptLoss: false } });
  beginOperation(draft, context, 'reconcile', SWEEP);
  explain(draft, 'SweepFound', `missing, or not as it should be: ${namesOf(found)}; everything is looked at again`);
  return { kind: 'applied' };
}

/** It was seen: from now on it stands, and what it is is told once it was withdrawn. */
function accessFound(
  draft: Draft,
  found: readonly NodeRecord[],
  changes: readonly Change[] | undefined,
  context: Context,
): Disposition {
  const ids = new Set(found.map(({ id }) => id));
  const seen = { converged: undefined, nextAttemptAtMs: undefined, ...(changes ? { drift: changes } : {}) };
  change(draft, {
    recheck: { acceptLoss: false },
    records: draft.state.records.map((record) => (ids.has(record.id) ? patched(record, seen) : record)),
  });
  if (draft.state.phase === 'suspended') beginOperation(draft, context, 'reconcile', SWEEP);
  explain(draft, 'AccessFound', `gives access that was withdrawn: ${namesOf(found)}; it is withdrawn again`);
  return { kind: 'applied' };
}
