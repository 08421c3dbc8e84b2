import { bound, type Log, silentLog } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { busBounds } from './bounds.ts';
import { formatPosition } from './message-id.ts';
import type { IncomingMessage } from './port.ts';
import { createDelivery } from './websocket-consumer.ts';

const TOPIC = 'persistent://t/n/x';
const QUESTION = '{"type":"isEndOfTopic"}';
const permit = (count: number) => `{"type":"permit","permitMessages":${count}}`;
const ackOf = (wireId: string) => `{"type":"ack","messageId":"${wireId}"}`;
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** How a broker writes the id `7:entry`; `again` is the same entry, told otherwise, as after a redelivery. */
const wireId = (entry: number, again = false): string =>
  Buffer.from(again ? [8, 7, 16, entry, 0x28, 3, 0x30, 0] : [8, 7, 16, entry, 0x30, 0]).toString('base64');

/** A delivery over a socket that remembers what it was given. */
function setUp(change: { readonly window?: number; readonly recentAcks?: number; readonly log?: Log } = {}) {
  const sent: string[] = [];
  const received: string[] = [];
  const socket = { isOpen: true };
  const delivery = createDelivery(
    {
      topic: TOPIC,
      subscription: 's',
      window: change.window ?? 4,
      log: change.log ?? silentLog,
      bounds: busBounds({
        window: bound('bus.window', 8),
        recentAcks: bound('bus.recentAcks', change.recentAcks ?? 16),
      }),
      received: (topic, position) => void received.push(`${topic} ${formatPosition(position)}`),
    },
    { isOpen: () => socket.isOpen, send: (text) => void sent.push(text) },
  );
  return {
    ...{ delivery, received, socket },
    consumer: delivery.consumer,
    takeSent: () => sent.splice(0),
    deliver: (entry: number, again = false) => delivery.text(JSON.stringify({ messageId: wireId(entry, again) })),
    answer: () => delivery.text('{"endOfTopic":false}'),
  };
}

const idsOf = (messages: readonly IncomingMessage[]) => messages.map(({ id }) => id);

test('a frame becomes a message: id, payload, properties, key and time as the broker tells them', async () => {
  const { delivery, consumer, received } = setUp();
  delivery.connected();
  delivery.text(
    `{"messageId":"CEgQAjAA","payload":"eyJhIjoxfQ==","properties":{"p":"q"},"publishTime":"2026-02-12T20:18:44.123Z","redeliveryCount":0,"key":"k1"}`,
  );
  expect(await consumer.receive()).toEqual({
    topic: TOPIC,
    id: '72:2',
    payload: new Uint8Array(Buffer.from('{"a":1}')),
    properties: { p: 'q' },
    publishedAtMs: Date.UTC(2026, 1, 12, 20, 18, 44, 123),
    key: 'k1',
  });
  expect(received).toEqual([`${TOPIC} 72:2`]);
  expect([consumer.topic, consumer.subscription]).toEqual([TOPIC, 's']);
});

test('a frame with an id alone is an empty message without a key', async () => {
  const { deliver, consumer } = setUp();
  deliver(1);
  expect(await consumer.receive()).toStrictEqual({
    topic: TOPIC,
    id: '7:1',
    payload: new Uint8Array(),
    properties: {},
    publishedAtMs: 0,
  });
});

test('1: a new socket is asked for a window of messages, at most the bound of all windows, and for no more while none is acked', async () => {
  const { delivery, deliver, consumer, takeSent } = setUp({ window: 4 });
  delivery.connected();
  expect(takeSent()).toEqual([permit(4)]);
  for (const entry of [1, 2, 3, 4]) deliver(entry);
  await consumer.receive();
  expect(takeSent()).toEqual([]);
  const wide = setUp({ window: 100 });
  wide.delivery.connected();
  expect(wide.takeSent()).toEqual([permit(8)]);
});

test('1: places that acks give back are asked for, a few at a time while others are on their way', async () => {
  const { delivery, deliver, consumer, answer, takeSent } = setUp({ window: 8 });
  delivery.connected();
  for (let entry = 1; entry <= 7; entry++) deliver(entry);
  const held = await Promise.all([1, 2, 3, 4, 5, 6, 7].map(() => consumer.receive()));
  takeSent();
  // One of the eight is still on its way: a single place is not worth a frame, two are.
  void consumer.ack(held[0] as IncomingMessage);
  await settle();
  expect(takeSent()).toEqual([ackOf(wireId(1)), QUESTION]);
  void consumer.ack(held[1] as IncomingMessage);
  await settle();
  expect(takeSent()).toEqual([ackOf(wireId(2)), permit(2)]);
  answer();
  expect(takeSent()).toEqual([QUESTION]);
});

test('1: with nothing on its way a single place is asked for', async () => {
  const { delivery, deliver, consumer, takeSent } = setUp({ window: 8 });
  delivery.connected();
  for (let entry = 1; entry <= 8; entry++) deliver(entry);
  const held = await consumer.receive();
  takeSent();
  void consumer.ack(held);
  await settle();
  expect(takeSent()).toEqual([ackOf(wireId(1)), QUESTION, permit(1)]);
});

test('messages go to those who wait, in order, or are ready for who comes', async () => {
  const { deliver, consumer } = setUp();
  const waiting = [consumer.receive(), consumer.receive()];
  for (const entry of [1, 2, 3]) deliver(entry);
  expect(idsOf(await Promise.all(waiting))).toEqual(['7:1', '7:2']);
  expect((await consumer.receive()).id).toBe('7:3');
});

test('an aborted wait has its reason, and no message goes to it', async () => {
  const { deliver, consumer } = setUp();
  const stop = new AbortController();
  const waiting = consumer.receive(stop.signal);
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(consumer.receive(stop.signal)).rejects.toThrow('enough');
  deliver(1);
  expect((await consumer.receive()).id).toBe('7:1');
});

test('2: what is held is not given again after a reconnect, and is acked by the name that it has then', async () => {
  const { delivery, deliver, consumer, answer, received, takeSent } = setUp({ window: 2 });
  delivery.connected();
  deliver(1);
  deliver(2);
  const held = await consumer.receive();
  delivery.disconnected();
  takeSent();
  delivery.connected();
  // One is held, so that one place is free: what was only ready comes again.
  expect(takeSent()).toEqual([permit(1)]);
  deliver(1, true);
  // What the caller has already took the place of another: that one is asked for anew.
  expect(takeSent()).toEqual([permit(1)]);
  deliver(2, true);
  expect((await consumer.receive()).id).toBe('7:2');
  expect(received).toEqual([`${TOPIC} 7:1`, `${TOPIC} 7:2`, `${TOPIC} 7:2`]);
  const acked = consumer.ack(held);
  await settle();
  expect(takeSent()[0]).toBe(ackOf(wireId(1, true)));
  answer();
  await acked;
});

test('2: what was acked a moment ago is acked again and given to nobody', async () => {
  const { delivery, deliver, consumer, answer, takeSent } = setUp();
  delivery.connected();
  deliver(1);
  const held = await consumer.receive();
  const acked = consumer.ack(held);
  await settle();
  answer();
  await acked;
  delivery.disconnected();
  delivery.connected();
  takeSent();
  deliver(1, true);
  deliver(2);
  await settle();
  expect(takeSent()).toEqual([permit(1), ackOf(wireId(1, true)), QUESTION]);
  expect((await consumer.receive()).id).toBe('7:2');
});

test('2: of the acked no more are remembered than the bound says', async () => {
  const { deliver, consumer } = setUp({ recentAcks: 1 });
  for (const entry of [1, 2]) {
    deliver(entry);
    void consumer.ack(await consumer.receive());
  }
  deliver(2);
  deliver(1);
  expect((await consumer.receive()).id).toBe('7:1');
});

test('an ack of what was acked resolves; of what never came it is a bug', async () => {
  const { delivery, deliver, consumer, answer } = setUp();
  delivery.connected();
  deliver(1);
  const held = await consumer.receive();
  const first = consumer.ack(held);
  await consumer.ack(held);
  await settle();
  answer();
  await first;
  await expect(consumer.ack({ ...held, id: '9:9' })).rejects.toMatchObject({ class: 'Bug' });
});

test('3: draining asks for nothing, gives nothing and lets what is held be acked; it ends with the last ack', async () => {
  const { delivery, deliver, consumer, answer, takeSent, received } = setUp();
  delivery.connected();
  deliver(1);
  deliver(2);
  const held = await consumer.receive();
  const waiting = [consumer.receive(), consumer.receive()];
  await waiting[0];
  takeSent();
  let drained = false;
  const acked = consumer.ack(held);
  const draining = delivery.drain().then(() => {
    drained = true;
  });
  await expect(waiting[1]).rejects.toMatchObject({ class: 'Unavailable', message: 'the consumer is closed' });
  await expect(consumer.receive()).rejects.toThrow('the consumer is closed');
  await settle();
  expect([takeSent(), drained]).toEqual([[ackOf(wireId(1)), QUESTION], false]);
  deliver(3);
  expect(received).not.toContain(`${TOPIC} 7:3`);
  answer();
  await Promise.all([acked, draining]);
  expect(takeSent()).toEqual([]);
});

test('after the end, what is not told is rejected, and so is what is acked later', async () => {
  const { delivery, deliver, consumer } = setUp();
  deliver(1);
  deliver(2);
  const held = [await consumer.receive(), await consumer.receive()];
  const first = expect(consumer.ack(held[0] as IncomingMessage)).rejects.toThrow('the consumer is closed');
  delivery.end();
  await first;
  await expect(consumer.ack(held[1] as IncomingMessage)).rejects.toThrow('the consumer is closed');
});

test('the sign of life is a question, and a frame that is neither message nor answer means nothing', async () => {
  const { delivery, deliver, consumer, takeSent } = setUp();
  delivery.probe();
  expect(takeSent()).toEqual([QUESTION]);
  deliver(1);
  void consumer.ack(await consumer.receive());
  await settle();
  takeSent();
  delivery.text('{"type":"something"}');
  expect(takeSent()).toEqual([]);
  expect(() => delivery.text('{')).toThrow(SyntaxError);
});

test.each([
  ['{"endOfTopic":true}', 1],
  ['{"endOfTopic":"true"}', 1],
  ['{"endOfTopic":false}', 0],
  ['{"endOfTopic":"false"}', 0],
])('the answer %s is told where the topic has ended', (text, lines) => {
  const told: string[] = [];
  const { delivery } = setUp({ log: { ...silentLog, info: (message) => void told.push(message) } });
  delivery.probe();
  delivery.text(text);
  expect(told).toHaveLength(lines);
});

test('an ack that was given while there was no socket goes over the next one, and is told there', async () => {
  const { delivery, deliver, consumer, answer, takeSent, socket } = setUp();
  deliver(1);
  const held = await consumer.receive();
  socket.isOpen = false;
  delivery.disconnected();
  takeSent();
  const acked = consumer.ack(held);
  await settle();
  expect(takeSent()).toEqual([]);
  socket.isOpen = true;
  delivery.connected();
  expect(takeSent()).toEqual([ackOf(wireId(1)), QUESTION, permit(4)]);
  delivery.disconnected();
  delivery.connected();
  expect(takeSent()).toEqual([ackOf(wireId(1)), QUESTION, permit(4)]);
  answer();
  await acked;
});

test('nothing is asked of a socket that is not open', async () => {
  const { deliver, consumer, takeSent, socket } = setUp();
  deliver(1);
  socket.isOpen = false;
  takeSent();
  void consumer.ack(await consumer.receive());
  await settle();
  expect(takeSent()).toEqual([]);
});
