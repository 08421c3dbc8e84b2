import type { Change } from '@leasehold/engine';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chosen, differences, isAt, pointer, pointerParts, touches } from './difference.ts';
import { inParallel } from './parallel.ts';

test('1 fields differ one by one, lists as a whole, and a missing field equals null', () => {
  const seen = { a: 1, list: [1, 2], same: { x: 1 }, gone: null };
  const wanted = { a: 2, list: [2, 1], same: { x: 1 }, added: 'n' };
  expect(differences('', seen, wanted).map(({ path, from, to }) => [path, from, to])).toEqual([
    ['/a', 1, 2],
    ['/added', null, 'n'],
    ['/list', [1, 2], [2, 1]],
  ]);
});

test('1 equal values never differ', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(differences('', value, structuredClone(value))).toEqual([]);
    }),
  );
});

test('2 any field name survives a pointer, which is the one of RFC 6901', () => {
  expect(pointer('a/b', 'm~n', '~1', '')).toBe('/a~1b/m~0n/~01/');
  expect(pointerParts('/a~1b/m~0n/~01/')).toEqual(['a/b', 'm~n', '~1', '']);
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), (parts) => {
      expect(pointerParts(pointer(...parts))).toEqual(parts);
    }),
  );
});

test('work in parallel keeps its order and its bound, and a failure waits for what is under way', async () => {
  let running = 0;
  let most = 0;
  let ended = 0;
  const work = async (item: number) => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    ended++;
    if (item === 3) throw new Error('three');
    return item * 2;
  };
  const limit = { name: 'test', value: 2 };
  expect(await inParallel([1, 2, 4, 5], limit, work)).toEqual([2, 4, 8, 10]);
  expect(most).toBe(2);
  ended = 0;
  await expect(inParallel([3, 1, 1, 1, 1, 1], limit, work)).rejects.toThrow('three');
  expect(running).toBe(0);
  expect(ended).toBeLessThan(6);
});

const change = (path: string): Change => ({ path, from: null, to: null, weight: 'settings' });

test.each([
  ['/a', '/a', true],
  ['/a/b', '/a', true],
  ['/ab', '/a', false],
  ['/b/a', '/a', false],
  ['', '/a', false],
  ['/a', '', true],
])('a change of %j is at or below %j: %j', (changed, path, is) => {
  expect(isAt(change(changed), path)).toBe(is);
  expect(touches([change('/z'), change(changed)], '/y', path)).toBe(is);
});

test('nothing touches where nothing changes, or nothing is asked', () => {
  expect(touches([], '/a')).toBe(false);
  expect(touches([change('/a')])).toBe(false);
});

const SEEN = { a: 1, deep: { x: 1, y: 2, gone: 3 }, list: [1] };
const WANTED = { a: 2, deep: { x: 8, y: 9 }, list: [2] };

test.each([
  [[], SEEN],
  [['/r'], WANTED],
  [[''], WANTED],
  [['/r/a'], { ...SEEN, a: 2 }],
  [['/r/deep'], { ...SEEN, deep: WANTED.deep }],
  [['/r/deep/x'], { ...SEEN, deep: { ...SEEN.deep, x: 8 } }],
  [['/r/deep/gone'], { ...SEEN, deep: { x: 1, y: 2 } }],
  [['/r/list/0'], { ...SEEN, list: [2] }],
  [['/r/a', '/r/deep/y'], { ...SEEN, a: 2, deep: { ...SEEN.deep, y: 9 } }],
  [['/other', '/rest/a', '/x/r'], SEEN],
])('of a value that is sent as a whole, changes %j take what they name', (paths, expected) => {
  expect(chosen<unknown>('/r', SEEN, WANTED, paths.map(change))).toEqual(expected);
});

test('where one side is no object, a change below takes all of it', () => {
  for (const seen of [null, [1], 7]) expect(chosen<unknown>('/r', seen, WANTED, [change('/r/a')])).toEqual(WANTED);
  for (const wanted of [null, [1], 7]) expect(chosen<unknown>('/r', SEEN, wanted, [change('/r/a')])).toEqual(wanted);
});
