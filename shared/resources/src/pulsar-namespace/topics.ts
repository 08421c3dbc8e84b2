/**
 * Topics and subscriptions of one namespace: seen, made and removed, in parallel within a bound.
 *
 * 1. Topics are made unpartitioned and without a schema, subscriptions at the earliest position. What exists is success.
 * 2. A topic is made before its subscriptions by a call of its own: left to the broker's automatic creation it could be
 *    partitioned, or refused.
 */
import { bound } from '@leasehold/kernel';
import { inParallel } from '../edge/parallel.ts';
import type { PulsarAdmin } from './admin.ts';

const TOPIC_CALLS = bound('pulsar-topic-calls', 8);
const EARLIEST = { ledgerId: -1, entryId: -1, partitionIndex: -1 };
const EXISTS = 409;
const ABSENT_STATUS = 404;

export type Topics = Readonly<Record<string, readonly string[]>>;

const shortName = (topic: string): string => topic.slice(topic.lastIndexOf('/') + 1);
const topicPath = (namespace: string, topic: string): string => `/persistent/${namespace}/${encodeURIComponent(topic)}`;

async function names(admin: PulsarAdmin, name: string, path: string, signal: AbortSignal): Promise<readonly string[]> {
  const { status, json } = await admin.call({ name, method: 'GET', path, expect: [ABSENT_STATUS] }, signal);
  return status === ABSENT_STATUS ? [] : (json as readonly string[]).map(shortName).sort();
}

/** The topics that are of interest, with their subscriptions; any other only by its name. */
export async function readTopics(admin: PulsarAdmin, namespace: string, signal: AbortSignal): Promise<Topics> {
  const found = await names(admin, 'list-topics', `/persistent/${namespace}`, signal);
  const subscriptions = await inParallel(found, TOPIC_CALLS, (topic) =>
    names(admin, 'list-subscriptions', `${topicPath(namespace, topic)}/subscriptions`, signal),
  );
  return Object.fromEntries(found.map((topic, index) => [topic, subscriptions[index] ?? []]));
}

/** Unread bytes of the topic that has most: a quota is each topic's own. */
export async function readBacklogBytes(admin: PulsarAdmin, namespace: string, signal: AbortSignal): Promise<number> {
  const found = await names(admin, 'list-topics', `/persistent/${namespace}`, signal);
  const sizes = await inParallel(found, TOPIC_CALLS, async (topic) => {
    const path = `${topicPath(namespace, topic)}/stats`;
    const { json } = await admin.call({ name: 'read-stats', method: 'GET', path, expect: [ABSENT_STATUS] }, signal);
    return (json as { readonly backlogSize?: number } | undefined)?.backlogSize ?? 0;
  });
  return Math.max(0, ...sizes);
}

/** Makes the subscriptions and, where told, their topic first. */
export async function makeTopics(
  admin: PulsarAdmin,
  namespace: string,
  wanted: readonly { readonly topic: string; readonly missing: boolean; readonly subscriptions: readonly string[] }[],
  signal: AbortSignal,
): Promise<void> {
  await inParallel(wanted, TOPIC_CALLS, async ({ topic, missing, subscriptions }) => {
    const path = topicPath(namespace, topic);
    if (missing) await admin.call({ name: 'create-topic', method: 'PUT', path, expect: [EXISTS] }, signal);
    for (const subscription of subscriptions) {
      const at = `${path}/subscription/${encodeURIComponent(subscription)}`;
      const request = {
        name: 'create-subscription',
        method: 'PUT',
        path: at,
        body: EARLIEST,
        expect: [EXISTS],
      } as const;
      await admin.call(request, signal);
    }
  });
}

/** Removes every topic, partitioned ones, the broker's own and connected clients included. */
export async function removeTopics(admin: PulsarAdmin, namespace: string, signal: AbortSignal): Promise<void> {
  const partitioned = await names(admin, 'list-topics', `/persistent/${namespace}/partitioned`, signal);
  await removeEach(admin, namespace, partitioned, '/partitions', signal);
  const plain = await names(admin, 'list-topics', `/persistent/${namespace}`, signal);
  await removeEach(admin, namespace, plain, '', signal);
}

async function removeEach(
  admin: PulsarAdmin,
  namespace: string,
  topics: readonly string[],
  suffix: string,
  signal: AbortSignal,
): Promise<void> {
  await inParallel(topics, TOPIC_CALLS, (topic) => {
    const path = `${topicPath(namespace, topic)}${suffix}?force=true`;
    return admin.call({ name: 'delete-topic', method: 'DELETE', path, expect: [ABSENT_STATUS] }, signal);
  });
}
