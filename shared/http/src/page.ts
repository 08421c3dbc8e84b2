/**
 * Pages of a list: `?limit=` and `?cursor=` in, `{items, next_cursor}` out. A cursor is opaque to clients: base64url of
 * JSON with a version and the list's name.
 *
 * 1. What this list did not make is refused with `bad-cursor`: another list's, another version's, one that was changed.
 * 2. A cursor grants nothing: it holds a position, and the list filters by what the caller may see as always.
 */
import { type Bound, bound, digest, type Json } from '@leasehold/kernel';
import { z } from 'zod';
import { problem } from './problem.ts';
import { queryInteger } from './query.ts';

export const PAGE_LIMIT: Bound = bound('page limit', 200);
export const PAGE_DEFAULT: Bound = bound('page default', 50);
const CURSOR: Bound = bound('cursor characters', 2048);
const VERSION = 1;

/** Fields of a list's query; spread them into a `z.strictObject`. */
export const PAGE_QUERY = {
  limit: queryInteger(1, PAGE_LIMIT.value).default(PAGE_DEFAULT.value).describe('How many items at most.'),
  cursor: z.string().optional().meta({ description: '`next_cursor` of the page before.' }),
} as const;

/** The shape of a list's answer. */
export const pageOf = <S extends z.ZodType>(item: S) =>
  z.strictObject({
    items: z.array(item),
    next_cursor: z
      .string()
      .nullable()
      .meta({ description: 'Pass it as `cursor` for the next page; null on the last.' }),
  });

/** @param list names the list and its filters, so that a cursor of one is not taken for another's. */
export function encodeCursor(list: string, position: Json): string {
  const sum = checksum(list, position);
  return Buffer.from(JSON.stringify([VERSION, sum, position])).toString('base64url');
}

/** @returns the position that was encoded. Throws `bad-cursor`. */
export function decodeCursor<T extends Json>(list: string, cursor: string, position: z.ZodType<T>): T {
  const parsed = parse(cursor);
  const checked = position.safeParse(parsed?.[2]);
  if (parsed === undefined || parsed[0] !== VERSION || !checked.success || parsed[1] !== checksum(list, checked.data)) {
    throw problem('bad-cursor', `The cursor ${JSON.stringify(cursor.slice(0, 100))} was not made by this list.`);
  }
  return checked.data;
}

const checksum = (list: string, position: Json): string => digest([list, position]).slice(0, 8);

function parse(cursor: string): readonly unknown[] | undefined {
  if (cursor.length > CURSOR.value || !/^[A-Za-z0-9_-]+$/.test(cursor)) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(value) && value.length === 3 ? value : undefined;
  } catch {
    return undefined;
  }
}
