/** L2 with a store that refuses a commit for what it holds (5): the update that it is for rejects, those beside it commit. */
import { bug, type Clock, invalid, seededRng } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { checkCommit } from '../bounds.ts';
import type { Update } from '../ledger.port.ts';
import type { CommitRequest, Snapshot, Store } from '../port.ts';
import { createLedger } from './ledger.ts';

const clock: Clock = { now: () => 0, sleep: async () => undefined };

/** One partition in memory, with the bounds of every store and whatever else `refuse` refuses. */
function strictStore(refuse: (request: CommitRequest) => void = () => undefined) {
  const commits: CommitRequest[] = [];
  let now: Snapshot = { version: 0, rows: new Map() };
  const store = {
    kind: 'simulated',
    exclusive: true,
    load: async () => now,
    commit: async (request: CommitRequest) => {
      checkCommit(request);
      refuse(request);
      commits.push(request);
      const rows = new Map(now.rows);
      for (const { key, value } of request.put) rows.set(key, value);
      now = { version: now.version + 1, rows };
      return { kind: 'committed' as const, version: now.version };
    },
  } as unknown as Store;
  return {
    ledger: createLedger({ store, clock, rng: seededRng(1) }),
    commits,
    rows: () => [...now.rows.keys()].sort(),
  };
}

const MEGABYTE = 'x'.repeat(1024 * 1024);
const small = (name: string): Update<string> => ({ put: [{ key: `state/${name}`, value: name }], result: name });
const huge: Update<string> = {
  put: Array.from({ length: 9 }, (_, i) => ({ key: `huge/${i}`, value: MEGABYTE })),
  result: 'huge',
};
const many: Update<string> = {
  put: Array.from({ length: 2_001 }, (_, i) => ({ key: `many/${i}`, value: '' })),
  result: 'many',
};
const longSummary: Update<string> = {
  put: [{ key: 'listed', value: '' }],
  entries: [{ directory: 'd', name: 'n', summary: 'x'.repeat(16 * 1024 + 1) }],
  result: 'listed',
};
const names = Array.from({ length: 40 }, (_, i) => `u${String(i).padStart(2, '0')}`);

test.each([
  ['more bytes than a commit may have', huge],
  ['more rows than a commit may have', many],
  ['a summary that no store takes', longSummary],
])('an update with %s rejects alone, wherever it stands in its batch', async (_, bad) => {
  for (const place of [0, 1, 20, 39]) {
    const { ledger, rows } = strictStore();
    const updates = names.map((name, at) => ledger.update('p', () => (at === place ? bad : small(name))));
    // One that only looks shares the batch, and its answer.
    const looked = ledger.update('p', () => ({ result: 'looked' }));
    const settled = await Promise.allSettled(updates);
    expect(settled.flatMap(({ status }, at) => (status === 'rejected' ? [at] : []))).toEqual([place]);
    expect(settled[place]).toMatchObject({ reason: { class: 'Invalid', code: 'ValueTooBig' } });
    expect(await looked).toBe('looked');
    expect(rows()).toEqual(names.filter((_name, at) => at !== place).map((name) => `state/${name}`));
  }
});

test.each([
  ['Invalid', () => invalid('a value is too big for the store', { code: 'ValueTooBig' })],
  ['Bug', () => bug('the server refused a statement')],
])('what only the server refuses (%s) is found among those beside it, each of which commits once', async (_, fault) => {
  const { ledger, commits, rows } = strictStore(({ put }) => {
    if (put.some(({ value }) => value === 'u17' || value === 'u33')) throw fault();
  });
  const order: string[] = [];
  const updates = names.map((name) => ledger.update('p', () => small(name)).then((done) => order.push(done)));
  const settled = await Promise.allSettled(updates);
  expect(settled.flatMap(({ status }, at) => (status === 'rejected' ? [names[at]] : []))).toEqual(['u17', 'u33']);
  const good = names.filter((name) => name !== 'u17' && name !== 'u33');
  expect(order).toEqual(good);
  expect(rows()).toEqual(good.map((name) => `state/${name}`));
  expect(commits.flatMap(({ put }) => put.map(({ value }) => value))).toEqual(good);
  // After it batches grow again.
  const later = await Promise.all(names.map((name) => ledger.update('p', () => small(`${name}-later`))));
  expect(later).toHaveLength(40);
});
