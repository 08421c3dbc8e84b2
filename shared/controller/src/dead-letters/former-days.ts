/**
 * Days in which a former release has filed dead letters: it keeps no timeline, so what is there is brought into it when the list is
 * asked for. Its days are known (E4).
 *
 * F1. A day is called timed only where nobody has written to it while it was looked through; else the next list looks again.
 * F2. Letters below the day itself are this release's, and in the timeline from the first.
 */
import { type Bound, bound } from '@leasehold/kernel';
import type { Snapshot, Update } from '@leasehold/store';
import { HISTORY_TTL_MS } from '../rows/lives.ts';
import { namesIn } from './directory.ts';
import { stateIn, stateRow } from './parts.ts';
import { type DeadLetter, tenantOfDeadLetter } from './record.ts';
import {
  dayEntry,
  daysDirectory,
  entriesOf,
  LETTER_PREFIX,
  type Place,
  partitionOf,
  rowOf,
  type Where,
} from './rows.ts';

const BROUGHT_AT_ONCE: Bound = bound('letters-brought-at-once', 50);

export async function bringFormerDays(where: Where, nowMs: number, signal?: AbortSignal): Promise<void> {
  for (const { name: day, summary } of await namesIn(where.ledger, daysDirectory(where.names), signal)) {
    const { at, timed } = JSON.parse(summary) as { readonly at: number; readonly timed?: boolean };
    if (!timed && at + HISTORY_TTL_MS > nowMs) await bringDay(where, day, at, signal);
  }
}

/** @param atMs when something was last filed there, as its entry says: a letter lives at least as long as from then. */
async function bringDay({ ledger, names }: Where, day: string, atMs: number, signal?: AbortSignal): Promise<void> {
  const place: Place = { day, part: '' };
  const partition = partitionOf(names, place);
  const before = await ledger.store.load(partition, [], signal);
  // The version up to which nobody else has written; undefined once somebody has.
  let quiet: number | undefined = before.version;
  let cursor: string | undefined;
  do {
    const look = { prefix: LETTER_PREFIX, limit: BROUGHT_AT_ONCE.value, ...(cursor === undefined ? {} : { cursor }) };
    const page = await ledger.store.scan(partition, look, signal);
    const keys = page.items.map(({ key }) => key);
    const isLast = page.next === undefined;
    const expected = quiet;
    quiet = await ledger.update(
      partition,
      (now): Update<number | undefined> => {
        const isQuiet = now.version === expected;
        const known = untimed(now, keys);
        const ends = isLast && isQuiet;
        const put = [
          ...known.map(rowOf),
          ...(ends && !stateIn(now) ? [stateRow({ v: 1, timed: true, at: atMs })] : []),
        ];
        const entries = [
          ...known.flatMap((record) => entriesOf(names, record, place, atMs)),
          ...(ends ? [dayEntry(names, day, atMs, true)] : []),
        ];
        const writes = put.length + entries.length > 0;
        return { put, entries, result: isQuiet ? now.version + (writes ? 1 : 0) : undefined };
      },
      { need: keys, ...(signal ? { signal } : {}) },
    );
    cursor = page.next;
  } while (cursor !== undefined);
}

function untimed(now: Snapshot, keys: readonly string[]): readonly DeadLetter[] {
  return keys
    .flatMap((key) => now.rows.get(key) ?? [])
    .map((text) => JSON.parse(text) as DeadLetter)
    .filter(({ timed }) => !timed)
    .map((record) => {
      const tenantId = tenantOfDeadLetter(record);
      return { ...record, ...(tenantId === undefined ? {} : { tenantId }), timed: true };
    });
}
