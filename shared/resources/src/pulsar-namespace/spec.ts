/**
 * What a tenant's namespace should be, and the differences from what is seen. Pure; shared by the real provider and the embedded one.
 *
 * 1. Retention exceeds the backlog quota, as the broker demands; a spec that does not is refused here, with numbers.
 * 2. Every difference of permissions is below `/access`: withdrawn access means no permission at all. Roles that the spec
 *    does not name lose theirs, unless `otherRoles` keeps them while access is granted.
 * 3. Topics and subscriptions that the spec does not name are left alone, and so are the partitions of one that has some.
 * 4. What a consumed topic must never do is fixed: a full backlog holds producers, nothing is evicted, no subscription expires.
 */
import type { Absent, Change, Ref, SeenBase, Weakening } from '@leasehold/engine';
import { isAbsent } from '@leasehold/engine';
import { z } from 'zod';
import { differences, pointer, pointerParts } from '../edge/difference.ts';
import { markChanges, wholeChange } from '../edge/ownership.ts';
import { hasMore, isLess, weakening, weighed } from '../edge/weakening.ts';
import { type TopicPolicy, topicPolicyChanges } from './topic-policies.ts';

export type Action = 'produce' | 'consume';
export type Permissions = Readonly<Record<string, readonly Action[]>>;

/** Per topic; -1: unlimited. */
export interface Rate {
  readonly messagesPerSecond: number;
  readonly bytesPerSecond: number;
}

export interface NamespaceSettings {
  /** How long acknowledged messages are kept; -1: for ever. */
  readonly retentionMinutes: number;
  /** How much of them; -1: no bound. */
  readonly retentionMegabytes: number;
  /** null: messages wait for their consumer without end. */
  readonly messageTtlSeconds: number | null;
  /** Unacknowledged bytes of a topic at which producers are held; null: the broker's default. */
  readonly backlogQuotaBytes: number | null;
  readonly publishRate: Rate | null;
  readonly dispatchRate: Rate | null;
}

export interface NamespaceSpec extends NamespaceSettings {
  readonly access: 'granted' | 'withdrawn';
  readonly roles: Permissions;
  readonly otherRoles: 'revoked' | 'kept';
  /** Subscriptions by topic, each at the earliest position. */
  readonly topics: Readonly<Record<string, readonly string[]>>;
}

/** What the broker grants beside the permissions on the namespace: on single topics, and the use of single subscriptions. */
export interface FurtherGrants {
  /** By the topic's full name. */
  readonly topics: Readonly<Record<string, Permissions>>;
  readonly subscriptions: Readonly<Record<string, readonly string[]>>;
}

export interface NamespaceSeen extends SeenBase, NamespaceSettings {
  readonly permissions: Permissions;
  /** Absent: none. */
  readonly grants?: FurtherGrants;
  readonly topics: Readonly<Record<string, readonly string[]>>;
  /** What a full backlog does, where it is not what we set. */
  readonly backlogPolicy: string | null;
  readonly evictsByAge: boolean;
  /** Absent: never. */
  readonly subscriptionExpirationMinutes?: number;
  /** Of what loses messages, what the namespace leaves to the broker's own settings; absent: nothing. */
  readonly unsaid?: readonly ('messageTtlSeconds' | 'subscriptionExpirationMinutes')[];
  /** Of the topics that are heard; absent: none. */
  readonly topicPolicies?: readonly TopicPolicy[];
  /** Unread bytes of the topic that has most; only where it was asked for. */
  readonly backlogBytes?: number;
  readonly tier: string;
}

export const BACKLOG_POLICY = 'producer_request_hold';

const NAME = /^[-=:.\w]{1,128}$/;
/** The broker makes no topic with such a name but as a part of one with partitions. */
const PARTITION = /-partition-\d+$/;
const topicKey = z
  .string()
  .regex(NAME)
  .refine((name) => !PARTITION.test(name), 'a topic cannot be named like a partition, "-partition-" and a number');
const rate = z.strictObject({ messagesPerSecond: z.int().min(-1), bytesPerSecond: z.int().min(-1) });
const actions = z.array(z.enum(['produce', 'consume'])).transform(sorted);

export const namespaceSpec = z
  .strictObject({
    access: z.enum(['granted', 'withdrawn']).default('granted'),
    retentionMinutes: z
      .int()
      .min(-1)
      .default(7 * 24 * 60),
    retentionMegabytes: z.int().min(-1).default(-1),
    messageTtlSeconds: z.int().min(1).nullable().default(null),
    backlogQuotaBytes: z.int().min(1).nullable().default(null),
    publishRate: rate.nullable().default(null),
    dispatchRate: rate.nullable().default(null),
    roles: z.record(z.string().min(1).max(256), actions).default({}),
    otherRoles: z.enum(['revoked', 'kept']).default('revoked'),
    topics: z.record(topicKey, z.array(z.string().regex(NAME)).max(64)).default({}),
  })
  .refine(retentionHoldsBacklog, {
    path: ['retentionMegabytes'],
    message: 'retention must be larger than the backlog quota, or -1',
  }) as unknown as z.ZodType<NamespaceSpec>;

function retentionHoldsBacklog(spec: { retentionMegabytes: number; backlogQuotaBytes: number | null }): boolean {
  return (
    spec.backlogQuotaBytes === null ||
    spec.retentionMegabytes === -1 ||
    spec.retentionMegabytes * 1024 * 1024 > spec.backlogQuotaBytes
  );
}

function sorted<T extends string>(list: readonly T[]): readonly T[] {
  return [...new Set(list)].sort();
}

/** The permissions that should be there, given those that are. */
export function wantedPermissions(spec: NamespaceSpec, seen: Permissions): Permissions {
  if (spec.access === 'withdrawn') return {};
  return spec.otherRoles === 'kept' ? { ...seen, ...spec.roles } : spec.roles;
}

const SETTINGS = [
  'retentionMinutes',
  'retentionMegabytes',
  'messageTtlSeconds',
  'backlogQuotaBytes',
  'publishRate',
  'dispatchRate',
] as const satisfies readonly (keyof NamespaceSettings)[];

export function planNamespace(ref: Ref, spec: NamespaceSpec, seen: NamespaceSeen | Absent): readonly Change[] {
  if (isAbsent(seen)) return wholeChange(null, spec, 'settings');
  if (seen.mark !== 'ours') return wholeChange(seen.mark, spec, 'settings');
  const wantedPolicy = spec.backlogQuotaBytes === null ? null : BACKLOG_POLICY;
  return [
    ...weighed(
      SETTINGS.flatMap((name) => differences(pointer(name), seen[name], spec[name])),
      (change) => weaker(change, seen),
    ),
    ...(seen.backlogQuotaBytes === spec.backlogQuotaBytes
      ? differences('/backlogQuotaBytes', seen.backlogPolicy, wantedPolicy)
      : []),
    ...differences('/evictsByAge', seen.evictsByAge, false),
    ...differences('/subscriptionExpirationMinutes', seen.subscriptionExpirationMinutes ?? 0, 0),
    ...unsaidChanges(spec, seen),
    ...weighed(differences('/access', seen.permissions, wantedPermissions(spec, seen.permissions)), otherGrant),
    ...(spec.access === 'withdrawn' ? furtherGrants(seen) : []),
    ...topicChanges(spec, seen),
    ...topicPolicyChanges(spec, seen),
    ...differences('/tier', seen.tier, ref.tier),
    ...markChanges(ref, seen),
  ];
}

/** A broker may have a time to live, or of subscriptions, for whoever says none. */
const unsaidChanges = (spec: NamespaceSpec, { unsaid = [] }: NamespaceSeen): readonly Change[] =>
  unsaid
    .filter((name) => name !== 'messageTtlSeconds' || spec.messageTtlSeconds === null)
    .map((name) => ({ path: pointer(name), from: LEFT_TO_BROKER, to: 'never', weight: 'settings' }));

const LEFT_TO_BROKER = 'as the broker has it';

/** Of a setting that throws messages away, or holds producers, earlier than what is seen. */
function weaker(change: Change, seen: NamespaceSeen): Weakening | undefined {
  const { path, from, to } = change;
  switch (path) {
    case '/retentionMinutes':
    case '/retentionMegabytes':
      return isLess(change, [-1])
        ? weakening('shorter-retention', `keep acknowledged messages for ${words(path, to)}, ${words(path, from)} now`)
        : undefined;
    case '/messageTtlSeconds':
      return isLess(change)
        ? weakening('shorter-retention', `drop messages that nobody has read after ${to} s, ${from ?? 'never'} now`)
        : undefined;
    case '/backlogQuotaBytes':
      return isLess(change) ? lowerQuota(change, seen) : undefined;
    default:
      return undefined;
  }
}

const words = (path: string, value: unknown): string =>
  value === -1 ? 'ever' : `${value} ${path === '/retentionMinutes' ? 'minutes' : 'MB'}`;

function lowerQuota({ to }: Change, { backlogBytes }: NamespaceSeen): Weakening | undefined {
  if (backlogBytes === undefined)
    return weakening('lower-quota', `hold producers at ${to} bytes unread, and how much is unread is not known`);
  return backlogBytes > Number(to)
    ? weakening('quota-below-use', `hold producers at once: ${to} bytes unread are allowed and ${backlogBytes} are`)
    : undefined;
}

/** What a role has beyond what it should have, others gave it. Withdrawing all access is another plan (rule 2). */
const otherGrant = ({ path, from, to }: Change): Weakening | undefined =>
  (to === null && Array.isArray(from)) || hasMore(from, to)
    ? weakening('others-rule', `take from ${pointerParts(path)[1] ?? 'a role'} what others gave it: ${String(from)}`)
    : undefined;

export const TOPIC_GRANTS = 'accessToTopics';
export const SUBSCRIPTION_GRANTS = 'accessToSubscriptions';

/** Withdrawn access is that on single topics and subscriptions too, whoever gave it. */
function furtherGrants({ grants }: NamespaceSeen): readonly Change[] {
  const revoked = (path: string, from: unknown): Change => ({ path, from, to: null, weight: 'settings' });
  return [
    ...Object.entries(grants?.topics ?? {}).flatMap(([topic, roles]) =>
      Object.entries(roles).map(([role, actions]) =>
        revoked(`/${TOPIC_GRANTS}${pointer(topic)}${pointer(role)}`, actions),
      ),
    ),
    ...Object.entries(grants?.subscriptions ?? {}).flatMap(([subscription, roles]) =>
      roles.map((role) => revoked(`/${SUBSCRIPTION_GRANTS}${pointer(subscription)}${pointer(role)}`, 'consume')),
    ),
  ];
}

function topicChanges(spec: NamespaceSpec, seen: NamespaceSeen): readonly Change[] {
  return Object.entries(spec.topics).flatMap(([topic, subscriptions]): readonly Change[] => {
    const present = seen.topics[topic];
    const path = `/topics${pointer(topic)}`;
    if (present === undefined) return [{ path, from: null, to: subscriptions, weight: 'settings' }];
    return subscriptions
      .filter((name) => !present.includes(name))
      .map((name) => ({ path: path + pointer(name), from: null, to: 'earliest', weight: 'settings' as const }));
  });
}
