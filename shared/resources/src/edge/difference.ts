/**
 * Field-level differences between two JSON values, as the changes of a plan. Pure.
 *
 * 1. Objects are compared field by field, anything else as a whole by its canonical text.
 * 2. Paths are JSON pointers (RFC 6901). A missing side reads as `null`, and `null` equals a missing field.
 */
import type { Change } from '@leasehold/engine';
import { canonicalJson } from '@leasehold/kernel';

export const pointer = (...parts: readonly string[]): string =>
  parts.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

export const pointerParts = (path: string): readonly string[] =>
  path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

export function differences(path: string, seen: unknown, wanted: unknown): readonly Change[] {
  if (isRecord(seen) && isRecord(wanted)) {
    const fields = [...new Set([...Object.keys(wanted), ...Object.keys(seen)])].sort();
    return fields.flatMap((field) => differences(path + pointer(field), seen[field], wanted[field]));
  }
  const from = seen ?? null;
  const to = wanted ?? null;
  return canonicalJson(from) === canonicalJson(to) ? [] : [{ path, from, to, weight: 'settings' }];
}

/**
 * The value after the changes: what they name of `wanted`, everything else as it is seen. For what a backend takes only as a
 * whole, although a plan may leave parts of it as they are.
 */
export function chosen<T>(path: string, seen: T, wanted: T, changes: readonly Change[]): T {
  if (changes.some((change) => change.path === path || path.startsWith(`${change.path}/`))) return wanted;
  if (!changes.some((change) => isAt(change, path))) return seen;
  if (!isRecord(seen) || !isRecord(wanted)) return wanted;
  const fields = [...new Set([...Object.keys(wanted), ...Object.keys(seen)])];
  const entries = fields.map((field) => [field, chosen(path + pointer(field), seen[field], wanted[field], changes)]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as T;
}

/** Whether a change is at the path or below it. */
export const isAt = (change: Change, path: string): boolean =>
  change.path === path || change.path.startsWith(`${path}/`);

export const touches = (changes: readonly Change[], ...paths: readonly string[]): boolean =>
  changes.some((change) => paths.some((path) => isAt(change, path)));
