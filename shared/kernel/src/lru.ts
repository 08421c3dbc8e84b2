/**
 * A map with a bound that forgets what was used longest ago. Setting is using, and so is a look that finds, but for `peek`.
 *
 * 1. It never holds more entries than its bound, nor more weight where entries have one; what leaves for that is handed to `evicted`.
 * 2. What is heavier by itself than everything together may be is not kept, and what it would have replaced is gone too.
 */
import type { Bound } from './bounds.ts';

export interface Lru<K, V> {
  get(key: K): V | undefined;
  /** As `get`, without being a use. */
  peek(key: K): V | undefined;
  set(key: K, value: V): void;
  delete(key: K): void;
  values(): IterableIterator<V>;
  clear(): void;
  readonly size: number;
}

export interface LruWeights<K, V> {
  /** Of all entries together. */
  readonly bound: Bound;
  of(value: V, key: K): number;
}

interface Entry<V> {
  readonly value: V;
  readonly weight: number;
}

export function createLru<K, V>(
  bound: Bound,
  evicted: (value: V, key: K) => void = () => undefined,
  weights?: LruWeights<K, V>,
): Lru<K, V> {
  const entries = new Map<K, Entry<V>>();
  const most = weights?.bound.value ?? Number.POSITIVE_INFINITY;
  let total = 0;
  const remove = (key: K): Entry<V> | undefined => {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    entries.delete(key);
    total -= entry.weight;
    return entry;
  };
  const add = (key: K, entry: Entry<V>): void => {
    entries.set(key, entry);
    total += entry.weight;
  };
  const trim = (): void => {
    for (const [key, { value }] of entries) {
      if (entries.size <= bound.value && total <= most) return;
      remove(key);
      evicted(value, key);
    }
  };
  return {
    get: (key) => {
      const entry = remove(key);
      if (entry !== undefined) add(key, entry);
      return entry?.value;
    },
    peek: (key) => entries.get(key)?.value,
    set: (key, value) => {
      remove(key);
      const weight = weights?.of(value, key) ?? 0;
      if (weight > most) return evicted(value, key);
      add(key, { value, weight });
      trim();
    },
    delete: (key) => void remove(key),
    values: () => entries.values().map(({ value }) => value),
    clear: () => {
      entries.clear();
      total = 0;
    },
    get size() {
      return entries.size;
    },
  };
}
