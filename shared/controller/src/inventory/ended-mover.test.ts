/** Owners that have ended and lie among the others: a walk moves so many, and each has its turn (1). */
import { expect, test } from 'vitest';
import { createEndedMover } from './ended-mover.ts';

const signal = new AbortController().signal;

test('1: a walk moves 200, and the next goes on behind the last, so that who has to stay keeps nobody from it', async () => {
  const tried: string[] = [];
  let known: readonly string[] = [];
  const entries = () => known.map((name) => [name, { status: name === 'there' ? 'completed' : 'deleted' }] as const);
  const mover = createEndedMover({ entries }, { relist: async (name) => void tried.push(name) });
  const names = Array.from({ length: 450 }, (_, at) => `t${String(at).padStart(3, '0')}`);
  const walk = async (found: readonly string[]) => {
    known = ['there', ...found];
    await mover.move(signal);
    return tried.splice(0);
  };
  expect(await walk(names.toReversed())).toEqual(names.slice(0, 200));
  expect(await walk(names)).toEqual(names.slice(200, 400));
  expect(await walk(names)).toEqual([...names.slice(400), ...names.slice(0, 150)]);
  expect(await walk(['t149'])).toEqual(['t149']);
  expect(await walk([])).toEqual([]);
});

test('a name that cannot be moved now is tried again by the next walk, and those before it are not', async () => {
  const tried: string[] = [];
  let isAway = true;
  let known = ['a', 'b', 'c'];
  const entries = () => known.map((name) => [name, { status: 'deleted' }] as const);
  const relist = async (name: string) => {
    tried.push(name);
    if (name === 'b' && isAway) throw new Error('away');
  };
  const mover = createEndedMover({ entries }, { relist });
  await expect(mover.move(signal)).rejects.toThrow('away');
  isAway = false;
  known = ['b', 'c'];
  await mover.move(signal);
  expect(tried).toEqual(['a', 'b', 'b', 'c']);
});
