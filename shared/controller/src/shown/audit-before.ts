/**
 * What the audit has of releases that kept no timeline: rows without an entry, found journal by journal in the order of the
 * directory. They live for 90 days at most, so this is walked only where such a release has been at work within that time.
 *
 * B1. Where the first start on a store found it empty, there are no such rows.
 * B2. A page may be short while there is more: how many journals one request opens has a bound.
 */
import { bound } from '@leasehold/kernel';
import { compareKeys } from '@leasehold/store';
import type { JournalRow } from '../rows/journal.ts';
import { listWithEnded } from '../rows/listing.ts';
import { HISTORY_TTL_MS } from '../rows/lives.ts';
import type { ServiceNames } from '../rows/names.ts';
import { type AuditEntry, type AuditQuery, type AuditSource, isOfTenant, readJournal } from './audit.ts';

const JOURNALS_A_REQUEST = bound('audit-journals-a-request', 200);
const OWNERS_A_LOOK = bound('audit-tenants-a-look', 50);
const auditPartition = (names: ServiceNames): string => names.own('audit');

interface Begun {
  readonly v: 1;
  /** The first start of a release that keeps the timeline. */
  readonly atMs: number;
  /** It found a store in which nothing was. */
  readonly empty: boolean;
}

/** Kept once: since when the timeline is whole. */
export async function noteTimelineBegun(
  { ledger, names }: Pick<AuditSource, 'ledger' | 'names'>,
  nowMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const known = await readBegun({ ledger, names }, signal);
  if (known) return;
  const owners = await listWithEnded(ledger.store, names, { limit: 1 }, signal);
  const control = await ledger.load(names.control, signal ? { signal } : {});
  const begun: Begun = { v: 1, atMs: nowMs, empty: owners.items.length === 0 && control.version === 0 };
  await ledger.update(
    auditPartition(names),
    (now) =>
      now.rows.has('state')
        ? { result: undefined }
        : { put: [{ key: 'state', value: JSON.stringify(begun) }], result: undefined },
    signal ? { signal } : {},
  );
}

async function readBegun(
  { ledger, names }: Pick<AuditSource, 'ledger' | 'names'>,
  signal?: AbortSignal,
): Promise<Begun | undefined> {
  const text = (await ledger.store.load(auditPartition(names), [{ key: 'state' }], signal)).rows.get('state');
  return text === undefined ? undefined : (JSON.parse(text) as Begun);
}

/** Where a walk over all journals stands: the look at the directory, the owner in it, the place in its journal. */
export type OwnerPlace = readonly [look: string | null, ownerId: string | null, inner: string | null];

export interface PageBefore {
  readonly items: readonly AuditEntry[];
  readonly next?: OwnerPlace;
}

export const START: OwnerPlace = [null, null, null];
const isUntimed = ({ timed }: JournalRow): boolean => timed !== true;

/** @param from where an earlier page ended. */
export async function readJournalsBefore(
  source: AuditSource,
  query: AuditQuery,
  from: OwnerPlace | undefined,
  signal: AbortSignal,
): Promise<PageBefore> {
  const begun = await readBegun(source, signal);
  if (begun && (begun.empty || begun.atMs + HISTORY_TTL_MS < source.clock.now())) return { items: [] };
  const items: AuditEntry[] = [];
  let opened = 0;
  for await (const [look, ownerId, inner] of journalsFrom(source, from ?? START, signal)) {
    if (items.length >= query.limit || opened >= JOURNALS_A_REQUEST.value)
      return { items, next: [look, ownerId, inner] };
    if (!isOfTenant(source.names, ownerId, query)) continue;
    opened += 1;
    const { cursor: _place, ...rest } = query;
    const page = await readJournal(
      source,
      ownerId,
      { ...rest, limit: query.limit - items.length, ...(inner === null ? {} : { cursor: inner }) },
      signal,
      isUntimed,
    );
    items.push(...page.items);
    if (page.next !== undefined) return { items, next: [look, ownerId, page.next] };
  }
  return { items };
}

/** The journals from a place on: the one that is no owner's, then those of the directory. */
async function* journalsFrom(
  { ledger, names }: AuditSource,
  start: OwnerPlace,
  signal: AbortSignal,
): AsyncGenerator<OwnerPlace> {
  let [look, from, inner] = start;
  if (from === null) yield [null, null, inner];
  if (from === null) inner = null;
  for (;;) {
    const page = await listWithEnded(
      ledger.store,
      names,
      { limit: OWNERS_A_LOOK.value, ...(look === null ? {} : { cursor: look }) },
      signal,
    );
    // The owner where the walk stood may be there no more: then it goes on behind it.
    for (const { name } of page.items.filter((entry) => from === null || compareKeys(entry.name, from) >= 0)) {
      yield [look, name, name === from ? inner : null];
    }
    if (page.next === undefined) return;
    look = page.next;
    from = null;
  }
}
