import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearestName } from './nearest.ts';
import { createPathTable } from './path-table.ts';

test.each<[string, readonly string[], string | undefined]>([
  ['teir', ['tenant_id', 'tier'], 'tier'],
  ['TIER', ['tier'], 'tier'],
  ['tier', ['TIER'], 'TIER'],
  ['tie', ['tier', 'tied'], 'tier'],
  // At most a third of its letters differ, rounded up, and one always may.
  ['abcxyz', ['abcdef'], undefined],
  ['abcdxy', ['abcdef'], 'abcdef'],
  ['x', ['y'], 'y'],
  ['xy', ['ab'], undefined],
  ['', ['a'], 'a'],
  ['', ['abcd'], undefined],
  ['abc', [], undefined],
  // A letter too many, one too few, another one.
  ['limitt', ['limit'], 'limit'],
  ['imit', ['limit'], 'limit'],
  ['lim1t', ['limit'], 'limit'],
])('%j among %j is near %j', (given, names, nearest) => {
  expect(nearestName(given, names)).toBe(nearest);
});

test('a very long name is compared by its beginning', () => {
  const name = 'a'.repeat(64);
  expect(nearestName(name + 'b'.repeat(1_000_000), [name])).toBe(name);
});

test('a name among them is its own nearest, in whatever letter case', () => {
  const words = fc.uniqueArray(fc.stringMatching(/^[a-z_]{1,12}$/), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(words, fc.nat(), fc.boolean(), (names, at, isUpper) => {
      const name = names[at % names.length] as string;
      expect(nearestName(isUpper ? name.toUpperCase() : name, names)).toBe(name);
    }),
  );
});

test('a path has the methods of the patterns that it fits, each once, and is open where one of them is', () => {
  const table = createPathTable([
    { path: '/x/{id}', method: 'GET', open: false },
    { path: '/x/{id}', method: 'PUT', open: false },
    { path: '/x/all', method: 'GET', open: true },
    { path: '/a.b/c', method: 'GET', open: true },
  ]);
  expect(table('/x/7')).toEqual({ methods: ['GET', 'PUT'], open: false });
  expect(table('/x/all')).toEqual({ methods: ['GET', 'PUT'], open: true });
  expect(table('/a.b/c')).toEqual({ methods: ['GET'], open: true });
  for (const path of ['/x/', '/x', '/x/7/8', '/y/x/7', '/aXb/c', '/a.b/cd']) {
    expect(table(path), path).toEqual({ methods: [], open: false });
  }
});
