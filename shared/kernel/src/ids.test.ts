/** Ids say where they belong, and nothing else parses as one. */
import { expect, test } from 'vitest';
import { ownedId, parseOwnedId, serialKey } from './ids.ts';

test.each([
  ['op', 'acme', 1, 'op_acme_1'],
  ['dl', 'a', 42, 'dl_a_42'],
  ['roll', 'a-b.c-9', 999_999_999_999_999, 'roll_a-b.c-9_999999999999999'],
])('2: an id of %s, %s and %i parses to what it was made of', (prefix, owner, serial, text) => {
  expect(ownedId(prefix, owner, serial)).toBe(text);
  expect(parseOwnedId(text)).toEqual({ prefix, owner, serial });
});

test.each(
  [
    ['', 'op', 'op_acme', 'op_acme_', 'op__1', '_acme_1', 'op_acme_1_2', 'op acme 1'],
    ['o_acme_1', 'opera_acme_1', 'OP_acme_1', 'o1_acme_1'],
    ['op_-acme_1', 'op_acme-_1', 'op_.acme_1', 'op_acme._1', 'op_ACME_1', 'op_ac_me_1', 'op_a/b_1'],
    ['op_acme_0', 'op_acme_01', 'op_acme_-1', 'op_acme_1.5', 'op_acme_x', 'op_acme_1000000000000000'],
    [' op_acme_1', 'op_acme_1 ', 'op_acme_1\n', 'xop_acme_1x'],
  ].flat(),
)('2: %j is no id', (text) => {
  expect(parseOwnedId(text)).toBeUndefined();
});

test('keys sort as their serials do', () => {
  expect([serialKey(1), serialKey(123_456_789_012_345)]).toEqual(['000000000000001', '123456789012345']);
  const serials = [2, 10, 1, 100, 99];
  expect(serials.map(serialKey).sort()).toEqual(serials.toSorted((a, b) => a - b).map(serialKey));
});
