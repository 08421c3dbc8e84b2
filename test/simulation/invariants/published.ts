/**
 * What the mesh publishes is what it committed: never an event for a change that did not happen, never one lost, one content
 * for one id.
 *
 * Overtaken. Of one owner nothing is published before all that was committed before it has been.
 */
import type { IncomingMessage } from '@leasehold/bus';
import type { JsonObject } from '@leasehold/kernel';
import type { World } from '@leasehold/testing/world';
import type { Scene } from '../invariants.ts';
import { outgoingOfCommit } from '../tenant-view.ts';

const OWN = [
  'tenant-provisioned-events',
  'provisioning-failed-events',
  'tenant-deleting-events',
  'tenant-deprovisioned-events',
  'resource-drift-events',
];

export function watchPublished({ world, views }: Scene): () => void {
  const complete = new Map<string, number>();
  const events = watchEvents(world, OWN);
  views.onCommit(({ after, committed }) => {
    for (const outgoing of outgoingOfCommit(committed)) {
      if (outgoing.kind !== 'event') continue;
      events.committed(after.tenantId, outgoing.body);
      if (outgoing.topic !== 'tenant-deprovisioned-events') continue;
      const key = `${after.tenantId} ${outgoing.body['generation']}`;
      complete.set(key, (complete.get(key) ?? 0) + 1);
      if (complete.get(key) === 2) world.violate('I3', `${key}: the end of this generation was told twice`);
    }
  });
  return events.checkAll;
}

export interface EventWatch {
  committed(ownerId: string, body: JsonObject): void;
  /** To be called at rest. */
  checkAll(): void;
}

/** @param topics by the last part of their names: those on which nobody else publishes. */
export function watchEvents(world: World, topics: readonly string[]): EventWatch {
  const bodies = new Map<string, string>();
  const published = new Set<string>();
  /** By owner: what is not published yet, in the order of its commits. */
  const waiting = new Map<string, Set<string>>();
  const ownerOf = new Map<string, string>();
  world.broker.onPublish((message, producer) => {
    if (!topics.includes(message.topic.slice(message.topic.lastIndexOf('/') + 1))) return;
    const problem = problemOf(message, bodies);
    if (problem) world.violate('I3', `${producer} published ${problem}`);
    const id = message.properties['event_id'] ?? '';
    const queue = waiting.get(ownerOf.get(id) ?? '');
    const [first] = queue ?? [];
    if (queue?.has(id) && first !== id)
      world.violate('overtaken', `${producer} published ${id}, and ${first} was committed before it`);
    queue?.delete(id);
    published.add(id);
  });
  return {
    committed: (ownerId, body) => {
      const id = String(body['event_id']);
      if (bodies.has(id)) world.violate('I3', `${ownerId}: the event id ${id} was given twice`);
      bodies.set(id, JSON.stringify(body));
      ownerOf.set(id, ownerId);
      waiting.set(ownerId, (waiting.get(ownerId) ?? new Set()).add(id));
    },
    checkAll: () => {
      for (const id of bodies.keys())
        if (!published.has(id)) world.violate('I7', `the event ${id} was committed and never published`);
    },
  };
}

function problemOf(message: IncomingMessage, bodies: ReadonlyMap<string, string>): string | undefined {
  const id = message.properties['event_id'] ?? '';
  const body = bodies.get(id);
  if (body === undefined) return `${id}, which was never committed`;
  return body === Buffer.from(message.payload).toString() ? undefined : `${id} with another content than was committed`;
}
