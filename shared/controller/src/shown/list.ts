/**
 * Lists of owners: names from the directory, facts from the partitions, so that a list never shows what is not so.
 *
 * 1. Who is looked for by what the directory says is chosen by its summaries, and only those chosen are opened: a list of the
 *    few that failed costs no look at the many that did not. A summary is never older than its partition.
 * 2. A page may be short while there is more: how many entries one request reads, and partitions it opens, has a bound.
 * 3. Who only another release can read is left out.
 * 4. Those that have ended are read only where they are asked for.
 */
import { bound } from '@leasehold/kernel';
import { type DirectoryEntry, makeCursor, type Store } from '@leasehold/store';
import type { OwnedRows, OwnedTypes } from '../model/decision.ts';
import { listWithEnded } from '../rows/listing.ts';
import type { ServiceNames } from '../rows/names.ts';
import type { Owners } from '../rows/owners.ts';

const OPENED_A_REQUEST = bound('list-opened-partitions', 1_000);
const READ_A_REQUEST = bound('list-read-entries', 10_000);
/** Opened at once. */
const CHUNK = 50;
/** Read at once where only some are chosen. */
const SIEVED = 500;

export interface ListQuery<T extends OwnedTypes> {
  readonly limit: number;
  readonly cursor?: string;
  /** 4. */
  readonly withEnded: boolean;
  readonly accept: (rows: OwnedRows<T>) => boolean;
  /** 1. Absent: everybody may be accepted. */
  readonly chosen?: (summary: T['summary'], ownerId: string) => boolean;
}

export interface ListSource<T extends OwnedTypes> {
  readonly names: Pick<ServiceNames, 'directory' | 'ended'>;
  readonly owners: Pick<Owners<T>, 'find'>;
  readonly store: Pick<Store, 'list' | 'exclusive'>;
}

export interface OwnersPage<T extends OwnedTypes> {
  readonly items: readonly T['state'][];
  readonly next?: string;
}

export async function listOwners<T extends OwnedTypes>(
  source: ListSource<T>,
  query: ListQuery<T>,
  signal: AbortSignal,
): Promise<OwnersPage<T>> {
  const { store, owners } = source;
  const items: T['state'][] = [];
  let { cursor } = query;
  for (let opened = 0, read = 0; opened < OPENED_A_REQUEST.value && read < READ_A_REQUEST.value; ) {
    const page = await chosenPage(source, query, cursor, Math.min(CHUNK, query.limit - items.length), signal);
    const found = await Promise.all(page.names.map((name) => owners.find(name, { fresh: !store.exclusive, signal })));
    for (const rows of found) if (rows !== undefined && query.accept(rows)) items.push(rows.state);
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
async function chosenPage<T extends OwnedTypes>(
  source: ListSource<T>,
  { chosen, withEnded }: ListQuery<T>,
  from: string | undefined,
  most: number,
  signal: AbortSignal,
): Promise<ChosenPage> {
  const limit = chosen === undefined ? most : SIEVED;
  const look = { limit, ...(from === undefined ? {} : { cursor: from }) };
  const { directory } = source.names;
  const page = await (withEnded
    ? listWithEnded(source.store, source.names, look, signal)
    : source.store.list(directory, look, signal));
  const isChosen = ({ name, summary }: Pick<DirectoryEntry, 'name' | 'summary'>): boolean =>
    chosen === undefined || chosen(JSON.parse(summary) as T['summary'], name);
  const found = page.items.filter(isChosen).map(({ name }) => name);
  const names = found.slice(0, most);
  // More than fit: the next page begins behind the last that does.
  const next = found.length > most ? makeCursor([names.at(-1) as string]) : page.next;
  return { names, read: page.items.length, ...(next === undefined ? {} : { next }) };
}
