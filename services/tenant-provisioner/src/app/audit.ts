/**
 * The audit: the journals read back, newest first. Of one tenant, or of everything: then first what is no tenant's (switches,
 * redrives), and after it tenant by tenant in the order of the directory, because nothing is found by scanning a store.
 *
 * 1. A page may be short while there is more: how many rows and journals one request reads has a bound.
 */
import { bound, isoTime, type JsonObject } from '@leasehold/kernel';
import { CONTROL_PARTITION } from './control.ts';
import { JOURNAL_PREFIX, type JournalRow } from './journal.ts';
import { TENANT_DIRECTORY, tenantPartition } from './partition.ts';
import type { Provisioner } from './provisioner.ts';

const ROWS_A_REQUEST = bound('audit-rows-a-request', 2_000);
const JOURNALS_A_REQUEST = bound('audit-journals-a-request', 200);
const TENANTS_A_LOOK = bound('audit-tenants-a-look', 50);

export interface AuditQuery {
  readonly limit: number;
  readonly cursor?: string;
  readonly actor?: string;
  readonly sinceMs?: number;
}

type Entry = ReturnType<typeof entryView>;
type Source = { readonly deps: Pick<Provisioner['deps'], 'ledger'> };

export interface AuditPage {
  readonly items: readonly Entry[];
  readonly next?: string;
}

/** @param tenantId `null`: what is no tenant's. */
export async function readJournal(
  { deps }: Source,
  tenantId: string | null,
  query: AuditQuery,
  signal: AbortSignal,
): Promise<AuditPage> {
  const items: Entry[] = [];
  let { cursor } = query;
  for (let read = 0; read < ROWS_A_REQUEST.value; ) {
    const page = await deps.ledger.store.scan(
      tenantId === null ? CONTROL_PARTITION : tenantPartition(tenantId),
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
      if (query.actor === undefined || actorOf(row) === query.actor) items.push(entryView(tenantId, row));
    }
    cursor = page.next;
    if (cursor === undefined) return { items };
    if (items.length >= query.limit) break;
  }
  return cursor === undefined ? { items } : { items, next: cursor };
}

/** Where a walk over all journals stands: the look at the directory, the tenant in it, the place in its journal. */
type Place = readonly [look: string | null, tenantId: string | null, inner: string | null];

export async function readAllJournals(source: Source, query: AuditQuery, signal: AbortSignal): Promise<AuditPage> {
  const items: Entry[] = [];
  const filters = { ...(query.actor === undefined ? {} : { actor: query.actor }), ...sinceOf(query) };
  const start: Place = query.cursor === undefined ? [null, null, null] : (JSON.parse(query.cursor) as Place);
  let opened = 0;
  for await (const [look, tenantId, inner] of journalsFrom(source, start, signal)) {
    if (items.length >= query.limit || opened >= JOURNALS_A_REQUEST.value)
      return { items, next: JSON.stringify([look, tenantId, inner] satisfies Place) };
    opened += 1;
    const cursor = inner === null ? {} : { cursor: inner };
    const page = await readJournal(
      source,
      tenantId,
      { ...filters, ...cursor, limit: query.limit - items.length },
      signal,
    );
    items.push(...page.items);
    if (page.next !== undefined) return { items, next: JSON.stringify([look, tenantId, page.next] satisfies Place) };
  }
  return { items };
}

const sinceOf = ({ sinceMs }: AuditQuery) => (sinceMs === undefined ? {} : { sinceMs });

/** The journals from a place on: the one that is no tenant's, then those of the directory. */
async function* journalsFrom({ deps }: Source, start: Place, signal: AbortSignal): AsyncGenerator<Place> {
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

const actorOf = (row: JournalRow): string | null => row.actor?.subject ?? row.actor?.event ?? null;

const entryView = (tenantId: string | null, row: JournalRow) => ({
  at: isoTime(row.at),
  tenant_id: tenantId,
  actor: actorOf(row),
  request_id: row.actor?.request_id ?? null,
  command: row.command?.kind ?? null,
  disposition: row.disposition ?? null,
  before: (row.before ?? null) as JsonObject | null,
  after: (row.after ?? null) as JsonObject | null,
  reasons: row.reasons.map(({ code, message }) => ({ code, message })),
});
