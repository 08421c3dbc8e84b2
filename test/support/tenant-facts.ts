/**
 * What the naming contract promises of a complete tenant, in a table of its own and in the words of the servers, so that the
 * product's blueprints and adapters are checked by something that shares nothing with them.
 *
 * 1. `tenantProblems` gives one sentence for each promise that an inventory does not keep; empty is the goal.
 * 2. `ownerOf` tells which tenant a place in an inventory belongs to, by name alone.
 */
import type { Inventory } from '../e2e/inventory.ts';
import { ROLES } from './installation.ts';
import type { Tree } from './tree.ts';

export interface TierFacts {
  readonly storageGb: number;
  /** Days for temp/, cache/, logs/ and old versions. */
  readonly days: readonly [number, number, number, number];
}

export const TIER_FACTS: Readonly<Record<string, TierFacts>> = {
  free: { storageGb: 10, days: [1, 3, 7, 7] },
  starter: { storageGb: 100, days: [1, 7, 30, 30] },
  professional: { storageGb: 500, days: [1, 7, 30, 30] },
  enterprise: { storageGb: 2000, days: [1, 14, 90, 90] },
  custom: { storageGb: 77, days: [1, 7, 30, 30] },
};

export const CUSTOM_LIMITS = {
  cpu_cores: 3,
  memory_gb: 5,
  storage_gb: 77,
  max_pods: 7,
  max_services: 4,
  gpu_count: 0,
  monthly_cost_usd: '12.50',
};

const TABLES = ['audit', 'counters_by_day', 'entities', 'events', 'settings'];
const TENANT_TOPICS = [
  'compute-requested-events',
  'quota-exceeded-events',
  'scaling-request-events',
  'service-metrics-events',
  'tenant-upgraded-events',
  'user-created-events',
  'user-deleted-events',
];
const GIB = 1024 ** 3;
const WEEK_MINUTES = 7 * 24 * 60;

export const keyspaceOf = (id: string): string => `tenant_${id.replaceAll('-', '_')}`;
export const bucketOf = (id: string): string => `tenant-${id}`;
export const namespacesOf = (pulsarTenant: string, id: string): readonly string[] => [
  `${pulsarTenant}/${id}`,
  `${pulsarTenant}/${id}.data`,
];

type Check = (what: string, seen: unknown, wanted: unknown) => void;

export interface Tenant {
  readonly id: string;
  readonly tier: string;
}

export function tenantProblems(inventory: Inventory, pulsarTenant: string, tenant: Tenant): readonly string[] {
  const problems: string[] = [];
  const check: Check = (what, seen, wanted) => {
    const [a, b] = [JSON.stringify(seen), JSON.stringify(wanted)];
    if (a !== b) problems.push(`${tenant.id}: ${what}: expected ${b}, the server says ${a}`);
  };
  const facts = TIER_FACTS[tenant.tier] as TierFacts;
  checkKeyspace((inventory.cassandra as Tree).keyspaces[keyspaceOf(tenant.id)], check);
  checkBucket((inventory.minio as Tree).buckets[bucketOf(tenant.id)], tenant, facts, check);
  const namespaces = (inventory.pulsar as Tree)[pulsarTenant]?.namespaces ?? {};
  const [main = '', data = ''] = namespacesOf(pulsarTenant, tenant.id);
  checkPolicies(`namespace ${main}`, namespaces[main]?.policies, check);
  checkPolicies(`namespace ${data}`, namespaces[data]?.policies, check);
  checkMain(namespaces[main], main, check);
  return problems;
}

function checkKeyspace(keyspace: Tree, check: Check): void {
  check('keyspace there', keyspace !== undefined, true);
  const replication = keyspace?.replication;
  check('replication class', String(replication?.class).split('.').at(-1), 'NetworkTopologyStrategy');
  check('replicas', replication?.datacenter1, '1');
  check('tables', Object.keys(keyspace?.tables ?? {}).sort(), TABLES);
}

function checkBucket(bucket: Tree, tenant: Tenant, facts: TierFacts, check: Check): void {
  check('bucket there', bucket !== undefined, true);
  check('versioning', bucket?.versioning?.Status, 'Enabled');
  const tags = Object.fromEntries((bucket?.tags ?? []).map((tag: Tree) => [tag.Key, String(tag.Value)]));
  check('tag tenant-id', tags['tenant-id'], tenant.id);
  check('tag tier', tags['tier'], tenant.tier);
  check('bucket quota', bucket?.quota?.quota, facts.storageGb * GIB);
  const rules: readonly Tree[] = bucket?.lifecycle?.Rule ?? [];
  const daysFor = (prefix: string) =>
    rules.find((rule) => rule.Filter?.Prefix === prefix && rule.Expiration?.Days !== undefined)?.Expiration.Days;
  const old = rules.find((rule) => rule.NoncurrentVersionExpiration !== undefined);
  const seen = ['temp/', 'cache/', 'logs/'].map(daysFor);
  check('lifecycle days', [...seen, old?.NoncurrentVersionExpiration.NoncurrentDays], facts.days);
  check(
    'lifecycle rules on',
    rules.every((rule) => rule.Status === 'Enabled'),
    true,
  );
}

function checkPolicies(name: string, policies: Tree, check: Check): void {
  check(`${name} retention`, policies?.retention_policies?.retentionTimeInMinutes, WEEK_MINUTES);
  check(`${name} message TTL`, policies?.message_ttl_in_seconds, 0);
  check(`${name} subscription expiry`, policies?.subscription_expiration_time_minutes, 0);
  check(`${name} backlog`, policies?.backlog_quota_map?.destination_storage?.policy, 'producer_request_hold');
  check(`${name} publish rate`, Object.keys(policies?.publishMaxMessageRate ?? {}).length, 1);
  check(`${name} dispatch rate`, Object.keys(policies?.topicDispatchRate ?? {}).length, 1);
}

function checkMain(namespace: Tree, name: string, check: Check): void {
  const granted = namespace?.policies?.auth_policies?.namespace_auth ?? {};
  const wanted = ROLES.map((role) => [role, ['consume', 'produce']]);
  const seen = Object.entries(granted).map(([role, actions]) => [role, [...(actions as string[])].sort()]);
  check(`${name} permissions`, seen.sort(), wanted);
  check(
    `${name} topics`,
    Object.keys(namespace?.topics ?? {})
      .map((topic) => topic.split('/').at(-1))
      .sort(),
    TENANT_TOPICS,
  );
  const upgrades = namespace?.topics?.[`persistent://${name}/tenant-upgraded-events`];
  check(`${name} subscription`, upgrades?.subscriptions, ['tenant-provisioner']);
}

/** The one of these tenants whose object lies at this path; undefined for anything else. */
export function ownerOf(path: string, ids: readonly string[], pulsarTenant: string): string | undefined {
  return ids.find((id) => {
    const places = [
      `/cassandra/keyspaces/${keyspaceOf(id)}`,
      `/minio/buckets/${bucketOf(id)}`,
      ...namespacesOf(pulsarTenant, id).map((name) => `/pulsar/${pulsarTenant}/namespaces/${name.replace('/', '~1')}`),
    ];
    const granted = new RegExp(`^/cassandra/permissions/[^/]+/(data|functions)~1${keyspaceOf(id)}(~1|$)`);
    return granted.test(path) || places.some((place) => path === place || path.startsWith(`${place}/`));
  });
}
