/** Who waits for a row of an outbox to be gone: it ends with the first sight without it (1), with its signal, or with the closing. */
import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { createDrainWaits } from './drain-waits.ts';

const rows = (...keys: readonly string[]) => new Map(keys.map((key) => [key, 'x']));
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

function setUp() {
  const waits = createDrainWaits();
  const told: string[] = [];
  const wait = (partition: string, key: string, signal?: AbortSignal) =>
    waits.wait(partition, key, signal).then(
      () => told.push(`${partition} ${key} gone`),
      (error: Error) => told.push(`${partition} ${key} ${error.message}`),
    );
  return { waits, told, wait };
}

test('1: a wait ends with the first sight of its own partition without its own row', async () => {
  const { waits, told, wait } = setUp();
  void wait('p', '1');
  void wait('p', '1');
  void wait('p', '2');
  void wait('q', '1');
  waits.seen('p', rows('1', '2'));
  waits.seen('other', rows());
  await settled();
  expect(told).toEqual([]);
  waits.seen('p', rows('2'));
  await settled();
  expect(told).toEqual(['p 1 gone', 'p 1 gone']);
  waits.seen('p', rows());
  waits.seen('q', rows());
  await settled();
  expect(told.slice(2)).toEqual(['p 2 gone', 'q 1 gone']);
});

test('who gives up is told its reason, leaves no listener, and the others wait on', async () => {
  const { waits, told, wait } = setUp();
  const caller = new AbortController();
  void wait('p', '1', caller.signal);
  void wait('p', '1');
  caller.abort(new Error('closing'));
  await settled();
  expect(told).toEqual(['p 1 closing']);
  waits.seen('p', rows());
  await settled();
  expect(told).toEqual(['p 1 closing', 'p 1 gone']);
  const stays = new AbortController();
  void wait('p', '2', stays.signal);
  waits.seen('p', rows());
  expect(getEventListeners(stays.signal, 'abort')).toHaveLength(0);
  await wait('p', '3', AbortSignal.abort(new Error('had given up')));
  expect(told.at(-1)).toBe('p 3 had given up');
});

test('closing refuses all who wait, and all who come later', async () => {
  const { waits, told, wait } = setUp();
  void wait('p', '1');
  void wait('q', '2');
  waits.close(new Error('closed'));
  await wait('p', '3');
  expect(told).toEqual(['p 1 closed', 'q 2 closed', 'p 3 closed']);
});

test('a wait that has ended, in whatever way, is asked about no more and listens to nobody', async () => {
  const { waits, wait } = setUp();
  const callers = Array.from({ length: 3 }, () => new AbortController());
  const [first, second, third] = callers;
  void wait('p', '1', first?.signal);
  void wait('p', '2', second?.signal);
  void wait('p', '3', third?.signal);
  waits.seen('p', rows('2', '3'));
  second?.abort(new Error('enough'));
  const asked: string[] = [];
  const watched = rows('3');
  watched.has = (key) => {
    asked.push(key);
    return key === '3';
  };
  waits.seen('p', watched);
  expect(asked).toEqual(['3']);
  waits.close(new Error('closed'));
  waits.seen('p', watched);
  expect(asked).toEqual(['3']);
  expect(callers.map(({ signal }) => getEventListeners(signal, 'abort').length)).toEqual([0, 0, 0]);
  await settled();
});
