/** From rows to values and back: what a decision writes, what it takes away, and what is left as it is. */
import { expect, test } from 'vitest';
import { emptyShelf, SHELF, type Shelf, type ShelfDecision } from '../../test/shelf.ts';
import { changedRows, isReadable, operationKey, outgoingOf, readRows, timerOf } from './owner-rows.ts';

const NOW_MS = 1_000_000;
const ID = 'acme.left';
const DAY_MS = 24 * 3_600_000;
const shelf = (over: Partial<Shelf> = {}): Shelf => ({ ...emptyShelf(ID), phase: 'open', generation: 1, ...over });
const snapshot = (rows: Readonly<Record<string, unknown>>) => ({
  version: 3,
  rows: new Map(
    Object.entries(rows).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  ),
});
const decision = (over: Partial<ShelfDecision> = {}): ShelfDecision => ({
  state: shelf(),
  waiting: [],
  outgoing: [],
  reasons: [],
  finished: [],
  disposition: { kind: 'applied' },
  workAtMs: undefined,
  wakeAtMs: undefined,
  ...over,
});
const waits = (serial: number) =>
  ({
    serial,
    command: { kind: 'look' },
    source: { type: 'rest', subject: 'ops', requestId: 'r', atMs: 1 },
    sinceMs: 1,
    code: 'not-open-yet',
    untilMs: 9,
  }) as const;
const changes = (
  rows: Readonly<Record<string, unknown>>,
  made: ShelfDecision,
  before = readRows(SHELF, ID, snapshot(rows)),
) => changedRows(snapshot(rows), before, made, NOW_MS);

test('an owner that is not there yet is an empty one, of which nothing waits', () => {
  expect(readRows(SHELF, ID, snapshot({}))).toEqual({ state: emptyShelf(ID), waiting: [] });
});

test('a state is read as it was written, and what waits in the order in which it came', () => {
  const rows = { 'waiting/2': waits(2), state: shelf({ sizeCm: 7 }), 'waiting/1': waits(1), 'op/1': {}, 'inbox/x': {} };
  expect(readRows(SHELF, ID, snapshot(rows))).toEqual({ state: shelf({ sizeCm: 7 }), waiting: [waits(1), waits(2)] });
});

test('what only a newer release can read, in whatever form, is left to that one', () => {
  for (const state of [{ v: 2 }, 'no JSON', 'null']) {
    expect(isReadable(SHELF, snapshot({ state }))).toBe(false);
    expect(() => readRows(SHELF, ID, snapshot({ state }))).toThrow(
      expect.objectContaining({ class: 'Unavailable', code: 'NewerRelease', retryAfterMs: 5_000 }),
    );
  }
  expect([isReadable(SHELF, snapshot({})), isReadable(SHELF, snapshot({ state: shelf() }))]).toEqual([true, true]);
});

test('a state is written where it differs, and not where it is the same', () => {
  const { put } = changes({}, decision());
  expect(put.map(({ key }) => key)).toEqual(['state']);
  expect(JSON.parse(put[0]?.value ?? '')).toEqual(shelf());
  expect(changes({ state: put[0]?.value }, decision())).toEqual({ put: [], remove: [] });
});

test('each message that is new waits under its serial, one that waited and is over is taken away, others stay', () => {
  const rows = { 'waiting/000000000000001': waits(1), 'waiting/000000000000002': waits(2) };
  const before = readRows(SHELF, ID, snapshot(rows));
  const [, second] = before.waiting;
  const { put, remove } = changes(rows, decision({ waiting: [second as never, waits(3)] }), before);
  expect(remove).toEqual(['waiting/000000000000001']);
  expect(put.filter(({ key }) => key !== 'state')).toEqual([
    { key: 'waiting/000000000000003', value: JSON.stringify(waits(3)) },
  ]);
  // One that has changed is written anew.
  const later = { ...waits(2), untilMs: 99 };
  const again = changes(rows, decision({ waiting: [later] }), before);
  expect(again.put.at(-1)).toEqual({ key: 'waiting/000000000000002', value: JSON.stringify(later) });
});

test('what is to be published waits under its serial, an operation that ended is kept for 90 days', () => {
  const event = { kind: 'event', topic: 't', serial: 7, body: { a: 1 } } as const;
  const ended = { id: 'op_acme_3', serial: 3, kind: 'open', generation: 1, startedAtMs: 1, deadlineMs: 2, records: [] };
  const { put } = changes({}, decision({ outgoing: [event], finished: [ended] }));
  expect(put.slice(1)).toEqual([
    { key: 'outbox/000000000000007', value: JSON.stringify(event) },
    { key: 'op/000000000000003', value: JSON.stringify(ended), ttlMs: 90 * DAY_MS },
  ]);
  expect([operationKey(3), outgoingOf(JSON.stringify(event))]).toEqual(['op/000000000000003', event]);
});

test('both timers are written each under its name', () => {
  const { put } = changes({}, decision({ workAtMs: NOW_MS + 5, wakeAtMs: NOW_MS + 9 }));
  expect(put.slice(1)).toEqual([
    { key: 'timer/work', value: `{"dueAtMs":${NOW_MS + 5}}` },
    { key: 'timer/wake', value: `{"dueAtMs":${NOW_MS + 9}}` },
  ]);
  expect(timerOf(snapshot({ 'timer/wake': { dueAtMs: 9 } }), 'timer/wake')).toBe(9);
  expect(timerOf(snapshot({ 'timer/wake': { dueAtMs: 9 } }), 'timer/work')).toBeUndefined();
});

test.each([
  ['none is there and none is wanted', undefined, undefined, 'as it is'],
  ['it is over', 5, undefined, 'removed'],
  ['it is due, at whatever time', undefined, 0, NOW_MS],
  ['it is due since before time began', undefined, -5, NOW_MS],
  ['it is due now', undefined, NOW_MS, NOW_MS],
  ['it is due later', undefined, NOW_MS + 1, NOW_MS + 1],
  ['it is due already and stays due', NOW_MS - 5, 0, 'as it is'],
  ['it is due to the millisecond and stays due', NOW_MS, 3, 'as it is'],
  ['it was due later and is due now', NOW_MS + 5, 0, NOW_MS],
  ['it was due and is due later', NOW_MS - 5, NOW_MS + 5, NOW_MS + 5],
  ['it stays due later', NOW_MS + 5, NOW_MS + 5, 'as it is'],
])('a timer that is due keeps its time, one that is not is moved: %s', (_what, present, workAtMs, wanted) => {
  const rows = present === undefined ? {} : { 'timer/work': { dueAtMs: present } };
  const { put, remove } = changes(rows, decision({ workAtMs }));
  const timer = put.find(({ key }) => key === 'timer/work');
  const became = timer ? JSON.parse(timer.value).dueAtMs : remove.includes('timer/work') ? 'removed' : 'as it is';
  expect(became).toBe(wanted);
});
