/** How many owners and objects there are, as far as the directory and this process's own commits say. */
import { expect, test } from 'vitest';
import type { OwnerSummary } from '../model/summary.ts';
import { createInventory } from './inventory.ts';

const holding = (count: number): OwnerSummary => ({ status: 'completed', objects: { 'minio-bucket': count } });

interface Stored {
  pages: readonly Readonly<Record<string, OwnerSummary>>[];
}

const pagesOf = (store: Stored, between?: () => void) => {
  const inventory = createInventory({
    directory: 'filing/drawers',
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
  });
  return inventory;
};
const signal = new AbortController().signal;

test('what counts against a ceiling is what the others hold of the kind, not the tenant itself', async () => {
  const inventory = pagesOf({ pages: [{ a: holding(2), b: holding(3), old: { status: 'completed' } }] });
  await inventory.count(signal);
  expect(inventory.heldByOthers('minio-bucket', 'a')).toBe(4);
  expect(inventory.heldByOthers('minio-bucket', 'new')).toBe(6);
  expect(inventory.heldByOthers('cassandra-keyspace', 'a')).toBe(1);
  inventory.note('b', { status: 'deleted', objects: {} });
  expect(inventory.heldByOthers('minio-bucket', 'a')).toBe(1);
  expect(inventory.total()).toBe(2);
});

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
