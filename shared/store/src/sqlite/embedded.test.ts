/** What only the embedded store does: its clock decides what has expired, and a commit now and then removes it (2 of commit.ts). */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '@leasehold/kernel';
import { quickFolder } from '@leasehold/testing/fakes/folder';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CommitRequest, DirectoryEntry, Store } from '../port.ts';
import { createSqliteStore } from './store.ts';

let folder: string;
let path: string;
let nowMs: number;
let store: Store;
let serial = 0;
const clock: Clock = { now: () => nowMs, sleep: () => Promise.resolve() };

beforeEach(async () => {
  folder = quickFolder('embedded');
  path = join(folder, 'store.sqlite');
  nowMs = 1_800_000_000_000;
  store = await createSqliteStore({ path, clock });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const commit = (partition: string, expectedVersion: number, rest: Partial<CommitRequest> = {}) => {
  serial += 1;
  const commitId = `00000000-0000-4000-8000-${String(serial).padStart(12, '0')}`;
  return store.commit({ partition, expectedVersion, commitId, put: [], remove: [], hints: [], entries: [], ...rest });
};
const query = (sql: string) => {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
};
const facts = () => Number(query('SELECT count(*) AS n FROM facts')[0]?.['n']);

test('it is ours alone unless it is said that several may open it', async () => {
  const shared = await createSqliteStore({ path: join(folder, 'other.sqlite'), clock, exclusive: false });
  expect([store.kind, store.exclusive, shared.exclusive]).toEqual(['sqlite', true, false]);
  await shared.close();
});

test('a row is there to the last moment of its last second, and gone in the next', async () => {
  const put = [{ key: 'inbox/1', value: 'x', ttlMs: 1_001 }];
  await commit('p', 0, { put });
  const seen = async () => [
    (await store.load('p', [{ key: 'inbox/1' }])).rows.size,
    (await store.load('p', [{ prefix: 'inbox/' }])).rows.size,
    (await store.load('p', [{ prefix: '' }])).rows.size,
    (await store.scan('p', { prefix: '', limit: 5 })).items.length,
  ];
  nowMs += 1_999;
  expect(await seen()).toEqual([1, 1, 1, 1]);
  nowMs += 1;
  expect(await seen()).toEqual([0, 0, 0, 0]);
});

test('a row that was written anew lives as it was written last', async () => {
  await commit('p', 0, {
    put: [
      { key: 'a', value: '1', ttlMs: 1_000 },
      { key: 'b', value: '1' },
    ],
  });
  await commit('p', 1, {
    put: [
      { key: 'a', value: '2' },
      { key: 'b', value: '2', ttlMs: 1_000 },
    ],
  });
  nowMs += 1_000;
  expect((await store.load('p', [{ prefix: '' }])).rows).toEqual(new Map([['a', '2']]));
});

test('2: every 64th commit removes what has expired, at most 256 rows, and nothing else', async () => {
  const rows = (count: number, ttlMs?: number) =>
    Array.from({ length: count }, (_, at) => ({ key: `${ttlMs ?? 'kept'}/${at}`, value: '', ...(ttlMs && { ttlMs }) }));
  await commit('p', 0, { put: [...rows(300, 1_000), ...rows(2, 3_600_000), ...rows(3)] });
  nowMs += 1_000;
  for (let version = 1; version < 63; version++) await commit('p', version);
  expect(facts()).toBe(305);
  await commit('p', 63);
  expect(facts()).toBe(49);
  for (let version = 64; version < 128; version++) await commit('p', version);
  expect(facts()).toBe(5);
});

test('S4 the last dozen commits of a partition are known again by their ids', async () => {
  const commitId = 'aaaaaaaa-0000-4000-8000-000000000000';
  const first = { commitId, put: [{ key: 'state', value: 'mine' }] };
  await commit('p', 0, first);
  for (let version = 1; version < 12; version++) await commit('p', version);
  expect(await commit('p', 0, first)).toEqual({ kind: 'committed', version: 1 });
  // Of another partition it says nothing.
  await commit('q', 0);
  expect(await commit('q', 0, first)).toEqual({ kind: 'conflict' });
  for (let version = 12; version < 14; version++) await commit('p', version);
  expect(await commit('p', 0, first)).toEqual({ kind: 'conflict' });
  expect((await store.load('p', [])).version).toBe(14);
});

test('S5 a lease is held to the last moment, and free in the one after', async () => {
  const lease = await store.leases.acquire('lane', 'a', 1_000);
  expect(lease).toEqual({ name: 'lane', holder: 'a', generation: 1, expiresAtMs: nowMs + 1_000 });
  nowMs += 999;
  expect(await store.leases.acquire('lane', 'b', 1_000)).toBeUndefined();
  nowMs += 1;
  expect(await store.leases.acquire('lane', 'b', 1_000)).toMatchObject({ holder: 'b', generation: 2 });
  expect(await store.leases.read('lane')).toEqual({
    name: 'lane',
    holder: 'b',
    generation: 2,
    expiresAtMs: nowMs + 1_000,
  });
});

const entry = (summary: string, version: number, ttlMs?: number): { readonly entries: readonly DirectoryEntry[] } => ({
  entries: [{ directory: 'd', name: 'n', summary, version, ...(ttlMs && { ttlMs }) }],
});
const summaries = async () =>
  (await store.list('d', { limit: 9 })).items.map(({ summary, version }) => `${summary}@${version}`);

test.each([undefined, 60_000])(
  'of two entries of one version the first stays; one that expires does so to the second (%j)',
  async (ttlMs) => {
    await commit('p', 0, entry('first', 9, ttlMs));
    await commit('p', 1, entry('second', 9, ttlMs));
    expect(await summaries()).toEqual(['first@9']);
    await commit('p', 2, entry('third', 10, ttlMs));
    expect(await summaries()).toEqual(['third@10']);
    nowMs += 60_000;
    expect(await summaries()).toEqual(ttlMs === undefined ? ['third@10'] : []);
  },
);

test('entries that expire are listed apart from rows of partitions, and of another directory nothing is listed', async () => {
  await commit('d', 0, { put: [{ key: 'n', value: 'a row' }], ...entry('listed', 1, 60_000) });
  expect(await summaries()).toEqual(['listed@1']);
  expect((await store.list('other', { limit: 9 })).items).toEqual([]);
  expect((await store.load('d', [{ prefix: '' }])).rows).toEqual(new Map([['n', 'a row']]));
});

test('hints come in the order of their time, kind, partition and version, wherever a page ends', async () => {
  const hints = [5, 4].flatMap((dueAtMs) =>
    ['timer', 'outbox'].flatMap((kind) =>
      ['q', 'p'].flatMap((partition) => [2, 10].map((version) => ({ kind, dueAtMs, partition, version }))),
    ),
  );
  await commit('p', 0, { hints });
  const found: string[] = [];
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const page = await store.due({ untilMs: 5, limit: 3, ...(cursor === undefined ? {} : { cursor }) });
    found.push(
      ...page.items.map(({ kind, dueAtMs, partition, version }) => `${dueAtMs} ${kind} ${partition} ${version}`),
    );
    cursor = page.next;
  }
  const sorted = [4, 5].flatMap((at) =>
    ['outbox', 'timer'].flatMap((kind) => ['p', 'q'].flatMap((of) => [2, 10].map((v) => `${at} ${kind} ${of} ${v}`))),
  );
  expect(found).toEqual(sorted);
  expect((await store.due({ untilMs: 4, limit: 100 })).items).toHaveLength(8);
});

test('who has given up before asking is told its reason, whatever it asks', async () => {
  await store.leases.acquire('lane', 'a', 1_000);
  const signal = AbortSignal.abort(new Error('closing'));
  const lease = { name: 'lane', holder: 'a', generation: 1, expiresAtMs: 0 };
  const hint = { kind: 'k', dueAtMs: 1, partition: 'p', version: 1 };
  await commit('p', 0, { hints: [hint] });
  for (const call of [
    () => store.load('p', [], signal),
    () => store.scan('p', { prefix: '', limit: 1 }, signal),
    () => store.due({ untilMs: 1, limit: 1 }, signal),
    () => store.clear([hint], signal),
    () => store.list('d', { limit: 1 }, signal),
    () => store.ping(signal),
    () => store.leases.acquire('free', 'a', 1, signal),
    () => store.leases.release(lease, signal),
    () => store.leases.read('lane', signal),
  ])
    await expect(call()).rejects.toThrow('closing');
  expect(await store.leases.read('free')).toBeUndefined();
  expect(await store.leases.read('lane')).toMatchObject({ holder: 'a' });
  expect((await store.due({ untilMs: 1, limit: 1 })).items).toEqual([hint]);
});

test('a partition that is no plain text is refused before it is looked for', async () => {
  await expect(store.load('', [])).rejects.toMatchObject({ class: 'Invalid' });
  await expect(store.due({ untilMs: 1, limit: 0 })).rejects.toMatchObject({ class: 'Invalid' });
  await expect(store.list('d', { limit: 1_001 })).rejects.toMatchObject({ class: 'Invalid' });
  for (const cursor of ['x', Buffer.from('[1]').toString('base64url')]) {
    await expect(store.list('d', { limit: 1, cursor })).rejects.toMatchObject({ code: 'BadCursor' });
    await expect(store.due({ untilMs: 1, limit: 1, cursor })).rejects.toMatchObject({ code: 'BadCursor' });
  }
});

test('its use is told by a look at the file, and ends with its closing', async () => {
  await store.ping();
  rmSync(path);
  await expect(store.ping()).rejects.toMatchObject({ class: 'Unavailable' });
});
