/** The sweep over a real ledger, with backends in memory: what is found, what is told, what it costs, and who sweeps. */
import { SWEEP_BOUNDS, type Sweep } from '@leasehold/controller';
import {
  canBeListed,
  comparePresence,
  createBudget,
  createDetails,
  createStrangers,
  listKind,
  readPlace,
  takeUpLeft,
  writePlace,
} from '@leasehold/controller/sweep';
import type { LeftChange, Provider, SeenBase } from '@leasehold/engine';
import { bound, type Clock, seededRng } from '@leasehold/kernel';
import type { Guard } from '@leasehold/runtime';
import { handClock } from '@leasehold/testing/fakes/hand-clock';
import type { TestLedger } from '@leasehold/testing/fakes/ledger';
import type { MemoryBackend } from '@leasehold/testing/fakes/memory-backend';
import { openGuards } from '@leasehold/testing/fakes/open-guard';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BUCKET, KEYSPACE, settled as makeSettled, nameOf } from '../../../test/settled.ts';
import { openTenantsOnBackends, type SweepParts, type TenantsOnBackends } from '../../../test/tenants-on-backends.ts';
import { decideOutcomes, decideRunEnd } from '../../domain/decide.ts';
import { contextOf, openScene } from '../../domain/scene.ts';
import { NAMES } from '../partition.ts';
import { createTenants, type Tenants } from '../tenants.ts';
import { startSweep } from './sweep.ts';

const signal = new AbortController().signal;

let stage: TenantsOnBackends;
let world: TestLedger;
let tenants: Tenants;
let backend: MemoryBackend;
let orphans: number;
let paused: Set<string>;
let sweeps: Sweep[];
let queued: string[];

beforeEach(async () => {
  stage = await openTenantsOnBackends();
  ({ world, tenants, backend, paused } = stage);
  [orphans, sweeps, queued] = [0, [], []];
});
afterEach(async () => {
  for (const sweep of sweeps) await sweep.close();
  await stage.close();
});

const nothing = (what: string) => () => Promise.reject(new Error(`a sweep ${what} nothing`));

const providerOf = (kind: string, observesInBulk: boolean): Provider =>
  backend.provider(kind, {
    observesInBulk,
    plan: (_ref, _spec, seen) => {
      if ('absent' in seen) return [{ path: '', from: undefined, to: 'present', weight: 'data' as const }];
      const { value } = seen as SeenBase & { value: string };
      const weakens = value === 'raised' ? { weakens: { kind: 'fewer-replicas', would: 'lower it' } as const } : {};
      if (value === 'right') return [];
      return [{ path: '/value', from: value, to: 'right', weight: 'settings' as const, ...weakens }];
    },
    ensure: nothing('changes'),
    delete: nothing('deletes'),
  });

const make = (kind: string, name: string, owner: string | undefined, value = 'right') =>
  backend.things.set(`${kind} ${name}`, { owner, told: { value } });

function makeParts(over: { readonly clock?: Clock; readonly up?: (() => void)[] } = {}): SweepParts {
  const { clock = world.clock, up = [] } = over;
  const providers = new Map([
    [KEYSPACE, providerOf(KEYSPACE, true)],
    [BUCKET, providerOf(BUCKET, false)],
  ]);
  const inc = () => undefined;
  const replace = (rows: readonly { readonly value: number }[]) => {
    orphans = rows.reduce((sum, { value }) => sum + value, 0);
  };
  return stage.sweepParts(providers, {
    guards: openGuards<Guard>(providers.keys(), up),
    clock,
    metrics: { sweeps: { inc }, sweepFindings: { inc }, orphanResources: { set: inc, replace } },
    queue: { add: (tenantId) => queued.push(tenantId) },
    budget: createBudget(clock, SWEEP_BOUNDS.looksPerMinute),
  });
}

const settled = (tenantId: string) => makeSettled(stage, tenantId);
const wish = async (tenantId: string) => (await tenants.read(tenantId)).state.recheck;
const providerIn = (parts: SweepParts, kind: string) => parts.providers.get(kind) as Provider;
const provide = (kind: string, parts = makeParts()) => listKind(parts, providerIn(parts, kind), signal);

test('a finished tenant of which an object is missing is looked at again, the others are not opened', async () => {
  for (const id of ['a', 'b-c', 'd']) await settled(id);
  backend.things.delete(`${BUCKET} tenant-b-c`);
  const parts = makeParts();
  const { strangers } = await comparePresence(parts, await provide(BUCKET, parts), false, signal);
  expect([await wish('a'), await wish('b-c'), await wish('d')]).toEqual([undefined, { acceptLoss: false }, undefined]);
  expect([strangers.size, backend.calls]).toEqual([0, [`${BUCKET} list`]]);
});

test('what was made after the listing began is not missing', async () => {
  const listing = await provide(BUCKET);
  await settled('late');
  await comparePresence(makeParts(), listing, false, signal);
  expect(await wish('late')).toBeUndefined();
});

test('T3: details in bulk cost one listing, and what looks as before is not opened again', async () => {
  for (const id of ['a', 'b']) await settled(id);
  const parts = makeParts();
  const details = createDetails(parts);
  await details.compare(await provide(KEYSPACE, parts), signal);
  make(KEYSPACE, 'tenant_b', 'b', 'wrong');
  await details.compare(await provide(KEYSPACE, parts), signal);
  expect([await wish('a'), await wish('b')]).toEqual([undefined, { acceptLoss: false }]);
  expect(backend.calls).toEqual([`${KEYSPACE} list`, `${KEYSPACE} list`]);
});

test('T5: what is never settled keeps nothing from being compared: the next listing goes on where the last one ended', async () => {
  for (const id of ['c', 'd']) await settled(id);
  // Nobody of the ledger has these, so that they are compared in every listing anew.
  for (const id of ['a', 'b']) make(KEYSPACE, `tenant_${id}`, id);
  make(KEYSPACE, 'tenant_d', 'd', 'wrong');
  const parts = { ...makeParts(), bounds: { ...SWEEP_BOUNDS, bulkLooks: bound('few', 2) } };
  const details = createDetails(parts);
  const listing = await provide(KEYSPACE, parts);
  const marked = [...(listing.marked ?? [])].sort(([a], [b]) => (a.name < b.name ? -1 : 1));
  await details.compare({ ...listing, marked }, signal);
  expect(await wish('d')).toBeUndefined();
  await details.compare({ ...listing, marked }, signal);
  expect(await wish('d')).toEqual({ acceptLoss: false });
});

test('T1, T2: single looks go to kinds that no listing sees whole, and find what differs', async () => {
  await settled('a');
  const details = createDetails(makeParts());
  await details.look('a', (await tenants.read('a')).state, signal);
  expect([backend.calls, await wish('a')]).toEqual([[`${BUCKET} look`], undefined]);
  make(BUCKET, 'tenant-a', 'a', 'wrong');
  world.nowMs += 1;
  await details.look('a', (await tenants.read('a')).state, signal);
  expect(await wish('a')).toEqual({ acceptLoss: false });
});

test('W3: what is paused or away is not looked at, and nothing is concluded from it', async () => {
  await settled('a');
  backend.things.clear();
  const details = createDetails(makeParts());
  paused.add(BUCKET);
  await details.look('a', (await tenants.read('a')).state, signal);
  expect(backend.calls).toEqual([]);
  paused.clear();
  backend.away.add(BUCKET);
  await details.look('a', (await tenants.read('a')).state, signal);
  expect([backend.calls, await wish('a')]).toEqual([[`${BUCKET} look`], undefined]);
});

test('S1: an object with our mark and no tenant is an orphan, one without a mark or with a tenant is none', async () => {
  await settled('here');
  make(BUCKET, 'tenant-lost', 'lost');
  make(BUCKET, 'tenant-legacy', undefined);
  make(BUCKET, 'backups', undefined);
  make(KEYSPACE, 'tenant_lost', 'lost');
  const parts = makeParts();
  const strangers = createStrangers(parts);
  for (const kind of [KEYSPACE, BUCKET]) {
    const listing = await provide(kind, parts);
    const presence = await comparePresence(parts, listing, false, signal);
    await strangers.judge(listing, presence.strangers, signal);
  }
  expect([orphans, backend.asked('look')]).toEqual([2, 2]);
  const again = await provide(BUCKET, parts);
  await strangers.judge(again, (await comparePresence(parts, again, false, signal)).strangers, signal);
  expect(backend.asked('look')).toBe(2);
  expect(backend.things.has(`${BUCKET} tenant-lost`)).toBe(true);
});

test('L2: a kind that can only be looked at one by one is not listed', () => {
  const { listNames: _, observesInBulk: __, ...rest } = providerOf(BUCKET, false);
  expect([canBeListed(rest), canBeListed(providerOf(BUCKET, false))]).toEqual([false, true]);
});

test('the budget spends evenly, and an idle hour buys no burst', async () => {
  const time = { nowMs: 0 };
  const clock: Clock = {
    now: () => time.nowMs,
    sleep: async (ms) => {
      time.nowMs += ms;
    },
  };
  const budget = createBudget(clock, bound('looks', 60));
  time.nowMs = 3_600_000;
  for (let call = 0; call < 61; call++) await budget.spend(signal);
  expect(time.nowMs - 3_600_000).toBeGreaterThanOrEqual(59_000);
});

test('1: a leader that another has followed writes nothing', async () => {
  const place = { ledger: world.ledger, names: NAMES };
  await writePlace(place, 3, 'page', signal);
  await expect(writePlace(place, 2, 'other', signal)).rejects.toMatchObject({ code: 'FenceLost' });
  expect(await readPlace(place, signal)).toEqual({ v: 1, fence: 3, cursor: 'page' });
});

test('W1, W2: one replica sweeps, soon after the start, at intervals, and at once when a backend is back', async () => {
  await settled('a');
  const clock = handClock(world);
  const up: (() => void)[] = [];
  const bounds = { ...SWEEP_BOUNDS, listingEveryMs: bound('every', 20_000) };
  const options = { ...makeParts({ clock, up }), bounds, rng: seededRng(1) };
  sweeps.push(startSweep({ tenants, pulsarTenant: 'platformq', ...options, holder: 'r1' }));
  await clock.pass(1_000);
  sweeps.push(startSweep({ tenants, pulsarTenant: 'platformq', ...options, holder: 'r2' }));
  await clock.pass(6_000);
  const listings = () => backend.asked('list');
  expect(listings()).toBe(2);
  await clock.pass(20_000);
  expect(listings()).toBe(4);
  backend.things.delete(`${BUCKET} tenant-a`);
  for (const listener of up) listener();
  await clock.pass(1);
  expect(listings()).toBe(6);
  expect(await wish('a')).toEqual({ acceptLoss: false });
});

test('W3: a backend that did not answer a listing, and that nobody calls away, is listed again soon', async () => {
  await settled('a');
  backend.things.delete(`${BUCKET} tenant-a`);
  const clock = handClock(world);
  sweeps.push(
    startSweep({ tenants, pulsarTenant: 'platformq', ...makeParts({ clock }), rng: seededRng(1), holder: 'r1' }),
  );
  backend.away.add(BUCKET);
  await clock.pass(6_000);
  expect(await wish('a')).toBeUndefined();
  backend.away.clear();
  await clock.pass(SWEEP_BOUNDS.relistMs.value);
  expect(await wish('a')).toEqual({ acceptLoss: false });
  expect(backend.asked('list', KEYSPACE)).toBe(1);
});

/** A backend came back without the bucket of a tenant that is at work. */
async function lostAtWork(bounds: SweepParts['bounds']) {
  await settled('a');
  const [clock, up]: [ReturnType<typeof handClock>, (() => void)[]] = [handClock(world), []];
  sweeps.push(
    startSweep({
      tenants,
      pulsarTenant: 'platformq',
      ...makeParts({ clock, up }),
      bounds,
      rng: seededRng(1),
      holder: 'r1',
    }),
  );
  await clock.pass(6_000);
  await tenants.command('a', { kind: 'reconcile', acceptLoss: false }, stage.operator(), 'open');
  backend.things.delete(`${BUCKET} tenant-a`);
  backend.calls.length = 0;
  for (const listener of up) listener();
  return clock;
}

test('W4: what a tenant at work lost, which may not look again, is found as soon as it is at rest', async () => {
  const clock = await lostAtWork(SWEEP_BOUNDS);
  await clock.pass(SWEEP_BOUNDS.relistMs.value);
  await tenants.decide('a', (rows, context) => decideRunEnd(rows.state, rows.waiting, 'whole', context));
  expect(await wish('a')).toBeUndefined();
  await clock.pass(SWEEP_BOUNDS.relistMs.value);
  expect(await wish('a')).toEqual({ acceptLoss: false });
});

test('W4: listing again after a loss ends, whatever a tenant is at', async () => {
  const often = bound('relists', 3);
  const clock = await lostAtWork({ ...SWEEP_BOUNDS, listingEveryMs: bound('every', 10_000_000), relists: often });
  await clock.pass(20 * SWEEP_BOUNDS.relistMs.value);
  expect(backend.asked('list', BUCKET)).toBe(1 + often.value);
});

test('W5: what a replica without its backend skipped is taken up where there is one; what its timer tells is left to that', async () => {
  for (const id of ['a', 'b']) await settled(id);
  // As a replica has it whose settings do not name the backend.
  const elsewhere = () => ({
    ...contextOf(openScene()),
    nowMs: world.nowMs,
    kinds: new Map([[KEYSPACE, { hasAccess: true }]]),
  });
  const others = createTenants({ ledger: world.ledger, clock: world.clock, context: elsewhere });
  const skipped = { id: BUCKET, status: 'skipped', born: false } as const;
  await others.decide('b', (rows, context) => decideOutcomes(rows.state, rows.waiting, [skipped], context));
  const parts = makeParts();
  const take = async (id: string) => takeUpLeft(parts, id, await tenants.read(id));
  expect([await take('a'), await take('b'), queued]).toEqual([false, true, ['b']]);
  await tenants.decide('b', (rows, context) => decideOutcomes(rows.state, rows.waiting, [], context));
  expect([await take('b'), queued]).toEqual([false, ['b']]);
});

test('T4: what waits for a word is a finding once, and again when it is over, by listing and by single looks', async () => {
  for (const kind of [KEYSPACE, BUCKET]) {
    await settled(kind);
    const parts = makeParts();
    const details = createDetails(parts);
    const look = async (): Promise<boolean> => {
      world.nowMs += 120_000;
      if (kind === BUCKET) await details.look(kind, (await tenants.read(kind)).state, signal);
      else await details.compare(await provide(kind, parts), signal);
      return (await wish(kind)) !== undefined;
    };
    const tell = async (left: readonly LeftChange[] | undefined): Promise<void> => {
      await tenants.decide(kind, (rows, context) => {
        const scene = openScene();
        scene.state = rows.state;
        const patches = scene.settledPatches().map((patch) => ({ ...patch, left, observedAtMs: world.nowMs }));
        return decideOutcomes(rows.state, rows.waiting, patches, context);
      });
      await tenants.decide(kind, (rows, context) => decideRunEnd(rows.state, rows.waiting, 'whole', context));
    };
    make(kind, nameOf(kind, kind), kind, 'raised');
    expect(await look()).toBe(true);
    await tell([{ path: '/value', from: 'raised', to: 'right', weight: 'settings', why: 'consent' }]);
    for (let times = 0; times < 5; times++) expect(await look()).toBe(false);
    make(kind, nameOf(kind, kind), kind);
    expect(await look()).toBe(true);
    await tell(undefined);
    expect(await look()).toBe(false);
  }
});
