/**
 * The hot rows of partitions as last seen, least recently used dropped first, bounded in partitions and characters.
 *
 * 1. A snapshot never replaces one of a higher version, so that a slow read cannot undo what a commit put here.
 */
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
  const entries = new Map<string, { readonly snapshot: Snapshot; readonly characters: number }>();
  let total = 0;
  const drop = (partition: string) => {
    const entry = entries.get(partition);
    if (!entry) return;
    total -= entry.characters;
    entries.delete(partition);
  };
  return {
    get: (partition) => {
      const entry = entries.get(partition);
      if (!entry) return undefined;
      entries.delete(partition);
      entries.set(partition, entry);
      return entry.snapshot;
    },
    put: (partition, snapshot) => {
      const known = entries.get(partition);
      if (known && known.snapshot.version > snapshot.version) return;
      drop(partition);
      const characters = weigh(partition, snapshot);
      if (characters > bounds.cacheCharacters) return;
      entries.set(partition, { snapshot, characters });
      total += characters;
      for (const oldest of entries.keys()) {
        if (entries.size <= bounds.cachePartitions && total <= bounds.cacheCharacters) break;
        drop(oldest);
      }
    },
    drop,
  };
}
