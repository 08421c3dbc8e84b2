/** What the parts of a sweep share, at their edges: places, pages, budgets, what may be looked at, and what is left undone. */
import type { Provider } from '@leasehold/engine';
import { bound, type Clock, silentLog } from '@leasehold/kernel';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { createMemoryBackend } from '@leasehold/testing/fakes/memory-backend';
import { openGuard } from '@leasehold/testing/fakes/open-guard';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contextOf, create, openScene, type Scene } from '../../domain/scene.ts';
import type { TenantState } from '../../domain/state.ts';
import { openInventory } from '../inventory.fixture.ts';
import { TENANT_DIRECTORY } from '../partition.ts';
import { SWEEP_BOUNDS } from './bounds.ts';
import { createBudget } from './budget.ts';
import type { Details } from './details.ts';
import { takeUpLeft } from './left.ts';
import { canBeListed, listKind } from './listing.ts';
import { guarded, isAtWork, isFinished, isGone, isOpen, mayBeShutOff, type SweepParts, tenantPages } from './parts.ts';
import { readPlace, writePlace } from './place.ts';
import { lookInRounds } from './rounds.ts';
import { createStrangers } from './strangers.ts';

const BUCKET = 'minio-bucket';
const signal = new AbortController().signal;
let world: TestLedger;
beforeEach(async () => {
  world = await openTestLedger();
});
afterEach(() => world.close());

/** Entries of the directory without a partition behind them. */
async function listTenants(count: number, others: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, (_, at) => `t${String(at).padStart(4, '0')}`);
  for (let from = 0; from < count; from += 50)
    await world.ledger.update(`made ${from}`, () => ({
      entries: ids.slice(from, from + 50).map((name) => ({
        directory: TENANT_DIRECTORY,
        name,
        summary: JSON.stringify({ tier: 'free', status: others[name] ?? 'completed' }),
      })),
      result: undefined,
    }));
  return ids;
}
/** Each sleep takes its time at once, and is noted. */
const noting = (slept: number[]): Clock => ({
  now: () => world.nowMs,
  sleep: async (ms) => {
    slept.push(ms);
    world.nowMs += ms;
  },
});

test('all tenants are walked so many at a time, with a pause between two pages and none at the end', async () => {
  const ids = await listTenants(2_050);
  const slept: number[] = [];
  const pages: (readonly string[])[] = [];
  const parts = { inventory: openInventory(world.ledger), clock: noting(slept) };
  for await (const page of tenantPages(parts, signal)) pages.push(page.map(({ tenantId }) => tenantId));
  expect(pages.flat()).toEqual(ids);
  expect([pages.map((page) => page.length), slept.length]).toEqual([[1_000, 1_000, 50], 2]);
});

test('1: the place of a round is whoever’s fence is not older, with its page or at the beginning', async () => {
  expect(await readPlace(world.ledger, signal)).toEqual({ v: 1, fence: 0 });
  expect(await writePlace(world.ledger, 3, 'page', signal)).toEqual({ v: 1, fence: 3, cursor: 'page' });
  expect(await writePlace(world.ledger, 3, undefined, signal)).toEqual({ v: 1, fence: 3 });
  await expect(writePlace(world.ledger, 2, 'other', signal)).rejects.toMatchObject({
    class: 'Conflict',
    code: 'FenceLost',
  });
  expect(await readPlace(world.replica(), signal)).toEqual({ v: 1, fence: 3 });
});

test('the budget: evenly spaced, with one second saved, and nothing for whoever was told to end', async () => {
  const slept: number[] = [];
  const budget = createBudget(noting(slept), bound('looks', 120));
  const calls = async (count: number) => {
    for (let call = 0; call < count; call++) await budget.spend(signal);
  };
  await calls(3);
  expect(slept).toEqual([500, 500, 500]);
  world.nowMs += 3_600_000;
  slept.length = 0;
  await calls(4);
  // Two calls of the saved second are free, then each waits its turn.
  expect(slept).toEqual([500, 500]);
  const stopped = AbortSignal.abort('over');
  await expect(budget.spend(stopped)).rejects.toBe('over');
  const strict = createBudget(noting(slept), bound('none', 0));
  slept.length = 0;
  await strict.spend(signal);
  expect(slept).toEqual([60_000]);
});

test('what a status says of a tenant: gone, finished, at work, or without access', () => {
  const says = (status: string) => [
    isGone({ status }),
    isFinished({ status }),
    isAtWork({ status }),
    mayBeShutOff({ status }),
  ];
  expect(says('deleted')).toEqual([true, false, false, false]);
  for (const status of ['completed', 'degraded']) expect(says(status)).toEqual([false, true, false, false]);
  for (const status of ['pending', 'provisioning']) expect(says(status)).toEqual([false, false, true, false]);
  expect(says('suspended')).toEqual([false, false, false, true]);
  for (const status of ['failed', 'deleting']) expect(says(status)).toEqual([false, false, false, false]);
});

const partsWith = (over: object): SweepParts =>
  ({
    ledger: world.ledger,
    inventory: openInventory(world.ledger),
    clock: world.clock,
    log: silentLog,
    bounds: SWEEP_BOUNDS,
    pulsarTenant: 'platformq',
    context: () => contextOf(openScene()),
    control: { now: () => ({ reconcile: 'running', backends: {} }) },
    guards: new Map([[BUCKET, openGuard()]]),
    ...over,
  }) as unknown as SweepParts;
const bucket = (over: Partial<Provider> = {}) => createMemoryBackend().provider(BUCKET, over);

test.each<[string, object, boolean]>([
  ['answers', {}, true],
  ['is not known to be away', { guards: new Map([[BUCKET, { state: () => ({ status: 'unknown' }) }]]) }, true],
  ['is down', { guards: new Map([[BUCKET, { state: () => ({ status: 'down' }) }]]) }, false],
  ['has no guard here', { guards: new Map() }, false],
  ['is paused', { control: { now: () => ({ reconcile: 'running', backends: { [BUCKET]: 'paused' } }) } }, false],
  [
    'is not the one that is paused',
    { control: { now: () => ({ reconcile: 'running', backends: { other: 'paused' } }) } },
    true,
  ],
  ['runs while all work is paused', { control: { now: () => ({ reconcile: 'paused', backends: {} }) } }, false],
])('whether a backend that %s may be looked at', (_, over, open) => {
  expect(isOpen(partsWith(over), bucket())).toBe(open);
});

test('a call of the sweep is apart from those of runs, one at a time, and a listing has a longer time', async () => {
  const asked: unknown[] = [];
  const guard = {
    run: (label: string, bounds: unknown, fn: (within: AbortSignal) => unknown) => {
      asked.push([label, bounds]);
      return fn(signal);
    },
  };
  const parts = partsWith({ guards: new Map([[BUCKET, guard]]) });
  const provider = bucket();
  const scopeOf = (verb: 'list' | 'look') => guarded(parts, provider, verb, async ({ fence }) => fence, signal);
  expect([await scopeOf('list'), await scopeOf('look')]).toEqual([0, 0]);
  const shared = { group: 'minio-bucket:sweep', parallelism: expect.objectContaining({ value: 1 }) };
  expect(asked).toEqual([
    ['minio-bucket sweep list', { ...shared, timeoutMs: SWEEP_BOUNDS.listingMs }],
    ['minio-bucket sweep look', { ...shared, timeoutMs: provider.bounds.timeoutMs }],
  ]);
  expect(() => guarded(partsWith({ guards: new Map() }), provider, 'look', async () => 1, signal)).toThrow(RangeError);
});

test('L1, L2: in bulk where the backend does so, else by name, else not at all', async () => {
  const backend = createMemoryBackend();
  backend.things.set(`${BUCKET} tenant-a`, { owner: 'a' });
  backend.things.set(`${BUCKET} backups`, {});
  const listed = async (over: Partial<Provider>) => {
    const { names, marked, atMs } = await listKind(partsWith({}), backend.provider(BUCKET, over), signal);
    expect(atMs).toBe(world.nowMs);
    return [[...names], marked?.map(([{ tenantId }]) => tenantId)];
  };
  expect(await listed({})).toEqual([['tenant-a', 'backups'], undefined]);
  expect(await listed({ observesInBulk: true })).toEqual([['tenant-a'], ['a']]);
  expect(await listed({ listNames: undefined as never })).toEqual([[], undefined]);
  expect([bucket({}), bucket({ observesInBulk: true, listNames: undefined as never })].map(canBeListed)).toEqual([
    true,
    true,
  ]);
  expect(canBeListed(bucket({ observesInBulk: false, listNames: undefined as never }))).toBe(false);
});

test.each<[string, Partial<TenantState>, number | undefined, boolean]>([
  ['has nothing to do', {}, undefined, false],
  ['has work without a timer', { recheck: { acceptLoss: false } }, undefined, true],
  ['has work whose timer is due', { recheck: { acceptLoss: false } }, 0, false],
  ['has work whose timer is due now', { recheck: { acceptLoss: false } }, 1_000_000, false],
  ['has work whose timer is later', { recheck: { acceptLoss: false } }, 1_000_001, true],
  ['has work that is not due yet', { recheck: { acceptLoss: false, notBeforeMs: 1_000_001 } }, undefined, false],
  ['has work that is due just now', { recheck: { acceptLoss: false, notBeforeMs: 1_000_000 } }, undefined, true],
])('W5: whether a tenant that %s is taken up', (_, over, workTimerMs, taken) => {
  const scene: Scene = openScene();
  scene.event(create());
  scene.settle();
  const queued: unknown[] = [];
  const parts = partsWith({
    clock: { now: () => 1_000_000 },
    context: () => contextOf(scene),
    queue: { add: (...given: readonly unknown[]) => queued.push(given) },
  });
  const found = { state: { ...scene.state, ...over }, waiting: [], version: 1, workTimerMs };
  expect(takeUpLeft(parts, found)).toBe(taken);
  expect(queued).toEqual(taken ? [['acme', { low: true }]] : []);
});

/** What becomes of looks in rounds: who is looked at, in order, and when there is nothing to do. */
function rounds(over: object = {}) {
  const looked: string[] = [];
  const scene = openScene();
  scene.event(create());
  scene.settle();
  const details: Details = {
    compare: async () => undefined,
    look: async ({ tenantId }) => void looked.push(tenantId),
  };
  const find = async (tenantId: string) => ({
    state: { ...scene.state, tenantId },
    waiting: [],
    version: 1,
    workTimerMs: undefined,
  });
  const parts = partsWith({
    tenants: { find },
    clock: noting([]),
    context: () => contextOf(scene),
    queue: { add: () => undefined },
    ...over,
  });
  return { looked, steps: lookInRounds({ parts, details, fence: 7 }, signal) };
}

test('R2: a round looks at each that is not gone, goes on where the last leader stood, and rests after its end', async () => {
  const ids = await listTenants(210, { t0003: 'deleted' });
  const { looked, steps } = rounds();
  const until = async (times: number) => {
    for (let step = 0; step < times; step++) await steps.next();
  };
  await until(205);
  expect(looked).toEqual(ids.filter((id) => id !== 't0003').slice(0, 205));
  const place = await readPlace(world.ledger, signal);
  expect([place.fence, place.cursor === undefined]).toEqual([7, false]);
  // The next leader begins after the last that was looked at when the place was written, and then with all of them.
  const next = rounds();
  for (let step = 0; step < 9; step++) await next.steps.next();
  expect(next.looked).toEqual(ids.slice(201));
  const { value: idleUntilMs } = await next.steps.next();
  expect(idleUntilMs).toBeGreaterThan(world.nowMs);
  expect(await readPlace(world.ledger, signal)).toEqual({ v: 1, fence: 7 });
  world.nowMs += SWEEP_BOUNDS.roundEveryMs.value;
  next.looked.length = 0;
  for (let step = 0; step < 3; step++) await next.steps.next();
  expect(next.looked).toEqual(['t0000', 't0001', 't0002']);
});

test('R1: tenants without access come first, and again after two minutes in the middle of a round', async () => {
  const ids = await listTenants(4, { t0002: 'suspended' });
  const { looked, steps } = rounds();
  for (let step = 0; step < 3; step++) await steps.next();
  expect(looked).toEqual(['t0002', ...ids.slice(0, 2)]);
  world.nowMs += SWEEP_BOUNDS.accessEveryMs.value;
  looked.length = 0;
  for (let step = 0; step < 3; step++) await steps.next();
  expect(looked).toEqual(['t0002', 't0002', 't0003']);
});

/** Judges names of a kind of which nobody here knows the tenant. */
function strangers(over: object = {}) {
  const backend = createMemoryBackend();
  const told: number[] = [];
  let spent = 0;
  const find = async (tenantId: string) => ({
    state: { ...openScene().state, tenantId, ...(tenantId === 'b' ? { phase: 'deleting' } : {}) },
  });
  const parts = partsWith({
    tenants: { find },
    budget: {
      spend: async () => {
        spent += 1;
      },
    },
    metrics: {
      orphanResources: {
        replace: (rows: readonly { readonly value: number }[]) => void told.push(rows[0]?.value ?? -1),
      },
    },
    ...over,
  });
  const judge = createStrangers(parts);
  const names = (...ids: readonly string[]) => new Set(ids.map((id) => `tenant-${id}`));
  return {
    backend,
    told,
    spent: () => spent,
    judge: (...ids: readonly string[]) =>
      judge.judge({ provider: backend.provider(BUCKET), atMs: world.nowMs, names: new Set() }, names(...ids), signal),
  };
}

test('S1: an orphan is what carries our mark for a tenant that there is not, and is one no more when it is gone', async () => {
  const { backend, told, judge } = strangers();
  for (const [id, owner] of [
    ['a', 'a'],
    ['b', 'b'],
    ['c', undefined],
    ['d', 'somebody'],
  ] as const)
    backend.things.set(`${BUCKET} tenant-${id}`, { owner });
  await judge('a', 'b', 'c', 'd', 'not there');
  await judge();
  expect(told).toEqual([1, 0]);
});

test('S2: a judgement lasts for a while, to the millisecond, and a listing judges no more names than its bound', async () => {
  const { backend, spent, judge } = strangers();
  backend.things.set(`${BUCKET} tenant-a`, { owner: 'a' });
  await judge('a');
  world.nowMs += SWEEP_BOUNDS.strangerMs.value - 1;
  await judge('a');
  expect(spent()).toBe(1);
  world.nowMs += 1;
  await judge('a');
  expect(spent()).toBe(2);
  const few = strangers({ bounds: { ...SWEEP_BOUNDS, strangers: bound('few', 2) } });
  await few.judge('a', 'b', 'c');
  expect(few.spent()).toBe(2);
  // The next listing judges those that this one left.
  few.backend.things.set(`${BUCKET} tenant-c`, { owner: 'c' });
  await few.judge('a', 'b', 'c');
  expect([few.spent(), few.told.at(-1)]).toEqual([3, 1]);
});
