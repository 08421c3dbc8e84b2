/**
 * Reads what decisions look at: the hot rows, from the cache or the store, and the rows asked for by `need`, at one version.
 */
import { HOT_SLICES } from '../ledger.port.ts';
import type { Snapshot, Store } from '../port.ts';
import type { SnapshotCache } from './cache.ts';
import { isHot } from './hot.ts';

export interface Base {
  readonly snapshot: Snapshot;
  /** `current`: the store confirmed this version just now; `cached`: it may have moved on since. */
  readonly age: 'current' | 'cached';
}

export interface Reader {
  /** From the cache where it has the partition; `need` rows then confirm its version, or everything is read anew. */
  base(partition: string, need: readonly string[], signal?: AbortSignal): Promise<Base>;
  fresh(partition: string, need: readonly string[], signal?: AbortSignal): Promise<Snapshot>;
  /** Whether the store still has this version. */
  confirm(partition: string, version: number): Promise<boolean>;
}

export const hotOnly = (version: number, rows: ReadonlyMap<string, string>): Snapshot => {
  const hot = new Map<string, string>();
  for (const [key, value] of rows) if (isHot(key)) hot.set(key, value);
  return { version, rows: hot };
};

export function createReader(store: Store, cache: SnapshotCache): Reader {
  const slicesOf = (keys: readonly string[]) => keys.map((key) => ({ key }));
  const fresh: Reader['fresh'] = async (partition, need, signal) => {
    const snapshot = await store.load(partition, [...HOT_SLICES, ...slicesOf(need)], signal);
    cache.put(partition, need.length === 0 ? snapshot : hotOnly(snapshot.version, snapshot.rows));
    return snapshot;
  };
  return {
    fresh,
    confirm: async (partition, version) => (await store.load(partition, [])).version === version,
    base: async (partition, need, signal) => {
      const cached = cache.get(partition);
      if (!cached) return { snapshot: await fresh(partition, need, signal), age: 'current' };
      if (need.length === 0) return { snapshot: cached, age: 'cached' };
      const asked = await store.load(partition, slicesOf(need), signal);
      if (asked.version === cached.version) {
        const snapshot = { version: cached.version, rows: new Map([...cached.rows, ...asked.rows]) };
        return { snapshot, age: 'current' };
      }
      cache.drop(partition);
      return { snapshot: await fresh(partition, need, signal), age: 'current' };
    },
  };
}
