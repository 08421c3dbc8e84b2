import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import type { IncomingMessage } from './port.ts';
import { createWaiters } from './waiters.ts';

const message = (id: string): IncomingMessage => ({
  topic: 't',
  id,
  payload: new Uint8Array(),
  properties: {},
  publishedAtMs: 0,
});

test('messages go to those who wait in the order in which they asked', async () => {
  const waiters = createWaiters();
  const waiting = [waiters.wait(), waiters.wait()];
  expect(waiters.size).toBe(2);
  waiters.give(message('1'));
  waiters.give(message('2'));
  expect((await Promise.all(waiting)).map(({ id }) => id)).toEqual(['1', '2']);
  expect(waiters.size).toBe(0);
});

test('1: who gave up has its reason and its place goes to the next; who gave up before never waits', async () => {
  const waiters = createWaiters();
  const stop = new AbortController();
  const [gone, next] = [waiters.wait(stop.signal), waiters.wait()];
  stop.abort(new Error('enough'));
  await expect(gone).rejects.toThrow('enough');
  await expect(waiters.wait(stop.signal)).rejects.toThrow('enough');
  expect(waiters.size).toBe(1);
  waiters.give(message('1'));
  expect((await next).id).toBe('1');
});

test('a signal is not listened to any more once its wait has ended', async () => {
  const waiters = createWaiters();
  const stop = new AbortController();
  const waiting = waiters.wait(stop.signal);
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
  waiters.give(message('1'));
  await waiting;
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
});

test('all who wait are failed at once', async () => {
  const waiters = createWaiters();
  const waiting = [waiters.wait(), waiters.wait()];
  waiters.fail(new Error('closed'));
  for (const each of waiting) await expect(each).rejects.toThrow('closed');
  expect(waiters.size).toBe(0);
});
