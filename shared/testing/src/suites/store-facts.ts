/**
 * Facts: commits, versions, slices, order, bounds and expiry (S1, S2, S4).
 */
import { type CommitRequest, compareKeys, HOT_SLICES, type Row, VALUE_BYTES } from '@leasehold/store';
import { expect, test } from 'vitest';
import type { StoreBench } from './store.ts';

let commits = 0;

/** A commit of nothing, to be spread over. */
export function commitOf(partition: string, expectedVersion: number, rest: Partial<CommitRequest> = {}): CommitRequest {
  commits += 1;
  return {
    partition,
    expectedVersion,
    commitId: `${partition}#${commits}`,
    put: [],
    remove: [],
    hints: [],
    entries: [],
    ...rest,
  };
}

export const committed = (version: number) => ({ kind: 'committed', version }) as const;
const conflict = { kind: 'conflict' } as const;
const ALL = [{ prefix: '' }] as const;

export function atomicityTests({ store, name }: StoreBench): void {
  test('S1 a partition never written has version 0, and each commit adds one', async () => {
    const partition = name('versions');
    expect(await store().load(partition, HOT_SLICES)).toEqual({ version: 0, rows: new Map() });
    expect(await store().load(partition, [])).toEqual({ version: 0, rows: new Map() });
    expect(await store().commit(commitOf(partition, 0, { put: [{ key: 'state', value: 'a' }] }))).toEqual(committed(1));
    expect(await store().commit(commitOf(partition, 1, { put: [{ key: 'state', value: 'b' }] }))).toEqual(committed(2));
    expect(await store().load(partition, HOT_SLICES)).toEqual({ version: 2, rows: new Map([['state', 'b']]) });
    expect((await store().load(partition, [])).version).toBe(2);
  });

  test('S1 a commit on another version than the expected one changes nothing at all', async () => {
    const partition = name('conflict');
    const put = [
      { key: 'state', value: '1' },
      { key: 'outbox/1', value: 'x' },
    ];
    await store().commit(commitOf(partition, 0, { put }));
    const stale = {
      put: [
        { key: 'state', value: 'stale' },
        { key: 'extra', value: 'y' },
      ],
      remove: ['outbox/1'],
    };
    for (const version of [0, 2, 7])
      expect(await store().commit(commitOf(partition, version, stale))).toEqual(conflict);
    const { version, rows } = await store().load(partition, ALL);
    expect([version, Object.fromEntries(rows)]).toEqual([1, { state: '1', 'outbox/1': 'x' }]);
  });

  test('S1 puts and removals of one commit hold together', async () => {
    const partition = name('together');
    const rows = Array.from({ length: 50 }, (_, i): Row => ({ key: `r/${String(i).padStart(3, '0')}`, value: `${i}` }));
    await store().commit(commitOf(partition, 0, { put: rows }));
    const remove = rows.slice(0, 25).map(({ key }) => key);
    await store().commit(commitOf(partition, 1, { put: [{ key: 'state', value: 'half' }], remove }));
    const after = await store().load(partition, [{ prefix: 'r/' }, { key: 'state' }]);
    expect([after.version, after.rows.size, after.rows.get('state'), after.rows.has('r/024')]).toEqual([
      2,
      26,
      'half',
      false,
    ]);
  });

  test('S1 a commit without rows still moves the version', async () => {
    const partition = name('bare');
    expect(await store().commit(commitOf(partition, 0))).toEqual(committed(1));
    expect(await store().load(partition, HOT_SLICES)).toEqual({ version: 1, rows: new Map() });
  });
}

export function outcomeTests({ store, name }: StoreBench): void {
  test('S1 of commits made at once on one version, one holds', async () => {
    const partition = name('race');
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        store().commit(commitOf(partition, 0, { put: [{ key: 'state', value: `${i}` }] })),
      ),
    );
    const winner = outcomes.findIndex(({ kind }) => kind === 'committed');
    expect(outcomes.filter(({ kind }) => kind === 'committed')).toHaveLength(1);
    expect((await store().load(partition, HOT_SLICES)).rows.get('state')).toBe(`${winner}`);
  });

  test('S4 a commit sent again with its commit id is answered as it was the first time', async () => {
    const partition = name('again');
    const first = commitOf(partition, 0, { put: [{ key: 'state', value: 'mine' }] });
    await store().commit(first);
    expect(await store().commit(first)).toEqual(committed(1));
    await store().commit(commitOf(partition, 1, { put: [{ key: 'state', value: 'later' }] }));
    expect(await store().commit(first)).toEqual(committed(1));
    expect((await store().load(partition, HOT_SLICES)).rows.get('state')).toBe('later');
  });
}

export function loadTests({ store, name, open }: StoreBench): void {
  test('S2 load returns exactly the rows of the slices asked for', async () => {
    const partition = name('slices');
    const keys = [
      'inbox/1',
      'journal/1',
      'op/1',
      'outbox/1',
      'outbox/2',
      'outboy',
      'quota/1',
      'state',
      'state2',
      'timer/t',
      'user/1',
      'waiting/w',
    ];
    await store().commit(commitOf(partition, 0, { put: keys.map((key) => ({ key, value: key })) }));
    const hot = await store().load(partition, HOT_SLICES);
    expect([...hot.rows.keys()].sort()).toEqual(['outbox/1', 'outbox/2', 'state', 'timer/t', 'waiting/w']);
    const some = await store().load(partition, [{ key: 'op/1' }, { key: 'missing' }, { prefix: 'user/' }]);
    expect([some.version, ...[...some.rows.keys()].sort()]).toEqual([1, 'op/1', 'user/1']);
  });

  test('S2 load is of one moment while others commit, however many rows lie between the slices', async () => {
    const partition = name('moment');
    const filler = Array.from({ length: 150 }, (_, i) => ({ key: `stock/${String(i).padStart(4, '0')}`, value: 'x' }));
    const rowsAt = (n: number) => [
      { key: 'state', value: `${n}` },
      { key: 'outbox/a', value: `${n}` },
      { key: 'waiting/a', value: `${n}` },
    ];
    await store().commit(commitOf(partition, 0, { put: [...filler, ...rowsAt(1)] }));
    let done = false;
    let looked = Promise.withResolvers<void>();
    const writing = (async () => {
      for (let n = 2; n <= 12; n++) {
        await store().commit(commitOf(partition, n - 1, { put: rowsAt(n) }));
        // Without a pause now and then every look could end as contended, and nothing be looked at.
        if (n % 3 === 0) await looked.promise;
      }
      done = true;
    })();
    while (!done) {
      // A store that answers within the same turn must still let the other side's messages in.
      await new Promise((resolve) => setImmediate(resolve));
      const seen = await store()
        .load(partition, HOT_SLICES)
        .catch((error: { code?: string }) => error.code ?? 'failed');
      if (seen === 'StoreContended') continue;
      if (typeof seen === 'string') throw new Error(seen);
      looked.resolve();
      looked = Promise.withResolvers<void>();
      expect([...new Set(seen.rows.values())]).toEqual([`${seen.version}`]);
    }
    await writing;
    const last = await store().load(partition, HOT_SLICES);
    expect([last.version, ...last.rows.values()]).toEqual([12, '12', '12', '12']);
  });

  test('what was committed is there for another handle', async () => {
    const { reopen } = open();
    const partition = name('reopened');
    await store().commit(commitOf(partition, 0, { put: [{ key: 'state', value: 'kept' }] }));
    const other = await reopen();
    try {
      expect(await other.load(partition, HOT_SLICES)).toEqual({ version: 1, rows: new Map([['state', 'kept']]) });
    } finally {
      await other.close();
    }
  });
}

export function keyTests({ store, name }: StoreBench): void {
  test('keys are ordered by their UTF-8 bytes, and a scan returns each once, page by page, both ways', async () => {
    const partition = name('order');
    const keys = ['a', 'a/', 'a/0', 'a/z', 'a/ä', 'a/é', 'a/日本', 'a/\uffee', 'a/😀', 'a/\u{10ffff}x', 'a0', 'b'];
    await store().commit(commitOf(partition, 0, { put: keys.map((key) => ({ key, value: `${key}!` })) }));
    const expected = keys.filter((key) => key.startsWith('a/')).sort(compareKeys);
    const walk = async (reverse: boolean) => {
      const seen: Row[] = [];
      let cursor: string | undefined;
      do {
        const page = { prefix: 'a/', limit: 3, reverse, ...(cursor === undefined ? {} : { cursor }) };
        const { items, next } = await store().scan(partition, page);
        seen.push(...items);
        cursor = next;
      } while (cursor !== undefined);
      return seen;
    };
    const forward = await walk(false);
    expect(forward.map(({ key }) => key)).toEqual(expected);
    expect(forward.map(({ value }) => value)).toEqual(expected.map((key) => `${key}!`));
    expect((await walk(true)).map(({ key }) => key)).toEqual([...expected].reverse());
    expect(expected).toEqual([...expected].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y))));
  });

  test('a page that is exactly full has no next one, and a cursor of somebody else is Invalid', async () => {
    const partition = name('full');
    await store().commit(commitOf(partition, 0, { put: ['j/1', 'j/2'].map((key) => ({ key, value: '' })) }));
    const page = await store().scan(partition, { prefix: 'j/', limit: 2 });
    expect([page.items.map(({ key }) => key), page.next]).toEqual([['j/1', 'j/2'], undefined]);
    const all = await store().scan(partition, { prefix: '', limit: 10 });
    expect(all.items).toHaveLength(2);
    for (const cursor of ['', 'nonsense', Buffer.from('[1]').toString('base64url')]) {
      await expect(store().scan(partition, { prefix: 'j/', limit: 2, cursor })).rejects.toMatchObject({
        class: 'Invalid',
        code: 'BadCursor',
      });
    }
  });
}

export function boundTests({ store, name }: StoreBench): void {
  test('values of the greatest size, and text of any script, come back as they were', async () => {
    const partition = name('big');
    const value = 'é'.repeat(VALUE_BYTES.value / 2);
    const odd = 'tab\t newline\n quote" zero\u0000 emoji 😀 end';
    const put = ['big/1', 'big/2', 'big/3'].map((key) => ({ key, value }));
    expect(await store().commit(commitOf(partition, 0, { put: [...put, { key: 'odd', value: odd }] }))).toEqual(
      committed(1),
    );
    const { rows } = await store().load(partition, [{ key: 'big/3' }, { key: 'odd' }]);
    expect([rows.get('big/3') === value, rows.get('odd')]).toEqual([true, odd]);
  });

  test('a value, key or page over its bound is Invalid, and nothing of the commit holds', async () => {
    const partition = name('bounds');
    const refused: readonly Partial<CommitRequest>[] = [
      {
        put: [
          { key: 'ok', value: '' },
          { key: 'big', value: 'x'.repeat(VALUE_BYTES.value + 1) },
        ],
      },
      { put: [{ key: 'k'.repeat(513), value: '' }] },
      { put: [{ key: '', value: '' }] },
      { put: [{ key: 'lone\ud800', value: '' }] },
      { put: [{ key: 'ttl', value: '', ttlMs: 0 }] },
    ];
    for (const rest of refused) {
      await expect(store().commit(commitOf(partition, 0, rest))).rejects.toMatchObject({ class: 'Invalid' });
    }
    expect((await store().load(partition, ALL)).version).toBe(0);
    await expect(store().scan(partition, { prefix: '', limit: 0 })).rejects.toMatchObject({ class: 'Invalid' });
  });

  test('a call whose signal is already aborted rejects with its reason and does nothing', async () => {
    const partition = name('aborted');
    const signal = AbortSignal.abort(new Error('no longer wanted'));
    await expect(store().commit(commitOf(partition, 0), signal)).rejects.toThrow('no longer wanted');
    await expect(store().load(partition, ALL, signal)).rejects.toThrow('no longer wanted');
    expect((await store().load(partition, ALL)).version).toBe(0);
  });
}

export function ttlTests({ store, name, open }: StoreBench): void {
  test('a row with a time to live is gone after it, its neighbours and the version stay', async () => {
    const { pass } = open();
    const partition = name('ttl');
    const put: readonly Row[] = [
      { key: 'inbox/1', value: 'x', ttlMs: 1_500 },
      { key: 'inbox/2', value: 'x', ttlMs: 3_600_000 },
      { key: 'inbox/3', value: 'x', ttlMs: 1_500 },
      { key: 'state', value: 's' },
    ];
    await store().commit(commitOf(partition, 0, { put }));
    expect((await store().load(partition, ALL)).rows.size).toBe(4);
    await store().commit(commitOf(partition, 1, { put: [{ key: 'inbox/3', value: 'for good' }] }));
    await pass(3_100);
    const { version, rows } = await store().load(partition, ALL);
    expect([version, [...rows.keys()].sort()]).toEqual([2, ['inbox/2', 'inbox/3', 'state']]);
    const page = await store().scan(partition, { prefix: 'inbox/', limit: 10 });
    expect(page.items.map(({ key }) => key)).toEqual(['inbox/2', 'inbox/3']);
  });
}
