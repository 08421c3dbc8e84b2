/** What the schema tables list and the cluster does not know (V1 to V3), told by a session with scripted answers. */
import { invalid, unavailable } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { markText } from './mark.ts';
import { observeKeyspace } from './observation.ts';
import type { CassandraSession } from './session.ts';

const ref = { kind: 'cassandra-keyspace', name: 'tenant_acme', tenantId: 'acme', generation: 1, tier: 'free' };
const ours = markText({ tenantId: 'acme', generation: 1, schema: 0 });
const replication = { class: 'org.apache.cassandra.locator.NetworkTopologyStrategy', dc: '1' };
const answer = (code: number, message: string) => Object.assign(new Error(message), { code });

interface Scene {
  /** Comments by table, as listed. */
  readonly listed: Readonly<Record<string, string>>;
  /** What each DESCRIBE finds, the last one again and again. */
  readonly described: readonly (readonly string[] | Error)[];
  readonly peers?: readonly string[];
}

function observe({ listed, described, peers = [] }: Scene) {
  const rowsOf: Readonly<Record<string, () => readonly object[]>> = {
    'read-keyspaces': () => [{ keyspace_name: ref.name, replication, durable_writes: true }],
    'read-tables': () =>
      Object.entries(listed).map(([table_name, comment]) => ({ keyspace_name: ref.name, table_name, comment })),
    'read-columns': () =>
      Object.keys(listed).map((table_name) => ({ keyspace_name: ref.name, table_name, column_name: 'id' })),
    'read-peers': () => peers.map((peer) => ({ peer })),
  };
  let looks = 0;
  const session = {
    rows: async (name: string) => rowsOf[name]?.() ?? [],
    describe: async () => {
      const found = described[Math.min(looks, described.length - 1)] ?? [];
      looks += 1;
      if (found instanceof Error) throw found;
      return [{ type: 'keyspace', name: ref.name }, ...found.map((name) => ({ type: 'table', name }))];
    },
  } as unknown as CassandraSession;
  const options = { session, baseTables: new Set(['entities', 'events']), replication: { dc: 1 }, misfits: () => [] };
  return observeKeyspace(options, ref, new AbortController().signal);
}

const BOTH = { entities: ours, events: ours };

test('V2 a table of ours that is listed and not known is missing, where no other node may know it', async () => {
  const seen = await observe({ listed: BOTH, described: [['entities']] });
  expect(seen).toMatchObject({ mark: 'ours', tables: { entities: ['id'] } });
  expect(seen).not.toHaveProperty('tables.events');
});

test('V2 a keyspace that is not known at all, with nothing but tables of ours in it, is half made', async () => {
  const unknown = invalid('not there', {
    code: 'RefusedByBackend',
    cause: answer(0x2200, "'tenant_acme' not found in keyspaces"),
  });
  expect(await observe({ listed: BOTH, described: [unknown] })).toMatchObject({ mark: 'half-made', tables: {} });
});

test('V2 with other nodes, or with a table that is not ours, nobody guesses: the keyspace is unavailable', async () => {
  const hidden = { class: 'Unavailable', code: 'SchemaHidden' };
  const peers = ['10.0.0.2'];
  await expect(observe({ listed: BOTH, described: [['entities']], peers })).rejects.toMatchObject(hidden);
  const theirs = markText({ tenantId: 'zeta', generation: 1, schema: 0 });
  for (const listed of [{ entities: theirs }, { other: ours }, { entities: 'notes' }])
    await expect(observe({ listed, described: [[]] })).rejects.toMatchObject(hidden);
});

test('V1 what was only just made is seen by the second look', async () => {
  const seen = await observe({ listed: BOTH, described: [['entities'], ['entities', 'events']] });
  expect(seen).toMatchObject({ mark: 'ours', tables: { entities: ['id'], events: ['id'] } });
});

test('V3 a server without DESCRIBE is believed as it lists', async () => {
  const syntax = unavailable('no', {
    code: 'BackendFailed',
    cause: answer(0x2000, "no viable alternative at 'DESCRIBE'"),
  });
  expect(await observe({ listed: BOTH, described: [syntax] })).toMatchObject({ tables: { events: ['id'] } });
});
