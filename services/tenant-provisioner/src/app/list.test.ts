import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contextOf, create, openScene, remove } from '../domain/scene.ts';
import { listTenants } from './list.ts';
import { createTenants, type Tenants } from './tenants.ts';

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
