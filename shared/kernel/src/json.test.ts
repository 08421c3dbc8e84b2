/** Equal values have one text and one digest, whatever the order in which they were made. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, digest } from './json.ts';

test('keys are in the order of their text, at every depth; lists keep theirs', () => {
  expect(canonicalJson({ b: [{ d: 'x', c: null }, 2], a: 1, B: true })).toBe(
    '{"B":true,"a":1,"b":[{"c":null,"d":"x"},2]}',
  );
  expect([canonicalJson(null), canonicalJson('a'), canonicalJson([])]).toEqual(['null', '"a"', '[]']);
});

test('a key without a value is none; null is a value', () => {
  expect(canonicalJson({ a: undefined, b: null, c: { d: undefined } })).toBe('{"b":null,"c":{}}');
});

test('the same value told in another order has the same text, and is read back as it was', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 8 }), (value) => {
      const turned = Object.fromEntries(Object.entries(value).reverse());
      expect(canonicalJson(turned)).toBe(canonicalJson(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

// sha256sum of the text, its first half.
test('a digest is half of the SHA-256 of the text, in hex', () => {
  expect(digest({ b: [{ d: 'x', c: null }, 2], a: 1 })).toBe('a6e3f37958a523d8b4f719bc2173a7b8');
  expect(digest(null)).toBe('74234e98afe7498fb5daf1f36ac2d78a');
});
