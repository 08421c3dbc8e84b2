/** Pages over buckets: what a sort of everything would begin with, at a price near that of the page. */
import { hashText } from '@leasehold/kernel';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BucketReader, mergedPage, shareOf } from './merged.ts';

interface Item {
  readonly name: string;
}

const sorted = (names: readonly string[]): string[] => [...new Set(names)].sort();

/** A reader over buckets in memory that counts what it gave. */
function bucketsOf(held: readonly (readonly string[])[]) {
  const read = { rows: 0, rounds: 0, asked: [] as number[] };
  const reader: BucketReader<Item> = async (bucket, after, limit) => {
    const rows = sorted(held[bucket] ?? [])
      .filter((name) => name > after)
      .slice(0, limit)
      .map((name) => ({ name }));
    read.rows += rows.length;
    read.asked.push(bucket);
    return rows;
  };
  return { reader, read };
}

const namesOf = (items: readonly Item[]): readonly string[] => items.map(({ name }) => name);

test('1 a page is what a sort of all buckets begins with, however unevenly the names lie', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.string({ unit: 'binary-ascii', minLength: 1 })), {
        maxLength: 60,
      }),
      fc.integer({ min: 1, max: 20 }),
      fc.string({ unit: 'binary-ascii', maxLength: 2 }),
      async (placed, limit, after) => {
        const seen = new Set<string>();
        const held: string[][] = [[], [], [], []];
        for (const [bucket, name] of placed) {
          if (seen.has(name)) continue;
          seen.add(name);
          held[bucket]?.push(name);
        }
        const all = sorted([...seen]).filter((name) => name > after);
        const page = await mergedPage(bucketsOf(held).reader, 4, after, limit);
        expect(namesOf(page)).toEqual(all.slice(0, limit));
      },
    ),
  );
});

test('1 a bucket that gave its share before the page is full is asked again, and no other', async () => {
  const { reader, read } = bucketsOf([
    ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'],
    ['x', 'y', 'z', 'zz', 'zzz', 'zzzz', 'zzzzz'],
  ]);
  const page = await mergedPage(reader, 2, '', 8);
  expect(namesOf(page)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
  expect(shareOf(8, 2)).toBe(8);
  const small = bucketsOf([['a', 'b', 'c', 'd', 'e', 'f'], ['x'], [], [], [], [], [], []]);
  expect(shareOf(5, 8)).toBe(3);
  expect(namesOf(await mergedPage(small.reader, 8, '', 5))).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(small.read.asked).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 0]);
  expect(read.asked).toEqual([0, 1]);
});

test('2 two hundred names spread over sixteen buckets cost less than twice the page', async () => {
  const held = Array.from({ length: 16 }, (_, bucket) =>
    Array.from({ length: 400 }, (_, at) => `t-${String(at * 16 + ((bucket * 7 + at * 5) % 16)).padStart(6, '0')}`),
  );
  const { reader, read } = bucketsOf(held);
  const page = await mergedPage(reader, 16, '', 200);
  expect(page).toHaveLength(200);
  expect(read.rows).toBeLessThan(400);
  expect(read.asked).toHaveLength(16);
});

test.each([1, 10, 50, 200])(
  '2 a page of %i of names that are spread by their hash, and whether there is more, costs one look at each bucket most of the time',
  async (page) => {
    let oneRound = 0;
    for (let list = 0; list < 20; list++) {
      const held = Array.from({ length: 16 }, (): string[] => []);
      for (let i = 0; i < 400; i++) {
        const name = `list-${list}-tenant-${i}`;
        held[hashText(name) % 16]?.push(name);
      }
      const { reader, read } = bucketsOf(held);
      await mergedPage(reader, 16, '', page + 1);
      if (read.asked.length === 16) oneRound += 1;
    }
    expect(oneRound).toBeGreaterThanOrEqual(15);
  },
);

test('an empty list costs one look at each bucket', async () => {
  const { reader, read } = bucketsOf([[], [], []]);
  expect(await mergedPage(reader, 3, '', 10)).toEqual([]);
  expect(read.asked).toEqual([0, 1, 2]);
});
