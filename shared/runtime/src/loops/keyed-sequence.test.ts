/** Jobs one after the other within a lane, side by side across lanes (1), and when none is left. */
import { expect, test } from 'vitest';
import { createKeyedSequence } from './keyed-sequence.ts';

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

function setUp() {
  const sequence = createKeyedSequence();
  const log: string[] = [];
  const gates = new Map<string, () => void>();
  const add = (lane: string, name: string) =>
    sequence.add(lane, async () => {
      log.push(`${name} starts`);
      await new Promise<void>((resolve) => gates.set(name, resolve));
      log.push(`${name} ends`);
    });
  const end = async (name: string) => {
    gates.get(name)?.();
    await settled();
  };
  const isIdle = () => {
    const state = { told: false };
    void sequence.idle().then(() => {
      state.told = true;
    });
    return state;
  };
  return { sequence, log, add, end, isIdle };
}

test('1: a lane’s jobs start in order, each after the end of the one before; another lane does not wait', async () => {
  const { log, add, end } = setUp();
  for (const name of ['a1', 'a2', 'a3']) add('a', name);
  add('b', 'b1');
  await settled();
  expect(log).toEqual(['a1 starts', 'b1 starts']);
  await end('a1');
  await end('a2');
  await end('b1');
  await end('a3');
  expect(log.slice(2)).toEqual(['a1 ends', 'a2 starts', 'a2 ends', 'a3 starts', 'b1 ends', 'a3 ends']);
});

test('a lane that has ended starts again with its next job', async () => {
  const { log, add, end } = setUp();
  add('a', 'a1');
  await end('a1');
  add('a', 'a2');
  await settled();
  expect(log).toEqual(['a1 starts', 'a1 ends', 'a2 starts']);
});

test('it is idle when the last job of the last lane has ended, for all who wait for that', async () => {
  const { sequence, add, end, isIdle } = setUp();
  await sequence.idle();
  add('a', 'a1');
  add('b', 'b1');
  const waiting = [isIdle(), isIdle()];
  await end('a1');
  expect(waiting.map(({ told }) => told)).toEqual([false, false]);
  await end('b1');
  expect(waiting.map(({ told }) => told)).toEqual([true, true]);
  await sequence.idle();
  add('a', 'a2');
  const again = isIdle();
  await settled();
  expect(again.told).toBe(false);
  await end('a2');
  expect(again.told).toBe(true);
});

test('a job that is added while the last one runs keeps it from being idle', async () => {
  const { add, end, isIdle } = setUp();
  add('a', 'a1');
  const waiting = isIdle();
  add('a', 'a2');
  await end('a1');
  expect(waiting.told).toBe(false);
  await end('a2');
  expect(waiting.told).toBe(true);
});
