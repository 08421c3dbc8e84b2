/**
 * The embedded backends pass the contract of every provider; raw eyes here are the files themselves.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Provider, Ref, SeenBase } from '@leasehold/engine';
import { type AroundCall, type Drift, type ProviderHarness, providerSuite } from '@leasehold/testing/suites/provider';
import { scope } from '@leasehold/testing/suites/provider-steps';
import { expect, test } from 'vitest';
import { createEmbeddedCassandraBackend } from './cassandra-keyspace/embedded.ts';
import { createEmbeddedElasticsearchBackend } from './elasticsearch-index/embedded.ts';
import { createEmbeddedIgniteBackend } from './ignite-cache/embedded.ts';
import { createEmbeddedMinioBackend } from './minio-bucket/embedded.ts';
import { createEmbeddedPulsarBackend } from './pulsar-namespace/embedded.ts';

const tampered = (file: (ref: Ref) => string, change: (record: Record<string, never>) => void) => async (ref: Ref) => {
  const record = JSON.parse(await readFile(file(ref), 'utf8'));
  change(record);
  await writeFile(file(ref), JSON.stringify(record));
};

interface Shape<Spec> {
  readonly spec: unknown;
  readonly other: unknown;
  readonly withdrawn?: unknown;
  readonly give?: (ref: Ref) => Promise<unknown>;
  readonly name: (id: string) => string;
  readonly path: (ref: Ref) => string;
  readonly drifts: readonly Drift[];
  readonly data: (ref: Ref) => Promise<void>;
  readonly stranger: (ref: Ref) => Promise<void>;
  readonly unmarked?: NonNullable<ProviderHarness<Spec, SeenBase>['unmarked']>;
  readonly provider: Provider<Spec, SeenBase>;
}

function harness<Spec>(folder: string, dataDir: string, shape: Shape<Spec>): ProviderHarness<Spec, SeenBase> {
  let serial = 0;
  const parse = (value: unknown): Spec => shape.provider.spec.parse(value);
  const left = async (ref: Ref) => {
    const mine = shape.path(ref).slice(folder.length + 1);
    return (await readdir(folder)).filter((file) => file.includes(mine));
  };
  return {
    provider: shape.provider,
    ref(label) {
      const tenantId = `rs-${label}-${++serial}`;
      return { kind: shape.provider.kind, name: shape.name(tenantId), tenantId, generation: 1, tier: 'free' };
    },
    spec: parse(shape.spec),
    otherTier: { tier: 'enterprise', spec: parse(shape.other) },
    ...(shape.withdrawn === undefined ? {} : { withdrawn: parse(shape.withdrawn) }),
    ...(shape.give === undefined ? {} : { give: shape.give }),
    drifts: shape.drifts,
    makeForeign: shape.stranger,
    isForeignIntact: async (ref) => (await left(ref)).length === 1,
    removeForeign: (ref) => rm(shape.path(ref), { recursive: true }),
    ...(shape.unmarked ? { unmarked: shape.unmarked } : {}),
    putData: shape.data,
    remains: left,
    cleanup: () => rm(dataDir, { recursive: true, force: true }),
  };
}

/** A record that others made: it holds nothing but what it says. */
const records = (path: (ref: Ref) => string, record: object) => ({
  make: (ref: Ref) => writeFile(path(ref), JSON.stringify(record)),
  isKept: async (ref: Ref) => (await readFile(path(ref), 'utf8')) !== '',
});

const freshDir = () => mkdtemp(join(tmpdir(), 'leasehold-embedded-'));

providerSuite('embedded keyspace', async (around: AroundCall) => {
  const dataDir = await freshDir();
  const folder = join(dataDir, 'cassandra');
  const path = (ref: Ref) => join(folder, `${ref.name}.sqlite`);
  const sql = (text: string) => async (ref: Ref) => {
    using database = new DatabaseSync(path(ref));
    database.exec(text);
  };
  const setRecord = (field: string, json: string) =>
    sql(`UPDATE leasehold_keyspace SET record = json_set(record, '$.${field}', json('${json}'))`);
  const drifts: readonly Drift[] = [
    { path: '/replication/embedded', weight: 'settings', tamper: setRecord('replication.embedded', '3') },
    { path: '/durableWrites', weight: 'settings', tamper: setRecord('durableWrites', 'false') },
    { path: '/tables/settings', weight: 'data', tamper: sql('DROP TABLE settings') },
    { path: '/schemaVersion', weight: 'settings', tamper: setRecord('schemaVersion', '0') },
  ];
  return harness(folder, dataDir, {
    provider: createEmbeddedCassandraBackend({ dataDir, around }).providers[0] as unknown as Provider<unknown>,
    spec: {},
    other: { durableWrites: false },
    name: (id) => `tenant_${id.replaceAll('-', '_')}`,
    path,
    drifts,
    data: sql("INSERT INTO settings (scope, name, value) VALUES ('a', 'b', 'c')"),
    stranger: sql('CREATE TABLE theirs (a)'),
    unmarked: {
      make: sql('CREATE TABLE theirs (a); INSERT INTO theirs VALUES (7)'),
      isKept: async (ref) => {
        using database = new DatabaseSync(path(ref));
        return database.prepare('SELECT a FROM theirs').get()?.['a'] === 7;
      },
    },
  });
});

providerSuite('embedded bucket', async (around: AroundCall) => {
  const dataDir = await freshDir();
  const folder = join(dataDir, 'minio');
  const path = (ref: Ref) => join(folder, ref.name);
  const set = (change: (record: Record<string, never>) => void) =>
    tampered((ref) => join(path(ref), '.leasehold.json'), change);
  const drifts: readonly Drift[] = [
    {
      path: '/versioning',
      weight: 'settings',
      tamper: set((it) => Object.assign(it['state'] ?? {}, { versioning: 'off' })),
    },
    {
      path: '/quotaBytes',
      weight: 'settings',
      tamper: set((it) => Object.assign(it['state'] ?? {}, { quotaBytes: null })),
    },
    { path: '/tags/tier', weight: 'settings', tamper: set((it) => Object.assign(it, { tier: 'gold' })) },
  ];
  return harness(folder, dataDir, {
    provider: createEmbeddedMinioBackend({ dataDir, around }).providers[0] as unknown as Provider<unknown>,
    spec: { quotaBytes: 1_000_000 },
    other: { quotaBytes: 2_000_000, lifecycleDays: { logs: 90 } },
    withdrawn: { quotaBytes: 1_000_000, access: 'withdrawn' },
    give: set((it) => Object.assign(it['state'] ?? {}, { policy: { grants: ['Anybody'], denial: null } })),
    name: (id) => `tenant-${id}`,
    path,
    drifts,
    async data(ref) {
      const names = [Buffer.from('object'), Buffer.from('Icon\r'), Buffer.from('a\u0001b'), Buffer.from([0x61, 0xff])];
      for (const name of names) await writeFile(Buffer.concat([Buffer.from(`${path(ref)}/`), name]), 'content');
    },
    stranger: async (ref) => void (await mkdir(path(ref))),
    unmarked: {
      make: async (ref) => {
        await mkdir(path(ref));
        await writeFile(join(path(ref), 'theirs'), 'kept');
      },
      isKept: async (ref) => (await readFile(join(path(ref), 'theirs'), 'utf8')) === 'kept',
    },
  });
});

providerSuite('embedded namespace', async (around: AroundCall) => {
  const dataDir = await freshDir();
  const folder = join(dataDir, 'pulsar');
  const path = (ref: Ref) => join(folder, `${encodeURIComponent(ref.name)}.json`);
  const set = (state: object) => tampered(path, (it) => Object.assign(it['state'] ?? {}, state));
  const spec = { roles: { svc: ['produce', 'consume'] }, topics: { a: ['s'], b: [] } };
  const drifts: readonly Drift[] = [
    { path: '/retentionMinutes', weight: 'settings', tamper: set({ retentionMinutes: 5 }) },
    { path: '/subscriptionExpirationMinutes', weight: 'settings', tamper: set({ subscriptionExpirationMinutes: 5 }) },
    { path: '/access/svc', weight: 'settings', tamper: set({ permissions: {} }) },
    { path: '/topics/a', weight: 'settings', tamper: set({ topics: { b: [] } }) },
    { path: '/topics/a/s', weight: 'settings', tamper: set({ topics: { a: [], b: [] } }) },
  ];
  return harness(folder, dataDir, {
    provider: createEmbeddedPulsarBackend({ dataDir, around }).providers[0] as unknown as Provider<unknown>,
    spec,
    other: { ...spec, publishRate: { messagesPerSecond: 1000, bytesPerSecond: -1 } },
    withdrawn: { ...spec, access: 'withdrawn' },
    name: (id) => `platformq/${id}`,
    path,
    drifts,
    data: async () => undefined,
    stranger: (ref) => writeFile(path(ref), '{}'),
    unmarked: records(path, {}),
  });
});

providerSuite('embedded index', async (around: AroundCall) => {
  const dataDir = await freshDir();
  const folder = join(dataDir, 'elasticsearch');
  const path = (ref: Ref) => join(folder, `${ref.name}.json`);
  const set = (state: object) => tampered(path, (it) => Object.assign(it['state'] ?? {}, state));
  const drifts: readonly Drift[] = [
    { path: '/refreshSeconds', weight: 'settings', tamper: set({ refreshSeconds: 9 }) },
    { path: '/tier', weight: 'settings', tamper: tampered(path, (it) => Object.assign(it, { tier: 'gold' })) },
    {
      path: '/fields/level',
      weight: 'settings',
      tamper: tampered(path, (it) => Object.assign(it['state']?.['fields'] ?? {}, { level: undefined })),
    },
  ];
  return harness(folder, dataDir, {
    provider: createEmbeddedElasticsearchBackend({ dataDir, around }).providers[0] as unknown as Provider<unknown>,
    spec: {},
    other: { refreshSeconds: 5, lifecycle: { deleteAfterDays: 7 } },
    name: (id) => `${id}_logs`,
    path,
    drifts,
    data: async () => undefined,
    stranger: (ref) => writeFile(path(ref), '{}'),
    unmarked: records(path, {}),
  });
});

providerSuite('embedded cache', async (around: AroundCall) => {
  const dataDir = await freshDir();
  const folder = join(dataDir, 'ignite');
  const path = (ref: Ref) => join(folder, `${ref.name}.json`);
  const set = (state: object) => tampered(path, (it) => Object.assign(it['state'] ?? {}, state));
  return harness(folder, dataDir, {
    provider: createEmbeddedIgniteBackend({ dataDir, around }).providers[0] as unknown as Provider<unknown>,
    spec: { backups: 1, expirySeconds: 300 },
    other: { backups: 1, expirySeconds: 60 },
    name: (id) => `sessions_${id}`,
    path,
    drifts: [{ path: '/backups', weight: 'data', tamper: set({ backups: 3 }) }],
    data: async () => undefined,
    stranger: (ref) => writeFile(path(ref), '{}'),
    unmarked: {
      make: records(path, { backups: 1 }).make,
      isKept: async (ref) => JSON.parse(await readFile(path(ref), 'utf8')).state?.group !== 'tenants-b1',
      makeUnfit: (ref) => writeFile(path(ref), '{}'),
    },
  });
});

test('R3 a deletion that failed half-way is finished by the next one, though nothing bears the name any more', async () => {
  const dataDir = await freshDir();
  const backends = [createEmbeddedMinioBackend({ dataDir }), createEmbeddedCassandraBackend({ dataDir })] as const;
  for (const [{ backend, providers }, name, file] of [
    [backends[0], 'tenant-acme', 'tenant-acme'],
    [backends[1], 'tenant_acme', 'tenant_acme.sqlite'],
  ] as const) {
    const ref = { kind: providers[0].kind, name, tenantId: 'acme', generation: 1, tier: 'free' };
    const { signal } = new AbortController();
    await backend.probe(signal);
    const folder = join(dataDir, backend.name);
    const remains = join(folder, `.${file}.00000000-0000-4000-8000-000000000000.gone`);
    await mkdir(remains);
    await writeFile(join(remains, 'object'), 'content');
    await providers[0].delete(ref, scope());
    expect(await readdir(folder), backend.name).toEqual([]);
    await backend.close();
  }
  await rm(dataDir, { recursive: true, force: true });
});
