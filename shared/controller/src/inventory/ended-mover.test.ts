/** Owners that have ended and lie among the others: a walk moves so many, and each has its turn (1); who stays is left alone for a while (3). */
import { expect, test } from 'vitest';
import { createEndedMover } from './ended-mover.ts';

const HOUR_MS = 3_600_000;
const signal = new AbortController().signal;
const clock = { now: () => 0 };

test('1: a walk moves 200, and the next goes on behind the last, so that who has to stay keeps nobody from it', async () => {
  const tried: string[] = [];
  let known: readonly string[] = [];
  const entries = () => known.map((name) => [name, { status: name === 'there' ? 'completed' : 'deleted' }] as const);
  const mover = createEndedMover({ entries }, { relist: async (name) => tried.push(name) > 0 }, clock);
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
    return true;
  };
  const mover = createEndedMover({ entries }, { relist }, clock);
  await expect(mover.move(signal)).rejects.toThrow('away');
  isAway = false;
  known = ['b', 'c'];
  await mover.move(signal);
  expect(tried).toEqual(['a', 'b', 'b', 'c']);
});

test('3: who has to stay is looked at again after an hour, or once it was found there anew; others are moved meanwhile', async () => {
  const tried: string[] = [];
  let known: readonly string[] = [];
  let nowMs = 0;
  const entries = () => known.map((name) => [name, { status: 'deleted' }] as const);
  const relist = async (name: string) => {
    tried.push(name);
    return name !== 'stays';
  };
  const mover = createEndedMover({ entries }, { relist }, { now: () => nowMs });
  const walk = async (...found: readonly string[]) => {
    known = found;
    await mover.move(signal);
    return tried.splice(0);
  };
  expect(await walk('stays', 'goes')).toEqual(['goes', 'stays']);
  expect(await walk('stays', 'also')).toEqual(['also']);
  nowMs = HOUR_MS - 1;
  expect(await walk('stays')).toEqual([]);
  nowMs = HOUR_MS;
  expect(await walk('stays')).toEqual(['stays']);
  expect(await walk('stays')).toEqual([]);
  expect(await walk()).toEqual([]);
  expect(await walk('stays')).toEqual(['stays']);
});
