/** Whether what is there is as it should be: boxes in bulk, labels one by one; what is opened for it, found and remembered. */
import type { LeftChange, Provider } from '@leasehold/engine';
import { bound } from '@leasehold/kernel';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BOX, LABEL, type ShelfTypes } from '../../test/shelf.ts';
import { openSwept, SWEPT, type Swept } from '../../test/swept-shelves.ts';
import { SWEEP_BOUNDS } from './bounds.ts';
import { createDetails, type Details } from './details.ts';
import { listKind } from './listing.ts';

const signal = new AbortController().signal;
let swept: Swept;
let opened: string[];
beforeEach(async () => {
  swept = await openSwept();
  opened = [];
});
afterEach(() => swept.close());

function noting(over = {}) {
  const parts = swept.parts(over);
  const find: typeof parts.owners.find = (id, options) => {
    opened.push(id);
    return parts.owners.find(id, options);
  };
  return { ...parts, owners: { ...parts.owners, find } };
}
const detailsOf = (over = {}): Details<ShelfTypes> => createDetails(noting(over));
const bulk = async (details: Details<ShelfTypes>): Promise<readonly string[]> => {
  opened.length = 0;
  const listing = await listKind(swept.parts(), swept.provider(BOX), signal);
  const marked = (listing.marked ?? []).toSorted(([a], [b]) => (a.name < b.name ? -1 : 1));
  await details.compare({ ...listing, marked }, signal);
  return [...opened];
};
const look = async (details: Details<ShelfTypes>, id = 'acme.left') =>
  details.look(id, await swept.room.state(id), signal);
const recorded = async (kind: string, over: object): Promise<void> => {
  const { records } = await swept.room.state();
  await swept.room.become({
    records: records.map((record) => (record.kind === kind ? { ...record, ...over } : record)),
  });
};

test('in bulk a shelf is opened once, again when its box looks otherwise, and told of where that differs (T1, T3)', async () => {
  await swept.settle('acme.left', 'acme.right');
  const details = detailsOf();
  expect(await bulk(details)).toEqual(['acme.left', 'acme.right']);
  expect(await bulk(details)).toEqual([]);
  swept.put(BOX, 'acme.right', 'wrong');
  expect(await bulk(details)).toEqual(['acme.right']);
  expect(await swept.wished('acme.left', 'acme.right')).toEqual(['acme.right']);
  expect(swept.counted).toEqual(['findings box differs 1']);
  // What differs is compared anew in every listing; what looks right again once, and then not.
  expect(await bulk(details)).toEqual(['acme.right']);
  swept.put(BOX, 'acme.right');
  await swept.room.become({ recheck: undefined as never, operation: undefined as never }, 'acme.right');
  expect([await bulk(details), await bulk(details)]).toEqual([['acme.right'], []]);
  expect(swept.room.backend.asked('look')).toBe(0);
});

test('what a finding says: the node, what differs, and when the listing began', async () => {
  await swept.settle('acme.left');
  swept.put(BOX, 'acme.left', 'wrong');
  const found: unknown[] = [];
  const decideFound: typeof SWEPT.decideFound = (rows, one, context) => {
    found.push(one);
    return SWEPT.decideFound(rows, one, context);
  };
  const details = detailsOf({ sweep: { ...SWEPT, decideFound } });
  const atMs = swept.room.world.nowMs;
  await bulk(details);
  await swept.room.become({ recheck: undefined as never, operation: undefined as never });
  swept.put(LABEL, 'acme.left', 'torn');
  swept.room.world.nowMs += 1_000;
  await look(details);
  const change = (from: string) => [{ path: '/value', from, to: 'right', weight: 'settings' }];
  expect(found).toEqual([
    { ids: ['box'], changes: change('wrong'), lookedAtMs: atMs },
    { ids: ['label'], changes: change('torn'), lookedAtMs: atMs + 1_000 },
  ]);
});

test('what is no owner’s is not opened; what is of nobody is compared in each listing anew', async () => {
  await swept.settle('acme.left');
  swept.put(BOX, 'lost.one');
  swept.room.backend.things.set('box else', { owner: 'acme' });
  const details = detailsOf();
  expect([await bulk(details), await bulk(details)]).toEqual([['acme.left', 'lost.one'], ['lost.one']]);
});

test('remembered are as many as the bound says, and what came after is compared anew', async () => {
  await swept.settle('acme.left', 'acme.right');
  const details = detailsOf({ bounds: { ...SWEEP_BOUNDS, remembered: bound('one', 1) } });
  expect([await bulk(details), await bulk(details)]).toEqual([['acme.left', 'acme.right'], ['acme.right']]);
});

test('T5: a listing with too much to compare goes on where the last one ended, and from the start where that is gone', async () => {
  for (const id of ['a.a', 'a.b', 'a.c', 'a.d']) swept.put(BOX, id);
  const details = detailsOf({ bounds: { ...SWEEP_BOUNDS, bulkLooks: bound('few', 2) } });
  expect([await bulk(details), await bulk(details)]).toEqual([
    ['a.a', 'a.b'],
    ['a.c', 'a.d'],
  ]);
  expect(await bulk(details)).toEqual(['a.a', 'a.b']);
  swept.take(BOX, 'a.c');
  expect(await bulk(details)).toEqual(['a.a', 'a.b']);
  const whole = detailsOf({ bounds: { ...SWEEP_BOUNDS, bulkLooks: bound('three', 3) } });
  expect([await bulk(whole), await bulk(whole)]).toEqual([
    ['a.a', 'a.b', 'a.d'],
    ['a.a', 'a.b', 'a.d'],
  ]);
});

test('what was seen later than the listing, or is told as failed or lost, is no finding', async () => {
  await swept.settle('acme.left');
  for (const kind of [BOX, LABEL]) swept.put(kind, 'acme.left', 'wrong');
  const details = detailsOf();
  const both = async () => {
    await bulk(details);
    await look(details);
    return swept.wished('acme.left');
  };
  for (const over of [{ lost: true }, { lost: false, status: 'failed' }]) {
    for (const kind of [BOX, LABEL]) await recorded(kind, over);
    expect(await both()).toEqual([]);
  }
  for (const kind of [BOX, LABEL]) await recorded(kind, { status: 'ready', observedAtMs: swept.room.world.nowMs });
  expect([await both(), swept.room.backend.asked('look')]).toEqual([[], 0]);
  for (const kind of [BOX, LABEL]) await recorded(kind, { observedAtMs: swept.room.world.nowMs - 1 });
  expect(await both()).toEqual(['acme.left']);
});

test('of a shelf at work nothing is looked at, in bulk or one by one', async () => {
  await swept.settle('acme.left');
  for (const kind of [BOX, LABEL]) swept.put(kind, 'acme.left', 'wrong');
  await swept.room.ask({ kind: 'look' });
  const details = detailsOf();
  await bulk(details);
  await look(details);
  expect([swept.counted, swept.spent(), swept.room.backend.asked('look')]).toEqual([[], 0, 0]);
});

test('single looks are paid for, each kind that no listing sees whole once, until one differs (T2)', async () => {
  await swept.settle('acme.left');
  const details = detailsOf();
  await look(details);
  expect([swept.room.backend.calls, swept.spent(), await swept.wished('acme.left')]).toEqual([['label look'], 1, []]);
  // Both are looked at one by one; the first that differs is enough.
  swept.room.providers.set(BOX, { ...swept.provider(BOX), observesInBulk: false });
  await look(details);
  expect(swept.room.backend.calls).toEqual(['label look', 'box look', 'label look']);
  for (const kind of [BOX, LABEL]) swept.put(kind, 'acme.left', 'wrong');
  swept.room.backend.calls.length = 0;
  swept.room.world.nowMs += 1;
  await look(details);
  expect([swept.room.backend.calls, swept.counted]).toEqual([['box look'], ['findings box differs 1']]);
});

test('one that cannot be seen now, is paused or has no provider is passed over, and the next is looked at', async () => {
  await swept.settle('acme.left');
  swept.room.providers.set(BOX, { ...swept.provider(BOX), observesInBulk: false });
  const details = detailsOf();
  const calls = async (): Promise<readonly string[]> => {
    swept.room.backend.calls.length = 0;
    swept.room.world.nowMs += 1;
    await look(details);
    return [...swept.room.backend.calls];
  };
  swept.room.backend.away.add(BOX);
  expect(await calls()).toEqual(['box look', 'label look']);
  swept.room.backend.away.clear();
  swept.paused.add(BOX);
  expect(await calls()).toEqual(['label look']);
  swept.paused.clear();
  swept.room.providers.delete(BOX);
  expect(await calls()).toEqual(['label look']);
  expect(await swept.wished('acme.left')).toEqual([]);
});

test('of a shelf that is being closed only access is looked at, and what is left of its settings is no matter', async () => {
  await swept.settle('acme.left');
  for (const kind of [BOX, LABEL]) swept.put(kind, 'acme.left', 'wrong');
  await swept.room.ask({ kind: 'close' });
  const access = (changes: readonly string[]): Partial<Provider> => ({
    plan: () => changes.map((path) => ({ path, from: 1, to: 2, weight: 'settings' as const })),
  });
  const parts = { ...SWEPT, decideFound: () => expect.unreachable('it was told') };
  swept.room.providers.set(LABEL, { ...swept.provider(LABEL), hasAccess: false });
  const details = detailsOf({ sweep: parts });
  await look(details);
  expect(swept.room.backend.calls).toEqual([]);
  for (const kind of [BOX, LABEL])
    swept.room.providers.set(kind, { ...swept.provider(kind), hasAccess: true, ...access(['/value']) });
  await look(details);
  await bulk(details);
  expect(swept.counted).toEqual([]);
  for (const kind of [BOX, LABEL]) swept.room.providers.set(kind, { ...swept.provider(kind), ...access(['/access']) });
  await expect(look(detailsOf({ sweep: parts }))).rejects.toThrow('it was told');
  await expect(bulk(detailsOf({ sweep: parts }))).rejects.toThrow('it was told');
});

test('T4: what is left and told is no finding, and it is one when it is left no more', async () => {
  await swept.settle('acme.left');
  const left: readonly LeftChange[] = [
    { path: '/value', from: 'raised', to: 'right', weight: 'settings', why: 'consent' },
  ];
  const weakens = { kind: 'fewer-replicas', would: 'lower it' } as const;
  for (const kind of [BOX, LABEL]) {
    const { plan } = swept.provider(kind);
    swept.room.providers.set(kind, {
      ...swept.provider(kind),
      plan: (...args) => plan(...args).map((change) => ({ ...change, weakens })),
    });
    swept.put(kind, 'acme.left', 'raised');
    await recorded(kind, { left, observedAtMs: swept.room.world.nowMs });
  }
  swept.room.world.nowMs += 1_000;
  const details = detailsOf();
  await bulk(details);
  await look(details);
  expect(swept.counted).toEqual([]);
  swept.put(LABEL, 'acme.left');
  await look(details);
  expect(swept.counted).toEqual(['findings label differs 1']);
  await swept.room.become({ recheck: undefined as never, operation: undefined as never });
  swept.put(BOX, 'acme.left');
  await bulk(details);
  expect(swept.counted).toEqual(['findings label differs 1', 'findings box differs 1']);
});

test('who is not understood is passed over and told, and is compared again', async () => {
  await swept.settle('acme.left', 'acme.right');
  const graphOf: typeof SWEPT.graphOf = (state) => {
    if (state.id === 'acme.left') throw new TypeError('from another release');
    return state.graph;
  };
  const details = detailsOf({ sweep: { ...SWEPT, graphOf } });
  expect([await bulk(details), await bulk(details)]).toEqual([['acme.left', 'acme.right'], ['acme.left']]);
  expect(swept.logged).toEqual(Array(2).fill('error a shelf was not understood, and is passed over'));
});
