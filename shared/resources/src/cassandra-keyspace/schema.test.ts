/** What a change of the schema must not do, and what a look at it must not conclude. */
import type { Change } from '@leasehold/engine';
import { unavailable } from '@leasehold/kernel';
import { createCannedCassandra } from '@leasehold/testing/fakes/cassandra-canned';
import { listAll, scope } from '@leasehold/testing/suites/provider-steps';
import { expect, test } from 'vitest';
import { golden, mark, NETWORK, providerOver, ref, tables } from '../../test/keyspace-bench.ts';
import { MIGRATIONS } from './tables.ts';

function clusterOf(more: Parameters<typeof tables>[0] = {}) {
  const canned = createCannedCassandra();
  canned.keyspaces.set(ref.name, { replication: NETWORK, tables: tables(more) });
  const provider = providerOver(canned.session, MIGRATIONS);
  return { canned, provider, spec: provider.spec.parse({}) };
}

const change = (path: string): Change => ({ path, from: null, to: null, weight: 'settings' });
const later = { ...ref, generation: 3 };
const MARKED = 'ALTER TABLE "tenant_acme_corp"."audit" WITH comment = ';
const fault = (message = 'no') => unavailable(message, { code: 'X', backend: 'cassandra', cause: new Error(message) });

test('K3 a change of settings alone marks nothing, whatever generation asks for it', async () => {
  const { canned, provider, spec } = clusterOf();
  await provider.ensure(later, spec, [change('/durableWrites')], scope());
  expect(canned.statements.map((cql) => cql.split(' ').slice(0, 2).join(' '))).toEqual(['ALTER KEYSPACE']);
});

test('K3 a later generation alone says nothing of a version that was not reached', async () => {
  const { canned, provider, spec } = clusterOf({ audit: { comment: mark() } });
  await provider.ensure(later, spec, [change('/generation')], scope());
  expect(canned.statements).toEqual([`${MARKED}'leasehold {"tenant":"acme-corp","generation":3}'`]);
});

test('T2 a version is named by the table that carries it, not by any other that is made', async () => {
  const { canned, provider, spec } = clusterOf({ audit: { comment: mark() } });
  const { tables: all = {} } = canned.keyspaces.get(ref.name) ?? {};
  const { events, ...rest } = all;
  expect(events).toBeDefined();
  canned.keyspaces.set(ref.name, { replication: NETWORK, tables: rest });
  await provider.ensure(ref, spec, provider.plan(ref, spec, await provider.observe(ref, scope())), scope());
  expect(canned.statements).toEqual([
    ...golden('create').filter((cql) => cql.includes('."events"')),
    `${MARKED}'leasehold {"tenant":"acme-corp","generation":2,"schema":1}'`,
  ]);
});

test('a table that cannot be made, or a keyspace that cannot be made known, is a failure and no race', async () => {
  const { canned, provider, spec } = clusterOf();
  canned.refuse = () => fault();
  await expect(provider.ensure(ref, spec, [change('/tables/audit')], scope())).rejects.toMatchObject({ code: 'X' });
  canned.keyspaces.set(ref.name, { replication: NETWORK });
  const seen = await provider.observe(ref, scope());
  await expect(provider.ensure(ref, spec, provider.plan(ref, spec, seen), scope())).rejects.toMatchObject({
    code: 'X',
  });
  expect(canned.statements).toHaveLength(2);
});

test('V1 V2 where all that is listed is known, or known at the second look, other nodes change nothing', async () => {
  const { canned, provider, spec } = clusterOf();
  canned.peers = 2;
  expect(provider.plan(ref, spec, await provider.observe(ref, scope()))).toEqual([]);
  let looks = 0;
  canned.refuseDescribe = () => (looks++ === 0 ? fault("keyspace doesn't exist") : undefined);
  expect(provider.plan(ref, spec, await provider.observe(ref, scope()))).toEqual([]);
  expect(looks).toBe(2);
});

test('V2 where something of others is hidden too, nothing is concluded', async () => {
  const { canned, provider } = clusterOf({ audit: { hidden: true } });
  const { tables: all = {} } = canned.keyspaces.get(ref.name) ?? {};
  canned.keyspaces.set(ref.name, { replication: NETWORK, tables: { ...all, theirs: { columns: [], hidden: true } } });
  await expect(provider.observe(ref, scope())).rejects.toMatchObject({ code: 'SchemaHidden', backend: 'cassandra' });
  const base = clusterOf({ audit: { hidden: true }, events: { hidden: true, comment: 'theirs' } });
  await expect(base.provider.observe(ref, scope())).rejects.toMatchObject({ code: 'SchemaHidden' });
});

test('V1 a table is known as a table, not as anything else of its name', async () => {
  const { canned, provider, spec } = clusterOf({ audit: { hidden: true } });
  canned.described.push({ type: 'index', name: 'audit' });
  const paths = provider.plan(ref, spec, await provider.observe(ref, scope())).map(({ path }) => path);
  expect(paths).toContain('/tables/audit');
});

test('V3 a look that failed is a failure: a table is not taken for known by it', async () => {
  const { canned, provider } = clusterOf();
  canned.refuseDescribe = () => fault('timed out');
  await expect(provider.observe(ref, scope())).rejects.toMatchObject({ code: 'X' });
});

test('tables of a keyspace that came or went between two answers are left out, others’ beside ours too', async () => {
  const { canned, provider } = clusterOf();
  canned.ghosts.set('ghost', { replication: NETWORK, tables: tables() });
  const { tables: all = {} } = canned.keyspaces.get(ref.name) ?? {};
  canned.keyspaces.set(ref.name, { replication: NETWORK, tables: { ...all, theirs: { columns: [] } } });
  expect((await listAll(provider)).map(([{ name }]) => name)).toEqual([ref.name]);
  const seen = await provider.observe(ref, scope());
  expect('tables' in seen && Object.keys(seen.tables)).not.toContain('theirs');
});
