/**
 * A tenant changes its tier: by event, which names the tier it starts from, or by an operator.
 *
 * U1. An event waits for an unknown or incomplete tenant; one that starts from another tier than the present waits a
 *     little for what may be under way, and is then stale.
 *     One that was said before the tenant's last deletion speaks of an earlier generation.
 * U2. What the new tier no longer has stays until the tenant leaves: a tier change never deletes data.
 * U3. A tier that is protected protects; leaving it takes no protection away.
 */

import type { Limits, Tier } from '@leasehold/contracts';
import { type Source, saidAtMs } from '@leasehold/controller/model';
import type { NodeRecord } from '@leasehold/engine';
import { succeed } from './blueprint.ts';
import type { UpgradeCommand } from './command.ts';
import { limitsFor, sameLimits } from './create.ts';
import { type Context, change, type Disposition, type Draft, explain } from './draft.ts';
import { beginOperation } from './operation.ts';
import { isComplete, PHASE_WORDS } from './status.ts';

export function upgrade(draft: Draft, command: UpgradeCommand, source: Source, context: Context): Disposition {
  const { state } = draft;
  const limits = limitsFor(command.newTier, command.limits, context);
  if (!limits)
    return {
      kind: 'refused',
      code: 'limits-missing',
      message: `the tier ${command.newTier} needs limits in the event`,
    };
  const here = state.phase === 'active' || state.phase === 'suspended';
  if (here && state.tombstoneAtMs !== undefined && saidAtMs(source) <= state.tombstoneAtMs)
    return { kind: 'refused', code: 'tenant-unknown', message: 'the tenant that it speaks of was deleted' };
  if (!isComplete(state)) {
    explain(
      draft,
      'WaitsForTenant',
      `the tenant is ${state.phase === 'active' ? 'not complete' : PHASE_WORDS[state.phase]}`,
    );
    return { kind: 'waiting', code: 'tenant-unknown' };
  }
  if (command.previousTier !== state.tier) {
    explain(draft, 'WaitsForTier', `the event starts from ${command.previousTier}, the tenant has ${state.tier}`);
    return { kind: 'waiting', code: 'stale' };
  }
  return changeTier(draft, command.newTier, limits, context, undefined);
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
    return {
      kind: 'refused',
      code: 'conflict',
      message: `the tier cannot change while the tenant is ${PHASE_WORDS[state.phase]}`,
    };
  const changes = command.tier !== state.tier || !sameLimits(limits, state.limits);
  if (changes && state.records.some(({ status }) => UNDER_WAY.includes(status)))
    return { kind: 'refused', code: 'conflict', message: 'another change of this tenant is still under way' };
  return changeTier(draft, command.tier, limits, context, by);
}

const UNDER_WAY: readonly NodeRecord['status'][] = ['pending', 'creating', 'deleting'];

function changeTier(draft: Draft, tier: Tier, limits: Limits, context: Context, by: string | undefined): Disposition {
  const from = draft.state.tier;
  if (tier === from && sameLimits(limits, draft.state.limits)) {
    explain(draft, 'SameTier', `the tenant has tier ${tier} already`);
    return { kind: 'repeat' };
  }
  beginOperation(draft, context, 'tier-change', by);
  const { state } = draft;
  const next = context.graph(tier, limits, state.tenantId);
  const wanted = new Set(next.map(({ id }) => id));
  const { graph, records, mark } = succeed(state, next, 'keep', context.kinds);
  change(draft, {
    tier,
    limits,
    protected: state.protected || context.tier(tier).protected,
    graph,
    blueprint: { ...mark, digest: context.tier(tier).blueprint },
    records: records.map((record) =>
      record.lost || !wanted.has(record.id) ? record : { ...record, status: 'pending' as const },
    ),
    announce: true,
    completedAtMs: undefined,
  });
  explain(draft, 'TierChanged', `from ${from} to ${tier}`, { from, to: tier });
  return { kind: 'applied' };
}
