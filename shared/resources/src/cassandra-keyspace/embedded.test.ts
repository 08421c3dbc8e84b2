/** What an embedded keyspace's file holds, what a repair changes in it, and what a file of others is taken to be. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ABSENT, type Ref } from '@leasehold/engine';
import { listAll, scope } from '@leasehold/testing/suites/provider-steps';
import { expect, test } from 'vitest';
import { change, embeddedFolders } from '../../test/embedded-folder.ts';
import { createEmbeddedCassandraBackend } from './embedded.ts';

const ref: Ref = { kind: 'cassandra-keyspace', name: 'tenant_acme', tenantId: 'acme', generation: 2, tier: 'free' };
const fresh = embeddedFolders();
const SETTINGS = ['scope', 'name', 'value', 'version', 'updated_at', 'updated_by'];
const RECORD = { tenantId: 'acme', generation: 2, schemaVersion: 1, replication: { embedded: 1 }, durableWrites: true };

async function embedded(replication?: Readonly<Record<string, number>>) {
  const dataDir = await fresh();
  const { backend, providers } = createEmbeddedCassandraBackend({ dataDir, ...(replication ? { replication } : {}) });
  const folder = join(dataDir, 'cassandra');
  await mkdir(folder);
  const path = join(folder, 'tenant_acme.sqlite');
  const [provider] = providers;
  const sql = (text: string) => {
    using database = new DatabaseSync(path);
    database.exec(text);
  };
  const ask = (text: string): readonly Record<string, unknown>[] => {
    using database = new DatabaseSync(path);
    return database.prepare(text).all() as Record<string, unknown>[];
  };
  const record = () => JSON.parse(String(ask('SELECT record FROM leasehold_keyspace')[0]?.['record']));
  const put = (more: object) =>
    sql(`UPDATE leasehold_keyspace SET record = '${JSON.stringify({ ...RECORD, ...more })}' WHERE id = 1`);
  const spec = provider.spec.parse({});
  const make = () => provider.ensure(ref, spec, provider.plan(ref, spec, ABSENT), scope());
  return { backend, provider, spec, folder, path, sql, ask, record, put, make };
}

test('a keyspace is one file with the base tables, the keys of the contract and the mark', async () => {
  const { make, ask, record, path } = await embedded();
  expect(await make()).toEqual({ keyspace: 'tenant_acme', replication: { embedded: 1 }, path });
  expect(record()).toEqual(RECORD);
  const tables = ask("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").map(({ name }) => name);
  expect(tables).toEqual(['audit', 'counters_by_day', 'entities', 'events', 'leasehold_keyspace', 'settings']);
  const keyed = (table: string) =>
    ask(`SELECT name FROM pragma_table_info('${table}') WHERE pk > 0 ORDER BY pk`).map(({ name }) => name);
  expect(keyed('settings')).toEqual(['scope', 'name']);
  const types = ask("SELECT DISTINCT type FROM pragma_table_info('counters_by_day') ORDER BY type");
  expect(types.map(({ type }) => type)).toEqual(['INTEGER', 'TEXT']);
});

test('what is written and read again is the same, and nothing differs', async () => {
  const { make, provider, spec } = await embedded({ eu: 3 });
  await make();
  const seen = await provider.observe(ref, scope());
  expect(seen).toMatchObject({
    mark: 'ours',
    generation: 2,
    replication: { eu: 3 },
    durableWrites: true,
    schemaVersion: 1,
    tables: { settings: SETTINGS },
  });
  expect(Object.keys((seen as { tables: object }).tables).sort()).toEqual([
    'audit',
    'counters_by_day',
    'entities',
    'events',
    'settings',
  ]);
  expect(provider.plan(ref, spec, seen)).toEqual([]);
});

const WRONG = { generation: 1, schemaVersion: 0, replication: { embedded: 3 }, durableWrites: false };
test.each([
  ['/replication/embedded', { replication: { embedded: 1 } }],
  ['/replication', { replication: { embedded: 1 } }],
  ['/durableWrites', { durableWrites: true }],
  ['/schemaVersion', { schemaVersion: 1 }],
  ['/generation', { generation: 2 }],
])('a repair of %s changes that alone', async (path, changed) => {
  const { make, provider, spec, put, record } = await embedded();
  await make();
  put(WRONG);
  await provider.ensure(ref, spec, [change(path)], scope());
  expect(record()).toEqual({ ...RECORD, ...WRONG, ...changed });
});

test('lost tables and columns come back by their own change, and no others', async () => {
  const { make, provider, spec, sql, ask } = await embedded();
  await make();
  sql('DROP TABLE settings; DROP TABLE events; ALTER TABLE entities DROP COLUMN updated_at');
  await provider.ensure(
    ref,
    spec,
    [change('/tables/settings'), change('/tables/entities/columns/updated_at')],
    scope(),
  );
  const names = (query: string) => ask(query).map(({ name }) => name);
  expect(names("SELECT name FROM pragma_table_info('settings')")).toEqual(SETTINGS);
  expect(names("SELECT name FROM pragma_table_info('entities')")).toContain('updated_at');
  expect(names("SELECT name FROM sqlite_schema WHERE name = 'events'")).toEqual([]);
});

test('a database of others has no mark and keeps its tables; adoption puts the mark beside them', async () => {
  const { provider, spec, sql, ask, record } = await embedded();
  sql('CREATE TABLE theirs (a, b)');
  expect(await provider.observe(ref, scope())).toEqual({
    mark: 'none',
    replication: {},
    durableWrites: true,
    schemaVersion: 0,
    tables: { theirs: ['a', 'b'] },
  });
  await provider.adopt?.(ref, spec, scope());
  expect(record()).toEqual({ tenantId: 'acme', generation: 2, schemaVersion: 0, replication: {}, durableWrites: true });
  expect(ask("SELECT name FROM sqlite_schema WHERE name = 'theirs'")).toHaveLength(1);
  await provider.adopt?.(ref, spec, scope());
});

test('a file that is no database, and a record table without a record, are none of ours', async () => {
  const { provider, path, sql, spec } = await embedded();
  await writeFile(path, 'no database, however long this text of somebody else’s may be: it has no header of one');
  expect(await provider.observe(ref, scope())).toMatchObject({ mark: 'none', tables: {} });
  await expect(provider.ensure(ref, spec, [change('/durableWrites')], scope())).rejects.toMatchObject({
    code: 'NameTaken',
    backend: 'cassandra',
  });
  await writeFile(path, '');
  sql('CREATE TABLE leasehold_keyspace (id, record)');
  expect(await provider.observe(ref, scope())).toMatchObject({ mark: 'none', tables: {} });
});

test('all of ours are listed by their marks; other files are not keyspaces', async () => {
  const { make, provider, folder } = await embedded();
  await make();
  using theirs = new DatabaseSync(join(folder, 'theirs.sqlite'));
  theirs.exec('CREATE TABLE a (b)');
  await writeFile(join(folder, 'notes.txt'), '');
  expect(await provider.listNames?.(scope())).toEqual(['tenant_acme', 'theirs']);
  expect((await listAll(provider)).map(([one, seen]) => [one, seen.mark])).toEqual([[{ ...ref, tier: '' }, 'ours']]);
});

test('what went meanwhile, and what is another’s, is told as such', async () => {
  const { make, provider, spec } = await embedded();
  const gone = { class: 'Conflict', code: 'GoneMeanwhile' };
  await expect(provider.ensure(ref, spec, [change('/durableWrites')], scope())).rejects.toMatchObject(gone);
  await expect((async () => provider.adopt?.(ref, spec, scope()))()).rejects.toMatchObject(gone);
  await make();
  const other = { ...ref, tenantId: 'other' };
  await expect(provider.ensure(other, spec, [change('')], scope())).rejects.toMatchObject({
    code: 'NameTaken',
    backend: 'cassandra',
  });
  await expect((async () => provider.adopt?.(other, spec, scope()))()).rejects.toMatchObject({
    code: 'NameTaken',
    backend: 'cassandra',
  });
  const later = { ...ref, generation: 1 };
  await expect(provider.delete(later, scope())).rejects.toMatchObject({
    code: 'NewerGeneration',
    backend: 'cassandra',
  });
});

test.each(['Tenant', '1a', '', 'a'.repeat(49), 'a-b', '../a'])('the name %j is refused', async (name) => {
  const { provider } = await embedded();
  await expect((async () => provider.observe({ ...ref, name }, scope()))()).rejects.toMatchObject({
    class: 'Invalid',
    code: 'InvalidName',
  });
});

test('it is what it says of itself, by which the mesh treats it', async () => {
  const { provider, backend } = await embedded();
  expect(provider).toMatchObject({
    kind: 'cassandra-keyspace',
    backend: 'cassandra',
    holdsData: true,
    hasAccess: false,
    embedded: true,
    bounds: { ceiling: undefined },
  });
  expect(backend).toMatchObject({ name: 'cassandra', embedded: true });
});
