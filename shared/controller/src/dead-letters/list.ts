/**
 * The list of dead letters: newest first by when they died, whatever their producer's clock said, filtered, in full pages.
 *
 * L1. The order is the timeline's, so a place in the list stays one while others come and are redriven.
 * L2. Those of a release that kept no timeline are brought into it when the list is asked for: their days are known (E4).
 */
import { type Bound, bound } from '@leasehold/kernel';
import type { Ledger, Page } from '@leasehold/store';
import { HISTORY_TTL_MS } from '../rows/lives.ts';
import type { ServiceNames } from '../rows/names.ts';
import { readTimeline, type TimelineItem, type TimelinePlace } from '../rows/timeline.ts';
import { type DeadLetter, type DeadLetterState, stateOf, tenantOfDeadLetter } from './record.ts';
import {
  DEAD_LETTER_TIMELINE,
  dayEntry,
  dayPartition,
  daysDirectory,
  entriesOf,
  monthsDirectory,
  rowOf,
  WHOLE,
} from './rows.ts';

const DIRECTORY_PAGE = 1_000;
const LOADS_AT_ONCE: Bound = bound('letter-loads-at-once', 16);
const ENTRIES_A_REQUEST: Bound = bound('letter-entries-a-request', 20_000);
const BROUGHT_AT_ONCE: Bound = bound('letters-brought-at-once', 50);

export interface DeadLetterFilter {
  /** The whole topic, or the last part of its name. */
  readonly topic?: string;
  readonly code?: string;
  readonly tenantId?: string;
  readonly state?: DeadLetterState;
  readonly sinceMs?: number;
}

export interface DeadLetterQuery extends DeadLetterFilter {
  readonly limit: number;
  readonly cursor?: string;
}

/** What the timeline says of a dead letter: what does not change of it. */
export interface DeadLetterMark {
  readonly id: string;
  readonly day: string;
  readonly topic: string;
  readonly code: string;
  readonly tenant: string | null;
}

/** The dead letters of one service. */
export interface Where {
  readonly ledger: Ledger;
  readonly names: ServiceNames;
}

export async function listDeadLetters(
  where: Where,
  nowMs: number,
  query: DeadLetterQuery,
  signal?: AbortSignal,
): Promise<Page<DeadLetter>> {
  const { ledger, names } = where;
  await bringOldDays(where, nowMs, signal);
  const months = await namesIn(ledger, monthsDirectory(names), signal);
  const place = query.cursor === undefined ? undefined : (JSON.parse(query.cursor) as TimelinePlace);
  const from = {
    months: months
      .map(({ name }) => name)
      .sort()
      .reverse(),
    ...(place ? { place } : {}),
  };
  const items: DeadLetter[] = [];
  let last = place;
  let seen = 0;
  const next = () => (last === undefined ? {} : { next: JSON.stringify(last) });
  for await (const look of readTimeline<DeadLetterMark>(
    { store: ledger.store, names },
    DEAD_LETTER_TIMELINE,
    from,
    signal,
  )) {
    const young = look.filter(({ atMs }) => query.sinceMs === undefined || atMs >= query.sinceMs);
    const wanted = young.filter(({ summary }) => fits(summary, query));
    for (let at = 0; at < wanted.length; at += LOADS_AT_ONCE.value) {
      const some = wanted.slice(at, at + LOADS_AT_ONCE.value);
      const found = await Promise.all(some.map((item) => followMark(where, item, query, signal)));
      for (const [index, record] of found.entries()) {
        if (record && items.length >= query.limit) return { items, ...next() };
        if (record) items.push(record);
        last = (some[index] as TimelineItem<DeadLetterMark>).place;
      }
    }
    if (young.length < look.length) return { items };
    last = look.at(-1)?.place ?? last;
    seen += look.length;
    if (seen >= ENTRIES_A_REQUEST.value) return { items, ...next() };
  }
  return { items };
}

const fits = (mark: DeadLetterMark, { topic, code, tenantId }: DeadLetterFilter): boolean =>
  (topic === undefined || mark.topic === topic || mark.topic.endsWith(`/${topic}`)) &&
  (code === undefined || mark.code === code) &&
  (tenantId === undefined || mark.tenant === tenantId);

/** What died again has another entry: the older one leads to it no more. */
async function followMark(
  { ledger, names }: Where,
  { atMs, summary }: TimelineItem<DeadLetterMark>,
  { state }: DeadLetterFilter,
  signal?: AbortSignal,
): Promise<DeadLetter | undefined> {
  const key = `letter/${summary.id}`;
  const text = (await ledger.store.load(dayPartition(names, summary.day), [{ key }], signal)).rows.get(key);
  const record = text === undefined ? undefined : (JSON.parse(text) as DeadLetter);
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
async function bringOldDays(where: Where, nowMs: number, signal?: AbortSignal): Promise<void> {
  const { ledger, names } = where;
  for (const { name: day, summary } of await namesIn(ledger, daysDirectory(names), signal)) {
    const { at, timed } = JSON.parse(summary) as { readonly at: number; readonly timed?: boolean };
    if (timed || at + HISTORY_TTL_MS <= nowMs) continue;
    let cursor: string | undefined;
    do {
      const look = { prefix: 'letter/', limit: BROUGHT_AT_ONCE.value, ...(cursor === undefined ? {} : { cursor }) };
      const page = await ledger.store.scan(dayPartition(names, day), look, signal);
      await bringRows(
        where,
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
  { ledger, names }: Where,
  day: string,
  keys: readonly string[],
  { at, last }: { readonly at: number; readonly last: boolean },
  signal?: AbortSignal,
): Promise<void> {
  await ledger.update(
    dayPartition(names, day),
    (now) => {
      const records = keys
        .flatMap((key) => now.rows.get(key) ?? [])
        .map((text) => JSON.parse(text) as DeadLetter)
        .filter(({ timed }) => !timed);
      const known = records.map((record): DeadLetter => {
        const tenantId = tenantOfDeadLetter(record);
        return { ...record, ...(tenantId === undefined ? {} : { tenantId }), timed: true };
      });
      return {
        put: [...known.map(rowOf), ...(last ? [WHOLE] : [])],
        entries: [...known.flatMap((record) => entriesOf(names, record, at)), dayEntry(names, day, at, last)],
        result: undefined,
      };
    },
    { need: keys, ...(signal ? { signal } : {}) },
  );
}
