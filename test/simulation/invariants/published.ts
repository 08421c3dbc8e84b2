/**
 * What the mesh publishes is what it committed: never an event for a change that did not happen, never one lost, one content
 * for one id.
 *
 * Overtaken. Of one tenant nothing is published before all that was committed before it has been.
 */
import type { IncomingMessage } from '@leasehold/bus';
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
  const committed = new Map<string, string>();
  const published = new Set<string>();
  const complete = new Map<string, number>();
  /** By tenant: what is not published yet, in the order of its commits. */
  const waiting = new Map<string, Set<string>>();
  const tenantOf = new Map<string, string>();
  views.onCommit(({ after, committed: commit }) => {
    for (const outgoing of outgoingOfCommit(commit)) {
      if (outgoing.kind !== 'event') continue;
      const id = String(outgoing.body['event_id']);
      if (committed.has(id)) world.violate('I3', `${after.tenantId}: the event id ${id} was given twice`);
      committed.set(id, JSON.stringify(outgoing.body));
      tenantOf.set(id, after.tenantId);
      const queue = waiting.get(after.tenantId) ?? new Set();
      waiting.set(after.tenantId, queue.add(id));
      if (outgoing.topic !== 'tenant-deprovisioned-events') continue;
      const key = `${after.tenantId} ${outgoing.body['generation']}`;
      complete.set(key, (complete.get(key) ?? 0) + 1);
      if (complete.get(key) === 2) world.violate('I3', `${key}: the end of this generation was told twice`);
    }
  });
  world.broker.onPublish((message, producer) => {
    if (!OWN.includes(message.topic.slice(message.topic.lastIndexOf('/') + 1))) return;
    const problem = problemOf(message, committed);
    if (problem) world.violate('I3', `${producer} published ${problem}`);
    const id = message.properties['event_id'] ?? '';
    const queue = waiting.get(tenantOf.get(id) ?? '');
    const [first] = queue ?? [];
    if (queue?.has(id) && first !== id)
      world.violate('overtaken', `${producer} published ${id}, and ${first} was committed before it`);
    queue?.delete(id);
    published.add(id);
  });
  return () => {
    for (const id of committed.keys())
      if (!published.has(id)) world.violate('I7', `the event ${id} was committed and never published`);
  };
}

function problemOf(message: IncomingMessage, committed: ReadonlyMap<string, string>): string | undefined {
  const id = message.properties['event_id'] ?? '';
  const body = committed.get(id);
  if (body === undefined) return `${id}, which was never committed`;
  return body === Buffer.from(message.payload).toString() ? undefined : `${id} with another content than was committed`;
}
