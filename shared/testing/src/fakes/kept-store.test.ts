/** What one test leaves in a store, the next one does not find (K1 to K3). */
import { expect, test } from 'vitest';
import { openKeptStore } from './kept-store.ts';

const time = { nowMs: 1_000 };
const clock = { now: () => time.nowMs, sleep: () => Promise.resolve() };
const put = [{ key: 'a', value: '1' }];
const change = { partition: 'p', expectedVersion: 0, commitId: 'c1', put, remove: [], hints: [], entries: [] };
const entry = { directory: 'd', name: 'n', summary: 's', version: 1 };
const all = [{ prefix: '' }];

test('K2: nothing of an earlier test is found: no row, hint, entry or lease', async () => {
  const first = await openKeptStore(clock);
  const hints = [{ kind: 'work', dueAtMs: 5, partition: 'p', version: 1 }];
  expect(await first.commit({ ...change, hints, entries: [entry] })).toEqual({ kind: 'committed', version: 1 });
  expect(await first.leases.acquire('lead', 'r1', 9_000)).toMatchObject({ generation: 1 });
  expect((await first.due({ untilMs: 10, limit: 5 })).items).toHaveLength(1);
  await first.close();
  const second = await openKeptStore(clock);
  expect(await second.load('p', all)).toEqual({ version: 0, rows: new Map() });
  expect((await second.due({ untilMs: 10, limit: 5 })).items).toEqual([]);
  expect((await second.list('d', { limit: 5 })).items).toEqual([]);
  expect(await second.leases.acquire('lead', 'r2', 9_000)).toMatchObject({ generation: 1 });
  await second.close();
});

test('K1: whoever goes on after its end is refused, and what was under way is over before', async () => {
  const first = await openKeptStore(clock);
  const late = first.commit(change);
  await first.close();
  await first.close();
  expect(await late).toMatchObject({ kind: 'committed' });
  await expect(first.commit({ ...change, expectedVersion: 1, commitId: 'c2' })).rejects.toMatchObject({
    code: 'StoreClosed',
  });
  await expect(first.leases.read('lead')).rejects.toMatchObject({ code: 'StoreClosed' });
  const second = await openKeptStore(clock);
  expect(await second.load('p', all)).toMatchObject({ version: 0 });
  await second.close();
});

test('K1: two that are open at once are two stores, each with the time of its own test', async () => {
  const mine = await openKeptStore(clock);
  const other = await openKeptStore({ ...clock, now: () => 50_000 });
  await mine.commit({ ...change, put: [{ key: 'a', value: '1', ttlMs: 10_000 }] });
  await other.commit({ ...change, partition: 'q', put: [{ key: 'a', value: '1', ttlMs: 10_000 }] });
  expect(await other.load('p', all)).toMatchObject({ version: 0 });
  time.nowMs = 20_000;
  expect((await mine.load('p', all)).rows.size).toBe(0);
  expect((await other.load('q', all)).rows.size).toBe(1);
  await mine.close();
  await other.close();
  await (await openKeptStore(clock)).close();
});

test('it is quiet when whoever asks one thing after the other has asked all of it', async () => {
  const store = await openKeptStore(clock);
  let asked = 0;
  const asking = (async () => {
    for (; asked < 5; asked++) {
      await store.load('p', all);
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  await store.whenQuiet();
  expect(asked).toBe(5);
  await asking;
  await store.close();
});
