import { bound, type Log, silentLog } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { handSockets } from '../test/scripted-sockets.ts';
import { busBounds } from './bounds.ts';
import { parseTopicName } from './topic-name.ts';
import { createSocketProducer } from './websocket-producer.ts';

const SEND_MS = 1_000;
const CLOSE_MS = 500;
const frame = (n: number) => `{"n":${n}`;
const framed = (n: number, context: number) => `{"n":${n},"context":"${context}"}`;
/** The id `72:2`, as a broker writes it. */
const ok = (context: number) => `{"result":"ok","messageId":"CEgQAjAA","context":"${context}"}`;

function setUp(change: { readonly window?: number; readonly log?: Log } = {}) {
  const sockets = handSockets();
  const clock = manualClock();
  const producer = createSocketProducer({
    topic: parseTopicName('persistent://t/n/a b'),
    sockets,
    clock,
    log: change.log ?? silentLog,
    bounds: busBounds({
      sendMs: bound('bus.sendMs', SEND_MS),
      sendWindow: bound('bus.sendWindow', change.window ?? 2),
      closeMs: bound('bus.closeMs', CLOSE_MS),
    }),
  });
  const outcomes: string[] = [];
  const send = (n: number, signal?: AbortSignal) => {
    const at = outcomes.push('-') - 1;
    producer.send(frame(n), signal).then(
      (id) => {
        outcomes[at] = id;
      },
      (error: { message: string; unknownOutcome?: boolean }) => {
        outcomes[at] = `${error.message}${error.unknownOutcome ? ', unknown' : ''}`;
      },
    );
  };
  return { sockets, clock, producer, outcomes, send };
}

test('3: nothing is opened before the first message; one socket is opened for all, under the topic and its limits', async () => {
  const { sockets, clock, send } = setUp();
  await clock.settle();
  expect(sockets.asked).toBe(0);
  const open = sockets.hold();
  send(1);
  send(2);
  await clock.settle();
  open();
  await clock.settle();
  expect(sockets.all.map(({ path }) => path)).toEqual([
    '/ws/v2/producer/persistent/t/n/a%20b?sendTimeoutMillis=1000&maxPendingMessages=4&blockIfQueueFull=false',
  ]);
  expect(sockets.last().takeSent()).toEqual([framed(1, 1), framed(2, 2)]);
});

test('1: messages leave in order, a window of them unanswered, the next with the next answer', async () => {
  const { sockets, clock, send, outcomes } = setUp();
  for (const n of [1, 2, 3]) send(n);
  await clock.settle();
  const socket = sockets.last();
  expect(socket.takeSent()).toEqual([framed(1, 1), framed(2, 2)]);
  socket.says(ok(2));
  expect(socket.takeSent()).toEqual([framed(3, 3)]);
  await clock.settle();
  expect(outcomes).toEqual(['-', '72:2', '-']);
  socket.says(ok(1));
  socket.says(ok(3));
  await clock.settle();
  expect(outcomes).toEqual(['72:2', '72:2', '72:2']);
});

test.each([
  ['{"result":"send-error:1","errorMsg":"it is full","context":"1"}', 'the broker refused the message: it is full'],
  ['{"result":"send-error:2","context":"1"}', 'the broker refused the message: send-error:2'],
  ['{"result":"ok","context":"1"}', 'the broker refused the message: ok'],
  [
    `{"result":"x","errorMsg":"${'y'.repeat(400)}","context":"1"}`,
    `the broker refused the message: ${'y'.repeat(268)}`,
  ],
])('2: the answer %s refuses the one message, in a few words', async (answer, expected) => {
  const { sockets, clock, send, outcomes } = setUp();
  send(1);
  send(2);
  await clock.settle();
  sockets.last().says(answer);
  await clock.settle();
  expect(outcomes).toEqual([expected, '-']);
  expect(sockets.last().ended).toEqual([]);
});

test('2: what is lost with its socket is away, with an unknown outcome; what the broker refused is neither', async () => {
  const { sockets, clock, producer } = setUp();
  const [lost, refused] = [producer.send(frame(1)), producer.send(frame(2))].map((sent) =>
    sent.catch((error: unknown) => error),
  );
  await clock.settle();
  sockets.last().says('{"result":"send-error:1","messageId":"CEgQAjAA","context":"2"}');
  sockets.last().breaks();
  expect(await refused).toMatchObject({ class: 'Unavailable', away: false, unknownOutcome: false });
  expect(await lost).toMatchObject({ class: 'Unavailable', away: true, unknownOutcome: true });
});

test('2: what waits for another socket is settled in its time, however long that takes to open', async () => {
  const { sockets, clock, send, outcomes } = setUp({ window: 1 });
  send(1);
  send(2);
  await clock.settle();
  sockets.hold();
  sockets.last().breaks();
  await clock.advance(SEND_MS);
  expect(outcomes[1]).toBe('the message could not be sent in time');
});

test('2: one timer serves all messages', async () => {
  const { clock, send, sockets } = setUp({ window: 5 });
  send(1);
  await clock.settle();
  send(2);
  send(3);
  sockets.last().says(ok(2));
  await clock.settle();
  expect(clock.sleepers()).toBe(1);
});

test('an answer to what is no longer waited for changes nothing', async () => {
  const { sockets, clock, send, outcomes } = setUp();
  send(1);
  await clock.settle();
  sockets.last().says(ok(9));
  sockets.last().says('{"result":"error","errorMsg":"late"}');
  await clock.settle();
  expect([outcomes, sockets.last().ended]).toEqual([['-'], []]);
});

test('2: an answer that cannot be read gives the socket up, and what was sent has an unknown outcome', async () => {
  const told: string[] = [];
  const { sockets, clock, send, outcomes } = setUp({ log: { ...silentLog, warn: (line) => void told.push(line) } });
  send(1);
  await clock.settle();
  sockets.last().says('nonsense');
  await clock.settle();
  expect(sockets.last().ended).toEqual(['abandon: unreadable answer']);
  expect(outcomes).toEqual(["the broker's answer was lost (unreadable answer), unknown"]);
  expect(told).toHaveLength(1);
});

test('2, 3: with the socket what was sent is lost; what waits goes over the next one', async () => {
  const { sockets, clock, send, outcomes } = setUp();
  for (const n of [1, 2, 3]) send(n);
  await clock.settle();
  sockets.last().breaks('code 1009');
  await clock.settle();
  expect(outcomes).toEqual([
    "the broker's answer was lost (code 1009), unknown",
    "the broker's answer was lost (code 1009), unknown",
    '-',
  ]);
  expect([sockets.asked, sockets.last().takeSent()]).toEqual([2, [framed(3, 3)]]);
  sockets.last().says(ok(3));
  sockets.last().breaks();
  await clock.settle();
  // Nothing waits: no other is opened until there is a message.
  expect([outcomes[2], sockets.asked]).toEqual(['72:2', 2]);
  send(4);
  await clock.settle();
  expect([sockets.asked, sockets.last().takeSent()]).toEqual([3, [framed(4, 4)]]);
});

test('3: a socket that cannot be opened fails what waits, which was not sent, and the next message tries again', async () => {
  const { sockets, clock, send, outcomes } = setUp();
  sockets.refuse(true);
  send(1);
  send(2);
  await clock.settle();
  expect([outcomes, sockets.asked]).toEqual([['no socket can be had', 'no socket can be had'], 1]);
  sockets.refuse(false);
  send(3);
  await clock.settle();
  sockets.last().says(ok(1));
  await clock.settle();
  expect(outcomes[2]).toBe('72:2');
});

test('a socket that is lost in the moment in which it opens is opened again for what waits', async () => {
  const { sockets, clock, send } = setUp();
  sockets.loseNext();
  send(1);
  await clock.settle();
  expect([sockets.asked, sockets.all.length]).toEqual([2, 2]);
  expect(sockets.last().takeSent()).toEqual([framed(1, 1)]);
});

test('2: a socket that answers nothing in time is given up, and what was due is settled', async () => {
  const told: string[] = [];
  const { sockets, clock, send, outcomes } = setUp({
    window: 1,
    log: { ...silentLog, warn: (line) => void told.push(line) },
  });
  send(1);
  send(2);
  await clock.advance(SEND_MS - 1);
  expect([outcomes, sockets.last().ended]).toEqual([['-', '-'], []]);
  send(3);
  await clock.advance(1);
  expect(sockets.all[0]?.ended).toEqual(['abandon: no answer in time']);
  expect(outcomes.slice(0, 2)).toEqual([
    "the broker's answer was lost (no answer in time), unknown",
    'the message could not be sent in time',
  ]);
  expect([outcomes[2], told.length]).toEqual(['-', 1]);
  // The third has its own time, on the next socket.
  expect(sockets.last().takeSent()).toEqual([framed(3, 2)]);
  await clock.advance(SEND_MS - 1);
  expect(outcomes[2]).toContain('no answer in time');
});

test('2: while nothing is under way no timer runs, and it runs again for the next message', async () => {
  const { sockets, clock, send, outcomes } = setUp();
  send(1);
  await clock.settle();
  sockets.last().says(ok(1));
  await clock.advance(SEND_MS);
  expect(clock.sleepers()).toBe(0);
  send(2);
  await clock.settle();
  expect(clock.sleepers()).toBe(1);
  await clock.advance(SEND_MS);
  expect(outcomes[1]).toContain('no answer in time');
});

test('an aborted message that waits is not sent', async () => {
  const { sockets, clock, send, outcomes } = setUp({ window: 1 });
  const stop = new AbortController();
  send(1);
  send(2, stop.signal);
  send(3);
  stop.abort(new Error('enough'));
  await clock.settle();
  expect(outcomes[1]).toBe('enough');
  sockets.last().says(ok(1));
  expect(sockets.last().takeSent()).toEqual([framed(1, 1), framed(3, 2)]);
});

test('closing waits for what is in flight, then closes the socket; later messages are refused', async () => {
  const { sockets, clock, send, producer, outcomes } = setUp();
  send(1);
  await clock.settle();
  const closed = producer.close();
  await clock.settle();
  expect(sockets.last().ended).toEqual([]);
  sockets.last().says(ok(1));
  await clock.settle();
  await closed;
  expect([outcomes, sockets.last().ended, clock.sleepers()]).toEqual([['72:2'], ['close'], 0]);
  send(2);
  await clock.settle();
  expect([outcomes[1], sockets.asked]).toEqual(['the bus is closed', 1]);
});

test('closing waits no longer than its bound: what was sent has an unknown outcome, what waits was not sent', async () => {
  const { sockets, clock, send, producer, outcomes } = setUp({ window: 1 });
  send(1);
  send(2);
  await clock.settle();
  const closed = producer.close();
  await clock.advance(CLOSE_MS - 1);
  expect(outcomes).toEqual(['-', '-']);
  await clock.advance(1);
  await closed;
  expect(outcomes[0]).toMatch(/^the broker's answer was lost \((closed by us|the bus was closed)\), unknown$/);
  expect([outcomes[1], sockets.asked, clock.sleepers()]).toEqual(['the bus is closed', 1, 0]);
});

test('a socket that opens only after closing is closed, and nothing goes over it', async () => {
  const { sockets, clock, send, producer, outcomes } = setUp();
  const open = sockets.hold();
  send(1);
  await clock.settle();
  const closed = producer.close();
  await clock.advance(CLOSE_MS);
  await closed;
  expect(outcomes).toEqual(['the bus is closed']);
  open();
  await clock.settle();
  expect([sockets.last().ended, sockets.last().takeSent()]).toEqual([['close'], []]);
});

test('a socket that fails to open after closing changes nothing', async () => {
  const { sockets, clock, send, producer, outcomes } = setUp();
  sockets.refuse(true);
  const open = sockets.hold();
  send(1);
  await clock.settle();
  const closed = producer.close();
  await clock.advance(CLOSE_MS);
  await closed;
  open();
  await clock.settle();
  send(2);
  await clock.settle();
  expect([outcomes, sockets.asked]).toEqual([['the bus is closed', 'the bus is closed'], 1]);
});
