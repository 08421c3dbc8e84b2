/**
 * The list of dead letters: newest first by when they died, whatever their producer's clock said, filtered, in full pages.
 *
 * L1. The order is the timeline's, so a place in the list stays one while letters come and are redriven.
 * L2. Letters of a release that kept no timeline are brought into it when the list is asked for: their days are known (E4).
 */
import { type Bound, bound } from '@leasehold/kernel';
import type { Ledger, Page } from '@leasehold/store';
import { type LetterRecord, type LetterState, stateOf, tenantOfRecord } from './letter-record.ts';
import {
  dayEntry,
  dayPartition,
  entriesOf,
  LETTER_DAYS,
  LETTER_MONTHS,
  LETTER_TIMELINE,
  rowOf,
  WHOLE,
} from './letter-rows.ts';
import { HISTORY_TTL_MS } from './partition.ts';
import { readTimeline, type TimelineItem, type TimelinePlace } from './timeline.ts';

const DIRECTORY_PAGE = 1_000;
const LOADS_AT_ONCE: Bound = bound('letter-loads-at-once', 16);
const ENTRIES_A_REQUEST: Bound = bound('letter-entries-a-request', 20_000);
const BROUGHT_AT_ONCE: Bound = bound('letters-brought-at-once', 50);

export interface LetterFilter {
  /** The whole topic, or the last part of its name. */
  readonly topic?: string;
  readonly code?: string;
  readonly tenantId?: string;
  readonly state?: LetterState;
  readonly sinceMs?: number;
}

export interface LetterQuery extends LetterFilter {
  readonly limit: number;
  readonly cursor?: string;
}

/** What the timeline says of a letter: what does not change of it. */
export interface LetterMark {
  readonly id: string;
  readonly day: string;
  readonly topic: string;
  readonly code: string;
  readonly tenant: string | null;
}

export async function listLetters(
  ledger: Ledger,
  nowMs: number,
  query: LetterQuery,
  signal?: AbortSignal,
): Promise<Page<LetterRecord>> {
  await bringOldDays(ledger, nowMs, signal);
  const months = await namesIn(ledger, LETTER_MONTHS, signal);
  const place = query.cursor === undefined ? undefined : (JSON.parse(query.cursor) as TimelinePlace);
  const from = {
    months: months
      .map(({ name }) => name)
      .sort()
      .reverse(),
    ...(place ? { place } : {}),
  };
  const items: LetterRecord[] = [];
  let last = place;
  let seen = 0;
  const next = () => (last === undefined ? {} : { next: JSON.stringify(last) });
  for await (const look of readTimeline<LetterMark>(ledger.store, LETTER_TIMELINE, from, signal)) {
    const young = look.filter(({ atMs }) => query.sinceMs === undefined || atMs >= query.sinceMs);
    const wanted = young.filter(({ summary }) => fits(summary, query));
    for (let at = 0; at < wanted.length; at += LOADS_AT_ONCE.value) {
      const some = wanted.slice(at, at + LOADS_AT_ONCE.value);
      const found = await Promise.all(some.map((item) => followMark(ledger, item, query, signal)));
      for (const [index, record] of found.entries()) {
        if (record && items.length >= query.limit) return { items, ...next() };
        if (record) items.push(record);
        last = (some[index] as TimelineItem<LetterMark>).place;
      }
    }
    if (young.length < look.length) return { items };
    last = look.at(-1)?.place ?? last;
    seen += look.length;
    if (seen >= ENTRIES_A_REQUEST.value) return { items, ...next() };
  }
  return { items };
}

const fits = (mark: LetterMark, { topic, code, tenantId }: LetterFilter): boolean =>
  (topic === undefined || mark.topic === topic || mark.topic.endsWith(`/${topic}`)) &&
  (code === undefined || mark.code === code) &&
  (tenantId === undefined || mark.tenant === tenantId);

/** A letter that died again has another entry: the older one leads to it no more. */
async function followMark(
  { store }: Ledger,
  { atMs, summary }: TimelineItem<LetterMark>,
  { state }: LetterFilter,
  signal?: AbortSignal,
): Promise<LetterRecord | undefined> {
  const key = `letter/${summary.id}`;
  const text = (await store.load(dayPartition(summary.day), [{ key }], signal)).rows.get(key);
  const record = text === undefined ? undefined : (JSON.parse(text) as LetterRecord);
  if (record === undefined || record.deadAtMs !== atMs) return undefined;
  return state === undefined || stateOf(record) === state ? record : undefined;
}

async function namesIn(ledger: Ledger, directory: string, signal?: AbortSignal) {
  const found: { readonly name: string; readonly summary: string }[] = [];
  let cursor: string | undefined;
  do {
    const look = { limit: DIRECTORY_PAGE, ...(cursor === undefined ? {} : { cursor }) };
    const page = await ledger.store.list(directory, look, signal);
    found.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
}

/** L2. A day is brought once; whatever an earlier release files under it afterwards says so by the day's entry. */
async function bringOldDays(ledger: Ledger, nowMs: number, signal?: AbortSignal): Promise<void> {
  for (const { name: day, summary } of await namesIn(ledger, LETTER_DAYS, signal)) {
    const { at, timed } = JSON.parse(summary) as { readonly at: number; readonly timed?: boolean };
    if (timed || at + HISTORY_TTL_MS <= nowMs) continue;
    let cursor: string | undefined;
    do {
      const look = { prefix: 'letter/', limit: BROUGHT_AT_ONCE.value, ...(cursor === undefined ? {} : { cursor }) };
      const page = await ledger.store.scan(dayPartition(day), look, signal);
      await bringRows(
        ledger,
        day,
        page.items.map(({ key }) => key),
        { at, last: page.next === undefined },
        signal,
      );
      cursor = page.next;
    } while (cursor !== undefined);
  }
}

async function bringRows(
  ledger: Ledger,
  day: string,
  keys: readonly string[],
  { at, last }: { readonly at: number; readonly last: boolean },
  signal?: AbortSignal,
): Promise<void> {
  await ledger.update(
    dayPartition(day),
    (now) => {
      const records = keys
        .flatMap((key) => now.rows.get(key) ?? [])
        .map((text) => JSON.parse(text) as LetterRecord)
        .filter(({ timed }) => !timed);
      const known = records.map((record): LetterRecord => {
        const tenantId = tenantOfRecord(record);
        return { ...record, ...(tenantId === undefined ? {} : { tenantId }), timed: true };
      });
      return {
        put: [...known.map(rowOf), ...(last ? [WHOLE] : [])],
        entries: [...known.flatMap((record) => entriesOf(record, at)), dayEntry(day, at, last)],
        result: undefined,
      };
    },
    { need: keys, ...(signal ? { signal } : {}) },
  );
}
