/** Ranges of keys in the order of their UTF-8 bytes, beside the bytes themselves. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareKeys, inSlice, prefixEnd } from './key-range.ts';

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
/** Mostly characters beside the edges at which UTF-16 and UTF-8 differ. */
const character = fc.constantFrom(
  '\u0001',
  'a',
  'b',
  '\u007f',
  '\u0080',
  '\u07ff',
  '\u0800',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '\u{10000}',
  '\u{10ffff}',
);
const text = fc.oneof(
  fc.array(character, { maxLength: 5 }).map((all) => all.join('')),
  fc.string({ unit: 'binary', maxLength: 6 }),
);

test('keys compare as their bytes do', () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareKeys(a, b))).toBe(Math.sign(byBytes(a, b)));
    }),
    { numRuns: 500 },
  );
});

test('what starts with a prefix, and nothing else, lies from it to its end', () => {
  fc.assert(
    fc.property(text, text, (prefix, key) => {
      const end = prefixEnd(prefix);
      const isWithin = byBytes(key, prefix) >= 0 && (end === undefined || byBytes(key, end) < 0);
      expect(isWithin).toBe(key.startsWith(prefix));
    }),
    { numRuns: 500 },
  );
});

test('every key behind a prefix lies before its end', () => {
  fc.assert(
    fc.property(text, text, (prefix, rest) => {
      const end = prefixEnd(prefix);
      expect(end === undefined || byBytes(prefix + rest, end) < 0).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test.each([
  ['outbox/', 'outbox0'],
  ['a\u007f', 'a\u0080'],
  ['a\ud7ff', 'a\ue000'],
  ['a\uffff', 'a\u{10000}'],
  ['a\u{10ffff}', 'b'],
  ['a\u{10ffff}\u{10ffff}', 'b'],
  ['\u{10ffff}', undefined],
  ['', undefined],
])('the end of the prefix %j is %j', (prefix, end) => {
  expect(prefixEnd(prefix)).toBe(end);
});

test('a slice is one key, or all that start with its prefix', () => {
  const within = (key: string) => [inSlice(key, { key: 'op/1' }), inSlice(key, { prefix: 'op/1' })];
  expect([within('op/1'), within('op/12'), within('op/2')]).toEqual([
    [true, true],
    [false, true],
    [false, false],
  ]);
});
