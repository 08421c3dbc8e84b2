import { bound, systemClock } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { busBounds } from './bounds.ts';
import { createSends } from './websocket-sends.ts';

const sendsOf = (change: { now?: () => number; window?: number; queue?: number } = {}) =>
  createSends(
    { now: change.now ?? (() => 0), sleep: systemClock.sleep },
    busBounds({
      sendWindow: bound('bus.sendWindow', change.window ?? 2),
      sendQueue: bound('bus.sendQueue', change.queue ?? 3),
      sendMs: bound('bus.sendMs', 100),
    }),
  );
const outcomeOf = (work: Promise<string>) => work.catch((error: { message: string }) => error.message);

test('1: messages leave in order, at most a window of them unanswered', async () => {
  const sends = sendsOf();
  const ids = [1, 2, 3].map((n) => sends.add(`{"n":${n}`));
  expect([sends.take(), sends.take(), sends.take()]).toEqual([
    '{"n":1,"context":"1"}',
    '{"n":2,"context":"2"}',
    undefined,
  ]);
  sends.answered('1')?.resolve('a');
  expect(sends.take()).toBe('{"n":3,"context":"3"}');
  sends.answered('3')?.resolve('c');
  sends.answered('2')?.resolve('b');
  expect(await Promise.all(ids)).toEqual(['a', 'b', 'c']);
  expect(sends.answered('2')).toBeUndefined();
  await sends.empty();
});

test('2: a full queue, an aborted signal, time and a lost socket each settle a message', async () => {
  let now = 0;
  const sends = sendsOf({ now: () => now, window: 1 });
  const stop = new AbortController();
  const [sent, aborted, overdue] = [sends.add('{'), sends.add('{', stop.signal), sends.add('{')].map(outcomeOf);
  sends.take();
  const late = outcomeOf(sends.add('{'));
  expect(await outcomeOf(sends.add('{'))).toContain('bus.sendQueue 3');
  stop.abort(new Error('enough'));
  expect(await aborted).toBe('enough');
  now = 100;
  expect(sends.oldestDeadlineMs()).toBe(100);
  sends.failOverdue();
  expect(await Promise.all([overdue, late])).toEqual(Array(2).fill('the message could not be sent in time'));
  sends.failSent(new Error('lost'));
  expect(await sent).toBe('lost');
  expect(sends.oldestDeadlineMs()).toBeUndefined();
  await sends.empty();
});
