/**
 * The ledger: how everything above the store writes. Updates of one partition queue inside the process and are decided
 * together, one after the other on the same rows, in one commit; compare-and-set retries are for other replicas only.
 *
 * L1. An update's function sees the rows as all updates queued before it left them, and runs again from fresh rows when
 *     the commit lost against another replica or its outcome was unknown. It is pure, so running it twice is harmless.
 * L2. An update resolves when its batch is committed, and rejects alone when its own function throws (the rest commit).
 * L3. Hints follow from the rows: a key that starts with `outbox/` is pending output (hint kind `outbox`, due at once); a
 *     key that starts with `timer/` holds JSON `{"dueAtMs": number}` (hint kind `timer`). A hint is written when its row
 *     appears or its due time changes.
 * L4. The rows of a partition that updates see are those under `HOT_SLICES`, kept in a bounded cache and trusted only
 *     until a commit conflicts; other rows (inbox, journal, operations) are asked for by `need`, read at the same version.
 * L5. `load` of a partition with nothing queued may answer from the cache when `fresh` is not asked for.
 */
import type { DirectoryEntry, Row, Slice, Snapshot, Store } from './port.ts';

/** State, pending output, timers and waiting events: what decisions look at. */
export const HOT_SLICES: readonly Slice[] = [
  { prefix: 'outbox/' },
  { key: 'state' },
  { prefix: 'timer/' },
  { prefix: 'waiting/' },
];

export interface Update<T> {
  readonly put?: readonly Row[];
  readonly remove?: readonly string[];
  readonly entries?: readonly Omit<DirectoryEntry, 'version'>[];
  readonly result: T;
}

export interface UpdateOptions {
  /** Rows beyond the hot slices that the function looks at, by exact key. */
  readonly need?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface Ledger {
  readonly store: Store;
  /** Returning no `put`, `remove` or `entries` commits nothing. */
  update<T>(partition: string, decide: (now: Snapshot) => Update<T>, options?: UpdateOptions): Promise<T>;
  load(
    partition: string,
    options?: { readonly need?: readonly string[]; readonly fresh?: boolean; readonly signal?: AbortSignal },
  ): Promise<Snapshot>;
  /** Called after each commit with the partition and the rows now hot, so that loops in this process need not poll. */
  onCommit(listener: (partition: string, now: Snapshot) => void): () => void;
}
