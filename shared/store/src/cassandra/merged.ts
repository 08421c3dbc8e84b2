/**
 * The first items, in the order of their names, of a list that lies in several buckets: every bucket gives a share, and one that
 * has given all of it before the page is full is asked again.
 *
 * 1. The page is what a sort of all buckets would begin with: a bucket counts as read up to the last name that it gave, and no
 *    name above that is taken while the bucket may hold a lower one.
 * 2. Names that are spread evenly cost about as many rows as they are, and three standard deviations more
 *    (a share of `n` names over `b` buckets is Poisson with mean `n / b`); names that are not cost more rounds, never a wrong page.
 */
import { compareKeys } from '../key-range.ts';

export interface Named {
  readonly name: string;
}

/** What a bucket holds after a name, in the order of names; fewer than asked: there is no more. */
export type BucketReader<T extends Named> = (bucket: number, after: string, limit: number) => Promise<readonly T[]>;

/** How many rows a bucket is asked for, so that one round is enough most of the time: the fullest of all buckets decides that. */
export const shareOf = (limit: number, buckets: number): number => {
  const mean = limit / buckets;
  return Math.min(limit, Math.ceil(mean + 3 * Math.sqrt(mean)));
};

interface Bucket<T> {
  readonly given: T[];
  /** The last name that it gave. */
  after: string;
  isEmpty: boolean;
}

/** @returns at most `limit` items with names above `after`. */
export async function mergedPage<T extends Named>(
  read: BucketReader<T>,
  buckets: number,
  after: string,
  limit: number,
): Promise<readonly T[]> {
  const share = shareOf(limit, buckets);
  const all = Array.from({ length: buckets }, (): Bucket<T> => ({ given: [], after, isEmpty: false }));
  let open = all;
  for (;;) {
    await Promise.all(
      open.map(async (bucket) => {
        const rows = await read(all.indexOf(bucket), bucket.after, share);
        bucket.given.push(...rows);
        bucket.after = rows.at(-1)?.name ?? bucket.after;
        bucket.isEmpty = rows.length < share;
      }),
    );
    const items = all
      .flatMap(({ given }) => given)
      .sort((a, b) => compareKeys(a.name, b.name))
      .slice(0, limit);
    const last = items.length === limit ? items.at(-1) : undefined;
    open = all.filter((bucket) => !bucket.isEmpty && (last === undefined || compareKeys(bucket.after, last.name) < 0));
    if (open.length === 0) return items;
  }
}
