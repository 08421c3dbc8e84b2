/**
 * How routes ask the domain: one way for every command of a person, from the caller to the accepted answer or the problem.
 */
import type { Source } from '@leasehold/controller/model';
import type { Call } from '@leasehold/http';
import { notFound, problem } from '@leasehold/http';
import type { Provisioner } from '../app/provisioner.ts';
import type { Command } from '../domain/command.ts';
import type { TenantState } from '../domain/state.ts';
import { isTold } from '../domain/told.ts';

type Caller = Pick<Call, 'principal' | 'requestId' | 'clock' | 'signal' | 'trace'>;

const restSource = (call: Caller): Source => {
  const { traceparent, tracestate } = call.trace;
  return {
    type: 'rest',
    subject: call.principal.sub,
    requestId: call.requestId,
    atMs: call.clock.now(),
    trace: { traceparent, ...(tracestate === undefined ? {} : { tracestate }) },
  };
};

/** @throws ProblemError for what the domain refuses. @returns the tenant after the commit. */
export async function ask(
  provisioner: Provisioner,
  call: Caller,
  tenantId: string,
  command: Command,
): Promise<TenantState> {
  const { decision } = await provisioner.tenants.command(tenantId, command, restSource(call), 'open', call.signal);
  const { disposition } = decision;
  if (disposition.kind !== 'refused') return decision.state;
  if (disposition.code === 'not-found') throw notFound();
  throw problem(disposition.code, disposition.message);
}

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
