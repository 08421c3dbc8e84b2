import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatPosition, isUpTo, type MessagePosition, parseMessageId, parsePosition } from './message-id.ts';

const varint = (value: bigint): number[] => {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, value); ; rest >>= 7n) {
    if (rest < 128n) return [...bytes, Number(rest)];
    bytes.push(Number(rest & 127n) | 128);
  }
};
const of = (...bytes: readonly number[]) => parseMessageId(Uint8Array.from(bytes));
const position = fc.record({
  ledger: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  entry: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  batchIndex: fc.option(fc.nat(), { nil: undefined }),
});

test('whatever a broker numbers is read from its bytes, and from its text', () => {
  fc.assert(
    fc.property(position, (at) => {
      const batch = at.batchIndex === undefined ? [] : [0x20, ...varint(BigInt(at.batchIndex))];
      expect(of(0x08, ...varint(at.ledger), 0x10, ...varint(at.entry), ...batch)).toEqual(at);
      expect(parsePosition(formatPosition(at))).toEqual(at);
    }),
  );
});

test('fields come in any order; a later one counts; a text in between is passed over; an index below none is none', () => {
  expect(of(0x10, 2, 0x08, 1)).toEqual({ ledger: 1n, entry: 2n, batchIndex: undefined });
  expect(of(0x08, 9, 0x08, 1, 0x10, 2)).toMatchObject({ ledger: 1n });
  expect(of(0x08, 1, 0x2a, 3, 0x10, 0x10, 0x10, 0x10, 2)).toMatchObject({ entry: 2n });
  expect(of(0x08, 1, 0x10, 2, 0x20, ...varint(-1n)).batchIndex).toBeUndefined();
  expect(of(0x08, 1, 0x10, 2, 0x20, 0).batchIndex).toBe(0);
});

test('an id of its bound of bytes is read, a longer one and one that does not end are not', () => {
  const padded = (length: number) => [
    0x08,
    1,
    0x10,
    2,
    ...Array((length - 4) / 2)
      .fill([0x30, 0])
      .flat(),
  ];
  expect(of(...padded(1_024))).toMatchObject({ ledger: 1n });
  expect(() => of(...padded(1_026))).toThrow('longer than bus.messageIdBytes 1024');
  expect(() => of(0x08, ...Array(10).fill(0x80), 1, 0x10, 2)).toThrow('a varint that does not end');
  expect(of(0x08, ...Array(9).fill(0x80), 1, 0x10, 2).ledger).toBe(-(2n ** 63n));
  expect(() => of(0x0d, 1, 2, 3, 4)).toThrow('wire type 5');
  expect(() => of(0x10, 2)).toThrow('no ledger or entry');
});

test.each([
  ['1:2', true],
  ['1:2:3', true],
  [`${'9'.repeat(20)}:1`, true],
  [`${'9'.repeat(21)}:1`, false],
  [`1:${'9'.repeat(21)}`, false],
  [`1:1:${'9'.repeat(10)}`, true],
  [`1:1:${'9'.repeat(11)}`, false],
  ['x1:2', false],
  ['1:2x', false],
  ['1:', false],
  [':1', false],
  ['-1:2', false],
  ['1:2:', false],
])('the text %j is an id: %s', (text, is) => {
  expect(parsePosition(text) !== undefined).toBe(is);
});

test('positions of one order: each is up to itself, one of two is up to the other, both where the entry is one', () => {
  fc.assert(
    fc.property(position, position, (a, b) => {
      expect(isUpTo(a, a)).toBe(true);
      const isSame = a.ledger === b.ledger && a.entry === b.entry;
      expect(isUpTo(a, b) && isUpTo(b, a)).toBe(isSame);
      expect(isUpTo(a, b) || isUpTo(b, a)).toBe(true);
    }),
  );
  const at = (ledger: bigint, entry: bigint): MessagePosition => ({ ledger, entry, batchIndex: undefined });
  expect([isUpTo(at(1n, 9n), at(2n, 0n)), isUpTo(at(1n, 1n), at(1n, 2n))]).toEqual([true, true]);
  expect([isUpTo(at(2n, 0n), at(1n, 9n)), isUpTo(at(1n, 2n), at(1n, 1n))]).toEqual([false, false]);
});
