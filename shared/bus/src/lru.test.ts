import { bound } from '@leasehold/kernel';
import fc from 'fast-check';
import { expect, test } from 'vitest';
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
