/**
 * What the relay looks like to its callers. Owns types only; relay.ts runs it.
 *
 * R1. Rows `outbox/...` of a partition are published in key order, each confirmed before the next, and removed afterwards
 *     in one update. A row is published at least once; its event id lets a consumer bear a repeat.
 * R2. One partition is never relayed twice at once in one process; a failure waits by backoff per partition.
 * R3. The relay hears of commits by itself (`ledger.onCommit`); `nudge` is for rows found by a hint.
 * R4. A partition that nobody here publishes is left to the process that does: its rows are neither loaded nor counted.
 */
import type { BackoffBounds, Bound, Clock, Log, Rng } from '@leasehold/kernel';
import type { MetricHandles } from '@leasehold/observability';
import type { Ledger } from '@leasehold/store';

export interface OutboxRow {
  readonly partition: string;
  readonly key: string;
  readonly value: string;
}

/** Resolves when the bus has confirmed the message. An `Invalid` or `Bug` here holds up the partition visibly. */
export type Publish = (row: OutboxRow, signal: AbortSignal) => Promise<void>;

export interface RelayOptions {
  readonly ledger: Ledger;
  /** R4. Who publishes the rows of a partition. */
  publisherOf(partition: string): Publish | undefined;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  /** Partitions relayed at once. */
  readonly parallelism: Bound;
  /** Partitions known at once; more are found again by their hints. */
  readonly capacity?: Bound;
  readonly backoff?: BackoffBounds;
  readonly metrics?: Pick<MetricHandles, 'outboxPending'>;
}

export interface Relay {
  nudge(partition: string): void;
  /** Rows known to wait for publication. */
  pending(): number;
  /** Resolves when the row is published and removed (or not there); rejects when aborted or closed, and by R4. */
  drained(partition: string, key: string, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
