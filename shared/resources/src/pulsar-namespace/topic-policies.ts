/**
 * Policies on single topics that override the namespace's: which of them throw events away while nobody is there to hear them.
 * Pure; `topic-policy-calls.ts` reads and removes them.
 *
 * 1. What lasts shorter than the spec says is a difference, and removed; what lasts as long or longer is the operator's. So is
 *    all on topics on which the spec names no subscription.
 * 2. A topic has them in two scopes, for the broker's own cluster and for all clusters (`global`). Each is a difference by itself.
 */
import type { Change } from '@leasehold/engine';
import { pointer } from '../edge/difference.ts';
import { isLess } from '../edge/weakening.ts';
import type { NamespaceSeen, NamespaceSpec } from './spec.ts';

export const TOPIC_POLICIES = ['messageTTL', 'retention', 'subscriptionExpirationTime'] as const;

/** Where a policy may be set. */
export interface PolicyPlace {
  readonly topic: string;
  readonly policy: (typeof TOPIC_POLICIES)[number];
  readonly global: boolean;
}

export interface Retention {
  readonly retentionTimeInMinutes: number;
  readonly retentionSizeInMB: number;
}

/** As the broker tells it. */
export interface TopicPolicy extends PolicyPlace {
  /** Seconds of a message's life, minutes of a subscription's, or what is kept. */
  readonly value: number | Retention;
}

export const policyPath = ({ topic, policy, global }: PolicyPlace): string =>
  pointer('topics', topic, policy, ...(global ? ['global'] : []));

/** 1. */
export const topicPolicyChanges = (spec: NamespaceSpec, { topicPolicies = [] }: NamespaceSeen): readonly Change[] =>
  topicPolicies
    .filter((one) => (spec.topics[one.topic] ?? []).length > 0 && isShorter(one, spec))
    .map((one) => ({ path: policyPath(one), from: one.value, to: null, weight: 'settings' }));

function isShorter({ policy, value }: TopicPolicy, spec: NamespaceSpec): boolean {
  if (typeof value === 'number') {
    const wanted = policy === 'messageTTL' ? spec.messageTtlSeconds : null;
    return value > 0 && isLess({ from: wanted, to: value });
  }
  return (
    isLess({ from: spec.retentionMinutes, to: value.retentionTimeInMinutes }, [-1]) ||
    isLess({ from: spec.retentionMegabytes, to: value.retentionSizeInMB }, [-1])
  );
}
