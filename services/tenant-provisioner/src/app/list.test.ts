import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contextOf, create, openScene, remove, upgrade } from '../domain/scene.ts';
import { listTenants } from './list.ts';
import { TENANT_DIRECTORY } from './partition.ts';
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
  world.nowMs += 91 * DAY_MS;
  for (const id of ['waits', 'noted']) await tenants.wake(id);
  expect([await names(false), await names(true)]).toEqual([[], []]);
  // It counts for nothing meanwhile: neither as a tenant nor against a ceiling.
  const { items } = await world.ledger.store.list(TENANT_DIRECTORY, { limit: 10 });
  expect(items.map(({ summary }) => JSON.parse(summary).status)).toEqual(['deleted', 'deleted']);
});
