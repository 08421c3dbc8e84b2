/** The parts of the sweep by themselves: pages of owners, the place of a round, the budget, calls, listings. */
import type { Provider } from '@leasehold/engine';
import { bound, type Clock, silentLog } from '@leasehold/kernel';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { createMemoryBackend } from '@leasehold/testing/fakes/memory-backend';
import { openGuard } from '@leasehold/testing/fakes/open-guard';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createInventory, type Inventory } from '../inventory/inventory.ts';
import { ownerPages } from '../inventory/walk.ts';
import type { OwnedTypes } from '../model/decision.ts';
import { serviceNames } from '../rows/names.ts';
import { SWEEP_BOUNDS } from './bounds.ts';
import { createBudget } from './budget.ts';
import { canBeListed, listKind } from './listing.ts';
import { guarded, isOpen, type SweepParts } from './parts.ts';
import { readPlace, writePlace } from './place.ts';

const NAMES = serviceNames({ service: 'filing', ownerType: 'drawer' });
const BUCKET = 'minio-bucket';
const signal = new AbortController().signal;
let world: TestLedger;
beforeEach(async () => {
  world = await openTestLedger();
});
afterEach(() => world.close());

/** Entries of the directory without a partition behind them. */
async function listOwners(count: number): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, (_, at) => `t${String(at).padStart(4, '0')}`);
  for (let from = 0; from < count; from += 50)
    await world.ledger.update(`made ${from}`, () => ({
      entries: ids.slice(from, from + 50).map((name) => ({
        directory: NAMES.directory,
        name,
        summary: JSON.stringify({ status: 'completed' }),
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

const openInventory = (): Inventory => {
  const { store } = world.ledger;
  const inventory = createInventory({ directory: NAMES.directory, store, clock: noting([]) });
  return { ...inventory, whenRead: (within) => inventory.count(within) };
};

test('all owners are walked so many at a time, with a pause between two pages and none at the end', async () => {
  const ids = await listOwners(2_050);
  const slept: number[] = [];
  const pages: (readonly string[])[] = [];
  const parts = { inventory: openInventory(), clock: noting(slept) };
  for await (const page of ownerPages(parts, signal)) pages.push(page.map(([ownerId]) => ownerId));
  expect(pages.flat()).toEqual(ids);
  expect([pages.map((page) => page.length), slept.length]).toEqual([[1_000, 1_000, 50], 2]);
});

const at = (ledger: TestLedger['ledger']) => ({ ledger, names: NAMES });

test('1: the place of a round is whoever’s fence is not older, with its page or at the beginning', async () => {
  expect(await readPlace(at(world.ledger), signal)).toEqual({ v: 1, fence: 0 });
  expect(await writePlace(at(world.ledger), 3, 'page', signal)).toEqual({ v: 1, fence: 3, cursor: 'page' });
  expect(await writePlace(at(world.ledger), 3, undefined, signal)).toEqual({ v: 1, fence: 3 });
  await expect(writePlace(at(world.ledger), 2, 'other', signal)).rejects.toMatchObject({
    class: 'Conflict',
    code: 'FenceLost',
  });
  expect(await readPlace(at(world.replica()), signal)).toEqual({ v: 1, fence: 3 });
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

const partsWith = (over: object): SweepParts<OwnedTypes> =>
  ({
    clock: world.clock,
    log: silentLog,
    bounds: SWEEP_BOUNDS,
    control: { now: () => ({ reconcile: 'running', backends: {} }) },
    guards: new Map([[BUCKET, openGuard()]]),
    ...over,
  }) as unknown as SweepParts<OwnedTypes>;
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
