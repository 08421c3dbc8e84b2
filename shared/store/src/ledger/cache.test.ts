/** The cache of hot rows: what goes first, and that a slow read never undoes what a commit put there (1). */
import { expect, test } from 'vitest';
import { createSnapshotCache } from './cache.ts';

const MANY = { cachePartitions: 100, cacheCharacters: 1e6 };
const snapshot = (version: number, value = '') => ({ version, rows: new Map([['state', value]]) });
const held = (cache: ReturnType<typeof createSnapshotCache>, names: string) =>
  [...names].filter((name) => cache.get(name) !== undefined).join('');

test('1: an older snapshot replaces no newer one, an equal or newer one does', () => {
  const cache = createSnapshotCache(MANY);
  cache.put('p', snapshot(5, 'five'));
  cache.put('p', snapshot(4, 'four'));
  expect(cache.get('p')).toEqual(snapshot(5, 'five'));
  cache.put('p', snapshot(5, 'again'));
  expect(cache.get('p')).toEqual(snapshot(5, 'again'));
  cache.put('p', snapshot(6, 'six'));
  expect(cache.get('p')).toEqual(snapshot(6, 'six'));
});

test('what was dropped is gone, and may come back at any version', () => {
  const cache = createSnapshotCache(MANY);
  cache.put('p', snapshot(5));
  cache.drop('p');
  cache.drop('never there');
  expect(cache.get('p')).toBeUndefined();
  cache.put('p', snapshot(4, 'four'));
  expect(cache.get('p')?.version).toBe(4);
});

test('beyond the partitions the one that was not asked for longest goes', () => {
  const cache = createSnapshotCache({ ...MANY, cachePartitions: 3 });
  for (const name of 'abc') cache.put(name, snapshot(1));
  cache.get('a');
  cache.put('d', snapshot(1));
  expect(held(cache, 'abcd')).toBe('acd');
  cache.put('a', snapshot(2));
  cache.put('e', snapshot(1));
  // Looked at in the order a, c, d just now, and a was written since.
  expect(held(cache, 'acde')).toBe('ade');
});

/** A partition of one letter weighs 1 + 64, its row 'state' 5 + 32, and its value as many as it has characters. */
const FIXED = 102;

test('beyond the characters the ones not asked for longest go, until the rest fits', () => {
  const cache = createSnapshotCache({ ...MANY, cacheCharacters: 3 * FIXED + 30 });
  for (const name of 'abc') cache.put(name, snapshot(1, 'x'.repeat(10)));
  expect(held(cache, 'abc')).toBe('abc');
  cache.put('c', snapshot(2, 'x'.repeat(11)));
  expect(held(cache, 'abc')).toBe('bc');
  cache.put('a', snapshot(1, 'x'.repeat(9)));
  expect(held(cache, 'abc')).toBe('abc');
  cache.put('d', snapshot(1, 'x'.repeat(200)));
  expect(held(cache, 'abcd')).toBe('d');
});

test('what is heavier than everything together is not kept, nor is what it replaces', () => {
  const cache = createSnapshotCache({ ...MANY, cacheCharacters: FIXED + 10 });
  cache.put('a', snapshot(1, 'x'.repeat(10)));
  expect(held(cache, 'a')).toBe('a');
  cache.put('a', snapshot(2, 'x'.repeat(11)));
  expect(held(cache, 'a')).toBe('');
  cache.put('b', snapshot(1, 'x'.repeat(10)));
  expect(held(cache, 'ab')).toBe('b');
});

test('room is given back by what is replaced and by what is dropped', () => {
  const cache = createSnapshotCache({ ...MANY, cacheCharacters: 2 * FIXED });
  for (let version = 1; version <= 50; version++) {
    cache.put('a', snapshot(version));
    cache.put('b', snapshot(version));
    expect(held(cache, 'ab')).toBe('ab');
    cache.drop('b');
  }
});

test('keys weigh as values do', () => {
  const rows = (count: number) => ({
    version: 1,
    rows: new Map(Array.from({ length: count }, (_, at) => [`key-${at}`, ''])),
  });
  const cache = createSnapshotCache({ ...MANY, cacheCharacters: 65 + 2 * (5 + 32) });
  cache.put('a', rows(2));
  expect(held(cache, 'a')).toBe('a');
  cache.put('a', { ...rows(3), version: 2 });
  expect(held(cache, 'a')).toBe('');
});
