/**
 * The audit: the journals read back, newest first. Of one owner from its own journal; of everything from the timeline, in which each
 * row has its time, its place and who asked, because nothing is found by scanning a store.
 *
 * U1. A page is full as long as there is more; only how many rows one request reads has a bound.
 * U2. Rows of a release that kept no timeline come after all others, owner by owner, for as long as such rows live
 *     (audit-before.ts).
 */
import { bound, type Clock, isoTime, type JsonObject } from '@leasehold/kernel';
import type { Ledger } from '@leasehold/store';
import { AUDIT_TIMELINE, type AuditMark, actorsOf, JOURNAL_PREFIX, type JournalRow } from '../rows/journal.ts';
import type { ServiceNames } from '../rows/names.ts';
import { readTimeline, type TimelineItem, type TimelinePlace } from '../rows/timeline.ts';
import { type OwnerPlace, readJournalsBefore, START } from './audit-before.ts';

const ROWS_A_REQUEST = bound('audit-rows-a-request', 2_000);
const ENTRIES_A_REQUEST = bound('audit-entries-a-request', 20_000);
const LOADS_AT_ONCE = bound('audit-loads-at-once', 16);

export interface AuditQuery {
  readonly limit: number;
  readonly cursor?: string;
  readonly actor?: string;
  readonly sinceMs?: number;
  /** Only what was done to owners of this tenant. */
  readonly ofTenant?: string;
}

export type AuditEntry = ReturnType<typeof entryView>;
export interface AuditSource {
  readonly names: ServiceNames;
  readonly ledger: Ledger;
  readonly clock: Pick<Clock, 'now'>;
}

export interface AuditPage {
  readonly items: readonly AuditEntry[];
  readonly next?: string;
}

const partitionOf = (names: ServiceNames, ownerId: string | null): string =>
  ownerId === null ? names.control : names.partitionOf(ownerId);

/**
 * @param ownerId `null`: what is no owner's.
 * @param only which rows, beside what the query asks for.
 */
export async function readJournal(
  { ledger, names }: Pick<AuditSource, 'ledger' | 'names'>,
  ownerId: string | null,
  query: AuditQuery,
  signal: AbortSignal,
  only: (row: JournalRow) => boolean = () => true,
): Promise<AuditPage> {
  const items: AuditEntry[] = [];
  let { cursor } = query;
  for (let read = 0; read < ROWS_A_REQUEST.value; ) {
    const page = await ledger.store.scan(
      partitionOf(names, ownerId),
      {
        prefix: JOURNAL_PREFIX,
        limit: query.limit - items.length,
        reverse: true,
        ...(cursor === undefined ? {} : { cursor }),
      },
      signal,
    );
    read += page.items.length;
    for (const { value } of page.items) {
      const row = JSON.parse(value) as JournalRow;
      if (query.sinceMs !== undefined && row.at < query.sinceMs) return { items };
      if (only(row) && isBy(actorsOf(row), query)) items.push(entryView(names, ownerId, row));
    }
    cursor = page.next;
    if (cursor === undefined) return { items };
    if (items.length >= query.limit) break;
  }
  return cursor === undefined ? { items } : { items, next: cursor };
}

/** Whether the journal of this owner is one that is asked for. */
export const isOfTenant = (names: ServiceNames, ownerId: string | null, { ofTenant }: AuditQuery): boolean =>
  ofTenant === undefined || (ownerId !== null && names.ownerOf(ownerId).tenantId === ofTenant);

const isBy = (actors: readonly string[], { actor }: AuditQuery): boolean =>
  actor === undefined || actors.includes(actor);

/** A place in the timeline, or in what came before it. */
type Place = { readonly timed: TimelinePlace } | { readonly before: OwnerPlace };

export async function readAllJournals(source: AuditSource, query: AuditQuery, signal: AbortSignal): Promise<AuditPage> {
  const place = query.cursor === undefined ? undefined : (JSON.parse(query.cursor) as Place);
  const items: AuditEntry[] = [];
  if (place === undefined || 'timed' in place) {
    const next = await fillFromTimeline(source, query, place?.timed, items, signal);
    if (next !== undefined) return { items, next: JSON.stringify({ timed: next } satisfies Place) };
  }
  const before = place !== undefined && 'before' in place ? place.before : undefined;
  const left = query.limit - items.length;
  // With a full page it is only looked whether there is more.
  const page = await readJournalsBefore(source, { ...query, limit: Math.max(left, 1) }, before, signal);
  if (left === 0) {
    const isMore = page.items.length > 0 || page.next !== undefined;
    return isMore ? { items, next: JSON.stringify({ before: START } satisfies Place) } : { items };
  }
  const all = [...items, ...page.items];
  return page.next === undefined
    ? { items: all }
    : { items: all, next: JSON.stringify({ before: page.next } satisfies Place) };
}

/** U1. @returns where to go on; undefined where the timeline has come to its end. */
async function fillFromTimeline(
  source: AuditSource,
  query: AuditQuery,
  from: TimelinePlace | undefined,
  items: AuditEntry[],
  signal: AbortSignal,
): Promise<TimelinePlace | undefined> {
  let last = from;
  let seen = 0;
  const { ledger, names, clock } = source;
  const where = { store: ledger.store, names };
  const start = { nowMs: clock.now(), ...(from ? { place: from } : {}) };
  for await (const look of readTimeline<AuditMark>(where, AUDIT_TIMELINE, start, signal)) {
    const young = look.filter(({ atMs }) => query.sinceMs === undefined || atMs >= query.sinceMs);
    const wanted = young.filter(
      ({ summary }) => isOfTenant(names, summary.tenant, query) && isBy(summary.actors, query),
    );
    for (let at = 0; at < wanted.length; at += LOADS_AT_ONCE.value) {
      const some = wanted.slice(at, at + LOADS_AT_ONCE.value);
      const found = await Promise.all(some.map((item) => followMark(source, item, signal)));
      for (const [index, entry] of found.entries()) {
        // One more than a page: there is another.
        if (entry && items.length >= query.limit) return last;
        if (entry) items.push(entry);
        last = (some[index] as TimelineItem<AuditMark>).place;
      }
    }
    if (young.length < look.length) return undefined;
    last = look.at(-1)?.place ?? last;
    seen += look.length;
    if (seen >= ENTRIES_A_REQUEST.value) return last;
  }
  return undefined;
}

/** The row that an entry leads to, if it is there and is the one that the entry was written with. */
async function followMark(
  { ledger, names }: Pick<AuditSource, 'ledger' | 'names'>,
  { atMs, summary }: TimelineItem<AuditMark>,
  signal: AbortSignal,
): Promise<AuditEntry | undefined> {
  const now = await ledger.store.load(partitionOf(names, summary.tenant), [{ key: summary.key }], signal);
  const text = now.rows.get(summary.key);
  const row = text === undefined ? undefined : (JSON.parse(text) as JournalRow);
  return row?.at === atMs ? entryView(names, summary.tenant, row) : undefined;
}

const entryView = (names: ServiceNames, ownerId: string | null, row: JournalRow) => ({
  at: isoTime(row.at),
  tenant_id: ownerId === null ? null : names.ownerOf(ownerId).tenantId,
  actor: actorsOf(row)[0] ?? null,
  requested_by: row.command?.by ?? null,
  reason: row.command?.reason ?? null,
  event_id: row.actor?.event ?? null,
  request_id: row.actor?.request_id ?? null,
  command: row.command?.kind ?? null,
  disposition: row.disposition ?? null,
  before: (row.before ?? null) as JsonObject | null,
  after: (row.after ?? null) as JsonObject | null,
  reasons: row.reasons.map(({ code, message }) => ({ code, message })),
});
