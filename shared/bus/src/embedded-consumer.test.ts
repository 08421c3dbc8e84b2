import { bound } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { createEmbeddedConsumer } from './embedded-consumer.ts';
import type { Pending, Subscription, Taker } from './embedded-subscription.ts';
import type { IncomingMessage } from './port.ts';

const pending = (seq: number): Pending => ({
  seq,
  message: { topic: 't', id: String(seq), payload: new Uint8Array(), properties: {}, publishedAtMs: 0 },
});
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A subscription by hand: it gives what it is told to, while the consumer wants it. */
function setUp(window = 2, recentAcks = 8) {
  const waiting: Pending[] = [];
  const seen = { released: [] as number[], left: 0, closed: 0, stored: [] as number[] };
  const state = { store: async (): Promise<void> => undefined };
  let taker: Taker | undefined;
  const give = (): void => {
    while (taker?.wants() && waiting.length > 0) taker.give(waiting.shift() as Pending);
  };
  const shared: Subscription = {
    takers: 1,
    join: (one) => {
      taker = one;
    },
    leave: () => {
      seen.left += 1;
    },
    changed: give,
    wake: give,
    release: (_, { seq }) => {
      seen.released.push(seq);
      give();
    },
  };
  const consumer = createEmbeddedConsumer({
    ...{ topic: 't', subscription: 's', window, shared },
    recentAcks: bound('bus.recentAcks', recentAcks),
    store: ({ seq }) => {
      seen.stored.push(seq);
      return state.store();
    },
    onClosed: () => {
      seen.closed += 1;
    },
  });
  const publish = (...seqs: readonly number[]): void => {
    waiting.push(...seqs.map(pending));
    give();
  };
  return { consumer, publish, seen, state, inHand: () => [...(taker?.inHand.keys() ?? [])] };
}

test('1: no more is held than the window, until an ack is on disk', async () => {
  const { consumer, publish, seen, state } = setUp(2);
  publish(1, 2, 3);
  const held = [await consumer.receive(), await consumer.receive()];
  let third: IncomingMessage | undefined;
  void consumer.receive().then((message) => {
    third = message;
  });
  const disk = Promise.withResolvers<void>();
  state.store = () => disk.promise;
  const acked = consumer.ack(held[0] as IncomingMessage);
  await settle();
  expect([third, seen.released]).toEqual([undefined, []]);
  disk.resolve();
  await acked;
  await settle();
  expect([third?.id, seen.released]).toEqual(['3', [1]]);
});

test('an ack is stored once, however often it is asked for while it is under way and afterwards', async () => {
  const { consumer, publish, seen } = setUp();
  publish(1);
  const message = await consumer.receive();
  await Promise.all([consumer.ack(message), consumer.ack(message)]);
  await consumer.ack(message);
  expect(seen.stored).toEqual([1]);
});

test('an ack that could not be stored fails, holds its place and can be tried again', async () => {
  const { consumer, publish, seen, state, inHand } = setUp();
  publish(1);
  const message = await consumer.receive();
  state.store = () => Promise.reject(new Error('disk full'));
  await expect(consumer.ack(message)).rejects.toThrow('disk full');
  expect([inHand(), seen.released]).toEqual([['1'], []]);
  state.store = async () => undefined;
  await consumer.ack(message);
  expect([inHand(), seen.released, seen.stored]).toEqual([[], [1], [1, 1]]);
});

test('what never came is a bug; of the acked the bound is remembered, the oldest goes', async () => {
  const { consumer, publish } = setUp(4, 2);
  publish(1, 2, 3);
  const held = [await consumer.receive(), await consumer.receive(), await consumer.receive()];
  for (const message of held) await consumer.ack(message);
  await consumer.ack(held[2] as IncomingMessage);
  await consumer.ack(held[1] as IncomingMessage);
  await expect(consumer.ack(held[0] as IncomingMessage)).rejects.toMatchObject({ class: 'Bug' });
});

test('2: closing fails who waits, waits for acks, gives back once, and refuses what comes later', async () => {
  const { consumer, publish, seen, state, inHand } = setUp();
  publish(1, 2);
  const held = [await consumer.receive(), await consumer.receive()];
  const waiting = expect(consumer.receive()).rejects.toThrow('the consumer is closed');
  const disk = Promise.withResolvers<void>();
  state.store = () => disk.promise;
  const acked = consumer.ack(held[0] as IncomingMessage);
  const closing = Promise.all([consumer.close(), consumer.close()]);
  await waiting;
  await settle();
  expect([seen.left, seen.closed]).toEqual([0, 0]);
  disk.resolve();
  await acked;
  await closing;
  expect([seen.left, seen.closed, seen.released, inHand()]).toEqual([1, 1, [1], []]);
  await expect(consumer.receive()).rejects.toThrow('the consumer is closed');
  await expect(consumer.ack(held[1] as IncomingMessage)).rejects.toThrow('the consumer is closed');
  await consumer.ack(held[0] as IncomingMessage);
});

test('a caller that has given up waits for nothing', async () => {
  const { consumer, publish, inHand } = setUp();
  const stop = new AbortController();
  const waiting = expect(consumer.receive(stop.signal)).rejects.toThrow('enough');
  stop.abort(new Error('enough'));
  await waiting;
  await expect(consumer.receive(stop.signal)).rejects.toThrow('enough');
  publish(1);
  expect(inHand()).toEqual([]);
  expect((await consumer.receive()).id).toBe('1');
});
