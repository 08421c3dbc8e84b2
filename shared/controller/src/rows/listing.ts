/**
 * In which directory an owner is listed: that of the owners, which walks read, or once it has ended one of its own, which is read only by
 * who asks for the ended. So a walk pays for those that are there, not for all that ever were.
 *
 * D1. An owner is listed in one of them or in none, and goes from one to the other in the commit that makes it so.
 * D2. Former releases leave their ended owners in the first, and so does a process that dies behind its commit: those are moved by whoever
 *     finds them there (`createEndedMover`).
 */
import { compareKeys, type DirectoryEntry, makeCursor, type Page, type Store } from '@leasehold/store';
import type { OwnedRows, OwnedTypes } from '../model/decision.ts';
import type { ServiceNames } from './names.ts';

/** What a service says of where its owners are listed. */
export interface ListingDefinition<T extends OwnedTypes> {
  readonly names: ServiceNames;
  /** Whether the owner is one that people are told of: it is in a directory from then on, and as long as that is so. */
  isListed(rows: OwnedRows<T>): boolean;
  /** Whether nothing of it is left but that it was, so that no walk has to find it. Absent: that is never so. */
  hasEnded?(state: T['state']): boolean;
  /** What the directory says of it: a flat value. */
  summaryOf(state: T['state']): T['summary'];
  /** Whether its entry is written even where it says nothing new: that of an earlier release may say less. */
  isListedAnew?(state: T['state']): boolean;
}

type Entries = readonly Omit<DirectoryEntry, 'version'>[];

/** Undefined: it is in none. */
function directoryOf<T extends OwnedTypes>(definition: ListingDefinition<T>, rows: OwnedRows<T>): string | undefined {
  if (!definition.isListed(rows)) return undefined;
  return definition.hasEnded?.(rows.state) ? definition.names.ended : definition.names.directory;
}

const summaryText = <T extends OwnedTypes>(definition: ListingDefinition<T>, state: T['state']): string =>
  JSON.stringify(definition.summaryOf(state));

/** D1: what a decision changes. */
export function listingChanges<T extends OwnedTypes>(
  definition: ListingDefinition<T>,
  ownerId: string,
  before: OwnedRows<T>,
  after: OwnedRows<T>,
): Entries {
  const from = directoryOf(definition, before);
  const to = directoryOf(definition, after);
  if (from !== to) return listedIn(definition, ownerId, after, from === undefined ? [] : directoriesOf(definition));
  const summary = summaryText(definition, after.state);
  const isNews = definition.isListedAnew?.(after.state) || summary !== summaryText(definition, before.state);
  return to !== undefined && isNews ? [{ directory: to, name: ownerId, summary }] : [];
}

const directoriesOf = <T extends OwnedTypes>({ names }: ListingDefinition<T>): readonly string[] => [
  names.directory,
  names.ended,
];

/** Where it is to be, and out of those where it may be still. */
function listedIn<T extends OwnedTypes>(
  definition: ListingDefinition<T>,
  ownerId: string,
  rows: OwnedRows<T>,
  still: readonly string[],
): Entries {
  const to = directoryOf(definition, rows);
  const entry = { name: ownerId, summary: summaryText(definition, rows.state) };
  const left = still.filter((directory) => directory !== to);
  return [
    ...(to === undefined ? [] : [{ directory: to, ...entry }]),
    ...left.map((directory) => ({ directory, ...entry, leaves: true as const })),
  ];
}

/** D2: of one that was found in the directory that walks read; nothing where that is right. */
export const relisted = <T extends OwnedTypes>(
  definition: ListingDefinition<T>,
  ownerId: string,
  rows: OwnedRows<T>,
): Entries =>
  directoryOf(definition, rows) === definition.names.directory
    ? []
    : listedIn(definition, ownerId, rows, directoriesOf(definition));

/** Those that have ended too, in the order of their names, as one list; a place in it is one in either. */
export async function listWithEnded(
  store: Pick<Store, 'list'>,
  { directory, ended }: Pick<ServiceNames, 'directory' | 'ended'>,
  page: { readonly limit: number; readonly cursor?: string },
  signal?: AbortSignal,
): Promise<Page<DirectoryEntry>> {
  const pages = await Promise.all([directory, ended].map((each) => store.list(each, page, signal)));
  const byName = new Map(pages.flatMap(({ items }) => items).map((entry) => [entry.name, entry]));
  const all = [...byName.values()].sort((a, b) => compareKeys(a.name, b.name));
  const items = all.slice(0, page.limit);
  const last = items.at(-1);
  const isMore = all.length > page.limit || pages.some(({ next }) => next !== undefined);
  return isMore && last !== undefined ? { items, next: makeCursor([last.name]) } : { items };
}
