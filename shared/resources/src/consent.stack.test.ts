/**
 * What an operator made stronger by hand on the real servers, with the engine as the mesh runs it: it is kept and named, what else
 * differs is repaired beside it, an operator's word brings it down, and so does a changed wish where the mesh had set it.
 */

import { CoreV1Api, KubeConfig, KubernetesObjectApi, PatchStrategy } from '@kubernetes/client-node';
import {
  applyPatch,
  freshRecord,
  type GraphNode,
  type NodeRecord,
  type Provider,
  type Ref,
  RUN_BOUNDS,
  run,
} from '@leasehold/engine';
import { seededRng, systemClock } from '@leasehold/kernel';
import { address, refMaker, variable } from '@leasehold/testing/suites/provider-stack';
import { scope } from '@leasehold/testing/suites/provider-steps';
import cassandra from 'cassandra-driver';
import { Client } from 'minio';
import { afterAll, describe, expect, test } from 'vitest';
import { createCassandraBackend } from './cassandra-keyspace/backend.ts';
import { createElasticsearchBackend } from './elasticsearch-index/backend.ts';
import { createKubernetesBackend } from './kubernetes-namespace/backend.ts';
import { createMinioBackend } from './minio-bucket/backend.ts';
import { createPulsarBackend } from './pulsar-namespace/backend.ts';

const signal = new AbortController().signal;
const closers: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closers.reverse()) await close();
});

/** One object under the mesh's own executor, with a ledger in a variable. */
async function hold(provider: Provider, ref: Ref, settings: object) {
  let record: NodeRecord | undefined;
  let spec: unknown = provider.spec.parse(settings);
  const look = async (options: { readonly consent?: boolean } = {}): Promise<NodeRecord> => {
    const node: GraphNode = {
      id: ref.kind,
      kind: ref.kind,
      part: 'main',
      name: ref.name,
      spec,
      dependsOn: [],
      remakeWhenLost: false,
    };
    record ??= freshRecord(node);
    await run({
      graph: [node],
      records: new Map([[node.id, record]]),
      goal: 'converge',
      refOf: () => ref,
      providers: new Map([[ref.kind, provider]]),
      call: (_provider, _verb, call) => call(scope()),
      clock: systemClock,
      rng: seededRng(1),
      acceptLoss: false,
      consent: options.consent ?? false,
      recheck: true,
      signal,
      fence: 1,
      deadlineMs: Number.MAX_SAFE_INTEGER,
      paused: () => false,
      mayBegin: () => true,
      ceiling: () => undefined,
      record: async (patches) => {
        for (const patch of patches) record = applyPatch(record as NodeRecord, patch);
      },
      bounds: RUN_BOUNDS,
    });
    if (record.failure) throw new Error(record.failure.message);
    return record;
  };
  closers.push(() => provider.delete(ref, scope()));
  await look();
  return {
    look,
    held: async () => (await look()).left?.map(({ path, weakens }) => [path, weakens?.kind]),
    /** An operator's word changes what it should be. */
    ask: async (next: object) => {
      record = { ...(record as NodeRecord), status: 'pending', former: [spec] };
      spec = provider.spec.parse(next);
      return look();
    },
  };
}

describe('a keyspace', () => {
  const hosts = variable('STACK_CASSANDRA_HOSTS').split(',');
  const [username, password] = [variable('STACK_CASSANDRA_USERNAME'), variable('STACK_CASSANDRA_PASSWORD')];
  const raw = new cassandra.Client({
    contactPoints: hosts,
    localDataCenter: 'datacenter1',
    credentials: { username, password },
    isMetadataSyncEnabled: false,
  });
  const settings = { hosts, localDataCenter: 'datacenter1', username, password };
  const { backend, providers } = createCassandraBackend({ ...settings, replication: { datacenter1: 1 } });
  closers.push(
    () => backend.close(),
    () => raw.shutdown(),
  );
  const ref = refMaker('cassandra-keyspace', (id) => `tenant_${id.replaceAll('-', '_')}`);
  const alter = (one: Ref, copies: number, durable: boolean) =>
    raw.execute(
      `ALTER KEYSPACE ${one.name} WITH replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': ${copies}} AND durable_writes = ${durable}`,
    );
  const copiesOf = async (one: Ref) => {
    const text = 'SELECT replication, durable_writes FROM system_schema.keyspaces WHERE keyspace_name = ?';
    const row = (await raw.execute(text, [one.name])).first();
    return [row.get('replication').datacenter1, row.get('durable_writes')];
  };

  test('a replication factor of 3 by hand stays 3, beside a repair, until the word', { timeout: 120_000 }, async () => {
    const one = ref('rf');
    const mesh = await hold(providers[0] as Provider, one, {});
    await alter(one, 3, false);
    expect(await mesh.held()).toEqual([['/replication/datacenter1', 'fewer-replicas']]);
    expect(await copiesOf(one)).toEqual(['3', true]);
    await mesh.look({ consent: true });
    expect(await copiesOf(one)).toEqual(['1', true]);
  });

  test('what the mesh had set itself is brought down when an operator asks', { timeout: 120_000 }, async () => {
    const one = ref('asked');
    const mesh = await hold(providers[0] as Provider, one, { replication: { datacenter1: 2 } });
    expect((await mesh.ask({ replication: { datacenter1: 1 } })).left).toBeUndefined();
    expect(await copiesOf(one)).toEqual(['1', true]);
  });

  test('its probe tells a data centre that is not there, and refused credentials', { timeout: 60_000 }, async () => {
    for (const [over, code] of [
      [{ replication: { nowhere: 1 } }, 'UnknownDataCentre'],
      [{ password: 'wrong' }, 'AccessDenied'],
    ] as const) {
      const other = createCassandraBackend({ ...settings, replication: { datacenter1: 1 }, ...over });
      closers.push(() => other.backend.close());
      await expect(other.backend.probe(signal)).rejects.toMatchObject({ away: true, code });
    }
    await backend.probe(signal);
  });
});

describe('a bucket', () => {
  const endpoint = variable('STACK_MINIO_ENDPOINT');
  const [accessKey, secretKey] = [variable('STACK_MINIO_ACCESS_KEY'), variable('STACK_MINIO_SECRET_KEY')];
  const { host, port } = address(endpoint);
  const raw = new Client({ endPoint: host, port, useSSL: false, accessKey, secretKey, region: 'us-east-1' });
  const settings = { endpoint, accessKey, secretKey, useTls: false };
  const { backend, providers } = createMinioBackend(settings);
  closers.push(() => backend.close());
  const ref = refMaker('minio-bucket', (id) => `tenant-${id}`);

  test('a lifecycle made longer stays, and the other rules are repaired', { timeout: 120_000 }, async () => {
    const one = ref('days');
    const mesh = await hold(providers[0] as Provider, one, { quotaBytes: 5_000_000_000 });
    const config = await raw.getBucketLifecycle(one.name);
    const rules = [config?.Rule].flat() as { ID: string; Expiration: { Days: number } }[];
    const changed = rules.map((rule) => ({
      ...rule,
      ...(rule.ID === 'leasehold-logs' ? { Expiration: { Days: 3650 } } : {}),
      ...(rule.ID === 'leasehold-cache' ? { Expiration: { Days: 1 } } : {}),
    }));
    await raw.setBucketLifecycle(one.name, { Rule: changed } as never);
    expect(await mesh.held()).toEqual([['/lifecycleDays/logs', 'shorter-retention']]);
    const seen = (await (providers[0] as Provider).observe(one, scope())) as unknown as { lifecycleDays: object };
    expect(seen.lifecycleDays).toMatchObject({ logs: 3650, cache: 7 });
    expect((await mesh.look({ consent: true })).left).toBeUndefined();
  });

  test('versions go on until the word', { timeout: 120_000 }, async () => {
    const one = ref('versions');
    const mesh = await hold(providers[0] as Provider, one, { versioning: 'suspended' });
    await raw.setBucketVersioning(one.name, { Status: 'Enabled' });
    expect(await mesh.held()).toEqual([['/versioning', 'versions-stop']]);
    expect((await raw.getBucketVersioning(one.name)).Status).toBe('Enabled');
  });

  test('its probe tells refused keys, which a server that lives does not', { timeout: 60_000 }, async () => {
    const other = createMinioBackend({ ...settings, secretKey: 'wrong-wrong' });
    closers.push(() => other.backend.close());
    await expect(other.backend.probe(signal)).rejects.toMatchObject({ class: 'Unavailable' });
    await backend.probe(signal);
  });
});

describe('a namespace of Pulsar', () => {
  const url = variable('STACK_PULSAR_URL');
  const token = variable('STACK_PULSAR_TOKEN');
  const settings = { adminUrl: url, token, pulsarTenant: 'platformq-rs' };
  const { backend, providers } = createPulsarBackend(settings);
  closers.push(() => backend.close());
  const ref = refMaker('pulsar-namespace', (id) => `platformq-rs/${id}`);
  const rest = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${url}/admin/v2${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return text === '' ? undefined : JSON.parse(text);
  };

  test('retention made longer and a grant by hand stay, a time to live is repaired beside them', {
    timeout: 120_000,
  }, async () => {
    await rest('PUT', '/tenants/platformq-rs', { allowedClusters: ['standalone'] }).catch(() => undefined);
    const one = ref('kept');
    const mesh = await hold(providers[0] as Provider, one, {
      retentionMinutes: 60,
      retentionMegabytes: 100,
      messageTtlSeconds: 600,
      roles: { svc: ['produce'] },
    });
    const at = `/namespaces/${one.name}`;
    await rest('POST', `${at}/retention`, { retentionTimeInMinutes: 10_080, retentionSizeInMB: 50 });
    await rest('POST', `${at}/messageTTL`, 5);
    await rest('POST', `${at}/permissions/audit`, ['consume']);
    expect(await mesh.held()).toEqual([
      ['/retentionMinutes', 'shorter-retention'],
      ['/access/audit', 'others-rule'],
    ]);
    expect(await rest('GET', `${at}/retention`)).toEqual({ retentionTimeInMinutes: 10_080, retentionSizeInMB: 100 });
    expect(await rest('GET', `${at}/messageTTL`)).toBe(600);
    expect(await rest('GET', `${at}/permissions`)).toEqual({ audit: ['consume'], svc: ['produce'] });
    await mesh.look({ consent: true });
    expect(await rest('GET', `${at}/retention`)).toMatchObject({ retentionTimeInMinutes: 60 });
    expect(await rest('GET', `${at}/permissions`)).toEqual({ svc: ['produce'] });
  });

  test('a backlog quota is lowered on an operator’s word where less is unread', { timeout: 120_000 }, async () => {
    const one = ref('backlog');
    const wanted = (backlogQuotaBytes: number) => ({ backlogQuotaBytes, topics: { news: ['reader'] } });
    const mesh = await hold(providers[0] as Provider, one, wanted(5_000_000));
    expect((await mesh.ask(wanted(4_000_000))).left).toBeUndefined();
    const seen = await (providers[0] as Provider).observe(one, scope());
    const measured = await providers[0].measure?.(one, seen as never, scope());
    expect(measured).toMatchObject({ backlogBytes: 0 });
  });

  test('its probe tells a tenant that is not there, and a refused token', { timeout: 60_000 }, async () => {
    for (const [over, code] of [
      [{ pulsarTenant: 'nobody-at-all' }, 'TenantMissing'],
      [{ token: 'not.a.token' }, 'AccessDenied'],
    ] as const) {
      const other = createPulsarBackend({ ...settings, ...over });
      closers.push(() => other.backend.close());
      await expect(other.backend.probe(signal)).rejects.toMatchObject({ away: true, code });
    }
    await backend.probe(signal);
  });
});

describe('a namespace of Kubernetes', () => {
  const settings = { kubeconfig: variable('STACK_KUBECONFIG') };
  const config = new KubeConfig();
  config.loadFromFile(settings.kubeconfig);
  const [core, objects] = [config.makeApiClient(CoreV1Api), KubernetesObjectApi.makeApiClient(config)];
  const { backend, providers } = createKubernetesBackend(settings);
  closers.push(() => backend.close());
  const ref = refMaker('kubernetes-namespace', (id) => `tenant-${id}`);
  const quota = { cpuCores: 2, memoryGb: 4, storageGb: 10, pods: 5, services: 3, gpus: 0 };

  test('a quota below what is used waits, one above it is set back', { timeout: 120_000 }, async () => {
    const one = ref('quota');
    const mesh = await hold(providers[0] as Provider, one, { quota: { ...quota, services: 2 } });
    const raised = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: `${one.tenantId}-quota`, namespace: one.name },
      spec: { hard: { services: '9', pods: '50' } },
    };
    await objects.patch(raised, undefined, undefined, 'somebody', undefined, PatchStrategy.MergePatch);
    for (const name of ['a', 'b', 'c', 'd'])
      await core.createNamespacedService({
        namespace: one.name,
        body: { metadata: { name }, spec: { ports: [{ port: 80 }] } },
      });
    const usedServices = async (): Promise<string | undefined> => {
      const seen = await (providers[0] as Provider).observe(one, scope());
      return (seen as unknown as { used?: Record<string, string> }).used?.['services'];
    };
    await expect.poll(usedServices, { timeout: 60_000 }).toBe('4');
    expect(await mesh.held()).toEqual([['/quota/services', 'quota-below-use']]);
    const seen = await (providers[0] as Provider).observe(one, scope());
    expect(seen).toMatchObject({ quota: { services: '9', pods: '5' } });
  });
});

describe('a series of indices', () => {
  const { backend, providers } = createElasticsearchBackend({ url: variable('STACK_ELASTICSEARCH_URL') });
  closers.push(() => backend.close());
  const ref = refMaker('elasticsearch-index', (id) => `${id}_logs`);

  test('more copies by hand stay', { timeout: 120_000 }, async () => {
    const one = ref('copies');
    const mesh = await hold(providers[0] as Provider, one, {});
    const put = (index: object) =>
      fetch(`${variable('STACK_ELASTICSEARCH_URL')}/${one.name}-000001/_settings`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ index }),
      });
    await put({ auto_expand_replicas: '0-2', refresh_interval: '30s' });
    expect(await mesh.held()).toEqual([['/replicas', 'fewer-replicas']]);
    expect(await (providers[0] as Provider).observe(one, scope())).toMatchObject({
      replicas: '0-2',
      refreshSeconds: 1,
    });
    await backend.probe(signal);
  });
});
