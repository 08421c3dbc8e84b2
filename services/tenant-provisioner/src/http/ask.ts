/**
 * How routes ask the domain: one way for every command of a person, from the caller to the accepted answer or the problem.
 */
import { askOwner, type Caller } from '@leasehold/controller';
import { type Call, notFound } from '@leasehold/http';
import type { ProvisionerDeps } from '../app/provisioner.ts';
import type { Tenants } from '../app/tenants.ts';
import type { Command } from '../domain/command.ts';
import type { TenantState } from '../domain/state.ts';
import { isTold } from '../domain/told.ts';

/** Who is asked. */
export interface AskedTenants {
  readonly tenants: Pick<Tenants, 'command'>;
}

/** Who is read, and whether others write to where they are kept. */
export interface KnownTenants {
  readonly tenants: Pick<Tenants, 'read'>;
  readonly deps: Pick<ProvisionerDeps, 'ledger'>;
}

/** @throws ProblemError for what the domain refuses. @returns the tenant after the commit. */
export const ask = (
  { tenants }: AskedTenants,
  call: Caller,
  tenantId: string,
  command: Command,
): Promise<TenantState> => askOwner(tenants, call, tenantId, command, 'open');

/** The tenant as REST knows it, or what was decided of an id that never was one. @throws ProblemError `not-found` */
export async function knownTenant(
  source: KnownTenants,
  call: Pick<Call, 'signal'>,
  tenantId: string,
): Promise<TenantState> {
  const { state, waiting } = await source.tenants.read(tenantId, freshRead(source, call));
  if (!isTold(state, waiting)) throw notFound();
  return state;
}

/** Where other replicas write too, what a person reads is never from this process's memory. */
const freshRead = ({ deps }: KnownTenants, call: Pick<Call, 'signal'>) => ({
  fresh: !deps.ledger.store.exclusive,
  signal: call.signal,
});
