import { bound, type Log, type Rng, silentLog } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { handSockets } from '../test/scripted-sockets.ts';
import { busBounds } from './bounds.ts';
import { parseTopicName } from './topic-name.ts';
import { openConsumer } from './websocket-session.ts';

const TOPIC = 'persistent://t/n/x';
const QUESTION = '{"type":"isEndOfTopic"}';
const permit = (count: number) => `{"type":"permit","permitMessages":${count}}`;
const SILENCE_MS = 1_000;
const CLOSE_MS = 500;
const BASE_MS = 100;
const CAP_MS = 800;
/** Every jitter at its most. */
const most = { next: () => 1 } as unknown as Rng;

const wireId = (entry: number) => Buffer.from([8, 7, 16, entry, 0x30, 0]).toString('base64');
const messageOf = (entry: number) => `{"messageId":"${wireId(entry)}"}`;

function setUp(change: { readonly window?: number; readonly subscription?: string; readonly log?: Log } = {}) {
  const sockets = handSockets();
  const clock = manualClock();
  const seen = { lost: 0, closed: 0 };
  const open = () =>
    openConsumer({
      topic: TOPIC,
      subscription: change.subscription ?? 's',
      window: change.window ?? 4,
      name: parseTopicName(TOPIC),
      sockets,
      clock,
      rng: most,
      log: change.log ?? silentLog,
      bounds: busBounds({
        silenceMs: bound('bus.silenceMs', SILENCE_MS),
        closeMs: bound('bus.closeMs', CLOSE_MS),
        reconnectBaseMs: bound('bus.reconnectBaseMs', BASE_MS),
        reconnectCapMs: bound('bus.reconnectCapMs', CAP_MS),
        prefetch: bound('bus.prefetch', 16),
      }),
      received: () => undefined,
      onLost: () => {
        seen.lost += 1;
      },
      onClosed: () => {
        seen.closed += 1;
      },
    });
  return { sockets, clock, seen, open };
}

test.each([
  ['s', 4, '/t/n/x/s?', 4],
  ['ü/'.slice(0, 1), 100, '/t/n/x/%C3%BC?', 16],
  ['a b', 0, '/t/n/x/a%20b?', 1],
])('the subscription %j with a window of %i is asked for from its first message, in pull mode', async (...row) => {
  const [subscription, window, place, queue] = row;
  const { sockets, open } = setUp({ subscription, window });
  await open();
  expect(sockets.last().path).toBe(
    `/ws/v2/consumer/persistent${place}subscriptionType=Key_Shared&subscriptionInitialPosition=Earliest&pullMode=true&receiverQueueSize=${queue}`,
  );
});

test('a subscription that cannot be named so is refused before anything is opened', async () => {
  const { sockets, open } = setUp({ subscription: 'a/b' });
  await expect(open()).rejects.toMatchObject({ class: 'Invalid', code: 'InvalidName' });
  expect(sockets.asked).toBe(0);
});

test('1: the first opening may fail, and leaves nothing behind', async () => {
  const { sockets, clock, open, seen } = setUp();
  sockets.refuse(true);
  await expect(open()).rejects.toThrow('no socket can be had');
  await clock.advance(60_000);
  expect([sockets.asked, clock.sleepers(), seen]).toEqual([1, 0, { lost: 0, closed: 0 }]);
});

test('an open socket is asked for messages, which reach the caller', async () => {
  const { sockets, open } = setUp();
  const consumer = await open();
  expect(sockets.last().takeSent()).toEqual([permit(4)]);
  sockets.last().says(messageOf(1));
  expect((await consumer.receive()).id).toBe('7:1');
  expect(consumer.lost?.()).toBeUndefined();
});

test('1: a lost socket is told, and replaced after a pause; the acks that were on it go over the next', async () => {
  const { sockets, clock, open, seen } = setUp();
  const consumer = await open();
  sockets.last().says(messageOf(1));
  const acked = consumer.ack(await consumer.receive());
  await clock.advance(10);
  const lostAtMs = clock.now();
  sockets.last().breaks('code 1006');
  await clock.settle();
  expect(consumer.lost?.()).toEqual({
    sinceMs: lostAtMs,
    code: 'BusUnavailable',
    message: 'the socket was lost (code 1006)',
  });
  expect([seen.lost, sockets.asked]).toEqual([1, 1]);
  await clock.advance(BASE_MS - 1);
  expect(sockets.asked).toBe(1);
  await clock.advance(1);
  expect([sockets.asked, consumer.lost?.()]).toEqual([2, undefined]);
  expect(sockets.last().takeSent()).toEqual([`{"type":"ack","messageId":"${wireId(1)}"}`, QUESTION, permit(4)]);
  sockets.last().says('{"endOfTopic":false}');
  await acked;
});

test('1: an ack that is given while there is no socket goes over the next one', async () => {
  const { sockets, clock, open } = setUp();
  const consumer = await open();
  sockets.last().says(messageOf(1));
  const held = await consumer.receive();
  sockets.last().breaks();
  const acked = consumer.ack(held);
  await clock.advance(BASE_MS);
  expect(sockets.last().takeSent()).toEqual([`{"type":"ack","messageId":"${wireId(1)}"}`, QUESTION, permit(4)]);
  sockets.last().says('{"endOfTopic":false}');
  await acked;
});

test('1: openings that fail are tried again with longer pauses up to the cap, and lost is told from its beginning', async () => {
  const { sockets, clock, open } = setUp();
  const consumer = await open();
  const lostAtMs = clock.now();
  sockets.refuse(true);
  sockets.last().breaks();
  await clock.settle();
  const triedAtMs: number[] = [];
  for (let tried = sockets.asked; triedAtMs.length < 6; await clock.advance(1)) {
    if (sockets.asked === tried) continue;
    tried = sockets.asked;
    triedAtMs.push(clock.now() - lostAtMs);
  }
  expect(triedAtMs).toEqual([100, 300, 700, 1_500, 2_300, 3_100]);
  expect(consumer.lost?.()).toEqual({ sinceMs: lostAtMs, code: 'BusUnavailable', message: 'no socket can be had' });
  sockets.refuse(false);
  await clock.advance(CAP_MS);
  expect(consumer.lost?.()).toBeUndefined();
});

/** Lost three times, each time after `heldMs`; how long the pause before the next opening was. */
async function pauseAfter(heldMs: number): Promise<number> {
  const { sockets, clock, open } = setUp();
  await open();
  for (let time = 0; time < 2; time++) {
    sockets.last().breaks();
    await clock.advance(CAP_MS);
  }
  // It was opened somewhere in that time: what counts is how long it holds from here on.
  sockets.last().breaks();
  await clock.settle();
  const asked = sockets.asked;
  while (sockets.asked === asked) await clock.advance(1);
  await clock.advance(heldMs);
  sockets.last().breaks();
  await clock.settle();
  const lostAtMs = clock.now();
  const before = sockets.asked;
  while (sockets.asked === before) await clock.advance(1);
  return clock.now() - lostAtMs;
}

test('1: a socket that held for the longest pause is worth a short one, one that went again at once is not', async () => {
  expect(await pauseAfter(CAP_MS)).toBe(BASE_MS);
  expect(await pauseAfter(CAP_MS - 2)).toBeGreaterThan(BASE_MS);
});

test('1: a mute socket is asked for a sign of life, given up after as long again, and replaced', async () => {
  const { sockets, clock, open } = setUp();
  const consumer = await open();
  const socket = sockets.last();
  socket.takeSent();
  await clock.advance(SILENCE_MS - 1);
  expect(socket.takeSent()).toEqual([]);
  await clock.advance(1);
  expect(socket.takeSent()).toEqual([QUESTION]);
  await clock.advance(SILENCE_MS - 1);
  expect(socket.ended).toEqual([]);
  await clock.advance(1);
  expect(socket.ended).toEqual(['abandon: silent']);
  expect(consumer.lost?.()?.message).toBe('the socket was lost (silent)');
  await clock.advance(BASE_MS);
  expect([sockets.asked, consumer.lost?.()]).toEqual([2, undefined]);
});

test('1: whatever is heard is a sign of life', async () => {
  const { sockets, clock, open } = setUp();
  await open();
  for (let turn = 0; turn < 5; turn++) {
    await clock.advance(SILENCE_MS - 1);
    sockets.last().says(messageOf(turn + 1));
  }
  expect(sockets.last().takeSent()).not.toContain(QUESTION);
  await clock.advance(SILENCE_MS);
  expect(sockets.last().takeSent()).toContain(QUESTION);
});

test('1: silence is counted from the opening, however long that took', async () => {
  const { sockets, clock, open } = setUp();
  const go = sockets.hold();
  const opening = open();
  await clock.advance(SILENCE_MS);
  go();
  await opening;
  await clock.advance(SILENCE_MS - 1);
  expect(sockets.last().takeSent()).toEqual([permit(4)]);
});

test('a frame that cannot be read gives the socket up, is told, and another is opened', async () => {
  const told: string[] = [];
  const { sockets, clock, open } = setUp({ log: { ...silentLog, warn: (line) => void told.push(line) } });
  await open();
  sockets.last().says('{"messageId":"AAAA"}');
  await clock.settle();
  expect(sockets.last().ended).toEqual(['abandon: unreadable frame']);
  expect(told).toHaveLength(2);
  await clock.advance(BASE_MS);
  expect(sockets.asked).toBe(2);
});

test('a socket that is lost in the moment in which it opens is replaced', async () => {
  const { sockets, clock, open, seen } = setUp();
  sockets.loseNext();
  const consumer = await open();
  await clock.settle();
  expect([consumer.lost?.()?.message, seen.lost]).toEqual(['the socket was lost (at once)', 1]);
  await clock.advance(BASE_MS);
  expect([sockets.asked, consumer.lost?.()]).toEqual([2, undefined]);
  expect(sockets.last().takeSent()).toEqual([permit(4)]);
});

test('2: closing waits for acks to be told, closes the socket once, and nothing runs on', async () => {
  const { sockets, clock, open, seen } = setUp();
  const consumer = await open();
  sockets.last().says(messageOf(1));
  const acked = consumer.ack(await consumer.receive());
  const closed = Promise.all([consumer.close(), consumer.close()]);
  await clock.settle();
  expect([sockets.last().ended, seen.closed]).toEqual([[], 0]);
  sockets.last().says('{"endOfTopic":false}');
  await acked;
  await closed;
  await clock.advance(60_000);
  expect([sockets.last().ended, sockets.asked, clock.sleepers(), seen]).toEqual([
    ['close'],
    1,
    0,
    { lost: 0, closed: 1 },
  ]);
  await expect(consumer.receive()).rejects.toThrow('the consumer is closed');
});

test('2: closing waits no longer than its bound; what is not told by then is rejected', async () => {
  const { sockets, clock, open, seen } = setUp();
  const consumer = await open();
  sockets.last().says(messageOf(1));
  const acked = expect(consumer.ack(await consumer.receive())).rejects.toThrow('the consumer is closed');
  const closed = consumer.close();
  await clock.advance(CLOSE_MS - 1);
  expect(seen.closed).toBe(0);
  await clock.advance(1);
  await Promise.all([closed, acked]);
  expect([seen.closed, clock.sleepers()]).toEqual([1, 0]);
});

test('2: closed while it waits to reconnect, or while a socket is being opened, it opens nothing more', async () => {
  const { sockets, clock, open, seen } = setUp();
  const pausing = await open();
  sockets.last().breaks();
  await clock.settle();
  await pausing.close();
  await clock.advance(60_000);
  expect([sockets.asked, seen.closed]).toEqual([1, 1]);
  const opening = await open();
  sockets.last().breaks();
  await clock.settle();
  const go = sockets.hold();
  await clock.advance(BASE_MS);
  expect(sockets.asked).toBe(3);
  const closed = opening.close();
  await clock.settle();
  go();
  await closed;
  expect([sockets.last().ended, sockets.last().takeSent()]).toEqual([['close'], []]);
  await clock.advance(60_000);
  expect([sockets.asked, clock.sleepers(), seen]).toEqual([3, 0, { lost: 2, closed: 2 }]);
});
