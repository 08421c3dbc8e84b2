/** Cursors come back as they were made, and are refused when they are not ours. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeCursor, parseCursor } from './cursor.ts';

test('what a cursor was made of comes back, of any text and number, and it is safe in an address', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer(), (text, number) => {
      const cursor = makeCursor([text, number]);
      expect(parseCursor(cursor, ['string', 'number'])).toEqual([text, number]);
      expect(cursor).toMatch(/^[\w-]+$/);
    }),
  );
});

const encode = (value: string) => Buffer.from(value).toString('base64url');

test.each([
  ['nothing', ''],
  ['no cursor at all', 'nonsense!'],
  ['another type', makeCursor([1, 1])],
  ['too few parts', makeCursor(['a'])],
  ['too many parts', makeCursor(['a', 1, 1])],
  ['no list', encode('"ab"')],
  ['an object like one', encode('{"0":"a","1":1,"length":2}')],
  ['null', encode('null')],
])('%s is refused', (_, cursor) => {
  expect(() => parseCursor(cursor, ['string', 'number'])).toThrow(
    expect.objectContaining({ class: 'Invalid', code: 'BadCursor' }),
  );
});
