/**
 * One reconcile of one tenant, as the controller carries it out. What is the tenant's own: consumers on its topics are closed before
 * its namespace goes.
 */
import { type RunDeps, runOwner } from '@leasehold/controller';
import type { Provider, Room } from '@leasehold/engine';
import type { Reason } from '@leasehold/kernel';
import { isLeaving, isTrimming } from '../domain/goal.ts';
import type { TenantState } from '../domain/state.ts';
import type { TenantTypes } from '../domain/types.ts';
import { HEARD_NODE } from './tenant-topics.ts';
import { TENANT, type Tenants } from './tenants.ts';

type Generic = RunDeps<TenantTypes>;

export interface RunTenantDeps extends Omit<Generic, 'definition' | 'owners' | 'ceiling' | 'beforeRun'> {
  readonly tenants: Tenants;
  readonly ceiling: (provider: Provider, tenantId: string, room: Room) => Reason | undefined;
  /** Before anything of a tenant is taken down: its consumers here are closed. */
  readonly beforeRemoval: (tenantId: string) => Promise<void>;
}

/** @returns when to come again; `undefined` if nothing is left to do until something changes. */
export const runTenant = (deps: RunTenantDeps, tenantId: string, signal: AbortSignal): Promise<number | undefined> =>
  runOwner<TenantTypes>(
    {
      ...deps,
      definition: TENANT,
      owners: deps.tenants,
      ceiling: (id, provider, room) => deps.ceiling(provider, id, room),
      beforeRun: beforeRunOf(deps.beforeRemoval),
    },
    tenantId,
    signal,
  );

/** A namespace may also leave its tenant's blueprint. */
export const beforeRunOf =
  (beforeRemoval: RunTenantDeps['beforeRemoval']) =>
  async (state: TenantState): Promise<void> => {
    if (state.phase === 'deleting' || (isTrimming(state) && isLeaving(state, HEARD_NODE)))
      await beforeRemoval(state.tenantId);
  };
