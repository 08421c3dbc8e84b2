/**
 * The ledger's bounds, by name. A caller may hand in smaller ones, to reach them in tests.
 */
import { type BackoffBounds, bound } from '@leasehold/kernel';
import { COMMIT_BYTES, COMMIT_CHANGES } from '../bounds.ts';

export interface LedgerBounds {
  /** Updates decided together in one commit. */
  readonly batchUpdates: number;
  /** Estimated bytes and changes after which a batch takes no further update. */
  readonly batchBytes: number;
  readonly batchChanges: number;
  /** `need` keys read for one batch. */
  readonly batchNeeds: number;
  /** Updates waiting in one process, over all partitions. */
  readonly pendingUpdates: number;
  /** Commits tried for one batch before its updates are refused. */
  readonly attempts: number;
  readonly cachePartitions: number;
  readonly cacheCharacters: number;
  readonly backoff: BackoffBounds;
}

export const LEDGER_BOUNDS: LedgerBounds = {
  batchUpdates: bound('ledger.batchUpdates', 128).value,
  batchBytes: bound('ledger.batchBytes', COMMIT_BYTES.value / 2).value,
  batchChanges: bound('ledger.batchChanges', COMMIT_CHANGES.value / 2).value,
  batchNeeds: bound('ledger.batchNeeds', 256).value,
  pendingUpdates: bound('ledger.pendingUpdates', 50_000).value,
  attempts: bound('ledger.attempts', 20).value,
  cachePartitions: bound('ledger.cachePartitions', 4_096).value,
  cacheCharacters: bound('ledger.cacheCharacters', 8 * 1024 * 1024).value,
  backoff: {
    baseMs: bound('ledger.backoffBaseMs', 5).value,
    capMs: bound('ledger.backoffCapMs', 500).value,
  },
};
