/**
 * The store port: one write for facts, shaped by the weakest store (a conditional batch on one Cassandra partition).
 *
 * S1. A partition is a set of rows (text key, text value) under one version. `commit` writes all of its changes or none,
 *     and only if the version is still the expected one. A partition that was never written has version 0.
 * S2. `load` returns rows and version of one moment.
 * S3. Hints are written before the commit that needs them. A hint without its fact is harmless; a fact without its hint
 *     cannot be. `clear` removes exactly the hints given, so one written meanwhile by another commit stays.
 * S4. An outcome that cannot be known (a timed-out conditional write) is resolved by reading back before `commit` returns;
 *     if that fails too, `commit` throws `Unavailable` with `unknownOutcome`, and the caller must reload and decide again.
 *     A commit sent again with its commit id, soon after, is answered as the first sending was.
 * S5. A lease has at most one holder, and its generation grows with every change of holder, never otherwise.
 *
 * Errors: `Unavailable` (code `StoreUnavailable`) when the store is away; `Invalid` for a value over a bound.
 */
export interface Row {
  /** Text key, ordered by its UTF-8 bytes inside the partition; at most 512 bytes. */
  readonly key: string;
  /** At most 1 MiB. */
  readonly value: string;
  /** The row disappears this long after the commit, rounded up to seconds; absent: never. */
  readonly ttlMs?: number;
}

/** Which rows of a partition: all whose key starts with `prefix`, or exactly one. */
export type Slice = { readonly prefix: string } | { readonly key: string };

export interface Snapshot {
  readonly version: number;
  readonly rows: ReadonlyMap<string, string>;
}

/** Something is due in a partition: pending outbox rows, a timer, unfinished work. Found without knowing the partition. */
export interface DueHint {
  readonly kind: string;
  readonly dueAtMs: number;
  readonly partition: string;
  /** The version that the commit needing this hint creates. */
  readonly version: number;
}

/** A partition, or a row of one, exists under this name: how lists are made. `summary` is a small text; the highest version wins. */
export interface DirectoryEntry {
  readonly directory: string;
  readonly name: string;
  readonly summary: string;
  readonly version: number;
  /**
   * It disappears with the row that it leads to. Such an entry is written for good before the commit that needs it (S3): whoever follows
   * it finds out whether there is one. All entries of a directory live for ever, or none.
   */
  readonly ttlMs?: number;
  /**
   * The name leaves the directory once the commit has held. Until then, and where a process dies between the two, the entry says
   * `summary`: whoever walks may find it still, and have it leave again. Never of an entry that expires, and only in directories in which
   * each name is one partition's.
   */
  readonly leaves?: true;
}

export interface CommitRequest {
  readonly partition: string;
  readonly expectedVersion: number;
  /** Unique for each attempt (a UUID): lets an unknown outcome be resolved. */
  readonly commitId: string;
  readonly put: readonly Row[];
  readonly remove: readonly string[];
  readonly hints: readonly DueHint[];
  readonly entries: readonly DirectoryEntry[];
}

export type CommitOutcome = { readonly kind: 'committed'; readonly version: number } | { readonly kind: 'conflict' };

export interface Page<T> {
  readonly items: readonly T[];
  /** Absent: there is no more. Opaque, stable over restarts. */
  readonly next?: string;
}

export interface Lease {
  readonly name: string;
  readonly holder: string;
  /** Fences every write of the holder: a later holder has a greater one. */
  readonly generation: number;
  readonly expiresAtMs: number;
}

export interface LeaseTable {
  /**
   * Takes a free or expired lease, or renews our own (same generation): it lasts for `ttlMs` from the call at least. Undefined: another
   * holder has it.
   */
  acquire(name: string, holder: string, ttlMs: number, signal?: AbortSignal): Promise<Lease | undefined>;
  /** Gives it up at once, if it is ours as it was last taken or renewed: one that arrives late ends no later taking. */
  release(lease: Lease, signal?: AbortSignal): Promise<void>;
  read(name: string, signal?: AbortSignal): Promise<Lease | undefined>;
}

export interface Store {
  readonly kind: 'sqlite' | 'cassandra' | 'simulated';
  /** True where a lock makes this process the only one on the store: every other holder of anything is then dead. */
  readonly exclusive: boolean;
  load(partition: string, slices: readonly Slice[], signal?: AbortSignal): Promise<Snapshot>;
  commit(request: CommitRequest, signal?: AbortSignal): Promise<CommitOutcome>;
  /** Rows of one prefix in key order (or reversed), in pages: journals, operations, dead letters. */
  scan(
    partition: string,
    page: { readonly prefix: string; readonly limit: number; readonly cursor?: string; readonly reverse?: boolean },
    signal?: AbortSignal,
  ): Promise<Page<Row>>;
  /** Hints due at or before a time, in no promised order. */
  due(
    query: { readonly untilMs: number; readonly limit: number; readonly cursor?: string },
    signal?: AbortSignal,
  ): Promise<Page<DueHint>>;
  clear(hints: readonly DueHint[], signal?: AbortSignal): Promise<void>;
  /** Entries of a directory in a stable order, in pages. */
  list(
    directory: string,
    page: { readonly limit: number; readonly cursor?: string },
    signal?: AbortSignal,
  ): Promise<Page<DirectoryEntry>>;
  readonly leases: LeaseTable;
  /** Throws `Unavailable` when the store cannot be used. */
  ping(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
