/**
 * Cursors: opaque to callers, stable over restarts, and refused when they are not ours.
 */
import { invalid } from '@leasehold/kernel';

type Part = string | number;

export const makeCursor = (parts: readonly Part[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url');

/** @throws `Invalid` (`BadCursor`) unless the cursor holds exactly these types. */
export function parseCursor<const T extends readonly ('string' | 'number')[]>(
  cursor: string,
  types: T,
): { readonly [K in keyof T]: T[K] extends 'string' ? string : number } {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    parts = undefined;
  }
  const fits = Array.isArray(parts) && parts.length === types.length && parts.every((p, i) => typeof p === types[i]);
  if (!fits) throw invalid(`the cursor ${JSON.stringify(cursor)} is not one of ours`, { code: 'BadCursor' });
  return parts as never;
}
