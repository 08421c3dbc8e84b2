import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAvroBytes } from './avro-bytes.ts';

const of = (...bytes: readonly number[]) => createAvroBytes(Buffer.from(bytes));
/** As the specification writes a long: zigzag, seven bits at a time. */
function long(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)); ; rest >>= 7n) {
    if (rest < 128n) return [...bytes, Number(rest)];
    bytes.push(Number(rest & 127n) | 128);
  }
}

// From the specification.
test.each([
  [0, [0x00]],
  [-1, [0x01]],
  [1, [0x02]],
  [-2, [0x03]],
  [2, [0x04]],
  [-64, [0x7f]],
  [64, [0x80, 0x01]],
])('the number %i is written as %j', (value, bytes) => {
  const read = of(...bytes);
  expect([read.long(), read.left()]).toEqual([value, 0]);
});

test('every long is read, as a number where it is safe and as a bigint where it is not', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
      const isSafe = Number.isSafeInteger(Number(value));
      expect(of(...long(value)).long()).toBe(isSafe ? Number(value) : value);
    }),
  );
  for (const edge of [
    2n ** 48n,
    2n ** 49n - 1n,
    2n ** 53n - 1n,
    2n ** 53n,
    -(2n ** 53n),
    2n ** 63n - 1n,
    -(2n ** 63n),
  ]) {
    for (const value of [edge, -edge, edge - 1n, 1n - edge]) {
      if (value >= 2n ** 63n || value < -(2n ** 63n)) continue;
      expect(BigInt(of(...long(value)).long()), String(value)).toBe(value);
    }
  }
});

test('a number of ten bytes may end, one of eleven does not', () => {
  expect(of(...Array(9).fill(0x80), 0x01).long()).toBe(2n ** 62n);
  expect(() => of(...Array(10).fill(0x80), 0x01).long()).toThrow('a number does not end');
});

test('1: nothing is read beyond the payload', () => {
  const short = 'it ends early';
  expect(() => of().boolean()).toThrow(short);
  expect(() => of(0x80).long()).toThrow(short);
  expect(() => of(0, 0, 0).float()).toThrow(short);
  expect(() => of(0, 0, 0, 0, 0, 0, 0).double()).toThrow(short);
  expect(() => of(4, 1).bytes()).toThrow(short);
  expect(() => of(1).fixed(2)).toThrow(short);
  expect(() => of(...long(2n ** 60n)).bytes()).toThrow(short);
  expect([...of(4, 1, 2).bytes()]).toEqual([1, 2]);
  expect([...of(1, 2).fixed(2)]).toEqual([1, 2]);
});

test('what cannot be is refused: a boolean of two, a length and a choice below none', () => {
  expect([of(0).boolean(), of(1).boolean()]).toEqual([false, true]);
  expect(() => of(2).boolean()).toThrow('a boolean is 2');
  expect(() => of(1).bytes()).toThrow('a length is -1');
  expect(() => of(1).index(2)).toThrow('a choice out of 2 is -1');
  expect(() => of(4).index(2)).toThrow('a choice out of 2 is 2');
  expect([of(0).index(2), of(2).index(2)]).toEqual([0, 1]);
});

test('a block tells its items; one that can be skipped tells its size too, which is passed over', () => {
  const plain = of(6, 9);
  expect([plain.block(), plain.left()]).toEqual([3, 1]);
  const sized = of(5, 8, 9);
  expect([sized.block(), sized.left()]).toEqual([3, 1]);
  expect(of(0).block()).toBe(0);
});

test('numbers with a point are read from their least byte on', () => {
  expect(of(0, 0, 0xc0, 0x3f).float()).toBe(1.5);
  expect(of(0, 0, 0, 0, 0, 0, 0xf8, 0xbf).double()).toBe(-1.5);
});

test('2: values that take no bytes are counted, up to their bound', () => {
  const read = of();
  for (let time = 0; time < 100_000; time++) read.tookNone();
  expect(() => read.tookNone()).toThrow('bus.avroEmptyValues');
});
