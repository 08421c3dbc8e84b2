/** Lists of tenants page by page: none twice, none left out, full as long as there is more, and what another release wrote left out. */
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contextOf, create, openScene } from '../domain/scene.ts';
import { type ListQuery, listTenants } from './list.ts';
import { tenantPartition } from './partition.ts';
import { createTenants, type Tenants } from './tenants.ts';

const signal = new AbortController().signal;
let world: TestLedger;
let tenants: Tenants;
beforeEach(async () => {
  world = await openTestLedger();
  const context = () => ({ ...contextOf(openScene()), nowMs: world.nowMs });
  tenants = createTenants({ ledger: world.ledger, clock: world.clock, context });
});
afterEach(() => world.close());

const made = async (count: number): Promise<readonly string[]> => {
  const ids = Array.from({ length: count }, (_, at) => `t${String(at).padStart(3, '0')}`);
  const source = { type: 'rest', subject: 'ops', requestId: 'r', atMs: world.nowMs } as const;
  for (const [at, id] of ids.entries())
    await tenants.command(id, create({ tier: at % 10 === 0 ? 'starter' : 'free' }), source, 'open');
  return ids;
};

async function walk(limit: number, accept: ListQuery['accept'] = () => true): Promise<readonly (readonly string[])[]> {
  const pages: string[][] = [];
  for (let cursor: string | undefined; ; ) {
    const query = { limit, deleted: false, accept, ...(cursor === undefined ? {} : { cursor }) };
    const page = await listTenants({ deps: { ledger: world.ledger }, tenants }, query, signal);
    pages.push(page.items.map(({ tenantId }) => tenantId));
    if (page.next === undefined) return pages;
    cursor = page.next;
  }
}

test('each tenant is on one page, and pages are full as long as there is more', async () => {
  const ids = await made(120);
  for (const limit of [1, 7, 50, 60, 119, 120, 121]) {
    const pages = await walk(limit);
    expect(pages.flat(), `pages of ${limit}`).toEqual(ids);
    for (const page of pages.slice(0, -1)) expect(page).toHaveLength(limit);
  }
});

test('what a filter leaves out makes room on the page for what it lets in', async () => {
  const ids = await made(120);
  const starters = ids.filter((_, at) => at % 10 === 0);
  const pages = await walk(5, ({ tier }) => tier === 'starter');
  expect(pages.flat()).toEqual(starters);
  expect(pages[0]).toHaveLength(5);
  expect((await walk(5, (_, status) => status === 'completed')).flat()).toEqual([]);
});

test('a tenant that only another release can read is left out, and those beside it are not', async () => {
  const ids = await made(3);
  await world.ledger.update(tenantPartition('t001'), () => ({
    put: [{ key: 'state', value: JSON.stringify({ v: 2 }) }],
    result: undefined,
  }));
  expect((await walk(2)).flat()).toEqual(ids.filter((id) => id !== 't001'));
});
