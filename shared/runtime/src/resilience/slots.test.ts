/** Places and the queue in front of them: counted once (1), left at once (2), first come first served. */
import { expect, test } from 'vitest';
import { createSlots } from './slots.ts';

const entered = (slots: ReturnType<typeof createSlots>, names: string, told: string[]) => {
  for (const name of names) void slots.wait()?.then(() => told.push(name));
};
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('as many places as there are, and none beyond', () => {
  const slots = createSlots(2, 5);
  expect([slots.tryTake(), slots.tryTake(), slots.tryTake()]).toEqual([true, true, false]);
  slots.give();
  expect([slots.tryTake(), slots.tryTake()]).toEqual([true, false]);
});

test('a place that is given back goes to who waited longest, and nobody who comes later gets before them', async () => {
  const slots = createSlots(1, 5);
  const told: string[] = [];
  slots.tryTake();
  entered(slots, 'abc', told);
  slots.give();
  expect(slots.tryTake()).toBe(false);
  await settled();
  expect(told).toEqual(['a']);
  slots.give();
  slots.give();
  await settled();
  expect(told).toEqual(['a', 'b', 'c']);
  expect(slots.tryTake()).toBe(false);
  slots.give();
  expect(slots.tryTake()).toBe(true);
});

test('beyond its limit the queue takes nobody, and each who enters makes room', () => {
  const slots = createSlots(1, 2);
  slots.tryTake();
  expect([slots.wait(), slots.wait(), slots.wait()].map((wait) => wait !== undefined)).toEqual([true, true, false]);
  slots.give();
  expect(slots.wait()).toBeDefined();
});

test('2: who gives up leaves the queue, holds no place and takes nobody’s turn', async () => {
  const slots = createSlots(1, 1);
  const told: string[] = [];
  slots.tryTake();
  const caller = new AbortController();
  const left = expect(slots.wait(caller.signal)).rejects.toThrow('closing');
  caller.abort(new Error('closing'));
  await left;
  entered(slots, 'a', told);
  slots.give();
  await settled();
  expect(told).toEqual(['a']);
  slots.give();
  expect(slots.tryTake()).toBe(true);
});

test('2: who had given up before never queues', async () => {
  const slots = createSlots(1, 1);
  slots.tryTake();
  await expect(slots.wait(AbortSignal.abort(new Error('closed')))).rejects.toThrow('closed');
  expect(slots.wait()).toBeDefined();
});

test('2: who gives up after entering keeps its place until it gives it back', async () => {
  const slots = createSlots(1, 1);
  slots.tryTake();
  const caller = new AbortController();
  const waiting = slots.wait(caller.signal);
  slots.give();
  await waiting;
  caller.abort(new Error('too late'));
  expect(slots.tryTake()).toBe(false);
  slots.give();
  expect(slots.tryTake()).toBe(true);
});
