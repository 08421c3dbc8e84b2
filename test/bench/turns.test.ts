import { expect, test } from 'vitest';
import { eachWithin, orderOf, takeTurns } from './turns.ts';

const going = new AbortController().signal;

test('each round begins with another part, so that none is always first', () => {
  expect([0, 1, 2, 3].map((round) => orderOf(['a', 'b', 'c'], round).join(''))).toEqual(['abc', 'bca', 'cab', 'abc']);
  expect(orderOf([], 3)).toEqual([]);
});

test('what is compared takes turns, and tidying comes after the whole round', async () => {
  const seen: string[] = [];
  const part = (name: string, value: number) => async (round: number) => {
    seen.push(`${name}${round}`);
    return value;
  };
  const rounds = await takeTurns(
    2,
    { product: part('p', 3), raw: part('r', 2) },
    async (round) => void seen.push(`tidy${round}`),
    going,
  );
  expect(seen).toEqual(['p0', 'r0', 'tidy0', 'r1', 'p1', 'tidy1']);
  expect(rounds).toEqual([
    { product: 3, raw: 2 },
    { product: 3, raw: 2 },
  ]);
});

test('an interruption is heard between two measurements, and the round is still tidied', async () => {
  const stop = new AbortController();
  const tidied: number[] = [];
  const parts = {
    product: async () => {
      stop.abort(new Error('interrupted'));
      return 1;
    },
    raw: async () => {
      throw new Error('was measured after the interruption');
    },
  };
  const turns = takeTurns(5, parts, async (round) => void tidied.push(round), stop.signal);
  await expect(turns).rejects.toThrow('interrupted');
  expect(tidied).toEqual([0]);
});

test('no more than the given number are under way at once, and all are done', async () => {
  let [under, most] = [0, 0];
  const done: number[] = [];
  await eachWithin([1, 2, 3, 4, 5], 2, async (item) => {
    under += 1;
    most = Math.max(most, under);
    await Promise.resolve();
    under -= 1;
    done.push(item);
  });
  expect(most).toBe(2);
  expect(done.sort()).toEqual([1, 2, 3, 4, 5]);
});

test('when it is enough, no further round begins', async () => {
  const enough = [false, true];
  const one = { part: async () => 1 };
  const rounds = await takeTurns(
    5,
    one,
    async () => undefined,
    going,
    () => enough.shift() ?? true,
  );
  expect(rounds).toHaveLength(2);
});
