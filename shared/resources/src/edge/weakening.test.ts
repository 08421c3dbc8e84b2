/** What goes down, and what holds more than it should. */
import { expect, test } from 'vitest';
import { hasMore, isLess, weakening, weighed } from './weakening.ts';

test.each([
  [5, 4, true],
  [4, 4, false],
  [4, 5, false],
  [null, 5, true],
  [5, null, false],
  [null, null, false],
  [0, 1, false],
])('from %j to %j: less is %j', (from, to, less) => {
  expect(isLess({ from, to })).toBe(less);
});

test('which values have no bound is the kind’s own affair', () => {
  expect(isLess({ from: -1, to: 5 }, [-1])).toBe(true);
  expect(isLess({ from: 5, to: -1 }, [-1])).toBe(false);
  expect(isLess({ from: 5, to: -1 })).toBe(true);
});

test.each([
  [['a', 'b'], ['a'], true],
  [['b', { x: 1, y: 2 }], [{ y: 2, x: 1 }], true],
  [['a'], ['a'], false],
  [['a', 'b'], ['c'], false],
  [['a', 'b', 'c'], ['a', 'x'], false],
  [['a', 'a'], ['a'], true],
  [[], [], false],
  [null, ['a'], false],
  [['a'], null, false],
])('%j beside %j holds more: %j', (seen, wanted, more) => {
  expect(hasMore(seen, wanted)).toBe(more);
});

test('a change is told with what it weakens, where it weakens', () => {
  const change = (path: string) => ({ path, from: 1, to: 2, weight: 'settings' }) as const;
  const weak = weakening('lower-quota', 'hold less');
  expect(weighed([change('/a'), change('/b')], ({ path }) => (path === '/b' ? weak : undefined))).toStrictEqual([
    change('/a'),
    { ...change('/b'), weakens: { kind: 'lower-quota', would: 'hold less' } },
  ]);
});
