/** A name goes onto the wire byte for byte as it came. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeName, encodeName, encodePath, fromBytes } from './object-name.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const inPercent = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
const bytesIn = (encoded: string): string =>
  encoded.replace(/%(..)|(.)/g, (_whole, code?: string, char = '') => code?.toLowerCase() ?? hex(Buffer.from(char)));

test('1 any bytes are said back as they were listed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      expect(bytesIn(encodeName(decodeName(inPercent(bytes))))).toBe(hex(bytes));
      expect(bytesIn(encodeName(fromBytes(Buffer.from(bytes))))).toBe(hex(bytes));
    }),
    { numRuns: 1000 },
  );
});

test('1 text is text, whatever is around it', () => {
  expect(fromBytes(Buffer.from('ä€\u{1f600}'))).toBe('ä€\u{1f600}');
  expect(fromBytes(Buffer.concat([Buffer.from([0xff]), Buffer.from('ä\u{1f600}'), Buffer.from([0xf0, 0x9f])]))).toBe(
    '\udcffä\u{1f600}\udcf0\udc9f',
  );
});

test.each([
  ['a+b', 'a b'],
  ['a%2Bb', 'a+b'],
  ['%E2%82%AC%2F%25', '€/%'],
  ['100%', '100%'],
  ['%zz%4', '%zz%4'],
  ['%0d%01', '\r\u0001'],
  ['ä%C3%A4', 'ää'],
])('a listed %j is %j', (listed, name) => {
  expect(decodeName(listed)).toBe(name);
});

test.each([
  ["!'()*~-._", '%21%27%28%29%2A~-._'],
  ['a b/ä', 'a%20b%2F%C3%A4'],
  ['\ud800', '%ED%A0%80'],
  ['\udcff\u{1f600}', '%FF%F0%9F%98%80'],
])('%j is encoded %s', (name, encoded) => {
  expect(encodeName(name)).toBe(encoded);
});

test('2 separators stay in a path, and nothing else', () => {
  expect(encodePath('/a//../\r?#')).toBe('/a//../%0D%3F%23');
});
