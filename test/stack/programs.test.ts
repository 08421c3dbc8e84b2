import { expect, test } from 'vitest';
import { withoutDirect } from './golang.ts';
import { findJava, parseRelease } from './jdk.ts';
import { placesOf } from './places.ts';

test('the major version is read from both ways in which Java writes it', () => {
  expect(parseRelease('IMPLEMENTOR="x"\nJAVA_VERSION="17.0.15"\n')).toBe(17);
  expect(parseRelease('JAVA_VERSION="1.8.0_402"')).toBe(8);
  expect(parseRelease('')).toBeUndefined();
});

test('the best wanted version wins over the place where it was found; a named home wins among equals', () => {
  const majors: Readonly<Record<string, number>> = { '/a': 25, '/b': 21, '/c': 17, '/mine': 21 };
  const find = (wanted: readonly number[], env = {}) =>
    findJava(wanted, env, ['/a', '/b', '/c'], (home) => majors[home]);
  expect(find([17, 21])).toBe('/c');
  expect(find([21])).toBe('/b');
  expect(find([21], { STACK_JAVA_HOME: '/mine' })).toBe('/mine');
  expect(find([11])).toBeUndefined();
});

test('modules are never fetched from a source host', () => {
  expect(withoutDirect('https://one.example,https://two.example|direct\n')).toBe(
    'https://one.example,https://two.example',
  );
  expect(withoutDirect('off')).toBe('off');
});

test('everything is kept below the cache folder, an instance apart from the others', () => {
  const places = placesOf({ XDG_CACHE_HOME: '/cache', STACK_INSTANCE: 'second' });
  expect(places.programs).toBe('/cache/leasehold/stack/programs');
  expect(places.stateFile).toBe('/cache/leasehold/stack/run/second/state.json');
  expect(() => placesOf({ STACK_INSTANCE: '../x' })).toThrow('../x');
});
