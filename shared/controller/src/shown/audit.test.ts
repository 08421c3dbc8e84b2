/** The audit: who did what, newest first, of one owner and of everything, in full pages (U1), and what comes after all (U2). */
import { openTestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Command, NAMES } from '../../test/shelf.ts';
import { ID, openStoreroom, type Storeroom } from '../../test/storeroom.ts';
import { createControl, SWITCHES } from '../control/control.ts';
import { timelineEntry } from '../rows/timeline.ts';
import { type AuditQuery, readAllJournals, readJournal } from './audit.ts';
import { noteTimelineBegun } from './audit-before.ts';

const DAY_MS = 24 * 3_600_000;
const signal = new AbortController().signal;
let room: Storeroom;
beforeEach(async () => {
  room = await openStoreroom();
});
afterEach(() => room.close());

const source = () => ({ ledger: room.world.ledger, clock: room.world.clock, names: NAMES });
const ask = (id: string, command: Command, subject = 'ops') => {
  room.world.nowMs += 1_000;
  return room.ask(command, subject, id);
};
const tell = (id: string, command: Command, eventKey: string) => {
  room.world.nowMs += 1_000;
  return room.tell(command, eventKey, undefined, id);
};
const open = (sizeCm = 30) => ({ kind: 'open', sizeCm }) as const;
const control = () => createControl({ names: NAMES, ledger: room.world.ledger, clock: room.world.clock }, SWITCHES);
const newestOf = async (id: string | null, over: Partial<AuditQuery> = {}) =>
  (await readJournal(source(), id, { limit: 10, ...over }, signal)).items;

async function everything(limit: number, filters: Pick<AuditQuery, 'actor' | 'sinceMs'> = {}) {
  const seen: string[] = [];
  let pages = 0;
  for (let cursor: string | undefined; pages === 0 || cursor !== undefined; pages++) {
    const page = await readAllJournals(source(), { limit, ...filters, ...(cursor ? { cursor } : {}) }, signal);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    seen.push(
      ...page.items.map(({ tenant_id, command, after }) =>
        `${tenant_id ?? '-'} ${command} ${after?.['size_cm'] ?? ''}`.trim(),
      ),
    );
    cursor = page.next;
  }
  return { seen, pages };
}

test('an entry tells who, what and why, and the fields that differ before and after', async () => {
  await room.ask({ kind: 'open', sizeCm: 30, by: 'carol' });
  const [first] = await newestOf(ID);
  expect(first).toEqual({
    at: new Date(room.world.nowMs).toISOString(),
    tenant_id: 'acme',
    actor: 'ops',
    requested_by: 'carol',
    reason: null,
    event_id: null,
    request_id: 'r-ops',
    command: 'open',
    disposition: 'applied',
    before: {},
    after: { status: 'provisioning', size_cm: 30 },
    reasons: [{ code: 'Asked', message: 'open was asked for' }],
  });
  await tell(ID, { kind: 'close', reason: 'does not pay' }, 'e1');
  expect((await newestOf(ID))[0]).toMatchObject({
    actor: 'e1',
    requested_by: null,
    reason: 'does not pay',
    event_id: 'e1',
    request_id: null,
    before: { status: 'provisioning' },
    after: { status: 'deleting' },
  });
});

test('what followed by itself has nobody, nothing that was asked, and what it changed', async () => {
  await room.ask(open());
  await room.workOff();
  expect((await newestOf(ID))[0]).toMatchObject({
    actor: null,
    request_id: null,
    command: null,
    disposition: null,
    reasons: [{ code: 'Ended', message: 'the operation ended: completed' }],
  });
});

test('a change of the switches is no owner’s', async () => {
  await control().write({ reconcile: 'paused' }, { subject: 'eve', request_id: 'r1' });
  await ask(ID, open());
  expect(await newestOf(null)).toMatchObject([
    {
      tenant_id: null,
      actor: 'eve',
      command: 'control',
      before: { reconcile: 'running' },
      after: { reconcile: 'paused' },
    },
  ]);
});

test('one owner’s journal is read page by page, found by who asked, and not from before a time', async () => {
  for (const sizeCm of [1, 2, 3, 4, 5]) await ask(ID, open(sizeCm), sizeCm % 2 === 0 ? 'eve' : 'ops');
  const sizes: unknown[] = [];
  let pages = 0;
  for (let cursor: string | undefined; pages === 0 || cursor !== undefined; pages++) {
    const page = await readJournal(source(), ID, { limit: 2, ...(cursor ? { cursor } : {}) }, signal);
    sizes.push(page.items.map(({ after }) => after?.['size_cm']));
    cursor = page.next;
  }
  expect(sizes).toEqual([[5, 4], [3, 2], [1]]);
  const of = async (over: Partial<AuditQuery>) => (await newestOf(ID, over)).map(({ after }) => after?.['size_cm']);
  expect(await of({ actor: 'eve' })).toEqual([4, 2]);
  expect(await of({ actor: 'eve', limit: 1 })).toEqual([4]);
  expect(await of({ actor: 'nobody' })).toEqual([]);
  const sinceMs = room.world.nowMs - 1_000;
  expect([await of({ sinceMs }), await of({ sinceMs: sinceMs + 1 })]).toEqual([[5, 4], [5]]);
});

test('who is rare in one owner’s journal is found on the first page, however many rows lie between', async () => {
  await ask(ID, open(1), 'eve');
  for (let sizeCm = 2; sizeCm < 12; sizeCm++) await ask(ID, open(sizeCm));
  const page = await readJournal(source(), ID, { limit: 3, actor: 'eve' }, signal);
  expect([page.items.map(({ after }) => after?.['size_cm']), page.next]).toEqual([[1], undefined]);
});

test('U1: without an owner everything comes in the order of time, newest first, in full pages, however small they are', async () => {
  await control().write({ deletions: 'paused' });
  for (const id of ['b.x', 'a.x', 'c.x']) await ask(id, open());
  const sinceMs = room.world.nowMs + 1;
  for (const id of ['a.x', 'b.x']) await ask(id, { kind: 'look' }, 'eve');
  room.world.nowMs += 1_000;
  await control().write({ reconcile: 'paused' });
  const all = ['- control', 'b look', 'a look', 'c open 30', 'a open 30', 'b open 30', '- control'];
  for (const limit of [1, 2, 3, 6, 7, 50])
    expect(await everything(limit), `pages of ${limit}`).toEqual({ seen: all, pages: Math.ceil(all.length / limit) });
  expect(await everything(1, { actor: 'eve' })).toEqual({ seen: ['b look', 'a look'], pages: 2 });
  expect((await everything(2, { sinceMs })).seen).toEqual(['- control', 'b look', 'a look']);
});

test('U1: who is rare among many is found on the first page, and a place stays one while newer entries come', async () => {
  await ask('rare.x', open(), 'eve');
  for (let at = 0; at < 20; at++) await ask('busy.x', open(at + 1));
  expect(await everything(5, { actor: 'eve' })).toEqual({ seen: ['rare open 30'], pages: 1 });
  const first = await readAllJournals(source(), { limit: 3 }, signal);
  await ask('rare.x', open(31));
  const second = await readAllJournals(source(), { limit: 3, cursor: first.next as string }, signal);
  expect([...first.items, ...second.items].map(({ after }) => after?.['size_cm'])).toEqual([20, 19, 18, 17, 16, 15]);
});

test('U1: entries of earlier months follow, and an entry without its row, or with another in its place, is left out', async () => {
  await ask('old.x', open());
  room.world.nowMs += 40 * DAY_MS;
  await ask('new.x', open());
  const { nowMs } = room.world;
  const stray = (key: string, serial: number) =>
    timelineEntry(NAMES, 'audit', nowMs + 5, { serial, id: 'new.x' }, { tenant: 'new.x', key, actors: ['ops'] });
  await room.world.ledger.update('elsewhere', () => ({
    entries: [stray('journal/2026-07/000000000000099', 99), stray('journal/2026-07/000000000000001', 98)],
    result: undefined,
  }));
  expect((await everything(1)).seen).toEqual(['new open 30', 'old open 30']);
});

test('U2: rows of a release that kept no timeline come after all others, whatever the pages', async () => {
  for (const id of ['a.x', 'b.x']) await ask(id, open());
  const at = room.world.nowMs - 5_000;
  for (const id of ['a.x', 'b.x'])
    await room.world.ledger.update(NAMES.partitionOf(id), () => ({
      put: [
        {
          key: 'journal/2026-06/000000000000000',
          value: JSON.stringify({ at, reasons: [], command: { kind: 'former' }, actor: { subject: 'eve' } }),
        },
      ],
      result: undefined,
    }));
  const all = ['b open 30', 'a open 30', 'a former', 'b former'];
  for (const limit of [1, 2, 3, 4, 50]) expect((await everything(limit)).seen, `pages of ${limit}`).toEqual(all);
  expect((await everything(50, { actor: 'eve' })).seen).toEqual(['a former', 'b former']);
  await noteTimelineBegun(source(), room.world.nowMs);
  expect((await everything(2)).seen).toEqual(all);
});

test('a store in which nothing is has no audit', async () => {
  const empty = await openTestLedger();
  const at = { ledger: empty.ledger, clock: empty.clock, names: NAMES };
  expect(await readAllJournals(at, { limit: 5 }, signal)).toEqual({ items: [] });
  expect(await readJournal(at, ID, { limit: 5 }, signal)).toEqual({ items: [] });
  await empty.close();
});
