/**
 * The sweep of tenants: the controller's, told what it has to know of them.
 */
import { type Sweep, type SweepOptions, startSweep as startOwnersSweep } from '@leasehold/controller';
import type { TenantTypes } from '../../domain/types.ts';
import { NAMES } from '../partition.ts';
import { TENANT, type Tenants } from '../tenants.ts';
import { sweptTenants } from './tenants.ts';

export interface TenantSweepOptions extends Omit<SweepOptions<TenantTypes>, 'names' | 'work' | 'sweep' | 'owners'> {
  readonly tenants: Tenants;
  readonly pulsarTenant: string;
}

export const startSweep = ({ tenants, pulsarTenant, ...options }: TenantSweepOptions): Sweep =>
  startOwnersSweep({ ...options, names: NAMES, work: TENANT, sweep: sweptTenants(pulsarTenant), owners: tenants });
