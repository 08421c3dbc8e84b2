/** A client that is made when it is needed, once, and afresh after it failed or was given up. */
import { expect, test } from 'vitest';
import { lazy } from './lazy.ts';

function made(fails: readonly number[] = []) {
  const log: string[] = [];
  let serial = 0;
  const holder = lazy(
    async () => {
      serial += 1;
      log.push(`make ${serial}`);
      if (fails.includes(serial)) throw new Error(`no ${serial}`);
      return serial;
    },
    async (old) => {
      log.push(`end ${old}`);
      throw new Error('ending failed');
    },
  );
  return { holder, log };
}

test('it is made once, for all who ask at once and later', async () => {
  const { holder, log } = made();
  expect(log).toEqual([]);
  expect(await Promise.all([holder.get(), holder.get()])).toEqual([1, 1]);
  expect(await holder.get()).toBe(1);
  expect(log).toEqual(['make 1']);
});

test('one that could not be made is made afresh by the next use, and nothing is ended', async () => {
  const { holder, log } = made([1]);
  await expect(holder.get()).rejects.toThrow('no 1');
  expect(await holder.get()).toBe(2);
  expect(log).toEqual(['make 1', 'make 2']);
});

test('one that was given up is ended, and the next use makes another; ending that fails is of no interest', async () => {
  const { holder, log } = made();
  await holder.get();
  holder.drop();
  expect(await holder.get()).toBe(2);
  await holder.close();
  expect(log.toSorted()).toEqual(['end 1', 'end 2', 'make 1', 'make 2']);
  await holder.close();
  expect(log, 'closed once').toHaveLength(4);
  expect(await holder.get()).toBe(3);
});

test('nothing is ended where nothing was made', async () => {
  const { holder, log } = made([1]);
  holder.drop();
  await holder.close();
  await holder.get().catch(() => undefined);
  await holder.close();
  expect(log).toEqual(['make 1']);
});

test('a late failure of one that was given up does not take its successor', async () => {
  const first = Promise.withResolvers<string>();
  const makes = [() => first.promise, async () => 'second'];
  let turn = 0;
  const holder = lazy(
    () => (makes[turn++] ?? (async () => 'third'))(),
    async () => undefined,
  );
  const early = holder.get();
  holder.drop();
  expect(await holder.get()).toBe('second');
  first.reject(new Error('late'));
  await expect(early).rejects.toThrow('late');
  expect(await holder.get()).toBe('second');
});
