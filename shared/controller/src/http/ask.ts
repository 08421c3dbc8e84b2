/**
 * How routes ask for a decision: one way for every command of a person, from the caller to the accepted answer or the problem.
 */
import { type Call, notFound, problem } from '@leasehold/http';
import type { OwnedTypes } from '../model/decision.ts';
import type { Source } from '../model/message.ts';
import type { Owners } from '../rows/owners.ts';

export type Caller = Pick<Call, 'principal' | 'requestId' | 'clock' | 'signal' | 'trace'>;

export function restSource(call: Caller): Source {
  const { traceparent, tracestate } = call.trace;
  return {
    type: 'rest',
    subject: call.principal.sub,
    requestId: call.requestId,
    atMs: call.clock.now(),
    trace: { traceparent, ...(tracestate === undefined ? {} : { tracestate }) },
  };
}

/** @throws ProblemError for what the service refuses. @returns the owner after the commit. */
export async function askOwner<T extends OwnedTypes>(
  owners: Pick<Owners<T>, 'command'>,
  call: Caller,
  ownerId: string,
  command: T['command'],
  asked: T['asked'],
): Promise<T['state']> {
  const { decision } = await owners.command(ownerId, command, restSource(call), asked, call.signal);
  const { disposition } = decision;
  if (disposition.kind !== 'refused') return decision.state;
  if (disposition.code === 'not-found') throw notFound();
  throw problem(disposition.code, disposition.message);
}
