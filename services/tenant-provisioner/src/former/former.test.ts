/**
 * What a process of an earlier release left in the store, in the hands of this one. The rows are real ones, recorded from Cassandra
 * when a process of that release was killed: tenants complete, raised to another tier, suspended, leaving, gone, just begun, and
 * spoken of too early; its switches, a dead letter, the answer to a request.
 *
 * 1. A release reads what the one before wrote: a change that breaks one of these breaks a rolling upgrade.
 */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDeadLetters, operationKey } from '@leasehold/controller';
import { silentMetrics } from '@leasehold/observability';
import {
  createEmbeddedCassandraBackend,
  createEmbeddedIgniteBackend,
  createEmbeddedMinioBackend,
  createEmbeddedPulsarBackend,
} from '@leasehold/resources';
import { createIdempotencyStore } from '@leasehold/runtime';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PROVISIONER_BOUNDS } from '../app/bounds.ts';
import { createCatalog } from '../app/catalog.ts';
import { createControl } from '../app/control.ts';
import { tenantInventory } from '../app/inventory.fixture.ts';
import { NAMES, SERVICE, tenantPartition } from '../app/partition.ts';
import { createTenants, type Tenants } from '../app/tenants.ts';
import { readBlueprints } from '../compose.ts';
import type { Command } from '../domain/command.ts';
import type { Context } from '../domain/draft.ts';
import { workDueAtMs } from '../domain/goal.ts';
import { statusOf } from '../domain/status.ts';

interface Recorded {
  readonly recordedAtMs: number;
  readonly facts: Readonly<
    Record<string, { readonly version: number; readonly rows: Readonly<Record<string, string>> }>
  >;
  readonly directory: readonly { readonly directory: string; readonly name: string; readonly summary: string }[];
}

const RECORDED = JSON.parse(readFileSync(join(import.meta.dirname, 'rows-0.1.0.json'), 'utf8')) as Recorded;
const PULSAR_TENANT = 'p-rowsngu0h2z';
const ROLES = ['svc-billing', 'svc-catalogue'];
const signal = new AbortController().signal;

let folder: string;
let world: TestLedger;
let tenants: Tenants;
let context: () => Context;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leasehold-former-'));
  const options = { dataDir: folder };
  const backends = [
    createEmbeddedCassandraBackend(options),
    createEmbeddedMinioBackend(options),
    createEmbeddedPulsarBackend(options),
    createEmbeddedIgniteBackend(options),
  ];
  const providers = new Map(backends.flatMap(({ providers: made }) => made.map((each) => [each.kind, each] as const)));
  const files = readBlueprints(undefined);
  const services = [SERVICE] as const;
  const catalog = createCatalog({ files, providers, pulsarTenant: PULSAR_TENANT, platformRoles: ROLES, services });
  world = await openTestLedger();
  world.nowMs = RECORDED.recordedAtMs;
  context = () => ({
    nowMs: world.nowMs,
    tier: catalog.facts,
    graph: catalog.graph,
    kinds: providers,
    brake: 'open',
    brakeOpenings: 0,
    deletionsPaused: false,
    bounds: PROVISIONER_BOUNDS.decision,
  });
  tenants = createTenants({ ledger: world.ledger, clock: world.clock, context });
  for (const [partition, { rows }] of Object.entries(RECORDED.facts)) await restore(partition, rows);
});
afterEach(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

async function restore(partition: string, rows: Readonly<Record<string, string>>): Promise<void> {
  // What is listed lies where its name ends.
  const own = ({ name }: Recorded['directory'][number]) => partition.endsWith(`/${name}`);
  await world.ledger.store.commit({
    partition,
    expectedVersion: 0,
    commitId: partition,
    put: Object.entries(rows).map(([key, value]) => ({ key, value })),
    remove: [],
    hints: [],
    entries: RECORDED.directory.filter(own).map((entry) => ({ ...entry, version: 1 })),
  });
}

const stateOf = async (id: string) => (await tenants.read(`fx-${id}`)).state;
const ask = async (id: string, command: Command) => {
  const source = { type: 'rest', subject: 'ops', requestId: 'r', atMs: world.nowMs } as const;
  return (await tenants.command(`fx-${id}`, command, source, 'open')).decision.disposition;
};

test('each tenant is what the former release said of it, and only what was begun or is without access has anything due', async () => {
  const found: Record<string, readonly [string, boolean]> = {};
  for (const id of ['whole', 'raised', 'still', 'leaving', 'gone', 'begun', 'early']) {
    const state = await stateOf(id);
    found[id] = [statusOf(state), workDueAtMs(state, context().kinds) !== undefined];
  }
  expect(found).toEqual({
    whole: ['completed', false],
    raised: ['completed', false],
    // Policies of buckets were not looked at by that release: they are once, before there is nothing due any more.
    still: ['suspended', true],
    leaving: ['suspended', true],
    gone: ['deleted', false],
    begun: ['provisioning', true],
    early: ['pending', false],
  });
});

test('each goes on from there: another tier, resumed, restored, created again, taken down', async () => {
  expect(await ask('whole', { kind: 'tier', tier: 'starter' })).toEqual({ kind: 'applied' });
  const { graph, records } = await stateOf('whole');
  expect(graph.map(({ kind }) => kind)).toContain('ignite-cache');
  expect(records.every(({ status }) => status === 'pending')).toBe(true);
  expect(await ask('still', { kind: 'resume' })).toEqual({ kind: 'applied' });
  expect(await ask('leaving', { kind: 'restore' })).toEqual({ kind: 'applied' });
  const create: Command = { kind: 'create', name: 'Tenant fx-gone', tier: 'free' };
  expect(await ask('gone', create)).toEqual({ kind: 'applied' });
  expect((await stateOf('gone')).generation).toBe(2);
  expect(await ask('raised', { kind: 'delete', force: true, graceMs: 0 })).toEqual({ kind: 'applied' });
  expect((await stateOf('raised')).phase).toBe('deleting');
});

test('a message that came too early waits on, and is tried when its tenant comes', async () => {
  const { waiting } = await tenants.read('fx-early');
  expect(waiting).toMatchObject([{ code: 'tenant-unknown', command: { kind: 'upgrade', newTier: 'starter' } }]);
  expect(await ask('early', { kind: 'create', name: 'Early', tier: 'free' })).toEqual({ kind: 'applied' });
  expect((await tenants.read('fx-early')).waiting).toHaveLength(1);
  expect(await tenants.known('fx-early', 'early')).toBe(true);
});

test('switches, dead letters, ended operations, counts and answers are read as they were meant', async () => {
  const { ledger, clock } = world;
  expect(await createControl({ ledger, clock, bounds: PROVISIONER_BOUNDS.brake }).refresh(signal)).toMatchObject({
    backends: { minio: 'paused' },
    deletions: 'running',
  });
  const { items } = await createDeadLetters({ ledger, clock, names: NAMES }).list({ limit: 10 });
  expect(items).toMatchObject([{ code: 'invalid' }]);
  const scanned = await ledger.load(tenantPartition('fx-raised'), { need: [operationKey(1)] });
  expect(JSON.parse(scanned.rows.get(operationKey(1)) ?? '')).toMatchObject({
    kind: 'provision',
    outcome: 'completed',
  });
  const parts = { store: ledger.store, clock, metrics: silentMetrics, blueprint: () => 'present' };
  const inventory = tenantInventory(parts);
  await inventory.count(signal);
  expect([inventory.total(), inventory.heldByOthers('minio-bucket', 'none')]).toEqual([5, 5]);
  const [key = '', row = ''] = Object.entries(RECORDED.facts[`${SERVICE}/idempotency/7e`]?.rows ?? {})[0] ?? [];
  const again = createIdempotencyStore({ ledger, clock, holder: 'now' }).begin(key.slice(4), JSON.parse(row).input);
  expect(await again).toMatchObject({ kind: 'answered', answer: { status: 202 } });
});
