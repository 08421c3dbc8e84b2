/** What is forgotten first, and that nothing goes over the bounds (1, 2). */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bound } from './bounds.ts';
import { createLru } from './lru.ts';

test('what was used longest ago leaves first, and is handed over with its name', () => {
  const left: string[] = [];
  const lru = createLru<string, number>(bound('test', 2), (value, key) => left.push(`${key} ${value}`));
  lru.set('a', 1);
  lru.set('b', 2);
  expect(lru.get('a')).toBe(1);
  lru.set('c', 3);
  expect([left, lru.get('b'), [...lru.values()], lru.size]).toEqual([['b 2'], undefined, [1, 3], 2]);
  // Setting anew is using.
  lru.set('a', 4);
  lru.set('d', 5);
  expect([left, [...lru.values()]]).toEqual([
    ['b 2', 'c 3'],
    [4, 5],
  ]);
});

test('what is taken out or cleared is not handed over', () => {
  const left: number[] = [];
  const lru = createLru<string, number>(bound('test', 2), (value) => left.push(value));
  lru.set('a', 1);
  lru.set('b', 2);
  lru.delete('a');
  expect([lru.get('a'), lru.size]).toEqual([undefined, 1]);
  lru.clear();
  expect([lru.get('b'), lru.size, left]).toEqual([undefined, 0, []]);
});

test('1: it holds the last used of its bound, whatever is set and looked for', () => {
  const step = fc.record({ kind: fc.constantFrom('get', 'set'), key: fc.integer({ min: 0, max: 5 }) });
  fc.assert(
    fc.property(fc.array(step), fc.integer({ min: 1, max: 4 }), (steps, most) => {
      const lru = createLru<number, number>(bound('test', most));
      let used: number[] = [];
      for (const { kind, key } of steps) {
        const isHeld = used.includes(key);
        if (kind === 'get') expect(lru.get(key)).toBe(isHeld ? key : undefined);
        if (kind === 'set') lru.set(key, key);
        if (kind === 'set' || isHeld) used = [...used.filter((other) => other !== key), key].slice(-most);
      }
      expect([...lru.values()]).toEqual(used);
    }),
  );
});

const weighed = (entries: number, weight: number, left: string[] = []) =>
  createLru<string, string>(bound('test', entries), (value, key) => left.push(`${key} ${value}`), {
    bound: bound('weight', weight),
    of: (value, key) => key.length + value.length,
  });

test('1: beyond the weight the ones that were used longest ago leave, until the rest fits', () => {
  const left: string[] = [];
  const lru = weighed(10, 12, left);
  for (const key of ['a', 'b', 'c']) lru.set(key, 'xxx');
  expect([left, lru.size]).toEqual([[], 3]);
  lru.get('a');
  lru.set('c', 'xxxxx');
  expect([left, [...lru.values()]]).toEqual([['b xxx'], ['xxx', 'xxxxx']]);
  // What leaves takes its weight along.
  lru.set('d', 'x');
  lru.delete('c');
  lru.set('e', 'xxxxx');
  expect([left, [...lru.values()]]).toEqual([['b xxx'], ['xxx', 'x', 'xxxxx']]);
  lru.clear();
  lru.set('f', 'xxxxxxxxxxx');
  expect([left, lru.size]).toEqual([['b xxx'], 1]);
});

test('1: the number of entries is bounded beside their weight', () => {
  const left: string[] = [];
  const lru = weighed(2, 100, left);
  for (const key of ['a', 'b', 'c']) lru.set(key, 'x');
  expect([left, lru.size]).toEqual([['a x'], 2]);
});

test('2: what is heavier than everything together may be is not kept, nor is what it replaces, and the others stay', () => {
  const left: string[] = [];
  const lru = weighed(10, 4, left);
  lru.set('a', 'x');
  lru.set('b', 'x');
  lru.set('a', 'xxxx');
  expect([left, lru.get('a'), [...lru.values()]]).toEqual([['a xxxx'], undefined, ['x']]);
  lru.set('c', 'x');
  expect(lru.size).toBe(2);
});

test('a look aside is no use', () => {
  const lru = createLru<string, number>(bound('test', 2));
  lru.set('a', 1);
  lru.set('b', 2);
  expect([lru.peek('a'), lru.peek('z')]).toEqual([1, undefined]);
  lru.set('c', 3);
  expect(lru.peek('a')).toBeUndefined();
});
