/**
 * What the tick looks like to its callers. Owns types only; tick.ts runs it.
 *
 * T1. Every due hint is shown to `onDue` with a snapshot at least as new as the hint, as far as there is one.
 * T2. A hint is cleared only when it is settled, at a version that includes the commit it belongs to, or when that commit
 *     has been missing for longer than any commit can take and its version has been taken, so that it cannot come any more:
 *     a commit that is tried late announces itself by the very same hint.
 * T3. A store that is away is waited for with backoff, visibly; nothing is lost by it.
 * T4. Hints that `owns` denies (of a service that is not here, or put aside by theirs) are neither loaded nor cleared here.
 */
import type { Bound, Clock, Log, Rng } from '@leasehold/kernel';
import type { DueHint, Ledger, Snapshot, Store } from '@leasehold/store';

export interface TickBounds {
  /** Hints in one page of a scan. */
  readonly page: Bound;
  /** Partitions of a page loaded at once. */
  readonly parallelism: Bound;
  /** How long a hint may wait for the commit that it announces; well beyond the time-out of any commit. */
  readonly orphanMs: Bound;
  /** Hints whose commit has not been seen, remembered at once. */
  readonly orphans: Bound;
  readonly backoffCapMs: Bound;
}

export interface TickOptions {
  readonly store: Pick<Store, 'due' | 'clear' | 'commit'>;
  readonly ledger: Pick<Ledger, 'load'>;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  readonly everyMs: Bound;
  readonly bounds?: Partial<TickBounds>;
  /** Whether this process judges the hint now; by default every one. */
  owns?(hint: DueHint): boolean;
  /** Says whether the work that the hint stands for is still to do (and sets it going); synchronous. */
  onDue(hint: DueHint, snapshot: Snapshot): 'pending' | 'settled';
}

export interface TickState {
  readonly status: 'starting' | 'up' | 'away';
  readonly since: number;
  /** When the last whole scan ended. */
  readonly scannedAtMs?: number;
  readonly reason?: { readonly code: string; readonly message: string };
}

export interface Tick {
  /** Scans now, or once more after the scan under way. */
  kick(): void;
  state(): TickState;
  close(): Promise<void>;
}
