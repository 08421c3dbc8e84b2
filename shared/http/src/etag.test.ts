import { expect, test } from 'vitest';
import { etagOf, isUnchanged, missingIfMatch, requireMatch } from './etag.ts';

test.each([
  [null, true],
  ['*', true],
  ['"7"', true],
  ['"6", "7"', true],
  ['"6","7"', true],
  [' "7" ', true],
  ['"6"', false],
  ['7', false],
  ['W/"7"', false],
  ['"77"', false],
  ['', false],
  ['"*"', false],
])('a write with If-Match %j of version 7 may go on: %s', (header, may) => {
  const attempt = () => requireMatch(header, 7);
  if (may) expect(attempt).not.toThrow();
  else expect(attempt).toThrow(expect.objectContaining({ code: 'precondition-failed', status: 412 }));
});

test('a stale write is told where the object is, in words and as a header, with no more of what it sent than fits', () => {
  const attempt = () => requireMatch(`"${'x'.repeat(200)}"`, 'a7');
  expect(attempt).toThrow(
    expect.objectContaining({
      message: `The object is at ETag "a7", If-Match was "${'x'.repeat(99)}. Read it again.`,
      options: { headers: { etag: '"a7"' } },
    }),
  );
});

test.each([
  [null, false],
  ['*', true],
  ['"7"', true],
  ['W/"7"', true],
  ['"6", W/"7"', true],
  ['"6"', false],
  ['7', false],
  ['"W/7"', false],
])('what is read again with If-None-Match %j is unchanged at version 7: %s', (header, is) => {
  expect(isUnchanged(header, 7)).toBe(is);
});

test('a tag is the version in quotes', () => {
  expect([etagOf(3), etagOf('a')]).toEqual(['"3"', '"a"']);
});

test('a write that needs a version and names none is told so', () => {
  expect(missingIfMatch()).toMatchObject({ code: 'precondition-required', status: 428 });
});
