/**
 * How this service hears what is due, as its composition has it: the controller's way with what tenants have beside it. Used by tests
 * alone.
 */
import * as controller from '@leasehold/controller';
import type { Snapshot } from '@leasehold/store';
import type { TenantTypes } from '../domain/types.ts';
import { type TenantsBesideParts, tenantsBeside } from './beside.ts';
import type { Inventory } from './tenant-gauges.ts';
import { TENANT, type Tenants } from './tenants.ts';

type Generic = controller.FollowParts<TenantTypes>;

export interface FollowParts
  extends TenantsBesideParts,
    Pick<Generic, 'queue' | 'relay' | 'parking' | 'clock' | 'log' | 'holder' | 'ownWorkMs'> {
  readonly tenants: Tenants;
  readonly inventory: Pick<Inventory, 'note' | 'heldByOthers'>;
}

const partsOf = (parts: FollowParts): Generic => ({
  ...parts,
  definition: TENANT,
  owners: parts.tenants,
  ...tenantsBeside(parts),
  onCommitted: controller.noteIn<TenantTypes>(parts.inventory, TENANT),
});

export const followHint = (parts: FollowParts) => controller.followHint(partsOf(parts));

export const followCommit = (parts: FollowParts, partition: string, now: Snapshot): void =>
  controller.followCommit(partsOf(parts), partition, now);
