/**
 * Policies on single topics at the broker, of the topics that the platform hears. Which of them differ: `topic-policies.ts`.
 *
 * 1. Only heard topics that are there are looked at, up to a bound: the broker tells each policy by a call of its own, for each
 *    scope. A broker that does not know scopes tells the same for both.
 * 2. A broker without policies on topics, or without one of them, has none. One that fails has told nothing.
 * 3. They are removed one after the other: the broker rewrites all of a topic's at each.
 */
import type { Change } from '@leasehold/engine';
import { bound } from '@leasehold/kernel';
import { isRecord } from '../edge/difference.ts';
import { inParallel } from '../edge/parallel.ts';
import { type AdminAnswer, type PulsarAdmin, reasonOf } from './admin.ts';
import type { NamespaceSeen } from './spec.ts';
import {
  type BacklogQuota,
  type PolicyPlace,
  policyPath,
  type Retention,
  TOPIC_POLICIES,
  type TopicPolicy,
} from './topic-policies.ts';
import { type Topics, topicPath } from './topics.ts';

/** Eight calls for each. */
const HEARD_TOPICS = bound('pulsar-looked-at-heard-topics', 8);
const POLICY_CALLS = bound('pulsar-topic-policy-calls', 6);
const SCOPES = [false, true];
const NONE_STATUS = [404, 405, 412];
const DISABLED = /topic[- ]level polic\w+ (is|are) disabled/i;

/** 2. */
const hasNone = ({ status, json }: AdminAnswer): boolean =>
  NONE_STATUS.includes(status) || (status === 500 && DISABLED.test(reasonOf(json)));

const placePath = (namespace: string, { topic, global }: PolicyPlace, word: string): string =>
  `${topicPath(namespace, topic)}/${word}?isGlobal=${global}`;

/** What the broker calls the whole of them where it tells them. */
const READ_AS: Readonly<Partial<Record<PolicyPlace['policy'], string>>> = { backlogQuota: 'backlogQuotaMap' };

/** 1. */
export async function readTopicPolicies(
  admin: PulsarAdmin,
  namespace: string,
  heard: readonly string[],
  present: Topics,
  signal: AbortSignal,
): Promise<Pick<NamespaceSeen, 'topicPolicies'>> {
  const looked = heard.filter((topic) => present[topic] !== undefined).slice(0, HEARD_TOPICS.value);
  const places = looked.flatMap((topic) =>
    TOPIC_POLICIES.flatMap((policy) => SCOPES.map((global) => ({ topic, policy, global }))),
  );
  const found = await inParallel(places, POLICY_CALLS, async (place): Promise<readonly TopicPolicy[]> => {
    const path = placePath(namespace, place, READ_AS[place.policy] ?? place.policy);
    const request = { name: 'read-topic-policy', method: 'GET', path, accepts: hasNone } as const;
    const answer = await admin.call(request, signal);
    return hasNone(answer) ? [] : policiesIn(place, answer.json);
  });
  const topicPolicies = found.flat();
  return topicPolicies.length === 0 ? {} : { topicPolicies };
}

function policiesIn(place: PolicyPlace, json: unknown): readonly TopicPolicy[] {
  if (place.policy !== 'backlogQuota')
    return typeof json === 'number' || isRecord(json) ? [{ ...place, value: json as number | Retention }] : [];
  return Object.entries(isRecord(json) ? json : {}).flatMap(([quota, value]) =>
    isRecord(value) ? [{ ...place, quota, value: value as BacklogQuota }] : [],
  );
}

/** 3. A topic that has gone meanwhile has taken its policies along. */
export async function removeTopicPolicies(
  admin: PulsarAdmin,
  namespace: string,
  { topicPolicies = [] }: NamespaceSeen,
  changes: readonly Change[],
  signal: AbortSignal,
): Promise<void> {
  for (const place of topicPolicies) {
    if (!changes.some(({ path }) => path === policyPath(place))) continue;
    const { policy, quota } = place;
    const path = placePath(namespace, place, policy) + (quota === undefined ? '' : `&backlogQuotaType=${quota}`);
    await admin.call({ name: 'remove-topic-policy', method: 'DELETE', path, expect: [404] }, signal);
  }
}
