/** Reads of one moment (S2), where a commit comes in between, where nothing is in the range, and where too much is. */
import { type CassandraBench, commitTo, openCassandraBench } from '@leasehold/testing/fakes/cassandra/bench';
import { beforeEach, expect, test, vi } from 'vitest';
import { HOT_SLICES } from '../ledger.port.ts';
import type { Row, Slice } from '../port.ts';

vi.mock('cassandra-driver', () => import('@leasehold/testing/fakes/cassandra/driver'));

let bench: CassandraBench;
let version: number;
beforeEach(async () => {
  bench = await openCassandraBench();
  version = 0;
});

const put = async (...rows: readonly (readonly [key: string, value: string])[]) => {
  const request = commitTo('p', version, { put: rows.map(([key, value]): Row => ({ key, value })) });
  expect(await bench.store.commit(request)).toMatchObject({ kind: 'committed' });
  version += 1;
};
const many = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, i) => [`${prefix}${String(i).padStart(5, '0')}`, 'x'] as const);
const load = (...slices: readonly Slice[]) => bench.store.load('p', slices);
const statementsOf = async (work: () => Promise<unknown>) => {
  const before = bench.cluster.asked.length;
  await work();
  return bench.cluster.asked.slice(before).map(({ cql }) => (cql.includes(' IN ') ? 'keys' : 'range'));
};
/** Somebody commits before the next statement of this kind is answered. */
const commitsBefore = (on: 'IN ?' | 'key >= ?', value: string) =>
  bench.cluster.strike({
    on,
    effect: 'done',
    meanwhile: () => put(['state', value], ['outbox/1', value], ['timer/1', value]),
  });

test('S2 exact keys and prefixes are read side by side, and versions that agree prove one moment', async () => {
  await put(['state', '1'], ['outbox/1', '1'], ['quota/1', '1']);
  const asked = await statementsOf(async () => {
    expect(await load(...HOT_SLICES)).toEqual({
      version: 1,
      rows: new Map([
        ['state', '1'],
        ['outbox/1', '1'],
      ]),
    });
  });
  expect(asked).toEqual(['keys', 'range']);
});

test('S2 of what lies between two prefixes nothing is shown', async () => {
  await put(['a/1', 'x'], ['b/1', 'x'], ['c/1', 'x'], ['d', 'x']);
  const seen = await load({ prefix: 'c/' }, { prefix: 'a/' }, { key: 'd' });
  expect([...seen.rows.keys()].sort()).toEqual(['a/1', 'c/1', 'd']);
});

test('S2 a partition that was never written is known after one look, and one with nothing in the range is looked at again', async () => {
  expect(
    await statementsOf(async () => expect(await load(...HOT_SLICES)).toEqual({ version: 0, rows: new Map() })),
  ).toEqual(['keys', 'range']);
  await put(['quota/1', 'x']);
  const asked = await statementsOf(async () =>
    expect(await load({ prefix: 'waiting/' })).toEqual({ version: 1, rows: new Map() }),
  );
  expect(asked).toEqual(['keys', 'range', 'range', 'keys']);
});

test.each(['IN ?', 'key >= ?'] as const)(
  'S2 a commit before the %s is answered is seen whole or not at all',
  async (on) => {
    await put(['state', 'old'], ['outbox/1', 'old'], ['timer/1', 'old']);
    commitsBefore(on, 'new');
    const seen = await load(...HOT_SLICES);
    expect([seen.version, [...seen.rows.values()]]).toEqual([2, ['new', 'new', 'new']]);
  },
);

test('S2 commits during each look but the last are borne', async () => {
  await put(['state', '0'], ['outbox/1', '0'], ['timer/1', '0']);
  for (let n = 1; n <= 8; n++) commitsBefore('IN ?', `${n}`);
  const seen = await load(...HOT_SLICES);
  expect([seen.version, new Set(seen.rows.values())]).toEqual([9, new Set(['8'])]);
  expect(bench.cluster.left).toBe(0);
});

test('S2 a partition that changes during each of nine looks is told as contended, and is not shown torn', async () => {
  await put(['state', '0'], ['outbox/1', '0'], ['timer/1', '0']);
  for (let n = 1; n <= 9; n++) commitsBefore('IN ?', `${n}`);
  await expect(load(...HOT_SLICES)).rejects.toMatchObject({
    class: 'Unavailable',
    code: 'StoreContended',
    retryAfterMs: 100,
    away: false,
  });
});

test.each([
  [62, ['keys', 'range']],
  [63, ['keys', 'range', 'range', 'range', 'range', 'keys']],
])(
  'S2 one range covers all prefixes up to 64 rows, what lies between them included (%i)',
  async (between, expected) => {
    await put(['outbox/1', 'x'], ['state', 's'], ...many('stock/', between));
    const asked = await statementsOf(async () => {
      const { rows } = await load(
        { prefix: 'outbox/' },
        { key: 'state' },
        { prefix: 'timer/' },
        { prefix: 'waiting/' },
      );
      expect([...rows.keys()].sort()).toEqual(['outbox/1', 'state']);
    });
    expect(asked).toEqual(expected);
  },
);

test.each([499, 500, 501, 1_250])('S2 a prefix of %i rows is read page by page, whole', async (count) => {
  await put(...many('journal/', count));
  await put(['state', 's']);
  const seen = await load({ prefix: 'journal/' }, { key: 'state' });
  expect([seen.version, seen.rows.size, seen.rows.get('journal/00498')]).toEqual([2, count + 1, 'x']);
});

test('a prefix beyond its bound is a bug that says so', async () => {
  await put(['state', 's']);
  const cql = 'INSERT INTO "mesh".facts (partition, key, value) VALUES (?, ?, ?)';
  const fill = (keys: readonly string[]) =>
    bench.cluster.ask(
      keys.map((key) => ({ cql, params: ['p', key, 'x'] })),
      {},
      false,
    );
  await fill(many('journal/', 20_001).map(([key]) => key));
  await expect(load({ prefix: 'journal/' })).rejects.toMatchObject({ class: 'Bug' });
});

test('S2 prefixes that nothing lies behind are read to the end', async () => {
  await put(['\u{10ffff}x', 'last'], ['a/1', 'first'], ['state', 's']);
  expect([...(await load({ prefix: '\u{10ffff}' }, { prefix: 'a/' })).rows.keys()].sort()).toEqual([
    'a/1',
    '\u{10ffff}x',
  ]);
  expect((await load({ prefix: '' })).rows.size).toBe(3);
});

test('as many keys as the bound are read at once, one more is refused', async () => {
  await put(['k499', 'x']);
  const keys = Array.from({ length: 501 }, (_, i): Slice => ({ key: `k${i}` }));
  expect((await load(...keys.slice(0, 500))).rows).toEqual(new Map([['k499', 'x']]));
  await expect(load(...keys)).rejects.toMatchObject({ class: 'Invalid', code: 'ValueTooBig' });
});

test('the row that carries the version is never shown, whichever way it is read', async () => {
  await put(['a', '1'], ['b', '2']);
  expect([...(await load({ prefix: '' })).rows.keys()]).toEqual(['a', 'b']);
  for (const reverse of [false, true]) {
    const order = reverse ? ['b', 'a'] : ['a', 'b'];
    expect(await bench.store.scan('p', { prefix: '', limit: 2, reverse })).toEqual({
      items: order.map((key) => ({ key, value: key === 'a' ? '1' : '2' })),
    });
    const { items, next } = await bench.store.scan('p', { prefix: '', limit: 1, reverse });
    const rest = await bench.store.scan('p', { prefix: '', limit: 1, reverse, cursor: next ?? '' });
    expect([...items, ...rest.items].map(({ key }) => key)).toEqual(order);
    expect(rest.next).toBeUndefined();
  }
});
