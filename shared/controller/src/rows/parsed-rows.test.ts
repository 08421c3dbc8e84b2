/** Values of rows are remembered by their text, and no longer than the bound says (3). */
import { expect, test } from 'vitest';
import { parseRow, writeRow } from './parsed-rows.ts';

test('a text gives the same value while it is kept, and a right one ever after', () => {
  const text = writeRow({ a: 1 });
  const first = parseRow(text);
  expect(parseRow(text)).toBe(first);
  for (let index = 0; index < 2_000; index++) writeRow({ index });
  expect(parseRow(text)).toStrictEqual({ a: 1 });
  expect(parseRow(text)).not.toBe(first);
});
