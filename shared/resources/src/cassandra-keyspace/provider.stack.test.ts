/**
 * Keyspaces on a real Cassandra: the provider contract, and migrations that come later.
 */
import type { Provider, Ref } from '@leasehold/engine';
import { type AroundCall, type Drift, providerSuite } from '@leasehold/testing/suites/provider';
import { behindProxy, refMaker, variable } from '@leasehold/testing/suites/provider-stack';
import { at, converge, scope } from '@leasehold/testing/suites/provider-steps';
import cassandra from 'cassandra-driver';
import { afterAll, expect, test } from 'vitest';
import { createCassandraBackend } from './backend.ts';
import type { KeyspaceSeen, KeyspaceSpec } from './spec.ts';
import { MIGRATIONS, type Migration } from './tables.ts';

const hosts = () => variable('STACK_CASSANDRA_HOSTS').split(',');
const login = () => ({
  username: variable('STACK_CASSANDRA_USERNAME'),
  password: variable('STACK_CASSANDRA_PASSWORD'),
});
const replication = { datacenter1: 1 };
const settings = () => ({ hosts: hosts(), localDataCenter: 'datacenter1', ...login(), replication });
const nameOf = (id: string) => `tenant_${id.replaceAll('-', '_')}`;
const ref = refMaker('cassandra-keyspace', nameOf);

const raw = new cassandra.Client({
  contactPoints: hosts(),
  localDataCenter: 'datacenter1',
  credentials: login(),
  isMetadataSyncEnabled: false,
});
const made: Ref[] = [];
const fresh = (label: string): Ref => {
  const one = ref(label);
  made.push(one);
  return one;
};
const cql = (text: string) => (one: Ref) => raw.execute(text.replace('KS', one.name));

const removeMade = async (): Promise<void> => {
  for (const one of made.splice(0)) await cql('DROP KEYSPACE IF EXISTS KS')(one);
};

const CREATE = "CREATE KEYSPACE KS WITH replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': 1}";

const drifts: readonly Drift[] = [
  {
    path: '/replication/datacenter1',
    weight: 'settings',
    tamper: cql("ALTER KEYSPACE KS WITH replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': 2}"),
  },
  { path: '/durableWrites', weight: 'settings', tamper: cql('ALTER KEYSPACE KS WITH durable_writes = false') },
  { path: '/tables/settings', weight: 'data', tamper: cql('DROP TABLE KS.settings') },
  { path: '/tables/events/columns/body', weight: 'data', tamper: cql('ALTER TABLE KS.events DROP body') },
];

const only = (one: { readonly providers: readonly [Provider<KeyspaceSpec, KeyspaceSeen>] }) => one.providers[0];

providerSuite('keyspace on Cassandra', async (around: AroundCall) => {
  const { backend, providers } = createCassandraBackend({ ...settings(), around });
  const proxied = (mode: 'mute' | 'cut') =>
    behindProxy(hosts()[0] as string, mode, (at) =>
      createCassandraBackend({ ...settings(), hosts: [at], timeoutMs: mode === 'mute' ? 300 : 3000 }),
    );
  const provider = providers[0];
  return {
    provider,
    ref: fresh,
    spec: provider.spec.parse({}),
    otherTier: { tier: 'enterprise', spec: provider.spec.parse({ durableWrites: false }) },
    drifts,
    async makeForeign(one) {
      await cql(CREATE)(one);
      await cql("CREATE TABLE KS.entities (id text PRIMARY KEY) WITH comment = 'theirs'")(one);
    },
    async isForeignIntact(one) {
      const text = 'SELECT comment FROM system_schema.tables WHERE keyspace_name = ?';
      const { rows } = await raw.execute(text, [one.name]);
      return rows.length === 1 && rows[0]?.comment === 'theirs';
    },
    removeForeign: async (one) => void (await cql('DROP KEYSPACE KS')(one)),
    unmarked: {
      async make(one) {
        await cql(CREATE)(one);
        const columns = 'scope text, name text, value text, version bigint, updated_at timestamp';
        await cql(`CREATE TABLE KS.settings (${columns}, PRIMARY KEY (scope, name)) WITH comment = 'theirs'`)(one);
        await cql("INSERT INTO KS.settings (scope, name, value) VALUES ('a', 'b', 'kept')")(one);
      },
      async isKept(one) {
        const { rows } = await raw.execute(`SELECT value FROM ${one.name}.settings WHERE scope = 'a' AND name = 'b'`);
        return rows[0]?.value === 'kept';
      },
      async makeUnfit(one) {
        await cql(CREATE)(one);
        await cql("CREATE TABLE KS.settings (scope text PRIMARY KEY, name text) WITH comment = 'theirs'")(one);
      },
    },
    makeHalf: async (one) => void (await cql(CREATE)(one)),
    putData: async (one) =>
      void (await cql("INSERT INTO KS.settings (scope, name, value) VALUES ('a', 'b', 'c')")(one)),
    async remains(one) {
      const text = 'SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?';
      return (await raw.execute(text, [one.name])).rows.map((row) => String(row.keyspace_name));
    },
    mute: () => proxied('mute'),
    refusing: () => proxied('cut'),
    async cleanup() {
      await removeMade();
      await backend.close();
    },
  };
});

afterAll(async () => {
  await removeMade();
  await raw.shutdown();
});

const SECOND: Migration = {
  version: 2,
  steps: [
    { kind: 'column', table: 'entities', column: 'owner', type: 'text' },
    { kind: 'column', table: 'entities', column: 'labels', type: 'set<text>' },
  ],
};

test('T1 a later migration is resumed at the statement that it stopped at, and an older release leaves it alone', async () => {
  const one = fresh('migrate');
  const old = createCassandraBackend(settings());
  const next = createCassandraBackend({ ...settings(), migrations: [...MIGRATIONS, SECOND] });
  const [before, after] = [only(old), only(next)];
  await converge(before, one, before.spec.parse({}));
  await cql('ALTER TABLE KS.entities ADD owner text')(one);
  const changes = await converge(after, one, after.spec.parse({}));
  expect(changes.map(({ path, weight }) => [path, weight])).toEqual([
    ['/tables/entities/columns/labels', 'settings'],
    ['/schemaVersion', 'settings'],
  ]);
  expect(await after.observe(one, scope())).toMatchObject({ schemaVersion: 2, mark: 'ours' });
  expect(before.plan(one, before.spec.parse({}), await before.observe(one, scope()))).toEqual([]);
  await Promise.all([old.backend.close(), next.backend.close()]);
});

test('A2 a base table with another key cannot be adopted, and the keyspace stays as it is', async () => {
  const one = fresh('unfit');
  await cql(CREATE)(one);
  await cql("CREATE TABLE KS.entities (id text PRIMARY KEY) WITH comment = 'theirs'")(one);
  const { backend, providers } = createCassandraBackend(settings());
  const [provider] = providers;
  const seen = at(await provider.observe(one, scope()));
  expect(seen.mark).toBe('none');
  expect(provider.unfit?.(one, provider.spec.parse({}), seen)).toEqual([
    'its table entities has the primary key id, not entity_type, bucket, entity_id',
  ]);
  await backend.close();
});

test('A1 a keyspace without any base table gets one that carries the mark, and keeps its own', async () => {
  const one = fresh('bare');
  await cql(CREATE)(one);
  await cql('CREATE TABLE KS.orders (id int PRIMARY KEY)')(one);
  const { backend, providers } = createCassandraBackend(settings());
  const [provider] = providers;
  await provider.adopt?.(one, provider.spec.parse({}), scope());
  expect(await provider.observe(one, scope())).toMatchObject({ mark: 'ours', generation: one.generation });
  await converge(provider, one, provider.spec.parse({}));
  const text = 'SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?';
  const names = (await raw.execute(text, [one.name])).rows.map((row) => String(row.table_name));
  expect(names).toContain('orders');
  expect(names).toHaveLength(6);
  await backend.close();
});
