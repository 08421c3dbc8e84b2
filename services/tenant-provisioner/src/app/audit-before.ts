/**
 * What the audit has of releases that kept no timeline: rows without an entry, found journal by journal in the order of the
 * directory. They live for 90 days at most, so this is walked only where such a release has been at work within that time.
 *
 * B1. Where the first start on a store found it empty, there are no such rows.
 * B2. A page may be short while there is more: how many journals one request opens has a bound.
 */
import { HISTORY_TTL_MS, type JournalRow } from '@leasehold/controller';
import { bound } from '@leasehold/kernel';
import type { Ledger } from '@leasehold/store';
import { type AuditEntry, type AuditQuery, type AuditSource, readJournal } from './audit.ts';
import { CONTROL_PARTITION } from './control.ts';
import { SERVICE, TENANT_DIRECTORY } from './partition.ts';

const JOURNALS_A_REQUEST = bound('audit-journals-a-request', 200);
const TENANTS_A_LOOK = bound('audit-tenants-a-look', 50);
const AUDIT_PARTITION = `${SERVICE}/audit`;

interface Begun {
  readonly v: 1;
  /** The first start of a release that keeps the timeline. */
  readonly atMs: number;
  /** It found a store in which nothing was. */
  readonly empty: boolean;
}

/** Kept once: since when the timeline is whole. */
export async function noteTimelineBegun(ledger: Ledger, nowMs: number, signal?: AbortSignal): Promise<void> {
  const known = await readBegun(ledger, signal);
  if (known) return;
  const tenants = await ledger.store.list(TENANT_DIRECTORY, { limit: 1 }, signal);
  const control = await ledger.load(CONTROL_PARTITION, signal ? { signal } : {});
  const begun: Begun = { v: 1, atMs: nowMs, empty: tenants.items.length === 0 && control.version === 0 };
  await ledger.update(
    AUDIT_PARTITION,
    (now) =>
      now.rows.has('state')
        ? { result: undefined }
        : { put: [{ key: 'state', value: JSON.stringify(begun) }], result: undefined },
    signal ? { signal } : {},
  );
}

async function readBegun(ledger: Ledger, signal?: AbortSignal): Promise<Begun | undefined> {
  const text = (await ledger.store.load(AUDIT_PARTITION, [{ key: 'state' }], signal)).rows.get('state');
  return text === undefined ? undefined : (JSON.parse(text) as Begun);
}

/** Where a walk over all journals stands: the look at the directory, the tenant in it, the place in its journal. */
export type TenantPlace = readonly [look: string | null, tenantId: string | null, inner: string | null];

export interface PageBefore {
  readonly items: readonly AuditEntry[];
  readonly next?: TenantPlace;
}

export const START: TenantPlace = [null, null, null];
const isUntimed = ({ timed }: JournalRow): boolean => timed !== true;

/** @param from where an earlier page ended. */
export async function readJournalsBefore(
  source: AuditSource,
  query: AuditQuery,
  from: TenantPlace | undefined,
  signal: AbortSignal,
): Promise<PageBefore> {
  const begun = await readBegun(source.deps.ledger, signal);
  if (begun && (begun.empty || begun.atMs + HISTORY_TTL_MS < source.deps.clock.now())) return { items: [] };
  const items: AuditEntry[] = [];
  let opened = 0;
  for await (const [look, tenantId, inner] of journalsFrom(source, from ?? START, signal)) {
    if (items.length >= query.limit || opened >= JOURNALS_A_REQUEST.value)
      return { items, next: [look, tenantId, inner] };
    opened += 1;
    const { cursor: _place, ...rest } = query;
    const page = await readJournal(
      source,
      tenantId,
      { ...rest, limit: query.limit - items.length, ...(inner === null ? {} : { cursor: inner }) },
      signal,
      isUntimed,
    );
    items.push(...page.items);
    if (page.next !== undefined) return { items, next: [look, tenantId, page.next] };
  }
  return { items };
}

/** The journals from a place on: the one that is no tenant's, then those of the directory. */
async function* journalsFrom(
  { deps }: AuditSource,
  start: TenantPlace,
  signal: AbortSignal,
): AsyncGenerator<TenantPlace> {
  let [look, from, inner] = start;
  if (from === null) yield [null, null, inner];
  if (from === null) inner = null;
  for (;;) {
    const page = await deps.ledger.store.list(
      TENANT_DIRECTORY,
      { limit: TENANTS_A_LOOK.value, ...(look === null ? {} : { cursor: look }) },
      signal,
    );
    // Entries are never taken away, so the tenant where the walk stood is still there.
    const at = from === null ? 0 : page.items.findIndex(({ name }) => name === from);
    for (const { name } of page.items.slice(Math.max(at, 0))) {
      yield [look, name, name === from ? inner : null];
    }
    if (page.next === undefined) return;
    look = page.next;
    from = null;
  }
}
