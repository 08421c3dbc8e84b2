/** Journals of a release that kept no timeline: when they are searched (B1), for how long, and over many tenants page by page. */
import { noteTimelineBegun, readAllJournals } from '@leasehold/controller';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NAMES, TENANT_DIRECTORY, tenantPartition } from './partition.ts';

const KEPT_MS = 90 * 24 * 3_600_000;
const signal = new AbortController().signal;
let world: TestLedger;
beforeEach(async () => {
  world = await openTestLedger();
});
afterEach(() => world.close());

/** A tenant with rows of its own journal that have no entry in the timeline. */
const written = (tenantId: string, rows = 1, directory = TENANT_DIRECTORY) =>
  world.ledger.update(tenantPartition(tenantId), () => ({
    put: Array.from({ length: rows }, (_, at) => ({
      key: `journal/2026-06/${String(at).padStart(15, '0')}`,
      value: JSON.stringify({ at: world.nowMs, reasons: [], command: { kind: `${at}` }, actor: { subject: 'eve' } }),
    })),
    entries: [{ directory, name: tenantId, summary: '{}' }],
    result: undefined,
  }));

async function walk(limit: number): Promise<readonly string[]> {
  const found: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const query = { limit, ...(cursor === undefined ? {} : { cursor }) };
    const page = await readAllJournals({ ledger: world.ledger, clock: world.clock, names: NAMES }, query, signal);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    found.push(...page.items.map(({ tenant_id, command }) => `${tenant_id} ${command}`));
    if (page.next === undefined) return found;
    cursor = page.next;
  }
}

test('B1: a store that was empty at the first start is not searched, whatever comes into it; the first word counts', async () => {
  await noteTimelineBegun({ ledger: world.ledger, names: NAMES }, world.nowMs);
  await written('a');
  await noteTimelineBegun({ ledger: world.ledger, names: NAMES }, world.nowMs);
  expect(await walk(5)).toEqual([]);
});

test('a store that was not is searched as long as such rows live, to the millisecond', async () => {
  expect(await walk(5)).toEqual([]);
  await written('a');
  expect(await walk(5)).toEqual(['a 0']);
  await noteTimelineBegun({ ledger: world.ledger, names: NAMES }, world.nowMs);
  world.nowMs += KEPT_MS;
  expect(await walk(5)).toEqual(['a 0']);
  world.nowMs += 1;
  expect(await walk(5)).toEqual([]);
});

test('tenant after tenant, each journal newest first, none twice and none left out, whatever the pages', async () => {
  const ids = Array.from({ length: 110 }, (_, at) => `t${String(at).padStart(3, '0')}`);
  for (const id of ids) await written(id, id === 't001' || id === 't051' ? 3 : 1);
  const wanted = ids.flatMap((id) =>
    id === 't001' || id === 't051' ? [`${id} 2`, `${id} 1`, `${id} 0`] : [`${id} 0`],
  );
  for (const limit of [2, 7, 50, 200]) expect(await walk(limit), `pages of ${limit}`).toEqual(wanted);
});

test('journals of tenants that have ended are found among the others, also of one that ends while it is walked', async () => {
  for (const id of ['a', 'c', 'e']) await written(id);
  for (const id of ['b', 'd']) await written(id, 2, NAMES.ended);
  const wanted = ['a 0', 'b 1', 'b 0', 'c 0', 'd 1', 'd 0', 'e 0'];
  for (const limit of [1, 2, 50]) expect(await walk(limit), `pages of ${limit}`).toEqual(wanted);
  const source = { ledger: world.ledger, clock: world.clock, names: NAMES };
  const first = await readAllJournals(source, { limit: 4 }, signal);
  await world.ledger.update(tenantPartition('c'), () => ({
    entries: [
      { directory: NAMES.ended, name: 'c', summary: '{}' },
      { directory: TENANT_DIRECTORY, name: 'c', summary: '{}', leaves: true },
    ],
    result: undefined,
  }));
  const rest = await readAllJournals(source, { limit: 50, cursor: first.next as string }, signal);
  const told = [...first.items, ...rest.items].map(({ tenant_id, command }) => `${tenant_id} ${command}`);
  expect(told).toEqual(wanted);
});
