/** Sums of counts over owners that change one by one. */
import { expect, test } from 'vitest';
import { createTally } from './tally.ts';

test('sums follow each owner’s own counts; the same again is no news, and what once was is told with nothing', () => {
  const tally = createTally();
  expect(tally.replace({}, {})).toBe(false);
  expect(tally.replace({}, { x: 2, y: 1 })).toBe(true);
  expect(tally.replace({ x: 2, y: 1 }, { y: 1, x: 2 })).toBe(false);
  expect(tally.replace({}, { x: 3 })).toBe(true);
  expect([tally.sum('x'), tally.sum('y'), tally.sum('z')]).toEqual([5, 1, 0]);
  expect(tally.replace({ x: 2, y: 1 }, { x: 1 })).toBe(true);
  expect(tally.rows('kind')).toEqual([
    { labels: { kind: 'x' }, value: 4 },
    { labels: { kind: 'y' }, value: 0 },
  ]);
  expect([tally.replace({ x: 3 }, {}), tally.replace({}, {}), tally.sum('x')]).toEqual([true, false, 1]);
  expect(tally.sums()).toEqual([
    ['x', 1],
    ['y', 0],
  ]);
});
