/**
 * Rows of many partitions in the order of their times, newest first: directories of a month each, whose names begin with the time
 * counted backwards. What lies where is found without scanning a partition.
 *
 * T1. An entry is written with the commit of its row, and expires with it.
 * T2. An entry without its row is left out by whoever follows it: an attempt that lost against another replica may leave one.
 * T3. A place in a timeline stays one while newer entries come: those are before it.
 */
import { bound } from '@leasehold/kernel';
import { type DirectoryEntry, makeCursor, type Store } from '@leasehold/store';
import { HISTORY_TTL_MS, month } from './lives.ts';
import type { ServiceNames } from './names.ts';

const LOOK = bound('timeline-entries-a-look', 200);
/** How far clocks of replicas may be apart. */
const AHEAD_MS = 60_000;
/** Above every epoch millisecond and every serial. */
const LAST = 999_999_999_999_999;
const DIGITS = 15;

const backwards = (value: number): string => String(LAST - Math.trunc(value)).padStart(DIGITS, '0');
const directoryOf = (names: ServiceNames, timeline: string, name: string): string => names.own(`${timeline}/${name}`);

/** @param rest tells entries of one time apart, in an order. */
export function timelineEntry(
  names: ServiceNames,
  timeline: string,
  atMs: number,
  rest: { readonly serial: number; readonly id: string },
  summary: object,
): Omit<DirectoryEntry, 'version'> {
  return {
    directory: directoryOf(names, timeline, month(atMs)),
    name: `${backwards(atMs)}/${backwards(rest.serial)}/${rest.id}`,
    summary: JSON.stringify(summary),
    ttlMs: HISTORY_TTL_MS,
  };
}

/** `[month, name]` of the last entry that was taken. */
export type TimelinePlace = readonly [month: string, name: string];

export interface TimelineItem<T> {
  readonly atMs: number;
  readonly summary: T;
  readonly place: TimelinePlace;
}

/** Newest month first: those whose entries may still live. */
function monthsBack(nowMs: number): readonly string[] {
  const months: string[] = [];
  const last = month(nowMs - HISTORY_TTL_MS - AHEAD_MS);
  for (let atMs = nowMs + AHEAD_MS; month(atMs) >= last; ) {
    months.push(month(atMs));
    const at = new Date(atMs);
    atMs = Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1) - 1;
  }
  return months;
}

/**
 * Newest first, from after a place on, in looks of many entries.
 * @param from `months` where others than those of the usual life of a row may have entries, newest first.
 */
export async function* readTimeline<T>(
  { store, names }: { readonly store: Pick<Store, 'list'>; readonly names: ServiceNames },
  timeline: string,
  from: ({ readonly nowMs: number } | { readonly months: readonly string[] }) & { readonly place?: TimelinePlace },
  signal?: AbortSignal,
): AsyncGenerator<readonly TimelineItem<T>[], void, void> {
  const months = 'months' in from ? from.months : monthsBack(from.nowMs);
  for (const each of from.place ? months.filter((name) => name <= (from.place as TimelinePlace)[0]) : months) {
    let cursor = each === from.place?.[0] ? makeCursor([from.place[1]]) : undefined;
    do {
      const look = { limit: LOOK.value, ...(cursor === undefined ? {} : { cursor }) };
      const page = await store.list(directoryOf(names, timeline, each), look, signal);
      if (page.items.length > 0)
        yield page.items.map(({ name, summary }) => ({
          atMs: LAST - Number(name.slice(0, DIGITS)),
          summary: JSON.parse(summary) as T,
          place: [each, name],
        }));
      cursor = page.next;
    } while (cursor !== undefined);
  }
}
