import { expect, test } from 'vitest';
import { z } from 'zod';
import { decodeCursor, encodeCursor, PAGE_QUERY, pageOf } from './page.ts';
import { queryBoolean, queryInteger, queryNumber } from './query.ts';

test('a cursor is one for URLs, and one of its longest is read, a longer one refused', () => {
  const text = z.string();
  const longest = (() => {
    let position = '';
    while (encodeCursor('l', `${position}x`).length <= 2_048) position += 'x';
    return position;
  })();
  expect(encodeCursor('l', { 'ü?/+': 1 })).toMatch(/^[A-Za-z0-9_-]+$/);
  expect(decodeCursor('l', encodeCursor('l', longest), text)).toBe(longest);
  expect(() => decodeCursor('l', encodeCursor('l', `${longest}xxx`), text)).toThrow('was not made by this list');
});

test.each([
  ['no list', '{"0":1}'],
  ['too short a list', '[1,"x"]'],
  ['too long a list', '[1,"x",1,2]'],
  ['no JSON', 'nonsense'],
])('a cursor that holds %s is refused', (_, text) => {
  const cursor = Buffer.from(text).toString('base64url');
  expect(() => decodeCursor('l', cursor, z.number())).toThrow(expect.objectContaining({ code: 'bad-cursor' }));
});

test('a refused cursor is shown, no more of it than fits', () => {
  expect(() => decodeCursor('l', 'x'.repeat(200), z.number())).toThrow(`The cursor "${'x'.repeat(100)}" was`);
});

test('a page has its items and what comes next; a limit is from 1 to 200, 50 where none is told', () => {
  const page = pageOf(z.number());
  expect(page.safeParse({ items: [1], next_cursor: null }).success).toBe(true);
  for (const wrong of [{ items: [1] }, { items: ['x'], next_cursor: null }, { items: [], next_cursor: 7 }]) {
    expect(page.safeParse(wrong).success).toBe(false);
  }
  const { limit } = PAGE_QUERY;
  expect([limit.parse(undefined), limit.parse('1'), limit.parse('200')]).toEqual([50, 1, 200]);
  for (const wrong of ['0', '201', '']) expect(limit.safeParse(wrong).success).toBe(false);
});

test.each([
  ['5', 5],
  ['-5', -5],
  ['007', 7],
  ['10', 10],
  ['11', undefined],
  ['-11', undefined],
  ['1.5', undefined],
  ['1e1', undefined],
  [' 1', undefined],
  ['1x', undefined],
  ['0000000000000005', undefined],
])('as a whole number from -10 to 10 %j is %s', (text, value) => {
  expect(queryInteger(-10, 10).safeParse(text).data).toBe(value);
});

test.each([
  ['0.5', 0.5],
  ['-1', -1],
  ['1.123456789', 1.123456789],
  ['1.1234567891', undefined],
  ['.5', undefined],
  ['1.', undefined],
  ['2.1', undefined],
  ['x1', undefined],
  ['NaN', undefined],
])('as a number from -1 to 2 %j is %s', (text, value) => {
  expect(queryNumber(-1, 2).safeParse(text).data).toBe(value);
});

test('yes and no are `true` and `false`, and nothing else is', () => {
  expect([queryBoolean.parse('true'), queryBoolean.parse('false')]).toEqual([true, false]);
  for (const text of ['TRUE', '1', '', 'yes']) expect(queryBoolean.safeParse(text).success).toBe(false);
});

test('a text that stands for a number says so to the document', () => {
  expect(queryInteger(1, 9).meta()?.['parameter']).toEqual({ type: 'integer', minimum: 1, maximum: 9 });
  expect(queryNumber(1, 9).meta()?.['parameter']).toEqual({ type: 'number', minimum: 1, maximum: 9 });
  expect(queryBoolean.meta()?.['parameter']).toEqual({ type: 'boolean' });
});
