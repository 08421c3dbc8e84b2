/**
 * What the controller is told of tenants: how they are read, shown and decided. Each way in which a tenant changes is one of
 * the owners' ledger, which is made of this.
 */
import { createOwners, type Owners, type OwnersDeps, type WorkDefinition } from '@leasehold/controller';
import type { Ref } from '@leasehold/engine';
import type { JsonObject } from '@leasehold/kernel';
import { standingAccess } from '../domain/access.ts';
import { isRolloutWork } from '../domain/blueprint.ts';
import { decideCommand, decideOutcomes, decideRunEnd, decideWake } from '../domain/decide.ts';
import { isForeign } from '../domain/foreign.ts';
import { goalKey, isTrimming, stageOf, workDueAtMs } from '../domain/goal.ts';
import { leftOf } from '../domain/left.ts';
import { withCompleteSpecs } from '../domain/specs.ts';
import type { TenantState } from '../domain/state.ts';
import { statusOf } from '../domain/status.ts';
import { summaryOf, waitsForWord } from '../domain/summary.ts';
import { isSweepWork } from '../domain/sweep.ts';
import { isTold } from '../domain/told.ts';
import type { TenantTypes } from '../domain/types.ts';
import { TENANT_CODEC } from './partition.ts';

export type Tenants = Owners<TenantTypes>;

export const TENANT: WorkDefinition<TenantTypes> = {
  ...TENANT_CODEC,
  understood: (state, { kinds }) => withCompleteSpecs(state, kinds),
  isListed: ({ state, waiting }) => isTold(state, waiting),
  // What was left behind is counted by whoever walks.
  hasEnded: (state) => state.phase === 'gone' && leftOf(state).length === 0,
  summaryOf,
  // What an earlier release listed does not tell of a word that is waited for.
  isListedAnew: waitsForWord,
  factsOf,
  decideCommand: ({ state, waiting }, command, source, context) =>
    decideCommand(state, waiting, command, source, context),
  decideWake: ({ state, waiting }, context) => decideWake(state, waiting, context),
  decideOutcomes: ({ state, waiting }, patches, context) => decideOutcomes(state, waiting, patches, context),
  decideRunEnd: ({ state, waiting }, end, context) => decideRunEnd(state, waiting, end, context),
  stageOf: (state, { kinds }) => stageOf(state, kinds),
  workDueAtMs: (state, { kinds }) => workDueAtMs(state, kinds),
  goalKey,
  takesDown: (state) => state.phase === 'deleting' || isTrimming(state),
  refOf,
  isForeign,
  consentsOf: ({ recheck, adopt, remake, consent }) => ({
    acceptLoss: recheck?.acceptLoss ?? false,
    adopt: adopt ?? false,
    remake: remake ?? false,
    consent: consent ?? false,
  }),
  // New tenants, and access that has to go.
  isUrgent: (state) => state.completedAtMs === undefined || standingAccess(state).length > 0,
  isLow: (state) => isSweepWork(state) || isRolloutWork(state),
};

export const createTenants = (deps: OwnersDeps<TenantTypes>): Tenants => createOwners(TENANT, deps);

function factsOf(state: TenantState): JsonObject {
  if (state.generation === 0) return {};
  return {
    tenant_name: state.name,
    tier: state.tier,
    limits: state.limits,
    generation: state.generation,
    status: statusOf(state),
    protected: state.protected,
    grace_until: state.deletion ? new Date(state.deletion.graceUntilMs).toISOString() : null,
  };
}

export function refOf(state: TenantState, { kind, name }: { readonly kind: string; readonly name: string }): Ref {
  const { tenantId, generation, tier } = state;
  return { kind, name, tenantId, generation, tier };
}
