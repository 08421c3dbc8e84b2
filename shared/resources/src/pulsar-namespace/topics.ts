/**
 * Topics and subscriptions of one namespace: seen, made and removed, in parallel within a bound.
 *
 * 1. Topics are made unpartitioned and without a schema, subscriptions at the earliest position. What exists is success.
 * 2. A topic is made before its subscriptions by a call of its own: left to the broker's automatic creation it could be
 *    partitioned, or refused.
 * 3. A topic that somebody made with partitions is one topic, with the subscriptions that all its partitions have; where one
 *    of them is missing the topic is. It is repaired as it is. What only looks like a partition is a topic by itself.
 */
import { bound } from '@leasehold/kernel';
import { inParallel } from '../edge/parallel.ts';
import type { PulsarAdmin } from './admin.ts';

const TOPIC_CALLS = bound('pulsar-topic-calls', 8);
const EARLIEST = { ledgerId: -1, entryId: -1, partitionIndex: -1 };
/** Of a topic with more, the subscriptions are those that it tells by itself: the ones of some partition. */
const LOOKED_AT_PARTITIONS = bound('pulsar-looked-at-partitions', 64);
const EXISTS = 409;
const NOT_PARTITIONED = 405;
const ABSENT_STATUS = 404;

export type Topics = Readonly<Record<string, readonly string[]>>;

const shortName = (topic: string): string => topic.slice(topic.lastIndexOf('/') + 1);
export const topicPath = (namespace: string, topic: string): string =>
  `/persistent/${namespace}/${encodeURIComponent(topic)}`;

async function names(admin: PulsarAdmin, name: string, path: string, signal: AbortSignal): Promise<readonly string[]> {
  const { status, json } = await admin.call({ name, method: 'GET', path, expect: [ABSENT_STATUS] }, signal);
  return status === ABSENT_STATUS ? [] : (json as readonly string[]).map(shortName).sort();
}

/** Topics by name, each with its subscriptions (3). */
export async function readTopics(admin: PulsarAdmin, namespace: string, signal: AbortSignal): Promise<Topics> {
  const [listed, partitioned] = await Promise.all([
    names(admin, 'list-topics', `/persistent/${namespace}`, signal),
    names(admin, 'list-partitioned-topics', `/persistent/${namespace}/partitioned`, signal),
  ]);
  const parts = await partsOf(admin, namespace, partitioned, signal);
  const isPart = new Set([...parts.values()].flat());
  const plain = listed.filter((topic) => !isPart.has(topic));
  const present = new Set(listed);
  const looked = (topic: string) => readSubscriptions(admin, namespace, topic, signal);
  const whole = [...parts].filter(([, all]) => all.every((part) => present.has(part)));
  const ofPlain = await inParallel(plain, TOPIC_CALLS, looked);
  const ofWhole = await inParallel(whole, TOPIC_CALLS, async ([topic, all]) => {
    if (all.length > LOOKED_AT_PARTITIONS.value) return looked(topic);
    return inAll(await inParallel(all, TOPIC_CALLS, looked));
  });
  const found = [
    ...plain.map((topic, index) => [topic, ofPlain[index] ?? []] as const),
    ...whole.map(([topic], index) => [topic, ofWhole[index] ?? []] as const),
  ];
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
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

const readSubscriptions = (admin: PulsarAdmin, namespace: string, topic: string, signal: AbortSignal) =>
  names(admin, 'list-subscriptions', `${topicPath(namespace, topic)}/subscriptions`, signal);

/** The names of the partitions that each topic should have. */
async function partsOf(
  admin: PulsarAdmin,
  namespace: string,
  topics: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const counts = await inParallel(topics, TOPIC_CALLS, async (topic) => {
    const path = `${topicPath(namespace, topic)}/partitions`;
    const request = { name: 'read-partitions', method: 'GET', path, expect: [ABSENT_STATUS] } as const;
    const { json } = await admin.call(request, signal);
    return (json as { readonly partitions?: number } | undefined)?.partitions ?? 0;
  });
  const parted = topics.map((topic, index): [string, readonly string[]] => [
    topic,
    Array.from({ length: counts[index] ?? 0 }, (_, part) => `${topic}-partition-${part}`),
  ]);
  return new Map(parted.filter(([, parts]) => parts.length > 0));
}

const inAll = (lists: readonly (readonly string[])[]): readonly string[] =>
  (lists[0] ?? []).filter((name) => lists.every((list) => list.includes(name)));

/** Makes the subscriptions and, where told, their topic first. */
export async function makeTopics(
  admin: PulsarAdmin,
  namespace: string,
  wanted: readonly { readonly topic: string; readonly missing: boolean; readonly subscriptions: readonly string[] }[],
  signal: AbortSignal,
): Promise<void> {
  await inParallel(wanted, TOPIC_CALLS, async ({ topic, missing, subscriptions }) => {
    const path = topicPath(namespace, topic);
    if (missing) await makeTopic(admin, path, signal);
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

/** One that is there although it was missed has partitions, and lacks some (3). */
async function makeTopic(admin: PulsarAdmin, path: string, signal: AbortSignal): Promise<void> {
  const made = await admin.call({ name: 'create-topic', method: 'PUT', path, expect: [EXISTS] }, signal);
  if (made.status !== EXISTS) return;
  const expect = [ABSENT_STATUS, NOT_PARTITIONED, EXISTS];
  const rest = { name: 'create-partitions', method: 'POST', path: `${path}/createMissedPartitions`, expect } as const;
  await admin.call(rest, signal);
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
