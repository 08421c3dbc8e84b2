/**
 * The list of dead letters: newest first by when they died, whatever their producer's clock said, filtered, in full pages.
 *
 * L1. The order is the timeline's, over all days and their parts, so a place in the list stays one while others come and are redriven.
 * L2. Those of a release that kept no timeline are brought into it when the list is asked for (`former-days.ts`).
 */
import { type Bound, bound, invalid } from '@leasehold/kernel';
import type { Page } from '@leasehold/store';
import { readTimeline, type TimelineItem, type TimelinePlace } from '../rows/timeline.ts';
import { namesIn } from './directory.ts';
import { bringFormerDays } from './former-days.ts';
import { pathTo } from './parts.ts';
import { type DeadLetter, type DeadLetterState, stateOf } from './record.ts';
import {
  DEAD_LETTER_TIMELINE,
  type DeadLetterMark,
  letterKey,
  monthsDirectory,
  partitionOf,
  type Where,
} from './rows.ts';

const LOADS_AT_ONCE: Bound = bound('letter-loads-at-once', 16);
/** A month, and the name of an entry of its timeline. */
const PLACE = /^\["\d{4}-\d{2}","\d{15}\/\d{15}\/[a-z0-9-]+"\]$/;
const ENTRIES_A_REQUEST: Bound = bound('letter-entries-a-request', 20_000);

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

export async function listDeadLetters(
  where: Where,
  nowMs: number,
  query: DeadLetterQuery,
  signal?: AbortSignal,
): Promise<Page<DeadLetter>> {
  const { ledger, names } = where;
  await bringFormerDays(where, nowMs, signal);
  const months = await namesIn(ledger, monthsDirectory(names), signal);
  const place = query.cursor === undefined ? undefined : placeOf(query.cursor);
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

/** @throws `Invalid` (`BadCursor`) for what this list did not make: a former release's had days in them. */
function placeOf(cursor: string): TimelinePlace {
  if (!PLACE.test(cursor)) throw invalid('the cursor is not one of this list', { code: 'BadCursor' });
  return JSON.parse(cursor) as TimelinePlace;
}

/** What died again has another entry: the older one leads to it no more. */
async function followMark(
  { ledger, names }: Where,
  { atMs, summary }: TimelineItem<DeadLetterMark>,
  { state }: DeadLetterFilter,
  signal?: AbortSignal,
): Promise<DeadLetter | undefined> {
  const key = letterKey(summary.id);
  const path = pathTo({ day: summary.day, part: summary.part ?? '' });
  const loads = path.map((place) => ledger.store.load(partitionOf(names, place), [{ key }], signal));
  // The first is the letter (P1): a former release that filed it anew did so in the day itself.
  const text = (await Promise.all(loads)).map(({ rows }) => rows.get(key)).find((found) => found !== undefined);
  const record = text === undefined ? undefined : (JSON.parse(text) as DeadLetter);
  if (record === undefined || record.deadAtMs !== atMs) return undefined;
  return state === undefined || stateOf(record) === state ? record : undefined;
}
