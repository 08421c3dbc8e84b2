/**
 * JSON values, and one canonical text for each (keys sorted), so that equal values compare and hash equal.
 */
import { hash } from 'node:crypto';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** SHA-256 of the canonical text, as 32 hex digits: names a version of a value. */
export const digest = (value: unknown): string => hash('sha256', canonicalJson(value), 'hex').slice(0, 32);
