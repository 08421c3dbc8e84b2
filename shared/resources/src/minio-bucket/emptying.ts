/**
 * Empties a bucket: all versions, delete markers and unfinished uploads, whatever their names are. Leaves the bucket itself and the
 * question whose it is to the provider.
 *
 * E1. A page is listed from the same place again while something of it goes. What stays is counted with the store's reason, and
 *     the walk goes on behind it, so that one object that is held does not keep the others.
 * E2. Each object is tried a bounded number of times: in bulk first, then by a call of its own, which can say any name. What the store
 *     says is deleted and lists all the same stays as `StillListed`. So nothing here runs hot.
 * E3. A listing that says that there is more and does not move on is a failure, at once.
 */
import { bound, createLru } from '@leasehold/kernel';
import { inParallel } from '../edge/parallel.ts';
import type { BucketCalls } from './bucket-calls.ts';
import { type Cursor, PAGE_OBJECTS, type Page, type Refusal, type Upload, type Version } from './content-calls.ts';
import { isXmlText } from './xml.ts';

interface Staying {
  readonly count: number;
  readonly message?: string | undefined;
}

/** How many objects stay, by the store's code, and what it says to the first of them. */
export type Held = Map<string, Staying>;

/** Adds to those that stay. */
export function hold(held: Held, code: string, { count, message }: Staying): void {
  const before = held.get(code);
  held.set(code, { count: (before?.count ?? 0) + count, message: before?.message ?? message });
}

export interface Emptied {
  /** Something went. */
  readonly isFruitful: boolean;
  readonly held: Held;
}

/** Removes what a page lists, as far as it can; remembers between two runs what it has tried. */
export interface Walk {
  run(signal: AbortSignal): Promise<Emptied>;
}

const PAGES = bound('minio-delete-pages', 100_000);
/** In bulk, and alone. */
const TRIES = bound('minio-object-tries', 2);
const REMEMBERED = bound('minio-remembered-objects', 10 * PAGE_OBJECTS.value);
/** Pages in a row that list nothing and still say that there is more. */
const EMPTY_PAGES = bound('minio-empty-pages', 100);
/** Beyond this many it is clear enough that the bucket stays. */
const HELD = bound('minio-held-objects', 10_000);
const AT_ONCE = bound('minio-single-deletes', 8);

interface Content<Item> {
  page(cursor: Cursor, signal: AbortSignal): Promise<Page<Item>>;
  id(item: Item): string;
  /** @returns what was refused and why. */
  remove(items: readonly Item[], isFirst: (item: Item) => boolean, signal: AbortSignal): Promise<Refusals>;
}

type Refusals = ReadonlyMap<string, Refusal>;

interface Tried extends Refusal {
  readonly times: number;
}

export const STILL_LISTED = 'StillListed';
export const NO_PROGRESS = 'ListingStands';

function createWalk<Item>(content: Content<Item>): Walk {
  const tried = createLru<string, Tried>(REMEMBERED);
  const timesOf = (item: Item): number => tried.get(content.id(item))?.times ?? 0;
  const attempt = async (due: readonly Item[], signal: AbortSignal): Promise<boolean> => {
    const refusals = await content.remove(due, (item) => timesOf(item) === 0, signal);
    let isFruitful = false;
    for (const item of due) {
      const id = content.id(item);
      const refused = refusals.get(id);
      if (timesOf(item) === 0 && refused === undefined) isFruitful = true;
      const times = refused === undefined ? timesOf(item) + 1 : TRIES.value;
      tried.set(id, { times, ...(refused ?? { code: STILL_LISTED }) });
    }
    return isFruitful;
  };
  return {
    async run(signal) {
      const held: Held = new Map();
      const count = ({ code, message }: Refusal) => hold(held, code, { count: 1, message });
      let [isFruitful, emptyPages, heldObjects] = [false, 0, 0];
      let cursor: Cursor = {};
      for (let page = 0; page < PAGES.value && emptyPages < EMPTY_PAGES.value; page++) {
        const { items, isTruncated, next } = await content.page(cursor, signal);
        emptyPages = items.length === 0 ? emptyPages + 1 : 0;
        const due = items.filter((item) => timesOf(item) < TRIES.value);
        if (due.length > 0) {
          if (await attempt(due, signal)) isFruitful = true;
          if (isTruncated || due.some((item) => timesOf(item) >= TRIES.value)) continue;
          return { isFruitful, held };
        }
        for (const item of items) count(tried.get(content.id(item)) ?? { code: STILL_LISTED });
        heldObjects += items.length;
        if (!isTruncated || heldObjects >= HELD.value) return { isFruitful, held };
        if (next === undefined || JSON.stringify(next) === JSON.stringify(cursor)) break;
        cursor = next;
      }
      count({ code: NO_PROGRESS });
      return { isFruitful, held };
    },
  };
}

export const createUploadWalk = (calls: BucketCalls, bucket: string): Walk =>
  createWalk<Upload>({
    page: (cursor, signal) => calls.uploads(bucket, cursor, signal),
    id: ({ key, uploadId }) => JSON.stringify([key, uploadId]),
    remove: (uploads, _isFirst, signal) =>
      one(
        uploads,
        ({ key, uploadId }) => JSON.stringify([key, uploadId]),
        (upload) => calls.abortUpload(bucket, upload, signal),
      ),
  });

const versionOf = ({ key, versionId }: Version): string => JSON.stringify([key, versionId ?? null]);

export const createVersionWalk = (calls: BucketCalls, bucket: string): Walk =>
  createWalk<Version>({
    page: (cursor, signal) => calls.versions(bucket, PAGE_OBJECTS.value, cursor, signal),
    id: versionOf,
    async remove(versions, isFirst, signal) {
      const inBulk = versions.filter((version) => isFirst(version) && isXmlText(version.key));
      const refused = inBulk.length === 0 ? [] : await calls.deleteVersions(bucket, inBulk, signal);
      const bulk = new Set(refused === undefined ? [] : inBulk);
      const alone = versions.filter((version) => !bulk.has(version));
      const singly = await one(alone, versionOf, (version) => calls.deleteVersion(bucket, version, signal));
      const final = (refused ?? []).filter(({ code }) => !PASSING.has(code));
      return new Map([...final.map((refusal) => [versionOf(refusal), refusal] as const), ...singly]);
    },
  });

/** Gone already, or not now: neither is the object's; a call of its own tells. */
const PASSING = new Set([
  'NoSuchKey',
  'NoSuchVersion',
  'InternalError',
  'SlowDown',
  'ServiceUnavailable',
  'RequestTimeout',
  'OperationAborted',
]);

async function one<Item>(
  items: readonly Item[],
  id: (item: Item) => string,
  remove: (item: Item) => Promise<Refusal | undefined>,
): Promise<Refusals> {
  const refusals = await inParallel(items, AT_ONCE, async (item) => [id(item), await remove(item)] as const);
  return new Map(refusals.flatMap(([name, refusal]) => (refusal === undefined ? [] : [[name, refusal] as const])));
}
