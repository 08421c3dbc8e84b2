/**
 * What leaves the service: events of the mesh, and dead letters. Called by the relay, at least once for each row, in the
 * order of a partition.
 */
import type { Bus } from '@leasehold/bus';
import { topicName } from '@leasehold/contracts';
import { Fault, NEWER_RELEASE, unavailable } from '@leasehold/kernel';
import type { OutboxRow } from '@leasehold/runtime';
import type { DeadLetters } from '../dead-letters/dead-letters.ts';
import { deadLetterMessage, withoutContent } from '../dead-letters/dead-message.ts';
import type { DeadLetterOutgoing, Outgoing } from '../model/decision.ts';
import type { ServiceNames } from '../rows/names.ts';
import { outgoingOf } from '../rows/owner-rows.ts';

export interface PublishDeps {
  readonly bus: Bus;
  readonly pulsarTenant: string;
  readonly names: ServiceNames;
}

export async function publishOutgoing(
  deps: PublishDeps,
  deadLetters: DeadLetters,
  what: OutboxRow | Outgoing,
  signal: AbortSignal,
): Promise<void> {
  const outgoing = 'partition' in what ? outgoingOf(what.value) : what;
  const ownerId = 'partition' in what ? deps.names.ownerIdOf(what.partition) : undefined;
  if (outgoing.kind === 'dead-letter') {
    if (ownerId !== undefined) await deadLetters.file(outgoing, deps.names.ownerOf(ownerId).tenantId, signal);
    await publishDeadLetter(deps, outgoing, signal);
    return;
  }
  // Those behind it wait too: they keep their order.
  if (outgoing.kind !== 'event')
    throw unavailable('the message was written by a newer release, which has to send it', { code: NEWER_RELEASE });
  const { tenant_id, event_id } = outgoing.body as { tenant_id: string; event_id: string };
  await deps.bus.publish(
    {
      topic: topicName(deps.pulsarTenant, 'system', outgoing.topic),
      key: tenant_id,
      payload: new TextEncoder().encode(JSON.stringify(outgoing.body)),
      properties: { event_id, ...outgoing.trace },
    },
    signal,
  );
}

/** A message that the bus cannot carry goes without its content and says so: it must not hold up those behind it. */
async function publishDeadLetter(deps: PublishDeps, outgoing: DeadLetterOutgoing, signal: AbortSignal): Promise<void> {
  const where = { pulsarTenant: deps.pulsarTenant, service: deps.names.service };
  try {
    await deps.bus.publish(deadLetterMessage(where, outgoing), signal);
  } catch (error) {
    if (!(error instanceof Fault && error.code === 'PayloadTooLarge')) throw error;
    const cut = { ...outgoing, letter: withoutContent(outgoing.letter) };
    await deps.bus.publish(deadLetterMessage(where, cut), signal);
  }
}
