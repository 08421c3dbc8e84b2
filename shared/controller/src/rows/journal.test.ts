/** The journal: what a decision leaves of who, why and what changed (J2), with its place in the timeline (J3). */
import { reason } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { emptyShelf, NAMES, SHELF, type Shelf, type ShelfDecision } from '../../test/shelf.ts';
import { eventSource, restSource } from '../../test/storeroom.ts';
import { actorsOf, difference, journalChange, withJournal } from './journal.ts';

const NOW_MS = Date.UTC(2026, 5, 15, 12);
const ID = 'acme.left';
const decision = (state: Shelf, reasons = [reason('Asked', 'open was asked for')]): ShelfDecision => ({
  state,
  waiting: [],
  outgoing: [],
  reasons,
  finished: [],
  disposition: { kind: 'applied' },
  workAtMs: undefined,
  wakeAtMs: undefined,
});
const opened: Shelf = { ...emptyShelf(ID), phase: 'open', generation: 1, sizeCm: 30 };
const rowOf = (journal: ReturnType<typeof withJournal>['journal']) => JSON.parse(journal[0]?.row.value ?? 'null');

test('a decision without reasons leaves no row and takes no serial', () => {
  const silent = decision(opened, []);
  expect(withJournal(SHELF, ID, silent, emptyShelf(ID), NOW_MS, undefined)).toEqual({ decision: silent, journal: [] });
});

test('what was asked is kept with who asked and what it changed; the next serial is taken', () => {
  const command = { kind: 'open', sizeCm: 30, by: 'carol' } as const;
  const asked = { command, source: restSource(NOW_MS) };
  const { decision: kept, journal } = withJournal(SHELF, ID, decision(opened), emptyShelf(ID), NOW_MS, asked);
  expect(kept.state.serials.journal).toBe(1);
  expect(rowOf(journal)).toEqual({
    at: NOW_MS,
    reasons: [{ code: 'Asked', message: 'open was asked for' }],
    command,
    actor: { subject: 'ops', request_id: 'r-ops' },
    disposition: 'applied',
    before: {},
    after: { status: 'completed', size_cm: 30 },
    timed: true,
  });
});

test('what followed by itself names nobody, and says nothing of what did not change', () => {
  const { journal } = withJournal(SHELF, ID, decision(opened), opened, NOW_MS, undefined);
  expect(rowOf(journal)).toEqual({
    at: NOW_MS,
    reasons: [{ code: 'Asked', message: 'open was asked for' }],
    timed: true,
  });
});

test('an event is kept with its key and topic, and with the operator who handed it in again', () => {
  const actorIn = (over: object) => {
    const asked = { command: { kind: 'look' } as const, source: { ...eventSource(NOW_MS, 'e1'), ...over } };
    return rowOf(withJournal(SHELF, ID, decision(opened), opened, NOW_MS, asked).journal).actor;
  };
  expect(actorIn({})).toEqual({ event: 'e1', topic: 't' });
  expect(actorIn({ redrivenBy: { subject: 'eve', requestId: 'r9' } })).toEqual({
    event: 'e1',
    topic: 't',
    subject: 'eve',
    request_id: 'r9',
  });
});

test('J3: a row lies by its month and serial for 90 days, and its entry says where', () => {
  const row = {
    at: NOW_MS,
    reasons: [],
    command: { kind: 'open', by: 'carol' },
    actor: { subject: 'ops', event: 'e1' },
  };
  const { row: kept, entry } = journalChange(NAMES, 7, ID, row);
  const ttlMs = 90 * 24 * 3_600_000;
  expect(kept).toEqual({
    key: 'journal/2026-06/000000000000007',
    value: JSON.stringify({ ...row, timed: true }),
    ttlMs,
  });
  expect(entry).toEqual({
    directory: 'storeroom/audit/2026-06',
    // 999,999,999,999,999 less the time, and less the serial.
    name: '998218475199999/999999999999992/acme.left',
    summary: JSON.stringify({ tenant: ID, key: kept.key, actors: ['ops', 'carol', 'e1'] }),
    ttlMs,
  });
  expect(journalChange(NAMES, 7, null, row).entry).toMatchObject({
    name: '998218475199999/999999999999992/-',
    summary: expect.stringContaining('"tenant":null'),
  });
});

test('a row is found under each name of it once', () => {
  const row = { at: 1, reasons: [] };
  expect(actorsOf(row)).toEqual([]);
  expect(actorsOf({ ...row, actor: { subject: 'eve' }, command: { kind: 'x', by: 'eve' } })).toEqual(['eve']);
  expect(actorsOf({ ...row, actor: { event: 'e1' }, command: { kind: 'x', by: 'dan' } })).toEqual(['dan', 'e1']);
});

test('J2: before and after hold the fields that differ, and nothing where nothing does', () => {
  expect(difference({ a: 1, b: [1], c: 2 }, { a: 1, b: [1], c: 3 })).toEqual({ before: { c: 2 }, after: { c: 3 } });
  expect(difference({ b: [1] }, { b: [1] })).toEqual({});
  expect(difference({}, { a: 1 })).toEqual({ before: {}, after: { a: 1 } });
  expect(difference({ a: 1 }, {})).toEqual({ before: { a: 1 }, after: {} });
});
