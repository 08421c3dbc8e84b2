/**
 * What is durable in a world's store: partitions, hints, directories, leases, all in plain maps. Owns the effects; what a
 * process sees of them, when, and with which faults is sim-store.ts's.
 *
 * 1. Each function is one atomic effect.
 * 2. A commit that was applied once answers so again (S4), by its id.
 */
import {
  type CommitOutcome,
  type CommitRequest,
  checkCommit,
  checkPartition,
  compareKeys,
  type DirectoryEntry,
  type DueHint,
  inSlice,
  type Lease,
  makeCursor,
  type Page,
  pageLimit,
  parseCursor,
  type Row,
  type Slice,
  type Snapshot,
  ttlSeconds,
} from '@leasehold/store';

export interface StoredRow {
  readonly value: string;
  readonly expiresAtMs?: number;
}

export interface Partition {
  version: number;
  readonly rows: Map<string, StoredRow>;
  /** Ids of the latest commits. */
  readonly commits: string[];
}

export interface Committed {
  readonly request: CommitRequest;
  readonly process: string;
  readonly partition: Partition;
}

export interface StoreTable {
  readonly partitions: ReadonlyMap<string, Partition>;
  readonly hints: ReadonlyMap<string, DueHint>;
  readonly leases: ReadonlyMap<string, Lease>;
  row(partition: string, key: string): string | undefined;
  load(partition: string, slices: readonly Slice[]): Snapshot;
  commit(request: CommitRequest, process: string): CommitOutcome;
  wasApplied(request: CommitRequest): boolean;
  writeHints(request: CommitRequest): void;
  scan(partition: string, page: { prefix: string; limit: number; cursor?: string; reverse?: boolean }): Page<Row>;
  due(query: { untilMs: number; limit: number; cursor?: string }): Page<DueHint>;
  clear(hints: readonly DueHint[]): void;
  list(directory: string, page: { limit: number; cursor?: string }): Page<DirectoryEntry>;
  acquire(name: string, holder: string, ttlMs: number): Lease | undefined;
  release(lease: Lease): void;
  lease(name: string): Lease | undefined;
  onCommit(listener: (committed: Committed) => void): void;
}

const KEPT_COMMITS = 12;
const hintKey = (hint: DueHint): string => `${hint.dueAtMs}|${hint.kind}|${hint.partition}|${hint.version}`;

const CURSOR = ['string'] as const;

/** A page of what follows the cursor in the order of `keyOf`. */
function pageOf<T>(
  sorted: readonly T[],
  keyOf: (item: T) => string,
  page: { limit: number; cursor?: string; reverse?: boolean },
): Page<T> {
  const limit = pageLimit(page.limit);
  const after = page.cursor === undefined ? undefined : parseCursor(page.cursor, CURSOR)[0];
  const rest =
    after === undefined
      ? sorted
      : sorted.filter((item) => compareKeys(keyOf(item), after) * (page.reverse ? -1 : 1) > 0);
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  if (items.length === rest.length || last === undefined) return { items };
  return { items, next: makeCursor([keyOf(last)]) };
}

export function createStoreTable(now: () => number, touch: () => void): StoreTable {
  const partitions = new Map<string, Partition>();
  const listeners: ((committed: Committed) => void)[] = [];
  const rowIn = (partition: Partition | undefined, key: string): string | undefined => {
    const row = partition?.rows.get(key);
    return row === undefined || (row.expiresAtMs ?? Number.POSITIVE_INFINITY) <= now() ? undefined : row.value;
  };
  const load: StoreTable['load'] = (name, slices) => {
    checkPartition(name);
    const partition = partitions.get(name);
    const rows = new Map<string, string>();
    if (!partition) return { version: 0, rows };
    const keys = [...partition.rows.keys()]
      .filter((key) => slices.some((slice) => inSlice(key, slice)))
      .sort(compareKeys);
    for (const key of keys) {
      const value = rowIn(partition, key);
      if (value !== undefined) rows.set(key, value);
    }
    return { version: partition.version, rows };
  };
  const apply = (partition: Partition, request: CommitRequest): void => {
    partition.version += 1;
    partition.commits.push(request.commitId);
    if (partition.commits.length > KEPT_COMMITS) partition.commits.shift();
    for (const key of request.remove) partition.rows.delete(key);
    for (const row of request.put) {
      const { key, value } = row;
      const seconds = ttlSeconds(row);
      partition.rows.set(key, seconds === 0 ? { value } : { value, expiresAtMs: now() + seconds * 1_000 });
    }
  };
  const found = createFindings(now, touch);
  return {
    partitions,
    ...found,
    ...createLeases(now),
    row: (name, key) => rowIn(partitions.get(name), key),
    load,
    wasApplied: (request) => partitions.get(request.partition)?.commits.includes(request.commitId) ?? false,
    commit: (request, process) => {
      checkCommit(request);
      let partition = partitions.get(request.partition);
      if (partition?.commits.includes(request.commitId))
        return { kind: 'committed', version: request.expectedVersion + 1 };
      if ((partition?.version ?? 0) !== request.expectedVersion) return { kind: 'conflict' };
      partition ??= { version: 0, rows: new Map(), commits: [] };
      partitions.set(request.partition, partition);
      apply(partition, request);
      found.writeEntries(request);
      touch();
      for (const listener of listeners) listener({ request, process, partition });
      return { kind: 'committed', version: partition.version };
    },
    scan: (name, page) => {
      const rows = [...load(name, [{ prefix: page.prefix }]).rows].map(([key, value]) => ({ key, value }));
      return pageOf(page.reverse ? rows.reverse() : rows, ({ key }) => key, page);
    },
    onCommit: (listener) => void listeners.push(listener),
  };
}

/** Hints and directories: how partitions are found. */
function createFindings(now: () => number, touch: () => void) {
  const hints = new Map<string, DueHint>();
  const directories = new Map<string, Map<string, DirectoryEntry & { readonly expiresAtMs: number }>>();
  const due: StoreTable['due'] = (query) => {
    const ready = [...hints].filter(([, hint]) => hint.dueAtMs <= query.untilMs);
    ready.sort(([a], [b]) => compareKeys(a, b));
    const page = pageOf(ready, ([key]) => key, query);
    return { ...page, items: page.items.map(([, hint]) => hint) };
  };
  return {
    hints,
    due,
    writeHints: (request: CommitRequest) => {
      for (const hint of request.hints) hints.set(hintKey(hint), hint);
    },
    clear: (cleared: readonly DueHint[]) => {
      for (const hint of cleared) hints.delete(hintKey(hint));
      touch();
    },
    writeEntries: (request: CommitRequest) => {
      for (const entry of request.entries) {
        const directory = directories.get(entry.directory) ?? new Map();
        directories.set(entry.directory, directory);
        const seconds = ttlSeconds(entry);
        const expiresAtMs = seconds === 0 ? Number.POSITIVE_INFINITY : now() + seconds * 1_000;
        if ((directory.get(entry.name)?.version ?? -1) < entry.version)
          directory.set(entry.name, { ...entry, expiresAtMs });
      }
    },
    list: (directory: string, page: { limit: number; cursor?: string }) =>
      pageOf(
        [...(directories.get(directory)?.values() ?? [])]
          .filter(({ expiresAtMs, leaves }) => expiresAtMs > now() && !leaves)
          .map(({ name, summary, version }): DirectoryEntry => ({ directory, name, summary, version }))
          .sort((a, b) => compareKeys(a.name, b.name)),
        ({ name }) => name,
        page,
      ),
  };
}

function createLeases(now: () => number) {
  const leases = new Map<string, Lease & { readonly released: boolean }>();
  return {
    leases: leases as ReadonlyMap<string, Lease>,
    acquire: (name: string, holder: string, ttlMs: number): Lease | undefined => {
      const held = leases.get(name);
      const free = !held || held.released || held.expiresAtMs <= now();
      if (!free && held.holder !== holder) return undefined;
      const generation = held?.holder === holder ? held.generation : (held?.generation ?? 0) + 1;
      const lease = { name, holder, generation, expiresAtMs: now() + ttlMs };
      leases.set(name, { ...lease, released: false });
      return lease;
    },
    release: (lease: Lease) => {
      const held = leases.get(lease.name);
      if (
        held?.holder === lease.holder &&
        held.generation === lease.generation &&
        held.expiresAtMs === lease.expiresAtMs
      )
        leases.set(lease.name, { ...held, released: true });
    },
    lease: (name: string): Lease | undefined => {
      const held = leases.get(name);
      if (!held || held.released) return undefined;
      const { released: _, ...lease } = held;
      return lease;
    },
  };
}
