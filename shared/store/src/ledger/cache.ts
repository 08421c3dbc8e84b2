/**
 * The hot rows of partitions as last seen, bounded in partitions and characters; what was used longest ago goes first (the kernel's
 * cache).
 *
 * 1. A snapshot never replaces one of a higher version, so that a slow read cannot undo what a commit put here.
 */
import { bound, createLru } from '@leasehold/kernel';
import type { Snapshot } from '../port.ts';

export interface SnapshotCache {
  get(partition: string): Snapshot | undefined;
  put(partition: string, snapshot: Snapshot): void;
  drop(partition: string): void;
}

function weigh(partition: string, snapshot: Snapshot): number {
  let characters = partition.length + 64;
  for (const [key, value] of snapshot.rows) characters += key.length + value.length + 32;
  return characters;
}

export function createSnapshotCache(bounds: {
  readonly cachePartitions: number;
  readonly cacheCharacters: number;
}): SnapshotCache {
  const snapshots = createLru<string, Snapshot>(bound('ledger.cachePartitions', bounds.cachePartitions), undefined, {
    bound: bound('ledger.cacheCharacters', bounds.cacheCharacters),
    of: (snapshot, partition) => weigh(partition, snapshot),
  });
  return {
    get: snapshots.get,
    put: (partition, snapshot) => {
      const known = snapshots.peek(partition);
      if (known === undefined || known.version <= snapshot.version) snapshots.set(partition, snapshot);
    },
    drop: snapshots.delete,
  };
}
