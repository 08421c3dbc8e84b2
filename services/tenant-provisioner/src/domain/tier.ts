/**
 * A tenant changes its tier: by event, which names the tier it starts from, or by an operator.
 *
 * U1. An event waits for an unknown or incomplete tenant; one that starts from another tier than the present waits a
 *     little for what may be under way, and is then stale.
 * U2. What the new tier no longer has stays until the tenant leaves: a tier change never deletes data.
 */
import type { Limits, Tier } from '@leasehold/contracts';
import { freshRecord } from '@leasehold/engine';
import type { UpgradeCommand } from './command.ts';
import { limitsFor } from './create.ts';
import { type Context, change, type Disposition, type Draft, explain } from './draft.ts';
import { beginOperation } from './operation.ts';
import { isComplete } from './status.ts';

export function upgrade(draft: Draft, command: UpgradeCommand, context: Context): Disposition {
  const { state } = draft;
  const limits = limitsFor(command.newTier, command.limits, context);
  if (!limits)
    return {
      kind: 'refused',
      code: 'limits-missing',
      message: `the tier ${command.newTier} needs limits in the event`,
    };
  if (!isComplete(state)) {
    explain(draft, 'WaitsForTenant', `the tenant is ${state.phase === 'active' ? 'not complete' : state.phase}`);
    return { kind: 'waiting', code: 'tenant-unknown' };
  }
  if (command.previousTier !== state.tier) {
    explain(draft, 'WaitsForTier', `the event starts from ${command.previousTier}, the tenant has ${state.tier}`);
    return { kind: 'waiting', code: 'stale' };
  }
  changeTier(draft, command.newTier, limits, context, undefined);
  return { kind: 'applied' };
}

export function setTier(
  draft: Draft,
  command: { readonly tier: Tier; readonly limits?: Limits },
  by: string | undefined,
  context: Context,
): Disposition {
  const { state } = draft;
  const limits = limitsFor(command.tier, command.limits, context);
  if (!limits)
    return { kind: 'refused', code: 'limits-missing', message: `the tier ${command.tier} needs limits in the request` };
  if (state.phase !== 'active')
    return { kind: 'refused', code: 'conflict', message: `the tier cannot change while the tenant is ${state.phase}` };
  if (command.tier === state.tier && sameLimits(limits, state.limits)) {
    explain(draft, 'SameTier', `the tenant has tier ${state.tier} already`);
    return { kind: 'repeat' };
  }
  if (state.records.some((record) => record.status === 'creating' || record.status === 'pending'))
    return { kind: 'refused', code: 'conflict', message: 'another change of this tenant is still under way' };
  changeTier(draft, command.tier, limits, context, by);
  return { kind: 'applied' };
}

function changeTier(draft: Draft, tier: Tier, limits: Limits, context: Context, by: string | undefined): void {
  const { state } = draft;
  const next = context.graph(tier, limits, state.tenantId);
  const wanted = new Set(next.map(({ id }) => id));
  const graph = [...next, ...state.graph.filter(({ id }) => !wanted.has(id))];
  const before = new Map(state.records.map((record) => [record.id, record]));
  change(draft, {
    tier,
    limits,
    graph,
    records: graph.map((node) => {
      const record = before.get(node.id) ?? freshRecord(node);
      if (record.lost || !wanted.has(node.id)) return record;
      return { ...record, status: 'pending' };
    }),
    announce: true,
    completedAtMs: undefined,
  });
  beginOperation(draft, context, 'tier-change', by);
  explain(draft, 'TierChanged', `from ${state.tier} to ${tier}`, { from: state.tier, to: tier });
}

const sameLimits = (a: Limits, b: Limits | null): boolean =>
  b !== null && (Object.keys(a) as (keyof Limits)[]).every((key) => a[key] === b[key]);
