/**
 * Pulsar's `Policies` record and what it means to us, both ways. Pure.
 *
 * 1. One PUT of a namespace carries all of it, mark included, so that a namespace never exists without its mark.
 * 2. What must not lose messages is said, where saying nothing would leave it to the broker's own settings: no time to live, and
 *    subscriptions that never expire.
 * 3. The mark is in the namespace's properties: `leasehold-tenant`, `leasehold-generation`, `leasehold-tier`.
 */
import type { Ref } from '@leasehold/engine';
import type { Owner } from '../edge/ownership.ts';
import {
  type Action,
  BACKLOG_POLICY,
  type FurtherGrants,
  type NamespaceSeen,
  type NamespaceSettings,
  type NamespaceSpec,
  type Permissions,
  type Rate,
  wantedPermissions,
} from './spec.ts';
import { EVICTION } from './topic-policies.ts';

export const markProperties = (ref: Ref): Record<string, string> => ({
  'leasehold-tenant': ref.tenantId,
  'leasehold-generation': String(ref.generation),
  'leasehold-tier': ref.tier,
});

export function ownerIn(properties: Readonly<Record<string, string>>): Owner | undefined {
  const tenantId = properties['leasehold-tenant'];
  const generation = Number(properties['leasehold-generation']);
  return tenantId === undefined || !Number.isSafeInteger(generation) ? undefined : { tenantId, generation };
}

/** The broker's word for no end, whatever it does by itself. */
export const NEVER = 0;

export const retentionBody = (spec: NamespaceSettings) => ({
  retentionTimeInMinutes: spec.retentionMinutes,
  retentionSizeInMB: spec.retentionMegabytes,
});

export const backlogBody = (bytes: number) => ({ limitSize: bytes, limitTime: -1, policy: BACKLOG_POLICY });

export const publishRateBody = (rate: Rate) => ({
  publishThrottlingRateInMsg: rate.messagesPerSecond,
  publishThrottlingRateInByte: rate.bytesPerSecond,
});

export const dispatchRateBody = (rate: Rate) => ({
  dispatchThrottlingRateInMsg: rate.messagesPerSecond,
  dispatchThrottlingRateInByte: rate.bytesPerSecond,
  relativeToPublishRate: false,
  ratePeriodInSecond: 1,
});

export function policiesOf(ref: Ref, spec: NamespaceSpec, cluster: string): Record<string, unknown> {
  return {
    replication_clusters: [cluster],
    properties: markProperties(ref),
    auth_policies: { namespace_auth: wantedPermissions(spec, {}), destination_auth: {}, subscription_auth_roles: {} },
    retention_policies: retentionBody(spec),
    message_ttl_in_seconds: spec.messageTtlSeconds ?? NEVER,
    subscription_expiration_time_minutes: NEVER,
    ...(spec.backlogQuotaBytes === null
      ? {}
      : { backlog_quota_map: { destination_storage: backlogBody(spec.backlogQuotaBytes) } }),
    ...(spec.publishRate === null ? {} : { publishMaxMessageRate: { [cluster]: publishRateBody(spec.publishRate) } }),
    ...(spec.dispatchRate === null ? {} : { topicDispatchRate: { [cluster]: dispatchRateBody(spec.dispatchRate) } }),
  };
}

/** Actions by role, or roles by subscription. */
type Roles = Readonly<Record<string, readonly string[]>>;

/** The fields of `Policies` that are read; others are the operator's. */
export interface Policies {
  readonly properties?: Readonly<Record<string, string>>;
  readonly auth_policies?: {
    readonly namespace_auth?: Roles;
    /** By the topic's full name. */
    readonly destination_auth?: Readonly<Record<string, Roles>>;
    readonly subscription_auth_roles?: Roles;
  };
  readonly retention_policies?: { readonly retentionTimeInMinutes: number; readonly retentionSizeInMB: number };
  readonly message_ttl_in_seconds?: number | null;
  readonly subscription_expiration_time_minutes?: number | null;
  readonly backlog_quota_map?: Readonly<
    Record<string, { readonly limitSize?: number; readonly limit?: number; readonly policy?: string }>
  >;
  readonly publishMaxMessageRate?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly topicDispatchRate?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface SeenPolicies extends NamespaceSettings, Pick<NamespaceSeen, 'unsaid'> {
  readonly permissions: Permissions;
  readonly grants?: FurtherGrants;
  readonly backlogPolicy: string | null;
  /** Messages that wait too long are thrown away, by a second backlog quota that somebody set. */
  readonly evictsByAge: boolean;
  /** When subscriptions that nobody uses are dropped; absent: never. */
  readonly subscriptionExpirationMinutes?: number;
}

export function settingsIn(policies: Policies, cluster: string): SeenPolicies {
  const backlog = policies.backlog_quota_map?.destination_storage;
  const ttl = policies.message_ttl_in_seconds ?? undefined;
  const expiration = policies.subscription_expiration_time_minutes ?? undefined;
  const unsaid = [
    ...(ttl === undefined ? (['messageTtlSeconds'] as const) : []),
    ...(expiration === undefined ? (['subscriptionExpirationMinutes'] as const) : []),
  ];
  return {
    retentionMinutes: policies.retention_policies?.retentionTimeInMinutes ?? 0,
    retentionMegabytes: policies.retention_policies?.retentionSizeInMB ?? 0,
    messageTtlSeconds: ttl !== undefined && ttl > NEVER ? ttl : null,
    backlogQuotaBytes: backlog?.limitSize ?? backlog?.limit ?? null,
    backlogPolicy: backlog?.policy ?? null,
    evictsByAge: policies.backlog_quota_map?.['message_age']?.policy === EVICTION,
    ...(expiration !== undefined && expiration > NEVER ? { subscriptionExpirationMinutes: expiration } : {}),
    ...(unsaid.length === 0 ? {} : { unsaid }),
    publishRate: rateIn(policies.publishMaxMessageRate?.[cluster], 'publish'),
    dispatchRate: rateIn(policies.topicDispatchRate?.[cluster], 'dispatch'),
    permissions: permissionsIn(policies.auth_policies?.namespace_auth ?? {}),
    ...grantsIn(policies.auth_policies ?? {}),
  };
}

function rateIn(rate: Readonly<Record<string, number>> | undefined, word: 'publish' | 'dispatch'): Rate | null {
  if (rate === undefined) return null;
  return {
    messagesPerSecond: rate[`${word}ThrottlingRateInMsg`] ?? -1,
    bytesPerSecond: rate[`${word}ThrottlingRateInByte`] ?? -1,
  };
}

/** Entries that grant nothing to anybody are left out, so that their absence and their emptiness are the same. */
function grantsIn({
  destination_auth = {},
  subscription_auth_roles = {},
}: NonNullable<Policies['auth_policies']>): Pick<SeenPolicies, 'grants'> {
  const topics = Object.entries(destination_auth)
    .map(([topic, roles]) => [topic, permissionsIn(roles)] as const)
    .filter(([, roles]) => Object.keys(roles).length > 0);
  const subscriptions = Object.entries(subscription_auth_roles)
    .map(([name, roles]) => [name, [...roles].sort()] as const)
    .filter(([, roles]) => roles.length > 0);
  if (topics.length + subscriptions.length === 0) return {};
  return { grants: { topics: Object.fromEntries(topics), subscriptions: Object.fromEntries(subscriptions) } };
}

/** Actions in order; ones that we do not grant (`functions`, `sinks`) stay visible as differences. */
const permissionsIn = (auth: Readonly<Record<string, readonly string[]>>): Permissions =>
  Object.fromEntries(Object.entries(auth).map(([role, actions]) => [role, [...actions].sort() as Action[]]));
