/**
 * The work loop of this service: the controller's, with ceilings from the inventory and tenants' topics closed before they go.
 */
import { type Parking, startWork as startOwnersWork, type Work, type WorkDeps } from '@leasehold/controller';
import type { Context } from '../domain/draft.ts';
import type { TenantTypes } from '../domain/types.ts';
import { ceilingFor } from './ceiling.ts';
import type { Control } from './control.ts';
import type { Inventory } from './inventory.ts';
import { beforeRunOf } from './run-tenant.ts';
import type { TenantTopics } from './tenant-topics.ts';
import { TENANT, type Tenants } from './tenants.ts';

export interface WorkParts {
  readonly deps: WorkDeps;
  readonly tenants: Tenants;
  readonly control: Control;
  readonly inventory: Inventory;
  readonly topics: TenantTopics;
  readonly parking: Parking;
  readonly context: () => Context;
}

export const startWork = ({ deps, tenants, control, inventory, topics, parking, context }: WorkParts): Work =>
  startOwnersWork<TenantTypes>({
    definition: TENANT,
    deps,
    owners: tenants,
    control,
    parking,
    context,
    ceiling: (tenantId, provider, growth) => ceilingFor(inventory, provider, tenantId, growth),
    beforeRun: beforeRunOf((tenantId) => topics.close(tenantId)),
  });
