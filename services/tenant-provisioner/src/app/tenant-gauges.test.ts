/** What the inventory of tenants shows, by tier and status, while tenants change one by one. */
import { expect, test } from 'vitest';
import type { TenantSummary } from '../domain/summary.ts';
import { tenantInventory } from './inventory.fixture.ts';

type Rows = readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];

function inventory(pages: readonly Readonly<Record<string, TenantSummary>>[]) {
  const shown: { tenants: Rows; behind: Rows; standing: number; times: number } = {
    tenants: [],
    behind: [],
    standing: -1,
    times: 0,
  };
  const asked: (string | undefined)[] = [];
  const slept: number[] = [];
  const ignored = { replace: () => undefined };
  const counted = tenantInventory({
    blueprint: (tier) => `present-${tier}`,
    store: {
      list: async (_directory: string, { cursor }: { readonly cursor?: string }) => {
        asked.push(cursor);
        const at = Number(cursor ?? 0);
        const items = Object.entries(pages[at] ?? {}).map(([name, summary]) => ({
          name,
          summary: JSON.stringify(summary),
        }));
        return { items, ...(at + 1 < pages.length ? { next: String(at + 1) } : {}) };
      },
    } as never,
    clock: { now: () => 0, sleep: async (ms) => void slept.push(ms) },
    metrics: {
      tenants: {
        replace: (rows: Rows) => {
          shown.tenants = rows;
          shown.times += 1;
        },
      },
      tenantsBehind: {
        replace: (rows: Rows) => {
          shown.behind = rows;
        },
      },
      resourceDrift: ignored,
      leftBehind: ignored,
      accessStanding: {
        set: (_labels: object, value: number) => {
          shown.standing = value;
        },
      },
    } as never,
  });
  return { counted, shown, asked, slept };
}
const of = (tier: string, status: string, more: Partial<TenantSummary> = {}): TenantSummary => ({
  tier,
  status,
  objects: {},
  ...more,
});

test('the inventory walks over all pages, with a pause between two, and shows how many there are by tier and status', async () => {
  const { counted, shown, asked, slept } = inventory([
    { a: of('free', 'completed', { blueprint: 'present-free' }), b: of('free', 'completed', { blueprint: 'old' }) },
    {
      c: of('starter', 'failed', { blueprint: 'present-starter' }),
      d: of('gold', 'completed', { blueprint: 'present-gold' }),
    },
    { e: of('free', 'deleted'), f: of('free', 'suspended', { standing: 3 }) },
  ]);
  await counted.count(new AbortController().signal);
  expect([asked, slept.length]).toEqual([[undefined, '1', '2'], 2]);
  expect(shown.tenants).toEqual([
    { labels: { tier: 'free', status: 'completed' }, value: 2 },
    { labels: { tier: 'starter', status: 'failed' }, value: 1 },
    { labels: { tier: 'gold', status: 'completed' }, value: 1 },
    { labels: { tier: 'free', status: 'suspended' }, value: 1 },
  ]);
  // A tier that nobody knows here is behind whatever it says.
  expect(shown.behind).toEqual([
    { labels: { tier: 'free' }, value: 2 },
    { labels: { tier: 'starter' }, value: 0 },
    { labels: { tier: 'gold' }, value: 1 },
  ]);
  expect([counted.total(), shown.standing, shown.times]).toEqual([5, 1, 1]);
});

test('what is noted between is shown at once where it is news, and not where it is none', async () => {
  const { counted, shown } = inventory([{ a: of('free', 'pending') }]);
  await counted.count(new AbortController().signal);
  const noted = (summary: TenantSummary) => {
    const { times } = shown;
    counted.note('a', summary);
    return shown.times - times;
  };
  expect(noted(of('free', 'pending'))).toBe(0);
  expect(noted(of('free', 'completed'))).toBe(1);
  expect(shown.tenants).toEqual([
    { labels: { tier: 'free', status: 'pending' }, value: 0 },
    { labels: { tier: 'free', status: 'completed' }, value: 1 },
  ]);
  expect(noted(of('free', 'completed', { standing: 2 }))).toBe(1);
  expect(noted(of('free', 'completed', { standing: 1 }))).toBe(0);
  expect(noted(of('free', 'deleted'))).toBe(1);
  expect([counted.total(), shown.standing]).toEqual([0, 0]);
  expect(noted(of('free', 'deleted'))).toBe(0);
});
