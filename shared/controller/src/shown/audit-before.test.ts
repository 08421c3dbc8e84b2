/** Journals of a release that kept no timeline: when they are searched (B1), for how long, and over many owners page by page (B2). */
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NAMES } from '../../test/shelf.ts';
import { readAllJournals } from './audit.ts';
import { noteTimelineBegun, readJournalsBefore } from './audit-before.ts';

const KEPT_MS = 90 * 24 * 3_600_000;
const signal = new AbortController().signal;
let world: TestLedger;
beforeEach(async () => {
  world = await openTestLedger();
});
afterEach(() => world.close());

const source = () => ({ ledger: world.ledger, clock: world.clock, names: NAMES });
const rowOf = (name: string, timed = false) => ({
  at: world.nowMs,
  reasons: [],
  command: { kind: name },
  actor: { subject: 'eve' },
  ...(timed ? { timed: true } : {}),
});
/** An owner, or what is no owner's, with rows of its journal that have no entry in the timeline. */
const written = (id: string | null, rows = 1, timed = false) =>
  world.ledger.update(id === null ? 'storeroom/control' : NAMES.partitionOf(id), () => ({
    put: Array.from({ length: rows }, (_, at) => ({
      key: `journal/2026-06/${String(at).padStart(15, '0')}`,
      value: JSON.stringify(rowOf(`${at}`, timed)),
    })),
    ...(id === null ? {} : { entries: [{ directory: 'storeroom/shelfs', name: id, summary: '{}' }] }),
    result: undefined,
  }));
async function walk(limit: number): Promise<readonly string[]> {
  const found: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await readAllJournals(source(), { limit, ...(cursor === undefined ? {} : { cursor }) }, signal);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    found.push(...page.items.map(({ tenant_id, command }) => `${tenant_id} ${command}`));
    if (page.next === undefined) return found;
    cursor = page.next;
  }
}

test('B1: a store that was empty at the first start is not searched, whatever comes into it; the first word counts', async () => {
  await noteTimelineBegun(source(), world.nowMs, signal);
  const begun = await world.ledger.store.load('storeroom/audit', [{ key: 'state' }]);
  expect(begun.rows.get('state')).toBe(JSON.stringify({ v: 1, atMs: world.nowMs, empty: true }));
  await written('a');
  await noteTimelineBegun(source(), world.nowMs + 5);
  expect((await world.ledger.store.load('storeroom/audit', [{ key: 'state' }])).rows).toEqual(begun.rows);
  expect(await walk(5)).toEqual([]);
});

test.each([
  ['an owner', () => written('a')],
  ['a change of the switches', () => written(null)],
])('B1: a store that had %s by then was not empty', async (_what, write) => {
  await write();
  await noteTimelineBegun(source(), world.nowMs);
  const begun = await world.ledger.store.load('storeroom/audit', [{ key: 'state' }]);
  expect(begun.rows.get('state')).toContain('"empty":false');
});

test('a store that was not is searched as long as such rows live, to the millisecond', async () => {
  expect(await walk(5)).toEqual([]);
  await written('a');
  expect(await walk(5)).toEqual(['a 0']);
  await noteTimelineBegun(source(), world.nowMs);
  world.nowMs += KEPT_MS;
  expect(await walk(5)).toEqual(['a 0']);
  world.nowMs += 1;
  expect(await walk(5)).toEqual([]);
});

test('what is no owner’s comes first, then owner after owner, each newest first, none twice and none left out, whatever the pages', async () => {
  const ids = Array.from({ length: 53 }, (_, at) => `t${String(at).padStart(3, '0')}`);
  await written(null, 2);
  for (const id of ids) await written(id, id === 't001' || id === 't051' ? 3 : 1);
  const wanted = ids.flatMap((id) =>
    id === 't001' || id === 't051' ? [`${id} 2`, `${id} 1`, `${id} 0`] : [`${id} 0`],
  );
  for (const limit of [2, 7, 200])
    expect(await walk(limit), `pages of ${limit}`).toEqual(['null 1', 'null 0', ...wanted]);
});

test('rows that have their entry in the timeline are not told twice', async () => {
  await written('a', 2, true);
  await written('b');
  expect(await walk(5)).toEqual(['b 0']);
});

test('B2: how many journals one request opens has a bound, and the walk goes on from there', async () => {
  await world.ledger.update('elsewhere', () => ({
    entries: Array.from({ length: 230 }, (_, at) => ({
      directory: 'storeroom/shelfs',
      name: `s${String(at).padStart(3, '0')}`,
      summary: '{}',
    })),
    result: undefined,
  }));
  await written('z');
  const first = await readJournalsBefore(source(), { limit: 5 }, undefined, signal);
  // What is no owner's, and 199 owners.
  expect([first.items, first.next?.[1]]).toEqual([[], 's199']);
  const second = await readJournalsBefore(source(), { limit: 5 }, first.next, signal);
  expect([second.items.map(({ tenant_id }) => tenant_id), second.next]).toEqual([['z'], undefined]);
});
