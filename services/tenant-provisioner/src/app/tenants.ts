/**
 * What the controller is told of tenants: how they are read, shown and decided. Each way in which a tenant changes is one of
 * the owners' ledger, which is made of this.
 */
import { createOwners, type OwnerDefinition, type Owners, type OwnersDeps } from '@leasehold/controller';
import type { JsonObject } from '@leasehold/kernel';
import { decideCommand, decideWake } from '../domain/decide.ts';
import { withCompleteSpecs } from '../domain/specs.ts';
import type { TenantState } from '../domain/state.ts';
import { statusOf } from '../domain/status.ts';
import { isTold } from '../domain/told.ts';
import type { TenantTypes } from '../domain/types.ts';
import { TENANT_CODEC } from './partition.ts';
import { summaryOf, waitsForWord } from './summary.ts';

export type Tenants = Owners<TenantTypes>;

export const TENANT: OwnerDefinition<TenantTypes> = {
  ...TENANT_CODEC,
  understood: (state, { kinds }) => withCompleteSpecs(state, kinds),
  isListed: ({ state, waiting }) => isTold(state, waiting),
  summaryOf,
  // What an earlier release listed does not tell of a word that is waited for.
  isListedAnew: (state) => waitsForWord(summaryOf(state)),
  factsOf,
  decideCommand: ({ state, waiting }, command, source, context) =>
    decideCommand(state, waiting, command, source, context),
  decideWake: ({ state, waiting }, context) => decideWake(state, waiting, context),
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
