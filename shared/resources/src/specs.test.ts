/**
 * What a spec accepts and what a plan says, for all kinds, as pure values.
 */
import type { Ref } from '@leasehold/engine';
import { expect, test } from 'vitest';
import { keyspaceSpec, planKeyspace } from './cassandra-keyspace/spec.ts';
import { columnsAt, createTableCql, MIGRATIONS, type TableShape } from './cassandra-keyspace/tables.ts';
import { bucketSpec } from './minio-bucket/spec.ts';
import { namespaceSpec, planNamespace } from './pulsar-namespace/spec.ts';

const ref: Ref = { kind: 'any', name: 'n', tenantId: 'acme', generation: 1, tier: 'free' };

test('specs are strict and complete themselves', () => {
  const keyspace = keyspaceSpec({ dc1: 3 }, MIGRATIONS);
  expect(keyspace.parse({})).toEqual({ replication: { dc1: 3 }, durableWrites: true, schemaVersion: 1 });
  expect(bucketSpec.parse({}).lifecycleDays.logs).toBe(30);
  expect(namespaceSpec.parse({})).toMatchObject({
    access: 'granted',
    retentionMinutes: 10_080,
    messageTtlSeconds: null,
  });
  for (const spec of [keyspace, bucketSpec, namespaceSpec]) expect(spec.safeParse({ typo: 1 }).success).toBe(false);
  expect(keyspace.safeParse({ replication: { "dc'1": 3 } }).success).toBe(false);
  expect(keyspace.safeParse({ schemaVersion: 2 }).success).toBe(false);
});

test('a backlog quota that retention does not hold is refused with the field that is wrong', () => {
  const bad = namespaceSpec.safeParse({ retentionMegabytes: 1, backlogQuotaBytes: 2_000_000 });
  expect(bad.error?.issues[0]?.path).toEqual(['retentionMegabytes']);
  expect(namespaceSpec.safeParse({ retentionMegabytes: -1, backlogQuotaBytes: 2_000_000 }).success).toBe(true);
});

test('a lost table is lost data, a table of a later migration is work to do, a newer schema is left alone', () => {
  const extra: TableShape = { name: 'extra', columns: { id: 'text' }, key: 'id', options: [] };
  const later = [...MIGRATIONS, { version: 2, steps: [{ kind: 'table', table: extra } as const] }];
  const spec = keyspaceSpec({ dc1: 1 }, later).parse({});
  const tables = Object.fromEntries([...columnsAt(MIGRATIONS, 1)].filter(([name]) => name !== 'audit'));
  const seen = {
    mark: 'ours',
    generation: 1,
    replication: { dc1: 1 },
    durableWrites: true,
    schemaVersion: 1,
    tables,
  } as const;
  expect(planKeyspace(ref, spec, seen, later).map(({ path, weight }) => [path, weight])).toEqual([
    ['/tables/audit', 'data'],
    ['/tables/extra', 'settings'],
    ['/schemaVersion', 'settings'],
  ]);
  const newer = { ...seen, schemaVersion: 3, tables: Object.fromEntries(columnsAt(MIGRATIONS, 1)) };
  const older = keyspaceSpec({ dc1: 1 }, MIGRATIONS).parse({});
  expect(planKeyspace(ref, older, newer, MIGRATIONS)).toEqual([]);
});

test('withdrawn access means no permission, kept roles included', () => {
  const spec = namespaceSpec.parse({ access: 'withdrawn', roles: { svc: ['produce'] }, otherRoles: 'kept' });
  const { retentionMinutes, retentionMegabytes, messageTtlSeconds, backlogQuotaBytes, publishRate, dispatchRate } =
    spec;
  const settings = {
    retentionMinutes,
    retentionMegabytes,
    messageTtlSeconds,
    backlogQuotaBytes,
    publishRate,
    dispatchRate,
  };
  const permissions = { svc: ['produce'], 'tenant-acme': ['consume'] } as const;
  const seen = {
    ...settings,
    mark: 'ours',
    generation: 1,
    permissions,
    topics: {},
    backlogPolicy: null,
    evictsByAge: false,
    tier: 'free',
  } as const;
  expect(planNamespace(ref, spec, seen).map(({ path }) => path)).toEqual(['/access/svc', '/access/tenant-acme']);
  const granted = { ...spec, access: 'granted' } as const;
  expect(planNamespace(ref, granted, seen)).toEqual([]);
});

test('quotes in names and comments cannot leave their place in a statement', () => {
  const cql = createTableCql('k"s', { name: 't', columns: { a: 'int' }, key: 'a', options: [] }, "it's");
  expect(cql).toBe(`CREATE TABLE "k""s"."t" ("a" int, PRIMARY KEY (a)) WITH comment = 'it''s'`);
});

test('a topic that the broker would refuse for its name is refused by name, one that only looks like it is not', () => {
  for (const name of ['x-partition-0', 'x-partition-01', 'a-partition-b-partition-7']) {
    const parsed = namespaceSpec.safeParse({ topics: { [name]: [] } });
    expect([parsed.success, JSON.stringify(parsed.error?.issues)]).toEqual([false, expect.stringContaining(name)]);
  }
  for (const name of ['x-partition-', 'x-partition-a', 'partition-0', 'x-partition-0-y']) {
    expect(namespaceSpec.safeParse({ topics: { [name]: [] } }).success).toBe(true);
  }
});
