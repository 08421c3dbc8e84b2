/** The sweep over a real ledger, with backends in memory: what is found, what is told, what it costs, and who sweeps. */
import { ABSENT, type LeftChange, type Provider, type Ref, type SeenBase } from '@leasehold/engine';
import { bound, type Clock, seededRng, silentLog, unavailable } from '@leasehold/kernel';
import type { Guard } from '@leasehold/runtime';
import { handClock } from '@leasehold/testing/fakes/hand-clock';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { decideOutcomes, decideRunEnd } from '../../domain/decide.ts';
import { contextOf, create, openScene } from '../../domain/scene.ts';
import { createTenants, type Tenants } from '../tenants.ts';
import { SWEEP_BOUNDS } from './bounds.ts';
import { createBudget } from './budget.ts';
import { createDetails } from './details.ts';
import { takeUpLeft } from './left.ts';
import { canBeListed, listKind } from './listing.ts';
import type { SweepParts } from './parts.ts';
import { readPlace, writePlace } from './place.ts';
import { comparePresence } from './presence.ts';
import { createStrangers } from './strangers.ts';
import { type Sweep, startSweep } from './sweep.ts';

const signal = new AbortController().signal;
const KEYSPACE = 'cassandra-keyspace';
const BUCKET = 'minio-bucket';

interface Thing {
  readonly owner: string | undefined;
  readonly value: string;
}

let world: TestLedger;
let tenants: Tenants;
let things: Map<string, Thing>;
let calls: string[];
let orphans: number;
let paused: Set<string>;
let away: Set<string>;
let sweeps: Sweep[];
let queued: string[];

beforeEach(async () => {
  world = await openTestLedger();
  const scene = openScene();
  tenants = createTenants({
    ledger: world.ledger,
    clock: world.clock,
    context: () => ({ ...contextOf(scene), nowMs: world.nowMs }),
  });
  [things, calls, orphans, paused, away, sweeps, queued] = [new Map(), [], 0, new Set(), new Set(), [], []];
});
afterEach(async () => {
  for (const sweep of sweeps) await sweep.close();
  await world.close();
});

const nameOf = (kind: string, tenantId: string) =>
  kind === BUCKET ? `tenant-${tenantId}` : `tenant_${tenantId.replaceAll('-', '_')}`;

function providerOf(kind: string, observesInBulk: boolean): Provider {
  const seenOf = ({ owner, value }: Thing, tenantId: string) =>
    ({ mark: owner === undefined ? 'none' : owner === tenantId ? 'ours' : 'foreign', value }) as SeenBase;
  const mine = () => [...things].filter(([key]) => key.startsWith(`${kind}/`));
  const asked = (what: string): void => {
    calls.push(`${kind} ${what}`);
    if (away.has(kind)) throw unavailable('away', { code: 'Away', away: true, backend: kind });
  };
  return {
    kind,
    backend: kind,
    holdsData: true,
    hasAccess: true,
    embedded: false,
    spec: z.unknown(),
    observesInBulk,
    bounds: { timeoutMs: bound('t', 1_000), parallelism: bound('p', 8), ceiling: undefined },
    observe: async ({ name, tenantId }) => {
      asked('look');
      const thing = things.get(`${kind}/${name}`);
      return thing === undefined ? ABSENT : seenOf(thing, tenantId);
    },
    observeAll: async function* () {
      asked('list');
      for (const [key, thing] of mine()) {
        const { owner: tenantId } = thing;
        if (tenantId === undefined) continue;
        const ref: Ref = { kind, name: key.slice(kind.length + 1), tenantId, generation: 1, tier: '' };
        yield [ref, seenOf(thing, tenantId)] as const;
      }
    },
    listNames: async () => {
      asked('list');
      return mine().map(([key]) => key.slice(kind.length + 1));
    },
    plan: (_ref, _spec, seen) => {
      if ('absent' in seen) return [{ path: '', from: undefined, to: 'present', weight: 'data' as const }];
      const { value } = seen as SeenBase & { value: string };
      const weakens = value === 'raised' ? { weakens: { kind: 'fewer-replicas', would: 'lower it' } as const } : {};
      if (value === 'right') return [];
      return [{ path: '/value', from: value, to: 'right', weight: 'settings' as const, ...weakens }];
    },
    ensure: () => Promise.reject(new Error('a sweep changes nothing')),
    delete: () => Promise.reject(new Error('a sweep deletes nothing')),
  };
}

const guardOf = (up: (() => void)[]): Guard =>
  ({
    run: (_label: string, _bounds: unknown, fn: (within: AbortSignal) => unknown) => fn(signal),
    state: () => ({ status: 'up', circuit: 'closed', since: 0 }),
    onUp: (listener: () => void) => {
      up.push(listener);
      return () => undefined;
    },
  }) as unknown as Guard;

function makeParts(over: { readonly clock?: Clock; readonly up?: (() => void)[] } = {}): SweepParts {
  const { clock = world.clock, up = [] } = over;
  const scene = openScene();
  const providers = new Map([
    [KEYSPACE, providerOf(KEYSPACE, true)],
    [BUCKET, providerOf(BUCKET, false)],
  ]);
  const inc = () => undefined;
  return {
    ledger: world.ledger,
    tenants,
    context: () => ({ ...contextOf(scene), nowMs: world.nowMs }),
    control: {
      now: () => ({
        reconcile: paused.has('reconcile') ? 'paused' : 'running',
        backends: Object.fromEntries([...paused].map((name) => [name, 'paused'])),
      }),
    } as unknown as SweepParts['control'],
    providers,
    guards: new Map([...providers.keys()].map((kind) => [kind, guardOf(up)])),
    pulsarTenant: 'platformq',
    clock,
    log: silentLog,
    metrics: {
      sweeps: { inc },
      sweepFindings: { inc },
      orphanResources: {
        set: inc,
        replace: (rows) => {
          orphans = rows.reduce((sum, { value }) => sum + value, 0);
        },
      },
    },
    queue: { add: (tenantId) => queued.push(tenantId) },
    bounds: SWEEP_BOUNDS,
    budget: createBudget(clock, SWEEP_BOUNDS.looksPerMinute),
  };
}

const operator = () => ({ type: 'rest' as const, subject: 'ops', requestId: 'r', atMs: world.nowMs });

/** A tenant that is complete, with all of its objects there. */
async function settled(tenantId: string): Promise<void> {
  const scene = openScene();
  await tenants.command(tenantId, create(), operator(), 'open');
  scene.nowMs = world.nowMs;
  const { state } = await tenants.read(tenantId);
  scene.state = state;
  await tenants.decide(tenantId, (rows, context) =>
    decideOutcomes(
      rows.state,
      rows.waiting,
      scene.settledPatches().map((patch) => ({ ...patch, observedAtMs: world.nowMs })),
      context,
    ),
  );
  await tenants.decide(tenantId, (rows, context) => decideRunEnd(rows.state, rows.waiting, 'whole', context));
  // The stage names objects its own way; the contract's names are what a listing is compared with.
  await tenants.decide(tenantId, (rows, context) => {
    const rename = <T extends { kind: string }>(one: T): T => ({ ...one, name: nameOf(one.kind, tenantId) });
    const { graph, records } = rows.state;
    const named = { ...rows.state, graph: graph.map(rename), records: records.map(rename) };
    const digests = openScene();
    digests.state = named;
    return decideOutcomes(named, rows.waiting, digests.settledPatches(), context);
  });
  for (const kind of [KEYSPACE, BUCKET])
    things.set(`${kind}/${nameOf(kind, tenantId)}`, { owner: tenantId, value: 'right' });
  world.nowMs += 60_000;
}

const wish = async (tenantId: string) => (await tenants.read(tenantId)).state.recheck;
const providerIn = (parts: SweepParts, kind: string) => parts.providers.get(kind) as Provider;
const provide = (kind: string, parts = makeParts()) => listKind(parts, providerIn(parts, kind), signal);

test('a finished tenant of which an object is missing is looked at again, the others are not opened', async () => {
  for (const id of ['a', 'b-c', 'd']) await settled(id);
  things.delete(`${BUCKET}/tenant-b-c`);
  const parts = makeParts();
  const { strangers } = await comparePresence(parts, await provide(BUCKET, parts), false, signal);
  expect([await wish('a'), await wish('b-c'), await wish('d')]).toEqual([undefined, { acceptLoss: false }, undefined]);
  expect([strangers.size, calls]).toEqual([0, [`${BUCKET} list`]]);
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
  things.set(`${KEYSPACE}/tenant_b`, { owner: 'b', value: 'wrong' });
  await details.compare(await provide(KEYSPACE, parts), signal);
  expect([await wish('a'), await wish('b')]).toEqual([undefined, { acceptLoss: false }]);
  expect(calls).toEqual([`${KEYSPACE} list`, `${KEYSPACE} list`]);
});

test('T1, T2: single looks go to kinds that no listing sees whole, and find what differs', async () => {
  await settled('a');
  const details = createDetails(makeParts());
  await details.look((await tenants.read('a')).state, signal);
  expect([calls, await wish('a')]).toEqual([[`${BUCKET} look`], undefined]);
  things.set(`${BUCKET}/tenant-a`, { owner: 'a', value: 'wrong' });
  world.nowMs += 1;
  await details.look((await tenants.read('a')).state, signal);
  expect(await wish('a')).toEqual({ acceptLoss: false });
});

test('W3: what is paused or away is not looked at, and nothing is concluded from it', async () => {
  await settled('a');
  things.clear();
  const details = createDetails(makeParts());
  paused.add(BUCKET);
  await details.look((await tenants.read('a')).state, signal);
  expect(calls).toEqual([]);
  paused.clear();
  away.add(BUCKET);
  await details.look((await tenants.read('a')).state, signal);
  expect([calls, await wish('a')]).toEqual([[`${BUCKET} look`], undefined]);
});

test('S1: an object with our mark and no tenant is an orphan, one without a mark or with a tenant is none', async () => {
  await settled('here');
  things.set(`${BUCKET}/tenant-lost`, { owner: 'lost', value: 'right' });
  things.set(`${BUCKET}/tenant-legacy`, { owner: undefined, value: 'right' });
  things.set(`${BUCKET}/backups`, { owner: undefined, value: 'right' });
  things.set(`${KEYSPACE}/tenant_lost`, { owner: 'lost', value: 'right' });
  const parts = makeParts();
  const strangers = createStrangers(parts);
  for (const kind of [KEYSPACE, BUCKET]) {
    const listing = await provide(kind, parts);
    const presence = await comparePresence(parts, listing, false, signal);
    await strangers.judge(listing, presence.strangers, signal);
  }
  expect([orphans, calls.filter((call) => call.endsWith('look')).length]).toEqual([2, 2]);
  const again = await provide(BUCKET, parts);
  await strangers.judge(again, (await comparePresence(parts, again, false, signal)).strangers, signal);
  expect(calls.filter((call) => call.endsWith('look'))).toHaveLength(2);
  expect(things.has(`${BUCKET}/tenant-lost`)).toBe(true);
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
  await writePlace(world.ledger, 3, 'page', signal);
  await expect(writePlace(world.ledger, 2, 'other', signal)).rejects.toMatchObject({ code: 'FenceLost' });
  expect(await readPlace(world.ledger, signal)).toEqual({ v: 1, fence: 3, cursor: 'page' });
});

test('W1, W2: one replica sweeps, soon after the start, at intervals, and at once when a backend is back', async () => {
  await settled('a');
  const clock = handClock(world);
  const up: (() => void)[] = [];
  const bounds = { ...SWEEP_BOUNDS, listingEveryMs: bound('every', 20_000) };
  const options = { ...makeParts({ clock, up }), bounds, rng: seededRng(1) };
  sweeps.push(startSweep({ ...options, holder: 'r1' }));
  await clock.pass(1_000);
  sweeps.push(startSweep({ ...options, holder: 'r2' }));
  await clock.pass(6_000);
  const listings = () => calls.filter((call) => call.endsWith('list')).length;
  expect(listings()).toBe(2);
  await clock.pass(20_000);
  expect(listings()).toBe(4);
  things.delete(`${BUCKET}/tenant-a`);
  for (const listener of up) listener();
  await clock.pass(1);
  expect(listings()).toBe(6);
  expect(await wish('a')).toEqual({ acceptLoss: false });
});

test('W3: a backend that did not answer a listing, and that nobody calls away, is listed again soon', async () => {
  await settled('a');
  things.delete(`${BUCKET}/tenant-a`);
  const clock = handClock(world);
  sweeps.push(startSweep({ ...makeParts({ clock }), rng: seededRng(1), holder: 'r1' }));
  away.add(BUCKET);
  await clock.pass(6_000);
  expect(await wish('a')).toBeUndefined();
  away.clear();
  await clock.pass(SWEEP_BOUNDS.relistMs.value);
  expect(await wish('a')).toEqual({ acceptLoss: false });
  expect(calls.filter((call) => call === `${KEYSPACE} list`)).toHaveLength(1);
});

/** A backend came back without the bucket of a tenant that is at work. */
async function lostAtWork(bounds: SweepParts['bounds']) {
  await settled('a');
  const [clock, up]: [ReturnType<typeof handClock>, (() => void)[]] = [handClock(world), []];
  sweeps.push(startSweep({ ...makeParts({ clock, up }), bounds, rng: seededRng(1), holder: 'r1' }));
  await clock.pass(6_000);
  await tenants.command('a', { kind: 'reconcile', acceptLoss: false }, operator(), 'open');
  things.delete(`${BUCKET}/tenant-a`);
  calls.length = 0;
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
  expect(calls.filter((call) => call === `${BUCKET} list`)).toHaveLength(1 + often.value);
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
  const take = async (id: string) => takeUpLeft(parts, await tenants.read(id));
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
      if (kind === BUCKET) await details.look((await tenants.read(kind)).state, signal);
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
    things.set(`${kind}/${nameOf(kind, kind)}`, { owner: kind, value: 'raised' });
    expect(await look()).toBe(true);
    await tell([{ path: '/value', from: 'raised', to: 'right', weight: 'settings', why: 'consent' }]);
    for (let times = 0; times < 5; times++) expect(await look()).toBe(false);
    things.set(`${kind}/${nameOf(kind, kind)}`, { owner: kind, value: 'right' });
    expect(await look()).toBe(true);
    await tell(undefined);
    expect(await look()).toBe(false);
  }
});
