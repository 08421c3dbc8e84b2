/**
 * The sweep and the runs that it begins, together, for a day of virtual time beside another controller: how many operations and events
 * that comes to, over restarts, and how it ends.
 */
import { createDetails } from '@leasehold/controller/sweep';
import type { Provider, SeenBase } from '@leasehold/engine';
import type { TestLedger } from '@leasehold/testing/fakes/ledger';
import type { MemoryBackend } from '@leasehold/testing/fakes/memory-backend';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTenantsOnBackends, type TenantsOnBackends } from '../../../test/tenants-on-backends.ts';
import { create } from '../../domain/scene.ts';
import { statusOf } from '../../domain/status.ts';
import { runDeps, runTenant, standingClock } from '../run.fixture.ts';
import type { Tenants } from '../tenants.ts';

const signal = new AbortController().signal;
const KINDS = ['cassandra-keyspace', 'minio-bucket'];
const EVERY_MS = 120_000;
const ROUNDS_A_DAY = 86_400_000 / EVERY_MS;

let stage: TenantsOnBackends;
let world: TestLedger;
let tenants: Tenants;
let backend: MemoryBackend;

beforeEach(async () => {
  stage = await openTenantsOnBackends();
  ({ world, tenants, backend } = stage);
});
afterEach(() => stage.close());

interface Seen extends SeenBase {
  readonly value: number;
  readonly access: string;
}

const wantedAccess = (spec: unknown): string => (spec as { access: string }).access;

/** Wants the value 1. More is stronger in a bucket, and only different in a keyspace. */
const wants = (kind: string): Partial<Provider> => ({
  plan: (_ref, spec, seen) => {
    if ('absent' in seen) return [{ path: '', from: null, to: spec, weight: 'data' as const }];
    const { value, access: given } = seen as Seen;
    const weakens = { kind: 'fewer-replicas', would: `keep 1 instead of ${value}` } as const;
    const stronger = kind === 'minio-bucket' && value > 1;
    const to = wantedAccess(spec);
    return [
      ...(value === 1
        ? []
        : [{ path: '/value', from: value, to: 1, weight: 'settings' as const, ...(stronger ? { weakens } : {}) }]),
      ...(given === to ? [] : [{ path: '/access', from: given, to, weight: 'settings' as const }]),
    ];
  },
  ensure: async ({ tenantId }, spec, changes) => {
    const isSet = (path: string) => changes.some((change) => change.path === '' || change.path === path);
    if (isSet('/value')) set(kind, { value: 1 }, tenantId);
    if (isSet('/access')) set(kind, { access: wantedAccess(spec) }, tenantId);
    return {};
  },
});
const providersNow = () => new Map(KINDS.map((kind) => [kind, backend.provider(kind, wants(kind))]));

const keyOf = (kind: string) => `${kind} ${kind}-acme`;
const valueIn = (kind: string) => backend.things.get(keyOf(kind))?.told?.['value'];
const set = (kind: string, told: Partial<Seen>, owner = 'acme') =>
  backend.things.set(keyOf(kind), { owner, told: { ...backend.things.get(keyOf(kind))?.told, ...told } });

const stateNow = async () => (await tenants.read('acme')).state;

/** Until nothing is due now. */
async function work(): Promise<void> {
  const clock = standingClock(() => world.nowMs);
  const { context } = stage;
  const given = { ledger: world.ledger, tenants, context, providers: providersNow(), clock };
  for (let turn = 0; turn < 20; turn++) {
    const againAtMs = await runTenant(runDeps(given), 'acme', signal);
    if (againAtMs === undefined) return;
    world.nowMs = Math.max(world.nowMs, againAtMs);
  }
  throw new Error('the work did not come to an end');
}

/** A sweep of a process that has just started: it remembers nothing. */
const freshSweep = () => createDetails(stage.sweepParts(providersNow()));

async function sweep(rounds: number, before: () => void): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    world.nowMs += EVERY_MS;
    before();
    await freshSweep().look('acme', await stateNow(), signal);
    await work();
  }
}

const condition = async (type: string) => (await stateNow()).conditions.find((one) => one.type === type);
const serials = async () => (await stateNow()).serials;

async function made(): Promise<void> {
  await tenants.command('acme', create(), stage.operator(), 'open');
  await work();
  expect(statusOf(await stateNow())).toBe('completed');
}

test('a controller that sets a value back every two minutes for a day costs a handful of operations and events, and ends by itself', async () => {
  await made();
  const before = await serials();
  await sweep(ROUNDS_A_DAY, () => set('cassandra-keyspace', { value: 7 }));
  const after = await serials();
  expect(after.operation - before.operation).toBeLessThan(20);
  // Four repairs, and the fight, once.
  expect(after.outgoing - before.outgoing).toBe(5);
  expect((await condition('RepairFight'))?.message).toMatch(/keyspace.*\/value.*7.*1/);
  expect(statusOf(await stateNow())).toBe('completed');
  await sweep((8 * 3_600_000) / EVERY_MS, () => undefined);
  expect([valueIn('cassandra-keyspace'), await condition('RepairFight')]).toEqual([1, undefined]);
});

test('an operator’s reconcile repairs at once in the middle of a fight', async () => {
  await made();
  await sweep(30, () => set('cassandra-keyspace', { value: 7 }));
  expect(valueIn('cassandra-keyspace')).toBe(7);
  await tenants.command('acme', { kind: 'reconcile', acceptLoss: false }, stage.operator(), 'open');
  await work();
  expect(valueIn('cassandra-keyspace')).toBe(1);
});

test('what somebody raised costs one look and one event in a day, and is kept', async () => {
  await made();
  const before = await serials();
  await sweep(ROUNDS_A_DAY, () => set('minio-bucket', { value: 3 }));
  const after = await serials();
  expect([after.operation - before.operation, after.outgoing - before.outgoing]).toEqual([1, 1]);
  expect(valueIn('minio-bucket')).toBe(3);
  expect(await condition('NeedsConsent')).toBeDefined();
});

test('what is raised on and on is told once, and looked at now and then', async () => {
  await made();
  const before = await serials();
  let next = 2;
  await sweep(ROUNDS_A_DAY, () => set('minio-bucket', { value: next++ }));
  const after = await serials();
  expect(after.outgoing - before.outgoing).toBe(1);
  expect(after.operation - before.operation).toBeLessThanOrEqual(25);
});

test('access that is given back in a fight is withdrawn with the suspension', async () => {
  await made();
  await sweep(30, () => set('cassandra-keyspace', { value: 7 }));
  await tenants.command('acme', { kind: 'suspend' }, stage.operator(), 'open');
  await work();
  expect(backend.things.get(keyOf('cassandra-keyspace'))?.told).toEqual({ access: 'withdrawn', value: 7 });
  expect(backend.things.get(keyOf('minio-bucket'))?.told).toEqual({ access: 'withdrawn', value: 1 });
});
