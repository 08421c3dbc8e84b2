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

async function walk(
  limit: number,
  accept: ListQuery['accept'] = () => true,
  chosen?: ListQuery['chosen'],
): Promise<readonly (readonly string[])[]> {
  const pages: string[][] = [];
  for (let cursor: string | undefined; ; ) {
    const query = {
      limit,
      deleted: false,
      accept,
      ...(chosen ? { chosen } : {}),
      ...(cursor === undefined ? {} : { cursor }),
    };
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

test('who is chosen by the summary alone is opened, on full pages, however many lie between', async () => {
  const ids = await made(120);
  const starters = ids.filter((_, at) => at % 10 === 0);
  const opened: string[] = [];
  const { find } = tenants;
  tenants = {
    ...tenants,
    find: (id, options) => {
      opened.push(id);
      return find(id, options);
    },
  };
  const pages = await walk(
    5,
    () => true,
    ({ tier }) => tier === 'starter',
  );
  expect(pages).toEqual([starters.slice(0, 5), starters.slice(5, 10), starters.slice(10)]);
  expect(opened).toEqual(starters);
});

test('a page of those chosen costs one reading of the directory, and is never longer than asked', async () => {
  const names = ['a', 'b', 'c', 'd'];
  let read = 0;
  // Whoever comes to be chosen between two readings would make a page that is put together from both too long.
  const list = async () => {
    read += 1;
    const items = names.map((name) => ({ name, summary: JSON.stringify({ tier: 'free', status: 'failed' }) }));
    return { items: read > 1 ? items : items.map((item, at) => (at === 0 ? { ...item, summary: '{}' } : item)) };
  };
  await tenants.command('known', create(), { type: 'rest', subject: 'ops', requestId: 'r', atMs: world.nowMs }, 'open');
  const { state, waiting } = await tenants.read('known');
  const find = async (tenantId: string) => ({
    state: { ...state, tenantId },
    waiting,
    version: 1,
    workTimerMs: undefined,
  });
  const source = { deps: { ledger: { store: { exclusive: true, list } } }, tenants: { ...tenants, find } } as never;
  const query = {
    limit: 1,
    deleted: false,
    accept: () => true,
    chosen: ({ status }: { status: string }) => status === 'failed',
  };
  const page = await listTenants(source, query, signal);
  expect([page.items.map(({ tenantId }) => tenantId), page.next !== undefined, read]).toEqual([['b'], true, 1]);
});

test('a request reads a bounded number of entries, and its cursor leads to what it did not come to', async () => {
  const names = Array.from({ length: 10_400 }, (_, at) => `t${String(at).padStart(6, '0')}`);
  const store = {
    exclusive: true,
    list: async (_directory: string, { limit, cursor = '0' }: { readonly limit: number; readonly cursor?: string }) => {
      const from = Number(cursor);
      const items = names.slice(from, from + limit).map((name) => ({
        name,
        summary: JSON.stringify({ tier: 'free', status: name === names.at(-1) ? 'failed' : 'completed' }),
      }));
      return { items, ...(from + limit < names.length ? { next: String(from + limit) } : {}) };
    },
  };
  const find = async (tenantId: string) => {
    const { state, waiting } = await tenants.read('known');
    return { state: { ...state, tenantId }, waiting, version: 1, workTimerMs: undefined };
  };
  await tenants.command('known', create(), { type: 'rest', subject: 'ops', requestId: 'r', atMs: world.nowMs }, 'open');
  const source = { deps: { ledger: { store } }, tenants: { ...tenants, find } } as never;
  const query = {
    limit: 10,
    deleted: false,
    accept: () => true,
    chosen: ({ status }: { status: string }) => status === 'failed',
  };
  const first = await listTenants(source, query, signal);
  expect([first.items, first.next]).toEqual([[], '10000']);
  const second = await listTenants(source, { ...query, cursor: first.next as string }, signal);
  expect([second.items.map(({ tenantId }) => tenantId), second.next]).toEqual([[names.at(-1)], undefined]);
});
