/** The sweep with tenants: what a status says, what is taken up, rounds of looks, and strangers. */
import { SWEEP_BOUNDS } from '@leasehold/controller';
import { isGone } from '@leasehold/controller/model';
import { createStrangers, type Details, lookInRounds, readPlace, takeUpLeft } from '@leasehold/controller/sweep';
import { bound, type Clock, silentLog } from '@leasehold/kernel';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { createMemoryBackend } from '@leasehold/testing/fakes/memory-backend';
import { openGuard } from '@leasehold/testing/fakes/open-guard';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SweepParts } from '../../../test/tenants-on-backends.ts';
import { contextOf, create, openScene, type Scene } from '../../domain/scene.ts';
import type { TenantState } from '../../domain/state.ts';
import type { TenantTypes } from '../../domain/types.ts';
import { openInventory } from '../inventory.fixture.ts';
import { NAMES, TENANT_DIRECTORY } from '../partition.ts';
import { TENANT } from '../tenants.ts';
import { sweptTenants } from './tenants.ts';

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

const { isFinished, isAtWork, mayBeShutOff } = sweptTenants('platformq');

test('what a status says of a tenant: gone, finished, at work, or without access', () => {
  const says = (status: string) => [
    isGone({ status }),
    isFinished({ tier: 'free', status }),
    isAtWork({ tier: 'free', status }),
    mayBeShutOff({ tier: 'free', status }),
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
    names: NAMES,
    work: TENANT,
    sweep: sweptTenants('platformq'),
    context: () => contextOf(openScene()),
    control: { now: () => ({ reconcile: 'running', backends: {} }) },
    guards: new Map([[BUCKET, openGuard()]]),
    ...over,
  }) as unknown as SweepParts;

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
  expect(takeUpLeft(parts, 'acme', found)).toBe(taken);
  expect(queued).toEqual(taken ? [['acme', { low: true }]] : []);
});

/** What becomes of looks in rounds: who is looked at, in order, and when there is nothing to do. */
function rounds(over: object = {}) {
  const looked: string[] = [];
  const scene = openScene();
  scene.event(create());
  scene.settle();
  const details: Details<TenantTypes> = {
    compare: async () => undefined,
    look: async (tenantId) => void looked.push(tenantId),
  };
  const find = async (tenantId: string) => ({
    state: { ...scene.state, tenantId },
    waiting: [],
    version: 1,
    workTimerMs: undefined,
  });
  const parts = partsWith({
    owners: { find },
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
  const place = await readPlace({ ledger: world.ledger, names: NAMES }, signal);
  expect([place.fence, place.cursor === undefined]).toEqual([7, false]);
  // The next leader begins after the last that was looked at when the place was written, and then with all of them.
  const next = rounds();
  for (let step = 0; step < 9; step++) await next.steps.next();
  expect(next.looked).toEqual(ids.slice(201));
  const { value: idleUntilMs } = await next.steps.next();
  expect(idleUntilMs).toBeGreaterThan(world.nowMs);
  expect(await readPlace({ ledger: world.ledger, names: NAMES }, signal)).toEqual({ v: 1, fence: 7 });
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
    owners: { find },
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
