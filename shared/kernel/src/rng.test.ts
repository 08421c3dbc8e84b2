/** Invariant 1: the numbers are those of the published generators on every machine, so that a seed of years ago still tells its story. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashText, seededRng } from './rng.ts';

const MASK = 0xffffffffn;
const rotate = (value: bigint, by: bigint): bigint => ((value << by) | (value >> (32n - by))) & MASK;

/** splitmix32 and sfc32 once more, in whole numbers without a sign, after their authors' C. */
function* published(seed: number): Generator<number> {
  let mix = BigInt(seed) & MASK;
  const split = (): bigint => {
    mix = (mix + 0x9e3779b9n) & MASK;
    let t = mix ^ (mix >> 16n);
    t = (t * 0x21f0aaadn) & MASK;
    t ^= t >> 15n;
    t = (t * 0x735a2d97n) & MASK;
    return t ^ (t >> 15n);
  };
  let [a, b, c, counter] = [split(), split(), split(), 1n];
  for (;;) {
    const t = (a + b + counter) & MASK;
    counter = (counter + 1n) & MASK;
    a = b ^ (b >> 9n);
    b = (c + (c << 3n)) & MASK;
    c = (rotate(c, 21n) + t) & MASK;
    yield Number(t) / 2 ** 32;
  }
}

test('1: the sequence of a seed is that of sfc32, seeded through splitmix32', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const [expected, rng] = [published(seed), seededRng(seed)];
      for (let draw = 0; draw < 64; draw++) expect(rng.next()).toBe(expected.next().value);
    }),
  );
});

test('1: a seed is taken as 32 bits', () => {
  expect(seededRng(2 ** 32 + 5).next()).toBe(seededRng(5).next());
});

test('a whole number is below its bound, and each of them comes up', () => {
  const rng = seededRng(7);
  const seen = new Set(Array.from({ length: 400 }, () => rng.int(6)));
  expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  expect(seededRng(7).int(1)).toBe(0);
});

test('a whole number, a choice and a chance are made of the next number alone', () => {
  const [next] = [seededRng(3).next()];
  expect(seededRng(3).int(1000)).toBe(Math.floor(next * 1000));
  expect(seededRng(3).pick(['a', 'b', 'c'])).toBe(['a', 'b', 'c'][Math.floor(next * 3)]);
  expect([seededRng(3).chance(next), seededRng(3).chance(next + 1e-9)]).toEqual([false, true]);
});

test('a chance of none never comes, a certain one always', () => {
  const rng = seededRng(1);
  const draws = Array.from({ length: 200 }, () => [rng.chance(0), rng.chance(1)]);
  expect(draws.every(([never, always]) => never === false && always === true)).toBe(true);
});

test('2: a fork of another label is another generator, of the same label at the same place the same', () => {
  const fork = (label: string) =>
    Array.from(
      { length: 4 },
      (
        (rng) => () =>
          rng.next()
      )(seededRng(9).fork(label)),
    );
  expect(fork('a')).toEqual(fork('a'));
  expect(fork('a')).not.toEqual(fork('b'));
});

test('2: what is drawn from a fork shifts nothing of its parent', () => {
  const [quiet, busy] = [seededRng(9), seededRng(9)];
  quiet.fork('a');
  const fork = busy.fork('a');
  for (let draw = 0; draw < 10; draw++) fork.next();
  expect(busy.next()).toBe(quiet.next());
});

// http://www.isthe.com/chongo/src/fnv/test_fnv.c
test.each([
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['b', 0xe70c2de5],
  ['foo', 0xa9f37ed7],
  ['foobar', 0xbf9cf968],
])('the hash of %j is that of FNV-1a', (text, hash) => {
  expect(hashText(text)).toBe(hash);
});
