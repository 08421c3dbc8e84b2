/**
 * Pages of what is read in an order, as every list of the embedded store gives them.
 *
 * 1. One more than a page is read, to know whether there is another.
 */
import type { Page } from '../port.ts';

export function pageOf<T>(rows: readonly T[], limit: number, cursorOf: (last: T) => string): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return rows.length > limit && last !== undefined ? { items, next: cursorOf(last) } : { items };
}
