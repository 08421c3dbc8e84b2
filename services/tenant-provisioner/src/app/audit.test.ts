import { noteTimelineBegun, readAllJournals, readJournal, timelineEntry } from '@leasehold/controller';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contextOf, create, openScene, remove } from '../domain/scene.ts';
import { createControl } from './control.ts';
import { NAMES, tenantPartition } from './partition.ts';
import { createTenants, type Tenants } from './tenants.ts';

const signal = new AbortController().signal;
let world: TestLedger;
let tenants: Tenants;
beforeEach(async () => {
  world = await openTestLedger();
  const scene = openScene();
  const context = () => ({ ...contextOf(scene), nowMs: world.nowMs });
  tenants = createTenants({ ledger: world.ledger, clock: world.clock, context });
});
afterEach(() => world.close());

const ask = (tenantId: string, command: Parameters<Tenants['command']>[1], subject = 'ops') => {
  world.nowMs += 1_000;
  const source = { type: 'rest', subject, requestId: `r-${subject}`, atMs: world.nowMs } as const;
  return tenants.command(tenantId, command, source, 'open');
};
const deps = () => ({ ledger: world.ledger, clock: world.clock, names: NAMES });
const letter = { topic: 't', messageId: 'm', publishedAtMs: 0, payload: '', properties: {} };
const tell = (tenantId: string, command: Parameters<Tenants['command']>[1], eventKey: string) => {
  world.nowMs += 1_000;
  return tenants.command(tenantId, command, { type: 'event', eventKey, publishedAtMs: world.nowMs, letter }, 'open');
};

async function everything(limit: number, filters: { readonly actor?: string; readonly sinceMs?: number } = {}) {
  const seen: string[] = [];
  let pages = 0;
  for (let cursor: string | undefined; pages === 0 || cursor !== undefined; pages++) {
    const page = await readAllJournals(deps(), { limit, ...filters, ...(cursor ? { cursor } : {}) }, signal);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    seen.push(...page.items.map(({ tenant_id, command }) => `${tenant_id ?? '-'} ${command}`));
    cursor = page.next;
  }
  return { seen, pages };
}

test('an entry tells who, what, and the fields that differ before and after', async () => {
  await ask('acme', create());
  await ask('acme', { kind: 'protect', protected: true }, 'eve');
  const { items } = await readJournal(deps(), 'acme', { limit: 10 }, signal);
  expect(items[0]).toMatchObject({
    tenant_id: 'acme',
    actor: 'eve',
    request_id: 'r-eve',
    command: 'protect',
    disposition: 'applied',
    before: { protected: false },
    after: { protected: true },
  });
  expect(items[0]?.after).toEqual({ protected: true });
  expect(items[1]).toMatchObject({ command: 'create', before: {}, after: { tier: 'free', status: 'pending' } });
});

test('a change of the switches is on record with who made it, in the commit that makes it', async () => {
  const control = createControl({ ledger: world.ledger, clock: world.clock });
  await control.write({ reconcile: 'paused' }, { subject: 'eve', request_id: 'r1' });
  await Promise.all([control.write({ backends: { minio: 'paused' } }), control.write({ reconcile: 'running' })]);
  const { items } = await readJournal(deps(), null, { limit: 10 }, signal);
  expect(items.map(({ after }) => after)).toEqual([
    { reconcile: 'running' },
    { 'backends.minio': 'paused' },
    { reconcile: 'paused' },
  ]);
  expect(items[2]).toMatchObject({
    tenant_id: null,
    actor: 'eve',
    command: 'control',
    before: { reconcile: 'running' },
  });
});

test('what was asked keeps the words of whoever asked: why, and in whose name', async () => {
  await tell('acme', create({ by: 'carol' }), 'evt-1');
  await tell('acme', remove({ by: 'dan', reason: 'does not pay' }), 'evt-2');
  await ask('globex', create({ by: 'carol' }));
  await ask('globex', { kind: 'delete', force: true, reason: 'asked in ticket 7' }, 'eve');
  await ask('globex', { kind: 'restore' }, 'eve');
  const [deleted, created] = (await readJournal(deps(), 'acme', { limit: 10 }, signal)).items;
  expect(deleted).toMatchObject({ actor: 'dan', requested_by: 'dan', reason: 'does not pay', event_id: 'evt-2' });
  expect(created).toMatchObject({ actor: 'carol', requested_by: 'carol', reason: null, event_id: 'evt-1' });
  const [, byRest, first] = (await readJournal(deps(), 'globex', { limit: 10 }, signal)).items;
  expect(byRest).toMatchObject({ actor: 'eve', requested_by: null, reason: 'asked in ticket 7', event_id: null });
  expect(first).toMatchObject({ actor: 'ops', requested_by: 'carol' });
  // Found by each of the names.
  expect((await everything(50, { actor: 'carol' })).seen).toEqual(['globex create', 'acme create']);
  expect((await everything(50, { actor: 'evt-2' })).seen).toEqual(['acme delete']);
});

test('U1: without a tenant everything comes in the order of time, newest first, in full pages, however small they are', async () => {
  await createControl({ ledger: world.ledger, clock: world.clock }).write({ deletions: 'paused' });
  for (const id of ['b', 'a', 'c']) await ask(id, create());
  const sinceMs = world.nowMs + 1;
  for (const id of ['a', 'b']) await ask(id, { kind: 'suspend' }, 'eve');
  world.nowMs += 1_000;
  await createControl({ ledger: world.ledger, clock: world.clock }).write({ reconcile: 'paused' });
  const all = ['- control', 'b suspend', 'a suspend', 'c create', 'a create', 'b create', '- control'];
  for (const limit of [1, 2, 3, 6, 50]) {
    const { seen, pages } = await everything(limit);
    expect(seen, `pages of ${limit}`).toEqual(all);
    expect(pages).toBe(Math.ceil(all.length / limit));
  }
  expect(await everything(1, { actor: 'eve' })).toEqual({ seen: ['b suspend', 'a suspend'], pages: 2 });
  expect((await everything(2, { sinceMs })).seen).toEqual(['- control', 'b suspend', 'a suspend']);
});

test('U1: who is rare among many is found on the first page, and a place stays one while newer entries come', async () => {
  await ask('rare', create(), 'eve');
  for (let i = 0; i < 230; i++) await ask('busy', { kind: 'protect', protected: i % 2 === 0 });
  await ask('busy', create());
  for (let i = 0; i < 230; i++) await ask('busy', { kind: 'protect', protected: i % 2 === 1 });
  expect(await everything(5, { actor: 'eve' })).toEqual({ seen: ['rare create'], pages: 1 });
  const first = await readAllJournals(deps(), { limit: 3 }, signal);
  await ask('rare', { kind: 'suspend' });
  const second = await readAllJournals(deps(), { limit: 3, cursor: first.next as string }, signal);
  const times = [...first.items, ...second.items].map(({ at }) => at);
  expect(times).toEqual([...new Set(times)].sort().reverse());
});

test('U1: entries of earlier months follow, and an entry without its row is left out', async () => {
  await ask('old', create());
  world.nowMs += 40 * 24 * 3_600_000;
  await ask('new', create());
  const stray = { tenant: 'new', key: 'journal/2026-07/0000000099', actors: ['ops'] };
  await world.ledger.update('elsewhere', () => ({
    entries: [timelineEntry(NAMES, 'audit', world.nowMs + 5, { serial: 99, id: 'new' }, stray)],
    result: undefined,
  }));
  expect((await everything(1)).seen).toEqual(['new create', 'old create']);
});

test('U2: rows of a release that kept no timeline come after all others; a store that began empty is not searched for such', async () => {
  for (const id of ['a', 'b']) await ask(id, create());
  const untimed = (at: number) =>
    JSON.stringify({ at, reasons: [], command: { kind: 'suspend' }, actor: { subject: 'eve' } });
  for (const id of ['a', 'b'])
    await world.ledger.update(tenantPartition(id), () => ({
      put: [{ key: 'journal/2026-06/0000000000', value: untimed(world.nowMs - 5_000) }],
      result: undefined,
    }));
  const all = ['b create', 'a create', 'a suspend', 'b suspend'];
  for (const limit of [1, 2, 3, 50]) expect((await everything(limit)).seen, `pages of ${limit}`).toEqual(all);
  expect((await everything(50, { actor: 'eve' })).seen).toEqual(['a suspend', 'b suspend']);
  await noteTimelineBegun({ ledger: world.ledger, names: NAMES }, world.nowMs);
  expect((await everything(50)).seen).toEqual(all);
  world.nowMs += 89 * 24 * 3_600_000;
  expect((await everything(50)).seen).toEqual(all);
});

test('B1: a store that was empty at the first start has nothing from before', async () => {
  await noteTimelineBegun({ ledger: world.ledger, names: NAMES }, world.nowMs);
  for (const id of ['a', 'b', 'c']) await ask(id, create());
  await noteTimelineBegun({ ledger: world.ledger, names: NAMES }, world.nowMs);
  expect(await everything(3)).toEqual({ seen: ['c create', 'b create', 'a create'], pages: 1 });
});
