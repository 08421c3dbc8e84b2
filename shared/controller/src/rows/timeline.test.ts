/** Rows of many partitions in the order of their times: T1 to T3, over months and over looks of many entries. */
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NAMES } from '../../test/shelf.ts';
import { readTimeline, type TimelinePlace, timelineEntry } from './timeline.ts';

const DAY_MS = 24 * 3_600_000;
let world: TestLedger;
beforeEach(async () => {
  world = await openTestLedger();
});
afterEach(() => world.close());

const write = (atMs: number, serial: number, id: string) =>
  world.ledger.update(`p/${id}`, () => ({
    entries: [timelineEntry(NAMES, 'audit', atMs, { serial, id }, { id })],
    result: undefined,
  }));
type From = Parameters<typeof readTimeline>[2];
async function read(from: From = { nowMs: world.nowMs }) {
  const looks: { readonly ids: readonly string[]; readonly last: TimelinePlace; readonly times: readonly number[] }[] =
    [];
  for await (const look of readTimeline<{ id: string }>({ store: world.ledger.store, names: NAMES }, 'audit', from))
    looks.push({
      ids: look.map(({ summary }) => summary.id),
      last: look.at(-1)?.place as TimelinePlace,
      times: look.map(({ atMs }) => atMs),
    });
  return looks;
}
const ids = async (from?: From) => (await read(from)).flatMap((look) => look.ids);

test('newest first, and of one time the later serial first, whose times are what was written', async () => {
  const at = world.nowMs;
  await write(at - 5, 1, 'a');
  await write(at, 1, 'b');
  await write(at, 2, 'c');
  const [look] = await read();
  expect([look?.ids, look?.times]).toEqual([
    ['c', 'b', 'a'],
    [at, at, at - 5],
  ]);
});

test('entries of earlier months follow those of later ones, as long as they live', async () => {
  await write(world.nowMs - 89 * DAY_MS, 1, 'march');
  await write(world.nowMs - 40 * DAY_MS, 1, 'may');
  await write(world.nowMs, 1, 'june');
  expect((await read()).map((look) => look.ids)).toEqual([['june'], ['may'], ['march']]);
});

test('each month within the life of a row is asked for, once, with what clocks of replicas differ by', async () => {
  const asked: string[] = [];
  const store = {
    list: async (directory: string) => {
      asked.push(directory);
      return { items: [] };
    },
  };
  const monthsAt = async (nowMs: number) => {
    asked.length = 0;
    for await (const _look of readTimeline({ store: store as never, names: NAMES }, 'audit', { nowMs })) void _look;
    return asked.map((directory) => directory.slice('storeroom/audit/'.length));
  };
  expect(await monthsAt(Date.UTC(2026, 5, 15))).toEqual(['2026-06', '2026-05', '2026-04', '2026-03']);
  // 90 days before the first of April is the first of January; the minute before it may be December's.
  expect(await monthsAt(Date.UTC(2026, 3, 1))).toEqual(['2026-04', '2026-03', '2026-02', '2026-01', '2025-12']);
  expect(await monthsAt(Date.UTC(2026, 3, 1, 0, 1))).toEqual(['2026-04', '2026-03', '2026-02', '2026-01']);
  expect((await monthsAt(Date.UTC(2026, 6, 1) - 60_000))[0]).toBe('2026-07');
  expect((await monthsAt(Date.UTC(2026, 6, 1) - 60_001))[0]).toBe('2026-06');
});

test('where other months may have entries, those are read, and no others', async () => {
  await write(Date.UTC(2025, 0, 5), 1, 'old');
  await write(world.nowMs, 1, 'new');
  expect(await ids()).toEqual(['new']);
  expect(await ids({ months: ['2025-02', '2025-01'] })).toEqual(['old']);
});

test('T3: a place stays one while newer entries come, also over a month', async () => {
  await write(world.nowMs - 40 * DAY_MS, 1, 'may');
  for (const [at, id] of ['a', 'b', 'c'].entries()) await write(world.nowMs + at, 1, id);
  const [look] = await read();
  expect(look?.ids).toEqual(['c', 'b', 'a']);
  const second = await world.ledger.store.list('storeroom/audit/2026-06', { limit: 2 });
  const place: TimelinePlace = ['2026-06', second.items[1]?.name as string];
  await write(world.nowMs + 9, 1, 'd');
  expect(await ids({ nowMs: world.nowMs, place })).toEqual(['a', 'may']);
  expect(await ids({ nowMs: world.nowMs, place: look?.last as TimelinePlace })).toEqual(['may']);
});

test('a month of more than a look has is read in looks, none twice and none left out', async () => {
  await world.ledger.update('p', () => ({
    entries: Array.from({ length: 205 }, (_, serial) =>
      timelineEntry(NAMES, 'audit', world.nowMs, { serial, id: `${serial}` }, { id: `${serial}` }),
    ),
    result: undefined,
  }));
  const looks = await read();
  expect(looks.map((look) => look.ids.length)).toEqual([200, 5]);
  expect(looks.flatMap((look) => look.ids)).toEqual(Array.from({ length: 205 }, (_, at) => `${204 - at}`));
});

test('T1: an entry expires with its row', () => {
  const entry = timelineEntry(NAMES, 'audit', Date.UTC(2026, 5, 15, 12) + 0.5, { serial: 3, id: 'a' }, { id: 'a' });
  expect(entry).toEqual({
    directory: 'storeroom/audit/2026-06',
    name: '998218475199999/999999999999996/a',
    summary: '{"id":"a"}',
    ttlMs: 90 * DAY_MS,
  });
});
