/** What a listing says of shelves: who lacks what, who is opened for it, and which names are nobody's. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BOX, LABEL } from '../../test/shelf.ts';
import { openSwept, SWEPT, type Swept } from '../../test/swept-shelves.ts';
import { listKind } from './listing.ts';
import { comparePresence } from './presence.ts';

const signal = new AbortController().signal;
let swept: Swept;
beforeEach(async () => {
  swept = await openSwept();
});
afterEach(() => swept.close());

const list = (kind: string) => listKind(swept.parts(), swept.provider(kind), signal);
const compare = async (afterLoss: boolean, over = {}, kind = LABEL) => {
  const read: string[] = [];
  const { owners } = swept.parts();
  const noting: typeof owners = {
    ...owners,
    find: (id, options) => {
      read.push(id);
      return owners.find(id, options);
    },
  };
  const found = await comparePresence(swept.parts({ owners: noting, ...over }), await list(kind), afterLoss, signal);
  return { strangers: [...found.strangers], unsettled: found.unsettled, read };
};
const IDS = ['acme.left', 'acme.right', 'zeta.top'] as const;

test('a finished shelf whose label is missing is opened and told of, and no other is opened', async () => {
  await swept.settle(...IDS);
  expect(await compare(false)).toEqual({ strangers: [], unsettled: false, read: [] });
  swept.take(LABEL, 'acme.right');
  expect(await compare(false)).toEqual({ strangers: [], unsettled: false, read: ['acme.right'] });
  expect(await swept.wished(...IDS)).toEqual(['acme.right']);
  expect([swept.counted, swept.logged]).toEqual([
    ['findings label missing 1'],
    ['warn a sweep found a shelf not as it should be'],
  ]);
  expect((await swept.room.state('acme.right')).operation).toMatchObject({ kind: 'look', requestedBy: 'sweep' });
});

test('names of nobody are strangers, also of a kind of which all shelves have theirs', async () => {
  await swept.settle('acme.left');
  swept.put(LABEL, 'lost.one');
  swept.put(BOX, 'acme.right');
  expect((await compare(false)).strangers).toEqual(['label-lost-one']);
  expect((await compare(false, {}, BOX)).strangers).toEqual(['box-acme-right']);
});

test('the objects of a shelf that is gone are strangers, and it lacks nothing', async () => {
  await swept.settle('acme.left');
  await swept.room.ask({ kind: 'close' });
  await swept.room.workOff();
  swept.put(LABEL, 'acme.left');
  swept.room.world.nowMs += 60_000;
  expect(await compare(true)).toEqual({ strangers: ['label-acme-left'], unsettled: false, read: [] });
  swept.take(LABEL, 'acme.left');
  expect(await compare(true)).toEqual({ strangers: [], unsettled: false, read: [] });
});

test('of a kind of which no owner has objects nothing is a stranger, and nobody is opened', async () => {
  await swept.settle('acme.left');
  swept.take(LABEL, 'acme.left');
  swept.put(LABEL, 'lost.one');
  const other = { sweep: { ...SWEPT, namesOf: () => undefined } };
  expect(await compare(true, other)).toEqual({ strangers: [], unsettled: false, read: [] });
});

test('what was made after the listing began, was lost before or is told as failed is not missing', async () => {
  await swept.settle('acme.left');
  const records = async (over: object) =>
    swept.room.become({
      records: (await swept.room.state()).records.map((record) =>
        record.kind === LABEL ? { ...record, ...over } : record,
      ),
    });
  swept.take(LABEL, 'acme.left');
  await records({ observedAtMs: swept.room.world.nowMs });
  expect((await compare(false)).read).toEqual(['acme.left']);
  await records({ observedAtMs: swept.room.world.nowMs - 1, lost: true });
  await compare(false);
  await records({ lost: false, born: false });
  await compare(false);
  expect(await swept.wished('acme.left')).toEqual([]);
  await records({ born: true });
  await compare(false);
  expect(await swept.wished('acme.left')).toEqual(['acme.left']);
});

test('P1: after a loss a shelf at work is opened too, and is not settled before it is at rest', async () => {
  await swept.settle('acme.left');
  await swept.room.ask({ kind: 'open', sizeCm: 60 });
  swept.take(LABEL, 'acme.left');
  await swept.room.become({
    records: (await swept.room.state()).records.map((record) =>
      record.kind === LABEL ? { ...record, status: 'updating' as never } : record,
    ),
  });
  expect(await compare(false)).toEqual({ strangers: [], unsettled: false, read: [] });
  expect(await compare(true)).toEqual({ strangers: [], unsettled: true, read: ['acme.left'] });
  swept.put(LABEL, 'acme.left');
  expect(await compare(true)).toEqual({ strangers: [], unsettled: false, read: [] });
});

test('a finding that is refused, because the shelf is at work by then, is not told and leaves it unsettled', async () => {
  await swept.settle('acme.left');
  swept.take(LABEL, 'acme.left');
  const decideFound: typeof SWEPT.decideFound = (rows, found, context) =>
    SWEPT.decideFound({ ...rows, state: { ...rows.state, recheck: { acceptLoss: false } } }, found, context);
  const busy = { sweep: { ...SWEPT, decideFound } };
  expect((await compare(true, busy)).unsettled).toBe(true);
  expect([swept.counted, swept.logged]).toEqual([[], []]);
});

test('a summary of a release that did not count has one object a kind at most', async () => {
  await swept.settle('acme.left');
  const inventoryOf = (objects: object | undefined) => ({
    inventory: {
      whenRead: async () => undefined,
      entries: () => [['acme.left', { status: 'completed', ...(objects && { objects }) }]],
    },
  });
  expect((await compare(false, inventoryOf(undefined))).read).toEqual([]);
  swept.take(LABEL, 'acme.left');
  const reads = async (objects: object | undefined) => (await compare(false, inventoryOf(objects))).read.length;
  expect([await reads({}), await reads({ box: 1 }), await reads({ label: 1 }), await reads(undefined)]).toEqual([
    0, 0, 1, 1,
  ]);
});
