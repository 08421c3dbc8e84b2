/**
 * How routes ask the domain: one way for every command of a person, from the caller to the accepted answer or the problem.
 */
import { askOwner, type Caller } from '@leasehold/controller';
import { type Call, notFound } from '@leasehold/http';
import type { Provisioner } from '../app/provisioner.ts';
import type { Command } from '../domain/command.ts';
import type { TenantState } from '../domain/state.ts';
import { isTold } from '../domain/told.ts';

/** @throws ProblemError for what the domain refuses. @returns the tenant after the commit. */
export const ask = ({ tenants }: Provisioner, call: Caller, tenantId: string, command: Command): Promise<TenantState> =>
  askOwner(tenants, call, tenantId, command, 'open');

/** The tenant as REST knows it, or what was decided of an id that never was one. @throws ProblemError `not-found` */
export async function knownTenant(
  provisioner: Provisioner,
  call: Pick<Call, 'signal'>,
  tenantId: string,
): Promise<TenantState> {
  const { state, waiting } = await provisioner.tenants.read(tenantId, freshRead(provisioner, call));
  if (!isTold(state, waiting)) throw notFound();
  return state;
}

/** Where other replicas write too, what a person reads is never from this process's memory. */
const freshRead = (provisioner: Provisioner, call: Pick<Call, 'signal'>) => ({
  fresh: !provisioner.deps.ledger.store.exclusive,
  signal: call.signal,
});
