/**
 * A map with a bound that forgets what was used longest ago.
 *
 * 1. It never holds more than its bound; what leaves is handed to `evicted`.
 */
import type { Bound } from '@leasehold/kernel';

export interface Lru<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): void;
  delete(key: K): void;
  values(): IterableIterator<V>;
  clear(): void;
  readonly size: number;
}

export function createLru<K, V>(bound: Bound, evicted: (value: V, key: K) => void = () => undefined): Lru<K, V> {
  const entries = new Map<K, V>();
  return {
    get: (key) => {
      const value = entries.get(key);
      if (value === undefined) return undefined;
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    set: (key, value) => {
      entries.delete(key);
      entries.set(key, value);
      while (entries.size > bound.value) {
        const [oldest, leaving] = entries.entries().next().value as [K, V];
        entries.delete(oldest);
        evicted(leaving, oldest);
      }
    },
    delete: (key) => void entries.delete(key),
    values: () => entries.values(),
    clear: () => entries.clear(),
    get size() {
      return entries.size;
    },
  };
}
