/**
 * Policies on single topics that override the namespace's: which of them throw events away while nobody is there to hear them.
 * Pure; `topic-policy-calls.ts` reads and removes them.
 *
 * 1. What lasts shorter than the spec says is a difference, and removed; what lasts as long or longer is the operator's. So is
 *    all on topics on which the spec names no subscription. A backlog quota that evicts lasts for nobody, however large it is.
 * 2. A topic has them in two scopes, for the broker's own cluster and for all clusters (`global`). Each is a difference by itself.
 */
import type { Change } from '@leasehold/engine';
import { pointer } from '../edge/difference.ts';
import { isLess } from '../edge/weakening.ts';
import type { NamespaceSeen, NamespaceSpec } from './spec.ts';

export const TOPIC_POLICIES = ['messageTTL', 'retention', 'subscriptionExpirationTime', 'backlogQuota'] as const;
/** What a full backlog does to those that have not read it. */
export const EVICTION = 'consumer_backlog_eviction';

/** Where a policy may be set. */
export interface PolicyPlace {
  readonly topic: string;
  readonly policy: (typeof TOPIC_POLICIES)[number];
  readonly global: boolean;
  /** Of backlog quotas, which there is one of for bytes and one for age: the broker's word for it. */
  readonly quota?: string;
}

export interface Retention {
  readonly retentionTimeInMinutes: number;
  readonly retentionSizeInMB: number;
}

export interface BacklogQuota {
  readonly policy?: string;
}

/** As the broker tells it. */
export interface TopicPolicy extends PolicyPlace {
  /** Seconds of a message's life, minutes of a subscription's, what is kept, or what a full backlog does. */
  readonly value: number | Retention | BacklogQuota;
}

export const policyPath = ({ topic, policy, global, quota }: PolicyPlace): string =>
  pointer('topics', topic, policy, ...(quota === undefined ? [] : [quota]), ...(global ? ['global'] : []));

/** 1. */
export const topicPolicyChanges = (spec: NamespaceSpec, { topicPolicies = [] }: NamespaceSeen): readonly Change[] =>
  topicPolicies
    .filter((one) => (spec.topics[one.topic] ?? []).length > 0 && losesMore(one, spec))
    .map((one) => ({ path: policyPath(one), from: one.value, to: null, weight: 'settings' }));

function losesMore({ policy, value }: TopicPolicy, spec: NamespaceSpec): boolean {
  if (typeof value === 'number') {
    const wanted = policy === 'messageTTL' ? spec.messageTtlSeconds : null;
    return value > 0 && isLess({ from: wanted, to: value });
  }
  if (!('retentionTimeInMinutes' in value)) return value.policy === EVICTION;
  return (
    isLess({ from: spec.retentionMinutes, to: value.retentionTimeInMinutes }, [-1]) ||
    isLess({ from: spec.retentionMegabytes, to: value.retentionSizeInMB }, [-1])
  );
}
