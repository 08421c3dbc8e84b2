import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contextOf, create, openScene, remove, upgrade } from '../domain/scene.ts';
import { listTenants } from './list.ts';
import { NAMES, tenantPartition } from './partition.ts';
import { createTenants, type Tenants } from './tenants.ts';
import { tenantView } from './view.ts';

const signal = new AbortController().signal;
const DAY_MS = 24 * 3_600_000;
let world: TestLedger;
let tenants: Tenants;
beforeEach(async () => {
  world = await openTestLedger();
  const scene = openScene();
  // Without a configured backend there is nothing to take down, so a deletion is over as soon as its grace is.
  const context = () => ({ ...contextOf(scene), nowMs: world.nowMs, graph: () => [] });
  tenants = createTenants({ ledger: world.ledger, clock: world.clock, context });
});
afterEach(() => world.close());

const ask = (tenantId: string, command: Parameters<Tenants['command']>[1]) => {
  world.nowMs += 1_000;
  const source = { type: 'rest', subject: 'ops', requestId: 'r', atMs: world.nowMs } as const;
  return tenants.command(tenantId, command, source, 'open');
};
const inDirectory = async (directory: string): Promise<readonly string[]> =>
  (await world.ledger.store.list(directory, { limit: 100 })).items.map(({ name, summary }) => `${name} ${summary}`);
const namesIn = async (directory: string) => (await inDirectory(directory)).map((entry) => entry.split(' ')[0]);
const names = async (deleted: boolean) => {
  const query = { limit: 50, deleted, accept: () => true };
  const { items } = await listTenants({ deps: { ledger: world.ledger }, tenants }, query, signal);
  return items.map(({ tenantId }) => tenantId).sort();
};

test('deleted tenants are listed when they are asked for, as long as their end is told, and else never', async () => {
  for (const id of ['stays', 'goes']) await ask(id, create());
  await ask('goes', remove({ graceMs: 0 }));
  expect([await names(false), await names(true)]).toEqual([['stays'], ['goes']]);
  world.nowMs += 91 * DAY_MS;
  await tenants.wake('goes');
  expect([await names(false), await names(true)]).toEqual([['stays'], []]);
});

test('an id that never was a tenant is listed for what was decided of it: a message that waits, a deletion that was noted', async () => {
  const heard = (tenantId: string, command: Parameters<Tenants['command']>[1]) => {
    world.nowMs += 1_000;
    const letter = { topic: 't', messageId: 'm', publishedAtMs: world.nowMs, payload: '', properties: {} };
    const source = { type: 'event', eventKey: tenantId, publishedAtMs: world.nowMs, letter } as const;
    return tenants.command(tenantId, command, source, 'open');
  };
  await heard('waits', upgrade('free', 'starter'));
  await heard('noted', remove());
  expect([await names(false), await names(true)]).toEqual([['waits'], ['noted']]);
  const { state } = await tenants.read('waits');
  expect(state.conditions.find(({ type }) => type === 'MessagesWaiting')?.message).toMatch(
    /^upgrade waits until the tenant is there and complete, at most until /,
  );
  expect(tenantView((await tenants.read('noted')).state)).toMatchObject({
    tier: null,
    generation: 0,
    status: 'deleted',
    created_at: null,
  });
  // It counts for nothing meanwhile: neither as a tenant nor against a ceiling.
  const counts = JSON.stringify({ tier: 'free', status: 'deleted', objects: {} });
  expect(await inDirectory(NAMES.directory)).toEqual([`waits ${counts}`]);
  expect((await inDirectory(NAMES.ended)).map((entry) => JSON.parse(entry.slice('noted '.length)))).toEqual([
    { tier: expect.any(String), status: 'deleted', objects: {} },
  ]);
  world.nowMs += 91 * DAY_MS;
  for (const id of ['waits', 'noted']) await tenants.wake(id);
  expect([await names(false), await names(true)]).toEqual([[], []]);
  expect(await Promise.all([inDirectory(NAMES.directory), inDirectory(NAMES.ended)])).toEqual([[], []]);
});

/** As a former release left it, or a process that died behind its commit. */
const leftBehindIn = (tenantId: string) =>
  world.ledger.update(tenantPartition(tenantId), () => ({
    entries: [
      { directory: NAMES.directory, name: tenantId, summary: JSON.stringify({ tier: 'free', status: 'deleted' }) },
      { directory: NAMES.ended, name: tenantId, summary: '', leaves: true },
    ],
    result: undefined,
  }));

test('D1: who has ended leaves the directory that walks read in the commit that ends it, and comes back to it when it is made anew', async () => {
  for (const id of ['stays', 'goes']) await ask(id, create());
  expect([await namesIn(NAMES.directory), await namesIn(NAMES.ended)]).toEqual([['goes', 'stays'], []]);
  await ask('goes', remove({ graceMs: 0 }));
  expect([await namesIn(NAMES.directory), await namesIn(NAMES.ended)]).toEqual([['stays'], ['goes']]);
  await ask('goes', create());
  expect([await namesIn(NAMES.directory), await namesIn(NAMES.ended)]).toEqual([['goes', 'stays'], []]);
  expect([await names(false), await names(true)]).toEqual([['goes', 'stays'], []]);
});

test('D2: who ended in a former release is listed where it lies, and leaves when it is found by a walk', async () => {
  for (const id of ['stays', 'a', 'b', 'z']) await ask(id, create());
  for (const id of ['a', 'b', 'z']) await ask(id, remove({ graceMs: 0 }));
  for (const id of ['a', 'z']) await leftBehindIn(id);
  expect(await namesIn(NAMES.directory)).toEqual(['a', 'stays', 'z']);
  const all: (string | undefined)[] = [];
  for (let cursor: string | undefined; ; ) {
    const query = { limit: 1, deleted: true, accept: () => true, ...(cursor ? { cursor } : {}) };
    const page = await listTenants({ deps: { ledger: world.ledger }, tenants }, query, signal);
    all.push(...page.items.map(({ tenantId }) => tenantId));
    if (page.next === undefined) break;
    cursor = page.next;
  }
  expect(all).toEqual(['a', 'b', 'z']);
  // Who is there, and who is no longer read by this release, stays where it is.
  const moved = await Promise.all(['stays', 'a', 'z'].map((id) => tenants.relist(id)));
  expect(moved).toEqual([false, true, true]);
  expect([await namesIn(NAMES.directory), await namesIn(NAMES.ended)]).toEqual([['stays'], ['a', 'b', 'z']]);
  expect(await names(true)).toEqual(['a', 'b', 'z']);
});

test('D2: an entry that is left of who is told no more goes too, and what only a newer release can read stays', async () => {
  await ask('over', create());
  await ask('over', remove({ graceMs: 0 }));
  world.nowMs += 91 * DAY_MS;
  await tenants.wake('over');
  await leftBehindIn('over');
  await world.ledger.update(tenantPartition('newer'), () => ({
    put: [{ key: 'state', value: JSON.stringify({ v: 99 }) }],
    entries: [{ directory: NAMES.directory, name: 'newer', summary: JSON.stringify({ status: 'deleted' }) }],
    result: undefined,
  }));
  expect([await tenants.relist('over'), await tenants.relist('newer')]).toEqual([true, false]);
  expect([await namesIn(NAMES.directory), await namesIn(NAMES.ended)]).toEqual([['newer'], []]);
});
