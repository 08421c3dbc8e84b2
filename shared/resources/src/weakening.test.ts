/** What each kind's plan says that a change would destroy or weaken: by hand, one line a setting and direction. */
import type { Change, Ref } from '@leasehold/engine';
import { describe, expect, test } from 'vitest';
import { planKeyspace } from './cassandra-keyspace/spec.ts';
import { MIGRATIONS } from './cassandra-keyspace/tables.ts';
import { chosen } from './edge/difference.ts';
import { NOT_DYNAMIC, planIndex } from './elasticsearch-index/spec.ts';
import { planCache } from './ignite-cache/spec.ts';
import { partAfter, partManifest, wantedFacts } from './kubernetes-namespace/manifests.ts';
import { kubernetesNamespaceSpec, planNamespace as planKubernetes } from './kubernetes-namespace/spec.ts';
import { bucketSpec, planBucket } from './minio-bucket/spec.ts';
import { planProject, projectSpec } from './openproject-project/spec.ts';
import { namespaceSpec, planNamespace } from './pulsar-namespace/spec.ts';

const ref = (kind: string, name = 'acme'): Ref => ({ kind, name, tenantId: 'acme', generation: 1, tier: 'free' });
const ours = { mark: 'ours', generation: 1, tier: 'free' } as const;
const named = (changes: readonly Change[]): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(changes.map(({ path, weakens }) => [path, weakens?.kind]));

describe('a keyspace', () => {
  const plan = (replication: Record<string, number>, wanted: Record<string, number>, durable = [true, true]) =>
    named(
      planKeyspace(
        ref('cassandra-keyspace'),
        { replication: wanted, durableWrites: durable[1] ?? true, schemaVersion: 1 },
        { ...ours, replication, durableWrites: durable[0] ?? true, schemaVersion: 1, tables: {} },
        MIGRATIONS,
      ).filter(({ path }) => !path.startsWith('/tables')),
    );
  test.each([
    ['fewer copies in a data centre', { dc1: 3 }, { dc1: 1 }, { '/replication/dc1': 'fewer-replicas' }],
    ['a data centre that would go', { dc1: 1, dc2: 1 }, { dc1: 1 }, { '/replication/dc2': 'fewer-replicas' }],
    ['more copies', { dc1: 1 }, { dc1: 3 }, { '/replication/dc1': undefined }],
    ['another strategy with more', { SimpleStrategy: 3 }, { dc1: 1 }, { '/replication': 'fewer-replicas' }],
    ['another strategy with as many', { SimpleStrategy: 3 }, { dc1: 3 }, { '/replication': undefined }],
  ])('%s', (_name, seen, wanted, expected) => {
    expect(plan(seen as Record<string, number>, wanted as Record<string, number>)).toEqual(expected);
  });
  test('writes that a crash may lose', () => {
    expect(plan({ dc1: 1 }, { dc1: 1 }, [true, false])).toEqual({ '/durableWrites': 'less-durable' });
    expect(plan({ dc1: 1 }, { dc1: 1 }, [false, true])).toEqual({ '/durableWrites': undefined });
  });
});

describe('a bucket', () => {
  const spec = bucketSpec.parse({ quotaBytes: 10 });
  const seen = {
    ...ours,
    versioning: 'enabled' as const,
    lifecycleDays: spec.lifecycleDays,
    quotaBytes: 10,
    tags: { 'tenant-id': 'acme', tier: 'free' },
  };
  const plan = (over: object, wanted: object = {}) =>
    named(
      planBucket({ quota: true, incompleteUploads: true })(
        ref('minio-bucket'),
        bucketSpec.parse({ quotaBytes: 10, ...wanted }),
        { ...seen, ...over },
      ),
    );
  test.each([
    ['temp', 5],
    ['cache', 400],
    ['logs', null],
    ['oldVersions', 31],
    ['incompleteUploads', 90],
  ])('%s that is kept for longer would go earlier', (rule, days) => {
    const lifecycleDays = { ...spec.lifecycleDays, [rule]: days };
    expect(plan({ lifecycleDays })).toEqual({ [`/lifecycleDays/${rule}`]: 'shorter-retention' });
  });
  test('what is kept for shorter is repaired, and what is to be kept for ever', () => {
    expect(plan({ lifecycleDays: { ...spec.lifecycleDays, logs: 2 } })).toEqual({ '/lifecycleDays/logs': undefined });
    expect(plan({}, { lifecycleDays: { logs: null } })).toEqual({ '/lifecycleDays/logs': undefined });
  });
  test('versions, and a quota by what is used', () => {
    expect(plan({}, { versioning: 'suspended' })).toEqual({ '/versioning': 'versions-stop' });
    expect(plan({ versioning: 'off' }, { versioning: 'suspended' })).toEqual({ '/versioning': undefined });
    expect(plan({ quotaBytes: 20 })).toEqual({ '/quotaBytes': 'lower-quota' });
    expect(plan({ quotaBytes: null, usedBytes: 11 })).toEqual({ '/quotaBytes': 'quota-below-use' });
    expect(plan({ quotaBytes: 20, usedBytes: 9 })).toEqual({ '/quotaBytes': undefined });
    expect(plan({ quotaBytes: 5 })).toEqual({ '/quotaBytes': undefined });
  });
});

describe('a namespace of Pulsar', () => {
  const shipped = { retentionMinutes: 60, retentionMegabytes: 100, messageTtlSeconds: 60, backlogQuotaBytes: 1000 };
  const spec = namespaceSpec.parse({ ...shipped, roles: { svc: ['produce'] } });
  const seen = {
    ...ours,
    ...spec,
    backlogPolicy: 'producer_request_hold',
    evictsByAge: false,
    permissions: spec.roles,
    topics: {},
  };
  const plan = (over: object) => named(planNamespace(ref('pulsar-namespace'), spec, { ...seen, ...over }));
  test.each([
    [{ retentionMinutes: 600 }, '/retentionMinutes', 'shorter-retention'],
    [{ retentionMinutes: -1 }, '/retentionMinutes', 'shorter-retention'],
    [{ retentionMinutes: 5 }, '/retentionMinutes', undefined],
    [{ retentionMegabytes: -1 }, '/retentionMegabytes', 'shorter-retention'],
    [{ messageTtlSeconds: null }, '/messageTtlSeconds', 'shorter-retention'],
    [{ messageTtlSeconds: 600 }, '/messageTtlSeconds', 'shorter-retention'],
    [{ messageTtlSeconds: 6 }, '/messageTtlSeconds', undefined],
    [{ backlogQuotaBytes: 2000 }, '/backlogQuotaBytes', 'lower-quota'],
    [{ backlogQuotaBytes: 2000, backlogBytes: 1500 }, '/backlogQuotaBytes', 'quota-below-use'],
    [{ backlogQuotaBytes: 2000, backlogBytes: 500 }, '/backlogQuotaBytes', undefined],
    [{ backlogPolicy: 'consumer_backlog_eviction' }, '/backlogQuotaBytes', undefined],
    [{ evictsByAge: true }, '/evictsByAge', undefined],
    [{ permissions: { svc: ['produce'], other: ['consume'] } }, '/access/other', 'others-rule'],
    [{ permissions: { svc: ['consume', 'produce'] } }, '/access/svc', 'others-rule'],
    [{ permissions: {} }, '/access/svc', undefined],
    [{ permissions: { svc: ['consume'] } }, '/access/svc', undefined],
  ])('%j at %s: %s', (over, path, kind) => {
    expect(plan(over)).toEqual({ [path]: kind });
  });
});

test('a cache is emptied by what differs in it', () => {
  const spec = { backups: 1, atomicity: 'atomic', expirySeconds: null } as const;
  const seen = { ...ours, mode: 'partitioned', backups: 1, atomicity: 'atomic', group: 'tenants-b1' } as const;
  const plan = (over: object) => named(planCache(ref('ignite-cache'), spec, { ...seen, ...over }));
  expect(plan({ backups: 2 })).toEqual({ '/backups': 'fewer-replicas' });
  expect(plan({ backups: 0 })).toEqual({ '/backups': 'data-dropped' });
  expect(plan({ atomicity: 'transactional' })).toEqual({ '/atomicity': 'data-dropped' });
});

describe('a series of indices', () => {
  const lifecycle = { rolloverAfterDays: 30, rolloverAfterGigabytes: 10, deleteAfterDays: 90 };
  const where = { ...ref('elasticsearch-index', 'acme_logs') };
  const seen = {
    ...ours,
    refreshSeconds: 1,
    replicas: '0-1',
    aliases: ['acme_logs'],
    fields: {},
    dynamic: NOT_DYNAMIC,
    managed: true,
    indices: [],
    writeIndex: { ageDays: 0, documents: 0, bytes: 0 },
    policy: lifecycle,
    hasTemplate: true,
  };
  const plan = (over: object, wanted = lifecycle as { deleteAfterDays: number | null }) =>
    named(
      planIndex(where, { refreshSeconds: 1, lifecycle: { ...lifecycle, ...wanted } }, { ...seen, ...over }).filter(
        ({ path }) => !/^\/(?:fields|aliases)/.test(path),
      ),
    );
  test.each([
    [{ replicas: '0-2' }, { '/replicas': 'fewer-replicas' }],
    [{ replicas: '0-all' }, { '/replicas': 'fewer-replicas' }],
    [{ replicas: '2' }, { '/replicas': 'fewer-replicas' }],
    [{ replicas: '0' }, { '/replicas': undefined }],
    [{ policy: { ...lifecycle, deleteAfterDays: 365 } }, { '/lifecycle/deleteAfterDays': 'shorter-retention' }],
    [{ policy: { ...lifecycle, deleteAfterDays: null } }, { '/lifecycle/deleteAfterDays': 'shorter-retention' }],
    [{ policy: { ...lifecycle, deleteAfterDays: 9 } }, { '/lifecycle/deleteAfterDays': undefined }],
    [{ policy: { ...lifecycle, rolloverAfterDays: 60 } }, { '/lifecycle/rolloverAfterDays': 'shorter-retention' }],
    [{ policy: null }, { '/lifecycle': 'shorter-retention' }],
    [{ managed: false }, { '/managed': 'shorter-retention' }],
    [{ hasTemplate: false }, { '/template': undefined }],
  ])('%j', (over, expected) => {
    expect(plan(over)).toEqual(expected);
  });
  test('what is never deleted loses nothing by a policy', () => {
    expect(plan({ policy: null, managed: false }, { deleteAfterDays: null })).toEqual({
      '/lifecycle': undefined,
      '/managed': undefined,
    });
  });
});

test('a project is shown to everybody only on a word, and a role that others gave is theirs', () => {
  const spec = projectSpec.parse({ public: true, memberships: { staff: ['Member'] } });
  const seen = { ...ours, id: 1, access: 'granted', public: false, memberships: {}, leaving: false } as const;
  const plan = (over: object) => named(planProject(ref('openproject-project'), spec, { ...seen, ...over }));
  expect(plan({})).toEqual({ '/public': 'weaker-isolation', '/memberships/staff': undefined });
  expect(plan({ public: true, memberships: { staff: ['Admin', 'Member'] } })).toEqual({
    '/memberships/staff': 'others-rule',
  });
});

describe('a namespace of Kubernetes', () => {
  const quota = { cpuCores: 2, memoryGb: 4, storageGb: 10, pods: 5, services: 3, gpus: 0 };
  const spec = kubernetesNamespaceSpec.parse({ quota });
  const where = ref('kubernetes-namespace', 'tenant-acme');
  const wanted = wantedFacts(where, spec, 'platformq');
  const seen = { ...ours, ...wanted, uid: 'u', terminating: false, hasScopedQuota: false };
  const plan = (over: object) => planKubernetes(where, spec, { ...seen, ...over }, wanted);
  const network = wanted.network as { readonly ingress: readonly { readonly from: readonly object[] }[] };
  const wider = { ...network, ingress: [{ from: [...(network.ingress[0]?.from ?? []), { podSelector: { a: 'b' } }] }] };
  test.each([
    ['a quota below what is used', { quota: { ...wanted.quota, pods: '9' }, used: { pods: '7' } }, 'quota-below-use'],
    ['a quota above what is used', { quota: { ...wanted.quota, pods: '9' }, used: { pods: '4' } }, undefined],
    ['stricter pods', { podSecurity: 'restricted' }, 'weaker-isolation'],
    ['laxer pods', { podSecurity: 'privileged' }, undefined],
    ['a rule of the network that others added', { network: wider }, 'others-rule'],
    ['a rule of the network that is missing', { network: { ...network, ingress: [] } }, undefined],
    ['a range that others added', { limits: [...(wanted.limits as object[]), { type: 'Pod' }] }, 'others-rule'],
    ['verbs that others added', { role: [...(wanted.role as object[]), { verbs: ['get'] }] }, 'others-rule'],
    [
      'who acts beside the tenant',
      { access: { ...wanted.access, subjects: ['a', ...(wanted.access?.subjects ?? [])] } },
      'others-rule',
    ],
    ['who acts instead of the tenant', { access: { ...wanted.access, subjects: ['a'] } }, undefined],
    ['nobody who acts', { access: { ...wanted.access, subjects: [] } }, undefined],
  ])('%s', (_name, over, kind) => {
    expect(plan(over).map(({ weakens }) => weakens?.kind)).toEqual([kind]);
  });
  test('what is left of a quota or a policy is sent as it is seen', () => {
    const held = { ...seen, quota: { ...wanted.quota, pods: '9' }, network: wider };
    const changes = plan({ quota: { ...held.quota, services: '1' }, network: wider }).filter(
      ({ path }) => path === '/quota/services',
    );
    const manifest = (part: 'quota' | 'network') =>
      partAfter(part, partManifest(part, where, spec, 'platformq'), held, changes)['spec'];
    expect(manifest('quota')).toEqual({ hard: { ...wanted.quota, pods: '9' } });
    expect(manifest('network')).toEqual(wider);
  });
});

test('a value after some of its changes keeps what the others would have changed', () => {
  const change = (path: string): Change => ({ path, from: null, to: null, weight: 'settings' });
  const [seen, wanted] = [
    { a: 1, b: 2, c: 3 } as Record<string, number>,
    { a: 9, b: 8, d: 7 } as Record<string, number>,
  ];
  expect(chosen('/r', seen, wanted, [change('/r/a'), change('/r/d')])).toEqual({ a: 9, b: 2, c: 3, d: 7 });
  expect(chosen('/r', seen, wanted, [change('/r/c')])).toEqual({ a: 1, b: 2 });
  expect(chosen('/r', seen, wanted, [change('/r')])).toEqual(wanted);
  expect(chosen('/r', seen, wanted, [change('/other')])).toEqual(seen);
});
