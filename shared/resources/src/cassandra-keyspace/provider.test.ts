/** Keyspaces without a cluster: the statements that are sent, against a file written by hand, and how schema tables are read. */
import type { Change } from '@leasehold/engine';
import { conflict, unavailable } from '@leasehold/kernel';
import { type ColumnTold, createCannedCassandra, type TableTold } from '@leasehold/testing/fakes/cassandra-canned';
import { listAll, scope } from '@leasehold/testing/suites/provider-steps';
import { expect, test } from 'vitest';
import {
  BASE,
  COLUMNS,
  golden,
  mark,
  NETWORK,
  providerOver,
  REPLICATION,
  ref,
  tables,
} from '../../test/keyspace-bench.ts';
import type { KeyspaceSeen } from './spec.ts';
import { MIGRATIONS, type Migration } from './tables.ts';

function clusterOf(migrations: readonly Migration[] = MIGRATIONS) {
  const canned = createCannedCassandra();
  const provider = providerOver(canned.session, migrations);
  return { canned, provider, spec: provider.spec.parse({}) };
}

const change = (path: string, to: unknown = null): Change => ({ path, from: null, to, weight: 'settings' });

test('K2 a keyspace is made by the statements of the file, in its order', async () => {
  const { canned, provider, spec } = clusterOf();
  const changes = provider.plan(ref, spec, await provider.observe(ref, scope()));
  expect(changes).toEqual([{ path: '', from: null, to: spec, weight: 'data' }]);
  expect(await provider.ensure(ref, spec, changes, scope())).toEqual({
    keyspace: 'tenant_acme_corp',
    replication: REPLICATION,
  });
  expect(canned.statements).toEqual(golden('create'));
  expect(canned.names).toEqual(['create-keyspace', ...BASE.map(() => 'create-table')]);
});

test('a keyspace as the file makes it differs in nothing', async () => {
  const { canned, provider, spec } = clusterOf();
  canned.keyspaces.set(ref.name, { replication: NETWORK, tables: tables() });
  const seen = await provider.observe(ref, scope());
  expect(seen).toMatchObject({
    mark: 'ours',
    generation: 2,
    replication: REPLICATION,
    durableWrites: true,
    schemaVersion: 1,
  });
  expect(seen).not.toHaveProperty('misfits');
  expect(provider.plan(ref, spec, seen)).toEqual([]);
  await provider.ensure(ref, spec, [], scope());
  expect(canned.statements).toEqual([]);
});

const present = () => {
  const cluster = clusterOf();
  cluster.canned.keyspaces.set(ref.name, { replication: NETWORK, tables: tables() });
  return cluster;
};
const IN = '"tenant_acme_corp"';

test.each([
  ['/durableWrites', [`ALTER KEYSPACE ${IN} WITH durable_writes = false`]],
  [
    '/replication/eu',
    [
      `ALTER KEYSPACE ${IN} WITH replication = {'class': 'NetworkTopologyStrategy', 'eu': 1, 'us': 2} AND durable_writes = true`,
    ],
  ],
  [
    '/replication',
    [`ALTER KEYSPACE ${IN} WITH replication = {'class': 'NetworkTopologyStrategy', 'eu': 1} AND durable_writes = true`],
  ],
  ['/tables/audit/columns/actor', [`ALTER TABLE ${IN}."audit" ADD "actor" text`]],
  ['/tables/entities/columns/attributes', [`ALTER TABLE ${IN}."entities" ADD "attributes" map<text, text>`]],
])('K3 %s is one statement, and what a plan leaves alone stays as it is seen', async (path, expected) => {
  const { canned, provider } = present();
  const spec = provider.spec.parse({ replication: { eu: 1 }, durableWrites: false });
  await provider.ensure(ref, spec, [change(path)], scope());
  expect(canned.statements).toEqual(expected);
});

test('a later generation is marked on the table that carries the version, which stays', async () => {
  const { canned, provider, spec } = present();
  const later = { ...ref, generation: 3 };
  const changes = provider.plan(later, spec, await provider.observe(later, scope()));
  expect(changes.map(({ path, from, to }) => [path, from, to])).toEqual([['/generation', 2, 3]]);
  await provider.ensure(later, spec, changes, scope());
  expect(canned.statements).toEqual([
    `ALTER TABLE ${IN}."audit" WITH comment = 'leasehold {"tenant":"acme-corp","generation":3,"schema":1}'`,
  ]);
});

test('a table that was lost is made again with the mark, and one without a version gets it', async () => {
  const { canned, provider, spec } = clusterOf();
  const { audit, ...rest } = tables();
  canned.keyspaces.set(ref.name, { replication: NETWORK, tables: rest });
  const changes = provider.plan(ref, spec, await provider.observe(ref, scope()));
  expect(changes.map(({ path, weight }) => [path, weight])).toEqual([
    ['/tables/audit', 'data'],
    ['/schemaVersion', 'settings'],
  ]);
  await provider.ensure(ref, spec, changes, scope());
  expect(canned.statements).toEqual(golden('create').slice(-1));
  canned.statements.length = 0;
  canned.keyspaces.set(ref.name, {
    replication: NETWORK,
    tables: { ...rest, audit: { ...audit, comment: mark() } as TableTold },
  });
  await provider.ensure(ref, spec, provider.plan(ref, spec, await provider.observe(ref, scope())), scope());
  expect(canned.statements).toEqual([
    `ALTER TABLE ${IN}."audit" WITH comment = 'leasehold {"tenant":"acme-corp","generation":2,"schema":1}'`,
  ]);
});

const LATER: readonly Migration[] = [
  ...MIGRATIONS,
  {
    version: 2,
    steps: [
      { kind: 'column', table: 'settings', column: 'note', type: 'text' },
      { kind: 'table', table: { name: 'extra', columns: { id: 'text' }, key: 'id', options: [] } },
    ],
  },
];

test('T2 a later migration goes on from the version that is there, and raises it last', async () => {
  const { canned, provider, spec } = clusterOf(LATER);
  canned.keyspaces.set(ref.name, { replication: NETWORK, tables: tables() });
  const changes = provider.plan(ref, spec, await provider.observe(ref, scope()));
  expect(changes.map(({ path, weight }) => [path, weight])).toEqual([
    ['/tables/settings/columns/note', 'settings'],
    ['/tables/extra', 'settings'],
    ['/schemaVersion', 'settings'],
  ]);
  await provider.ensure(ref, spec, changes, scope());
  expect(canned.statements).toEqual([
    `CREATE TABLE ${IN}."extra" ("id" text, PRIMARY KEY (id)) WITH comment = 'leasehold {"tenant":"acme-corp","generation":2}'`,
    `ALTER TABLE ${IN}."settings" ADD "note" text`,
    `ALTER TABLE ${IN}."audit" WITH comment = 'leasehold {"tenant":"acme-corp","generation":2,"schema":2}'`,
  ]);
});

test('a column that no migration knows is a mistake of ours', async () => {
  const { provider, spec } = present();
  await expect(provider.ensure(ref, spec, [change('/tables/audit/columns/nobodys')], scope())).rejects.toMatchObject({
    class: 'Bug',
  });
});

const exists = () => conflict('exists', { code: 'AlreadyExists', backend: 'cassandra' });

test('K1 what somebody made in between is looked at again, and others’ is refused', async () => {
  const whole = [change('')];
  const tried = async (
    told: Parameters<ReturnType<typeof createCannedCassandra>['keyspaces']['set']>[1] | undefined,
  ) => {
    const { canned, provider, spec } = clusterOf();
    if (told) canned.keyspaces.set(ref.name, told);
    canned.refuse = (cql) => (cql.startsWith('CREATE KEYSPACE') ? exists() : undefined);
    await provider.ensure(ref, spec, whole, scope());
    return canned.statements;
  };
  await expect(tried(undefined)).rejects.toMatchObject({ code: 'AppearedMeanwhile', backend: 'cassandra' });
  await expect(tried({ replication: NETWORK })).rejects.toMatchObject({
    code: 'AppearedMeanwhile',
    backend: 'cassandra',
  });
  await expect(
    tried({
      replication: NETWORK,
      tables: tables({
        audit: { comment: '' },
        entities: { comment: '' },
        events: { comment: '' },
        settings: { comment: '' },
        counters_by_day: { comment: '' },
      }),
    }),
  ).rejects.toMatchObject({ code: 'NameTaken', backend: 'cassandra' });
  expect(await tried({ replication: NETWORK, tables: tables() }), 'ours, complete').toHaveLength(1);
  const { canned, provider, spec } = clusterOf();
  canned.refuse = (cql) => (cql.startsWith('CREATE TABLE') ? exists() : undefined);
  await expect(provider.ensure(ref, spec, whole, scope())).rejects.toMatchObject({
    code: 'AppearedMeanwhile',
    backend: 'cassandra',
  });
  canned.refuse = () => unavailable('away', { code: 'X', backend: 'cassandra', away: true });
  await expect(provider.ensure(ref, spec, whole, scope())).rejects.toMatchObject({ code: 'X' });
});

test('K4 a half-made keyspace is created once more before its tables, whether that is needed or not', async () => {
  const { canned, provider, spec } = clusterOf();
  canned.keyspaces.set(ref.name, { replication: NETWORK });
  const seen = await provider.observe(ref, scope());
  expect(seen).toMatchObject({ mark: 'half-made', schemaVersion: 0, tables: {} });
  canned.refuse = (cql) => (cql.startsWith('CREATE KEYSPACE') ? exists() : undefined);
  await provider.ensure(ref, spec, provider.plan(ref, spec, seen), scope());
  expect(canned.statements).toEqual(golden('create'));
});

test.each([
  ['empty, with other replicas', { replication: { ...NETWORK, eu: '1' } }, 'none', { eu: 1, us: 2 }],
  [
    'empty, of another strategy',
    { replication: { class: 'org.apache.cassandra.locator.SimpleStrategy', replication_factor: '2' } },
    'none',
    { SimpleStrategy: 2 },
  ],
  ['of a strategy without a factor', { replication: { class: 'LocalStrategy' } }, 'none', { LocalStrategy: 0 }],
  ['with a table of others alone', { replication: NETWORK, tables: { theirs: { columns: [] } } }, 'none', REPLICATION],
])('a keyspace %s is not ours', async (_how, told, mark_, replication) => {
  const { canned, provider } = clusterOf();
  canned.keyspaces.set(ref.name, told);
  expect(await provider.observe(ref, scope())).toMatchObject({ mark: mark_, replication, tables: {}, misfits: [] });
});

test('the latest mark of any base table counts, others’ comments and tables do not', async () => {
  const { canned, provider } = clusterOf();
  const odd = [
    'leasehold',
    'leasehold {',
    'leasehold {"tenant":7,"generation":9}',
    'leasehold {"tenant":"x","generation":"9"}',
    'x leasehold {"tenant":"other","generation":9}',
    'leasehold {"tenant":"x","generation":9,"schema":"2"}',
  ];
  for (const comment of odd) {
    canned.keyspaces.set(ref.name, {
      replication: NETWORK,
      tables: {
        ...tables({ settings: { comment }, events: { comment: mark({ generation: 1 }) } }),
        theirs: { comment: mark({ generation: 9 }), columns: [] },
      },
    });
    expect(await provider.observe(ref, scope()), comment).toMatchObject({
      mark: 'ours',
      generation: 2,
      schemaVersion: 1,
    });
  }
  canned.keyspaces.set(ref.name, {
    replication: NETWORK,
    tables: tables(
      Object.fromEntries(BASE.map((name) => [name, { comment: 'leasehold {"tenant":"other","generation":1}' }])),
    ),
  });
  expect(await provider.observe(ref, scope())).toMatchObject({ mark: 'foreign' });
});

const unmarked = (more: Readonly<Record<string, Partial<TableTold>>> = {}) =>
  tables(Object.fromEntries(BASE.map((name) => [name, { comment: 'theirs', ...more[name] }])));

test('A1 adoption marks each base table that is there, or makes the first one', async () => {
  const { canned, provider, spec } = clusterOf();
  const { audit, ...rest } = unmarked();
  canned.keyspaces.set(ref.name, { replication: NETWORK, tables: rest });
  await provider.adopt?.(ref, spec, scope());
  expect(canned.statements).toEqual(
    BASE.slice(0, 4).map((name) => `ALTER TABLE ${IN}."${name}" WITH comment = '${mark()}'`),
  );
  canned.statements.length = 0;
  canned.keyspaces.set(ref.name, { replication: NETWORK, tables: { theirs: { columns: [] } } });
  await provider.adopt?.(ref, spec, scope());
  expect(canned.statements).toEqual(golden('create').slice(1, 2));
  canned.statements.length = 0;
  canned.keyspaces.set(ref.name, { replication: NETWORK, tables: tables() });
  await provider.adopt?.(ref, spec, scope());
  expect(canned.statements).toEqual([]);
  canned.keyspaces.clear();
  await expect(provider.adopt?.(ref, spec, scope())).rejects.toMatchObject({
    code: 'GoneMeanwhile',
    backend: 'cassandra',
  });
});

test('A2 a base table of another key or type is told; other columns and another order are not', async () => {
  const { canned, provider, spec } = clusterOf();
  const told = async (columns: readonly ColumnTold[]) => {
    canned.keyspaces.set(ref.name, { replication: NETWORK, tables: unmarked({ audit: { columns } }) });
    return provider.unfit?.(ref, spec, (await provider.observe(ref, scope())) as KeyspaceSeen);
  };
  const columns = COLUMNS['audit'] ?? [];
  expect(await told([...columns, { name: 'more', type: 'int' }].reverse())).toEqual([]);
  expect(await told(columns.map((one) => (one.name === 'actor' ? { ...one, type: 'int' } : one)))).toEqual([
    'its table audit has actor of type int, not text',
  ]);
  const swapped = columns.map((one) =>
    one.name === 'day' ? { ...one, position: 1 } : one.name === 'bucket' ? { ...one, position: 0 } : one,
  );
  expect(await told(swapped)).toEqual(['its table audit has the primary key bucket, day, at, not day, bucket, at']);
  const longer = columns.map((one) => (one.name === 'actor' ? { ...one, kind: 'clustering', position: 1 } : one));
  expect(await told(longer)).toEqual([
    'its table audit has the primary key day, bucket, at, actor, not day, bucket, at',
  ]);
  expect(await told([]), 'not there').toEqual([]);
});

test('V2 tables that the cluster lists and does not know count as missing where they are ours and the node is alone', async () => {
  const { canned, provider, spec } = clusterOf();
  canned.keyspaces.set(ref.name, { replication: NETWORK, tables: tables({ audit: { hidden: true } }) });
  const seen = await provider.observe(ref, scope());
  expect(provider.plan(ref, spec, seen).map(({ path }) => path)).toEqual(['/tables/audit', '/schemaVersion']);
  canned.peers = 1;
  await expect(provider.observe(ref, scope())).rejects.toMatchObject({ class: 'Unavailable', code: 'SchemaHidden' });
});

test('deletion drops the keyspace of ours, once, and absence is success', async () => {
  const { canned, provider } = present();
  await provider.delete(ref, scope());
  expect(canned.statements).toEqual([`DROP KEYSPACE ${IN}`]);
  canned.refuse = () =>
    unavailable('x', { code: 'Y', backend: 'cassandra', cause: new Error("Keyspace 'x' doesn't exist") });
  await provider.delete(ref, scope());
  canned.refuse = () => unavailable('x', { code: 'Y', backend: 'cassandra', cause: new Error('no') });
  await expect(provider.delete(ref, scope())).rejects.toMatchObject({ code: 'Y' });
  canned.statements.length = 0;
  canned.keyspaces.set(ref.name, { replication: NETWORK, tables: unmarked() });
  await provider.delete(ref, scope());
  canned.keyspaces.set(ref.name, { replication: NETWORK });
  await expect(provider.delete(ref, scope())).rejects.toMatchObject({ code: 'HalfMade', backend: 'cassandra' });
  canned.keyspaces.clear();
  await provider.delete(ref, scope());
  await expect(
    provider.ensure(ref, provider.spec.parse({}), [change('/durableWrites')], scope()),
  ).rejects.toMatchObject({ code: 'GoneMeanwhile', backend: 'cassandra' });
  expect(canned.statements).toEqual([]);
});

test('all of ours are seen by their marks, and every name is listed', async () => {
  const { canned, provider } = present();
  canned.keyspaces.set('theirs', { replication: NETWORK, tables: { audit: { columns: [] } } });
  canned.keyspaces.set('system', { replication: { class: 'LocalStrategy' } });
  expect((await listAll(provider)).map(([one, { mark: each }]) => [one, each])).toEqual([
    [{ ...ref, tier: '' }, 'ours'],
  ]);
  expect(await provider.listNames?.(scope())).toEqual([ref.name, 'theirs', 'system']);
});

test('names that no tenant has are refused before any statement', async () => {
  const { canned, provider } = clusterOf();
  for (const name of ['Tenant_a', '1a', 'a-b', 'a"b', `a${'b'.repeat(48)}`, ''])
    await expect(async () => provider.delete({ ...ref, name }, scope()), name).rejects.toMatchObject({
      code: 'InvalidName',
    });
  expect(canned.statements).toEqual([]);
});
