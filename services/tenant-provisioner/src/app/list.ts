/**
 * Lists of tenants: names from the directory, facts from the partitions, so that a list never shows what is not so.
 *
 * 1. Who is looked for by tier or status is chosen by the directory's summaries, and only those chosen are opened: a list of the
 *    few that failed costs no look at the many that did not. A summary is never older than its partition.
 * 2. A page may be short while there is more: how many entries one request reads, and partitions it opens, has a bound.
 */
import type { TenantStatus } from '@leasehold/contracts';
import { bound } from '@leasehold/kernel';
import { type DirectoryEntry, makeCursor, type Store } from '@leasehold/store';
import type { TenantState } from '../domain/state.ts';
import { statusOf } from '../domain/status.ts';
import type { TenantSummary } from '../domain/summary.ts';
import { isTold } from '../domain/told.ts';
import { TENANT_DIRECTORY } from './partition.ts';
import type { Provisioner } from './provisioner.ts';

const OPENED_A_REQUEST = bound('list-opened-partitions', 1_000);
const READ_A_REQUEST = bound('list-read-entries', 10_000);
/** Opened at once. */
const CHUNK = 50;
/** Read at once where only some are chosen. */
const SIEVED = 500;

export interface ListQuery {
  readonly limit: number;
  readonly cursor?: string;
  /** Those that are deleted, as long as their end is told, and no others. */
  readonly deleted: boolean;
  readonly accept: (state: TenantState, status: TenantStatus) => boolean;
  /** 1. Absent: everybody may be accepted. */
  readonly chosen?: (summary: Pick<TenantSummary, 'tier' | 'status'>) => boolean;
}

type Listed = Pick<Provisioner, 'tenants'> & { readonly deps: Pick<Provisioner['deps'], 'ledger'> };

export async function listTenants(
  provisioner: Listed,
  query: ListQuery,
  signal: AbortSignal,
): Promise<{ readonly items: readonly TenantState[]; readonly next?: string }> {
  const { store } = provisioner.deps.ledger;
  const items: TenantState[] = [];
  let { cursor } = query;
  for (let opened = 0, read = 0; opened < OPENED_A_REQUEST.value && read < READ_A_REQUEST.value; ) {
    const page = await chosenPage(store, query, cursor, Math.min(CHUNK, query.limit - items.length), signal);
    const found = await Promise.all(
      page.names.map((name) => provisioner.tenants.find(name, { fresh: !store.exclusive, signal })),
    );
    for (const { state, waiting } of found.filter((rows) => rows !== undefined))
      if (isTold(state, waiting) && (state.phase === 'gone') === query.deleted && query.accept(state, statusOf(state)))
        items.push(state);
    opened += page.names.length;
    read += page.read;
    cursor = page.next;
    if (cursor === undefined) return { items };
    if (items.length >= query.limit) break;
  }
  return cursor === undefined ? { items } : { items, next: cursor };
}

interface ChosenPage {
  readonly names: readonly string[];
  /** Entries that it cost. */
  readonly read: number;
  readonly next?: string;
}

/** At most so many names that are chosen, and where to go on after the last entry that was looked at. */
async function chosenPage(
  store: Store,
  { chosen }: ListQuery,
  from: string | undefined,
  most: number,
  signal: AbortSignal,
): Promise<ChosenPage> {
  const limit = chosen === undefined ? most : SIEVED;
  const page = await store.list(TENANT_DIRECTORY, { limit, ...(from === undefined ? {} : { cursor: from }) }, signal);
  const isChosen = ({ summary }: Pick<DirectoryEntry, 'summary'>): boolean =>
    chosen === undefined || chosen(JSON.parse(summary) as TenantSummary);
  const found = page.items.filter(isChosen).map(({ name }) => name);
  const names = found.slice(0, most);
  // More than fit: the next page begins behind the last that does.
  const next = found.length > most ? makeCursor([names.at(-1) as string]) : page.next;
  return { names, read: page.items.length, ...(next === undefined ? {} : { next }) };
}
