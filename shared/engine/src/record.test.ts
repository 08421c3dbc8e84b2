/** A record is a value: a patch makes another one, and takes out what it names as undefined. */
import { expect, test } from 'vitest';
import { freshRecord, patched } from './record.ts';

const place = { id: 'a.b', kind: 'a', part: 'b', name: 'thing' };

test('what nobody has begun is pending, unborn and without a try', () => {
  expect(freshRecord(place)).toStrictEqual({
    ...place,
    status: 'pending',
    attempts: 0,
    strikes: 0,
    born: false,
    lost: false,
  });
});

test('a patch changes what it names, takes out what it names as undefined, and leaves the value it came from alone', () => {
  const before: { a?: number; b?: number; c?: number } = { a: 1, b: 2 };
  expect(patched(before, { a: 5, c: 3 })).toStrictEqual({ a: 5, b: 2, c: 3 });
  expect(patched(before, { b: undefined })).toStrictEqual({ a: 1 });
  expect(patched(before, { a: 9, b: undefined, c: 0 })).toStrictEqual({ a: 9, c: 0 });
  expect(before).toStrictEqual({ a: 1, b: 2 });
});

test('a patch that changes nothing is the value itself, so that nothing is written for it', () => {
  const before: { a?: number; b?: number } = { a: 1 };
  for (const patch of [{}, { a: 1 }, { b: undefined }, { a: 1, b: undefined }])
    expect(patched(before, patch)).toBe(before);
});
