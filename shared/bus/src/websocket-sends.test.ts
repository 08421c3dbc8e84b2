import { getEventListeners } from 'node:events';
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

test('2: a message whose caller gave up before is not taken; one that has ended listens to its caller no more', async () => {
  const sends = sendsOf();
  expect(await outcomeOf(sends.add('{', AbortSignal.abort(new Error('enough'))))).toBe('enough');
  expect(sends.waiting).toBe(0);
  const { signal } = new AbortController();
  const ids = [sends.add('{', signal), sends.add('{', signal)].map(outcomeOf);
  expect(getEventListeners(signal, 'abort')).toHaveLength(2);
  sends.take();
  sends.answered('1')?.resolve('a');
  sends.failWaiting(new Error('closed'));
  expect(await Promise.all(ids)).toEqual(['a', 'closed']);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('2: a full queue says when to come again, and a message out of time that the broker is away', async () => {
  const sends = sendsOf({ queue: 1, now: () => 0 });
  void sends.add('{').catch(() => undefined);
  await expect(sends.add('{')).rejects.toMatchObject({ retryAfterMs: 1_000, away: false });
  let now = 0;
  const late = sendsOf({ now: () => now });
  const failed = expect(late.add('{')).rejects.toMatchObject({ away: true, unknownOutcome: false });
  now = 99;
  late.failOverdue();
  expect(late.waiting).toBe(1);
  now = 100;
  late.failOverdue();
  await failed;
});

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

test('nothing waits when the last has ended, however it ended, and not before', async () => {
  const endings: ((sends: ReturnType<typeof sendsOf>) => void)[] = [
    (sends) => sends.failWaiting(new Error('closed')),
    (sends) => {
      sends.take();
      sends.failSent(new Error('lost'));
    },
    (sends) => {
      sends.take();
      sends.answered('1')?.resolve('a');
    },
  ];
  for (const end of endings) {
    const sends = sendsOf();
    const sent = outcomeOf(sends.add('{'));
    let empty = false;
    const emptied = sends.empty().then(() => {
      empty = true;
    });
    await settle();
    expect(empty).toBe(false);
    end(sends);
    await Promise.all([sent, emptied]);
  }
  const one = sendsOf();
  void outcomeOf(one.add('{'));
  void outcomeOf(one.add('{'));
  one.take();
  let empty = false;
  void one.empty().then(() => {
    empty = true;
  });
  one.answered('1')?.resolve('a');
  await settle();
  expect(empty).toBe(false);
});
