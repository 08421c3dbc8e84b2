/**
 * Every pattern of the document can be read by every validator and generator: RE2, Java, Python and JavaScript with or without the
 * `u` flag. What one of them refuses is listed by hand.
 */
import { createOpenApi } from '@leasehold/http';
import { expect, test } from 'vitest';
import { provisionerRoutes, type RouteParts } from '../routes.ts';

const UNREADABLE: readonly (readonly [string, RegExp])[] = [
  ['a property of characters', /\\[pP]/],
  ['a code point in braces', /\\u\{/],
  ['a UTF-16 escape, which RE2 does not know', /\\u/],
  ['an escape for a control character', /\\c/],
  ['NUL without its number, which Python reads as octal', /\\0/],
  ['a group with a name', /\(\?<[^=!]|\\k</],
  ['a look behind', /\(\?<[=!]/],
  ['an inline flag', /\(\?[a-z-]+[:)]/],
  ['a difference or an intersection of sets', /--\[|&&\[|\[\[/],
  ['a possessive or atomic group', /[+*?]\+|\(\?>/],
];

const document = createOpenApi({
  title: 'T',
  version: '1',
  routes: provisionerRoutes({} as RouteParts, ['minio']),
})();

/** Each pattern with its place, however deep. */
function patternsOf(value: unknown, place = ''): readonly (readonly [string, string])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'pattern' && typeof inner === 'string' ? [[place, inner] as const] : patternsOf(inner, `${place}/${key}`),
  );
}
const patterns = patternsOf(document);

test('every pattern compiles without a flag and with `u`, and holds nothing that another engine refuses', () => {
  expect(patterns.length).toBeGreaterThan(3);
  const wrong = patterns.flatMap(([place, pattern]) => {
    for (const flags of ['', 'u']) expect(() => new RegExp(pattern, flags), place).not.toThrow();
    return UNREADABLE.filter(([, construct]) => construct.test(pattern)).map(([what]) => `${place}: ${what}`);
  });
  expect(wrong).toEqual([]);
});

test('what a person says is documented as it is taken: characters outside of the first plane are, control characters are not', () => {
  const said = patterns.filter(([, pattern]) => pattern.includes('x7f'));
  expect(said.length).toBeGreaterThanOrEqual(2);
  for (const [place, pattern] of said) {
    for (const flags of ['', 'u']) {
      const taken = (text: string) => new RegExp(pattern, flags).test(text);
      expect(['Ünïcode 社 😀', '', '\u00a0', ' ~'].map(taken), place).toEqual([true, true, true, true]);
      expect(['a\u0000', '\u001b', '\u007f', '\u009f', '\u0008', '\u000b', '\u000e', '\u001f'].map(taken)).toEqual(
        Array(8).fill(false),
      );
    }
  }
});
