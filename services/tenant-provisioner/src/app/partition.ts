/**
 * Where a tenant's facts lie: the names of this service's rows, and how its states are read. The keys within a partition are the
 * controller's.
 */
import { readRows, type ServiceNames, serviceNames } from '@leasehold/controller';
import type { OwnedRows } from '@leasehold/controller/model';
import type { Snapshot } from '@leasehold/store';
import { emptyState, isKnownState } from '../domain/state.ts';
import type { TenantTypes } from '../domain/types.ts';

export const SERVICE = 'tenant-provisioner';
export const NAMES: ServiceNames = serviceNames({ service: SERVICE, ownerType: 'tenant' });
export const TENANT_DIRECTORY = NAMES.directory;
export const tenantPartition = NAMES.partitionOf;
export const tenantOfPartition = NAMES.ownerIdOf;

export type TenantRows = OwnedRows<TenantTypes>;

export const TENANT_CODEC = { names: NAMES, empty: emptyState, isKnown: isKnownState };

/** @throws Fault `Unavailable` (`NewerRelease`): another replica has to see to it. */
export const readTenant = (tenantId: string, now: Snapshot): TenantRows =>
  readRows<TenantTypes>(TENANT_CODEC, tenantId, now);
