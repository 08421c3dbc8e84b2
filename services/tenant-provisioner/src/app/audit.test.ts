import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contextOf, create, openScene } from '../domain/scene.ts';
import { readAllJournals, readJournal } from './audit.ts';
import { createControl } from './control.ts';
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
const deps = () => ({ deps: { ledger: world.ledger } });

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

test('without a tenant every journal is walked, each entry once, however small the pages', async () => {
  await createControl({ ledger: world.ledger, clock: world.clock }).write({ deletions: 'paused' });
  for (const id of ['b', 'a', 'c']) await ask(id, create());
  const sinceMs = world.nowMs + 1;
  for (const id of ['a', 'b']) await ask(id, { kind: 'suspend' }, 'eve');
  const all = ['- control', 'a suspend', 'a create', 'b suspend', 'b create', 'c create'];
  for (const limit of [1, 2, 3, 50]) {
    const { seen, pages } = await everything(limit);
    expect([...seen].sort(), `pages of ${limit}`).toEqual([...all].sort());
    expect(seen[0]).toBe('- control');
    expect(pages).toBeLessThanOrEqual(all.length + 1);
  }
  expect((await everything(50, { actor: 'eve' })).seen.sort()).toEqual(['a suspend', 'b suspend']);
  expect((await everything(1, { sinceMs })).seen.sort()).toEqual(['a suspend', 'b suspend']);
});
