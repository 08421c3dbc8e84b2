/** Hints over buckets: pages miss nothing and repeat nothing, wherever a page ends, and what is not due is not shown. */
import { type CassandraBench, commitTo, openCassandraBench } from '@leasehold/testing/fakes/cassandra/bench';
import fc from 'fast-check';
import { beforeEach, expect, test, vi } from 'vitest';
import type { DueHint } from '../port.ts';

vi.mock('cassandra-driver', () => import('@leasehold/testing/fakes/cassandra/driver'));

let bench: CassandraBench;
beforeEach(async () => {
  bench = await openCassandraBench();
});

const write = (hints: readonly DueHint[]) => bench.store.commit(commitTo('writer', 99, { hints }));
const textOf = ({ kind, dueAtMs, partition, version }: DueHint) => `${partition} ${kind} ${dueAtMs} ${version}`;

async function walk(untilMs: number, limit: number) {
  const pages: (readonly DueHint[])[] = [];
  let cursor: string | undefined;
  do {
    const page = await bench.store.due({ untilMs, limit, ...(cursor === undefined ? {} : { cursor }) });
    pages.push(page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return pages;
}

/** Few partitions, kinds, times and versions, so that whole hints differ in one part only, and buckets hold several. */
const hint = fc.record({
  partition: fc.constantFrom('a', 'b', 'c', 'tenant/acme', 'tenant/é', 'x'.repeat(40)),
  kind: fc.constantFrom('outbox', 'timer'),
  dueAtMs: fc.constantFrom(-1, 0, 7, 8, 1_800_000_000_000, Number.MAX_SAFE_INTEGER),
  version: fc.constantFrom(1, 2, 10, Number.MAX_SAFE_INTEGER),
});

test('S3 whatever is written and wherever pages end, each hint that is due is found once, and no other', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(hint, { selector: textOf, maxLength: 40 }),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom(-1, 7, 1_800_000_000_000, Number.MAX_SAFE_INTEGER),
      async (hints, limit, untilMs) => {
        bench = await openCassandraBench();
        await write(hints);
        const pages = await walk(untilMs, limit);
        const due = hints.filter(({ dueAtMs }) => dueAtMs <= untilMs);
        expect(pages.flat().map(textOf).sort()).toEqual(due.map(textOf).sort());
        // Full pages, as many as are needed and none that is empty after them.
        expect(pages.map(({ length }) => length)).toEqual(
          Array.from({ length: Math.max(1, Math.ceil(due.length / limit)) }, (_, at) =>
            Math.min(limit, due.length - at * limit),
          ),
        );
      },
    ),
    { numRuns: 60 },
  );
});

test('S3 a page that begins inside a bucket goes on behind its mark, though what is before it was written since', async () => {
  const at = (dueAtMs: number, kind = 'timer', version = 1): DueHint => ({ kind, dueAtMs, partition: 'p', version });
  await write([at(10), at(20), at(20, 'timer', 2), at(30)]);
  const first = await bench.store.due({ untilMs: 100, limit: 2 });
  expect(first.items).toEqual([at(10), at(20)]);
  await write([at(5), at(20, 'outbox'), at(20, 'timer', 3)]);
  const second = await bench.store.due({ untilMs: 25, limit: 9, cursor: first.next ?? '' });
  expect(second).toEqual({ items: [at(20, 'timer', 2), at(20, 'timer', 3)] });
});

test('what is due is asked for with one statement, and with two behind a mark', async () => {
  await write(Array.from({ length: 60 }, (_, i) => ({ kind: 'timer', dueAtMs: 1, partition: `p${i}`, version: 1 })));
  const before = bench.cluster.asked.length;
  const { next } = await bench.store.due({ untilMs: 1, limit: 20 });
  expect(bench.cluster.asked.length - before).toBe(1);
  await bench.store.due({ untilMs: 1, limit: 20, cursor: next ?? '' });
  expect(bench.cluster.asked.length - before).toBe(3);
});

test('a time with a fraction is the whole one before it', async () => {
  await write([
    { kind: 'timer', dueAtMs: 7, partition: 'p', version: 1 },
    { kind: 'timer', dueAtMs: 8, partition: 'p', version: 1 },
  ]);
  expect((await walk(7.9, 5)).flat().map(({ dueAtMs }) => dueAtMs)).toEqual([7]);
});

test.each([
  'nonsense',
  Buffer.from('["a",1,"k","p",1]').toString('base64url'),
  Buffer.from('[1]').toString('base64url'),
])('a cursor that is not one of ours is refused (%s)', async (cursor) => {
  await expect(bench.store.due({ untilMs: 1, limit: 1, cursor })).rejects.toMatchObject({ code: 'BadCursor' });
});

test('many hints are cleared some at a time, and all of them', async () => {
  const hints = Array.from({ length: 70 }, (_, i) => ({
    kind: 'timer',
    dueAtMs: i,
    partition: `p${i % 3}`,
    version: i,
  }));
  await write(hints);
  const kept = { kind: 'timer', dueAtMs: 3, partition: 'p0', version: 4 };
  await write([kept]);
  const before = bench.cluster.asked.length;
  const clearing = bench.store.clear(hints);
  expect(bench.cluster.asked.length - before).toBe(32);
  await clearing;
  expect(bench.cluster.asked.length - before).toBe(70);
  expect((await walk(1_000, 10)).flat()).toEqual([kept]);
});
