/** How many tenants and objects there are, as far as the directory and this process's own commits say. */
import { expect, test } from 'vitest';
import { create, openScene } from '../domain/scene.ts';
import { createInventory } from './inventory.ts';
import { summaryOf, type TenantSummary } from './summary.ts';

type Series = readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
const gauge = () => {
  let series: Series = [];
  return {
    series: () => series,
    replace: (next: Series) => {
      series = next;
    },
  };
};
let resourceDrift = gauge();
const tenantsBehind = gauge();
const leftBehind = gauge();
const standing: number[] = [];
const accessStanding = { set: (_: object, value: number) => void standing.push(value) };

const inventoryOf = (entries: Readonly<Record<string, TenantSummary>>) =>
  createInventory({
    blueprint: () => 'present',
    store: {
      list: async () => ({
        items: Object.entries(entries).map(([name, summary]) => ({ name, summary: JSON.stringify(summary) })),
      }),
    } as never,
    clock: { now: () => 0, sleep: async () => undefined },
    metrics: { tenants: gauge(), resourceDrift, tenantsBehind, leftBehind, accessStanding } as never,
  });

const holding = (count: number): TenantSummary => ({
  tier: 'free',
  status: 'completed',
  objects: { 'minio-bucket': count },
});

test('what counts against a ceiling is what the others hold of the kind, not the tenant itself', async () => {
  const inventory = inventoryOf({ a: holding(2), b: holding(3), old: { tier: 'free', status: 'completed' } });
  await inventory.count(new AbortController().signal);
  expect(inventory.heldByOthers('minio-bucket', 'a')).toBe(4);
  expect(inventory.heldByOthers('minio-bucket', 'new')).toBe(6);
  expect(inventory.heldByOthers('cassandra-keyspace', 'a')).toBe(1);
  inventory.note('b', { tier: 'free', status: 'deleted', objects: {} });
  expect(inventory.heldByOthers('minio-bucket', 'a')).toBe(1);
  expect(inventory.total()).toBe(2);
});

test('Y1: an object counts from the wish for it; what was refused before anything was made makes room', () => {
  const scene = openScene();
  scene.event(create());
  expect(summaryOf(scene.state).objects).toEqual({ 'cassandra-keyspace': 1, 'minio-bucket': 1 });
  scene.patch([{ id: 'minio-bucket', status: 'failed' }]);
  expect(summaryOf(scene.state).objects).toEqual({ 'cassandra-keyspace': 1 });
});

test('Y2: objects that differ are counted by kind, from this process and from others, until they are as they should be', async () => {
  resourceDrift = gauge();
  const scene = openScene();
  scene.event(create());
  scene.settle();
  const drift = [{ path: '/versioning', from: 'off', to: 'enabled', weight: 'settings' as const }];
  const told = () => Object.fromEntries(resourceDrift.series().map(({ labels, value }) => [labels['kind'], value]));
  const elsewhere = { tier: 'free', status: 'degraded', drifting: { 'minio-bucket': 1, 'cassandra-keyspace': 2 } };
  const entries: Record<string, TenantSummary> = { elsewhere };
  const inventory = inventoryOf(entries);
  const note = () => inventory.note('acme', summaryOf(scene.state));
  note();
  expect(told()).toEqual({});
  scene.patch([{ id: 'minio-bucket', drift }]);
  note();
  expect(told()).toEqual({ 'minio-bucket': 1 });
  entries['acme'] = summaryOf(scene.state);
  await inventory.count(new AbortController().signal);
  expect(told()).toEqual({ 'minio-bucket': 2, 'cassandra-keyspace': 2 });
  scene.patch([{ id: 'minio-bucket', drift: undefined }]);
  note();
  expect(told()).toEqual({ 'minio-bucket': 1, 'cassandra-keyspace': 2 });
  scene.patch([{ id: 'cassandra-keyspace', lost: true }]);
  note();
  expect(told()['cassandra-keyspace']).toBe(3);
  inventory.note('elsewhere', { tier: 'free', status: 'deleted' });
  scene.patch([{ id: 'cassandra-keyspace', lost: false }]);
  note();
  expect(told()).toEqual({ 'minio-bucket': 0, 'cassandra-keyspace': 0 });
});

test('who was made of another blueprint than the file’s is counted by tier, until it is brought over', async () => {
  const on = (blueprint?: string) => ({ tier: 'free', status: 'completed', ...(blueprint ? { blueprint } : {}) });
  const inventory = inventoryOf({ current: on('present'), behind: on('earlier'), unnamed: on() });
  await inventory.count(new AbortController().signal);
  expect(tenantsBehind.series()).toEqual([{ labels: { tier: 'free' }, value: 2 }]);
  for (const name of ['behind', 'unnamed']) inventory.note(name, on('present'));
  expect(tenantsBehind.series()).toEqual([{ labels: { tier: 'free' }, value: 0 }]);
});

test('what a deletion leaves behind is counted by kind, after its end too, and who has access that should be gone', async () => {
  const left = { 'minio-bucket': 1 };
  const gone = { tier: 'free', status: 'deleted', objects: {}, left };
  const leaving = { tier: 'free', status: 'provisioning', standing: 2 };
  const inventory = inventoryOf({ gone, going: { tier: 'free', status: 'deleting', left }, leaving });
  await inventory.count(new AbortController().signal);
  expect([leftBehind.series(), standing.at(-1), inventory.total()]).toEqual([
    [{ labels: { kind: 'minio-bucket' }, value: 2 }],
    1,
    2,
  ]);
  inventory.note('going', { tier: 'free', status: 'deleted', objects: {} });
  inventory.note('leaving', { tier: 'free', status: 'suspended' });
  expect([leftBehind.series()[0]?.value, standing.at(-1)]).toEqual([1, 0]);
});

interface Stored {
  pages: readonly Readonly<Record<string, TenantSummary>>[];
}

const pagesOf = (store: Stored, between?: () => void) => {
  const inventory = createInventory({
    blueprint: () => 'present',
    store: {
      list: async (_directory: string, { cursor = '0' }: { readonly cursor?: string }) => ({
        items: Object.entries(store.pages[Number(cursor)] ?? {}).map(([name, summary]) => ({
          name,
          summary: JSON.stringify(summary),
        })),
        ...(Number(cursor) + 1 < store.pages.length ? { next: String(Number(cursor) + 1) } : {}),
      }),
    } as never,
    clock: { now: () => 0, sleep: async () => between?.() },
    metrics: {
      tenants: gauge(),
      resourceDrift: gauge(),
      tenantsBehind: gauge(),
      leftBehind: gauge(),
      accessStanding,
    } as never,
  });
  return inventory;
};
const signal = new AbortController().signal;

test('V2: who is in the directory no more is dropped at the end of a walk; who was noted while it went on is kept as noted', async () => {
  const store: Stored = { pages: [{ a: holding(1), b: holding(1) }, { c: holding(1) }] };
  let between = (): void => undefined;
  const inventory = pagesOf(store, () => between());
  await inventory.count(signal);
  expect([inventory.total(), [...inventory.entries()].map(([name]) => name)]).toEqual([3, ['a', 'b', 'c']]);
  store.pages = [{ a: holding(1) }, { c: holding(1) }];
  between = () => {
    inventory.note('new', holding(4));
    inventory.note('c', holding(7));
  };
  await inventory.count(signal);
  expect([...inventory.entries()].map(([name]) => name)).toEqual(['a', 'c', 'new']);
  expect([inventory.total(), inventory.heldByOthers('minio-bucket', 'none')]).toEqual([3, 1 + 7 + 4]);
});

test('V3: equal summaries are held once, over one walk and the next', async () => {
  const store = { pages: [{ a: holding(2), b: holding(2), c: holding(3) }] };
  const inventory = pagesOf(store);
  const held = () => [...inventory.entries()].map(([, summary]) => summary);
  await inventory.count(signal);
  const first = held();
  expect([first[0] === first[1], first[0] === first[2]]).toEqual([true, false]);
  await inventory.count(signal);
  expect(held().map((summary, at) => summary === first[at])).toEqual([true, true, true]);
});

test('V1: walks begin at the interval that is wished for, and further apart where a minute may not read so many rows', async () => {
  const many = Object.fromEntries(Array.from({ length: 90_000 }, (_, at) => [`t${at}`, holding(1)]));
  const store = { pages: [many] };
  const inventory = pagesOf(store);
  expect(inventory.pauseMs(60_000)).toBe(60_000);
  await inventory.count(signal);
  expect(inventory.pauseMs(60_000)).toBe(90_000);
});

test('whoever waits for the inventory has it after a whole walk, also when it comes later, and gives up with its signal', async () => {
  const inventory = pagesOf({ pages: [{ a: holding(1) }] });
  const given = new AbortController();
  const early = inventory.whenRead(signal);
  const left = inventory.whenRead(given.signal);
  given.abort(new Error('given up'));
  await expect(left).rejects.toThrow('given up');
  await expect(inventory.whenRead(given.signal)).rejects.toThrow('given up');
  await inventory.count(signal);
  await Promise.all([early, inventory.whenRead(signal)]);
  expect(inventory.total()).toBe(1);
});
