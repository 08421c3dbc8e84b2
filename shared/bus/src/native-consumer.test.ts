import { bound, type Log, silentLog } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { busBounds } from './bounds.ts';
import { formatPosition } from './message-id.ts';
import type { NativeMessage } from './native-client.ts';
import { createNativeConsumer } from './native-consumer.ts';
import type { IncomingMessage } from './port.ts';

const TOPIC = 'persistent://t/n/x';
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The entry `7:entry` as the client hands it over. */
const native = (entry: number, more: { readonly key?: string; readonly text?: string } = {}): NativeMessage => ({
  getData: () => Buffer.from(more.text ?? ''),
  getMessageId: () => ({ serialize: () => Uint8Array.from([8, 7, 16, entry]) }),
  getProperties: () => ({ p: 'q' }),
  getPartitionKey: () => more.key ?? '',
  getPublishTimestamp: () => 1_700_000_000_123,
});

function setUp(change: { readonly window?: number; readonly recentAcks?: number; readonly log?: Log } = {}) {
  const asked: { readonly give: (message: NativeMessage) => void; readonly fail: (error: Error) => void }[] = [];
  const acked: NativeMessage[] = [];
  const received: string[] = [];
  const state = { ack: async (): Promise<void> => undefined, close: async (): Promise<void> => undefined, closed: 0 };
  const consumer = createNativeConsumer({
    topic: TOPIC,
    subscription: 's',
    window: change.window ?? 2,
    native: {
      receive: () => new Promise((give, fail) => asked.push({ give, fail })),
      acknowledge: (message) => {
        acked.push(message);
        return state.ack();
      },
      close: () => state.close(),
    },
    log: change.log ?? silentLog,
    bounds: busBounds({ window: bound('bus.window', 3), recentAcks: bound('bus.recentAcks', change.recentAcks ?? 8) }),
    received: (topic, position) => void received.push(`${topic} ${formatPosition(position)}`),
    onClosed: () => {
      state.closed += 1;
    },
  });
  let next = 0;
  /** Answers the client's oldest question. */
  const deliver = async (message: NativeMessage): Promise<void> => {
    asked[next++]?.give(message);
    await settle();
  };
  const hold = async (entry: number): Promise<IncomingMessage> => {
    const message = consumer.receive();
    await deliver(native(entry));
    return message;
  };
  return { consumer, asked, acked, received, state, deliver, hold };
}

test('a message is told as the client has it, without a key where it says none', async () => {
  const { consumer, deliver, received } = setUp();
  const [first, second] = [consumer.receive(), consumer.receive()];
  await deliver(native(1, { key: 'k', text: 'é' }));
  await deliver(native(2));
  expect(await first).toEqual({
    topic: TOPIC,
    id: '7:1',
    payload: new Uint8Array(Buffer.from('é')),
    properties: { p: 'q' },
    publishedAtMs: 1_700_000_000_123,
    key: 'k',
  });
  expect('key' in (await second)).toBe(false);
  expect(received).toEqual([`${TOPIC} 7:1`, `${TOPIC} 7:2`]);
});

test('1: the client is asked for one at a time, only while somebody waits and there is room', async () => {
  const both = setUp({ window: 2 });
  for (const _ of [1, 2]) void both.consumer.receive();
  await settle();
  expect(both.asked).toHaveLength(1);
  const { consumer, asked, hold } = setUp({ window: 2 });
  expect(asked).toHaveLength(0);
  const first = await hold(1);
  await hold(2);
  void consumer.receive();
  await settle();
  expect(asked).toHaveLength(2);
  await consumer.ack(first);
  await settle();
  expect(asked).toHaveLength(3);
});

test('1: no window is over the bound of all windows', async () => {
  const { consumer, asked, hold } = setUp({ window: 100 });
  for (const entry of [1, 2, 3]) await hold(entry);
  void consumer.receive();
  await settle();
  expect(asked).toHaveLength(3);
});

test('a message that comes when nobody waits any more is ready for who comes next', async () => {
  const { consumer, deliver, asked } = setUp();
  const stop = new AbortController();
  const waiting = consumer.receive(stop.signal);
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await deliver(native(1));
  expect((await consumer.receive()).id).toBe('7:1');
  expect(asked).toHaveLength(1);
});

test('2: what is held is not given twice, and is acked as it came last; what was acked is acked again', async () => {
  const { consumer, deliver, acked, hold, received } = setUp({ window: 3 });
  const held = await hold(1);
  const next = consumer.receive();
  const again = native(1);
  await deliver(again);
  await deliver(native(2));
  expect((await next).id).toBe('7:2');
  await consumer.ack(held);
  expect(acked).toEqual([again]);
  const third = consumer.receive();
  const late = native(1);
  await deliver(late);
  expect(acked).toEqual([again, late]);
  await deliver(native(3));
  expect((await third).id).toBe('7:3');
  expect(received).toEqual([`${TOPIC} 7:1`, `${TOPIC} 7:2`, `${TOPIC} 7:3`]);
});

test('2: of the acked no more are remembered than the bound says', async () => {
  const { consumer, hold } = setUp({ recentAcks: 1 });
  for (const entry of [1, 2]) await consumer.ack(await hold(entry));
  expect((await hold(1)).id).toBe('7:1');
});

test('an ack is told once; what never came is a bug, what cannot be acked has an unknown outcome and is tried again', async () => {
  const { consumer, acked, hold, state } = setUp();
  const held = await hold(1);
  state.ack = () => Promise.reject(new Error('no'));
  await expect(consumer.ack(held)).rejects.toMatchObject({ class: 'Unavailable', unknownOutcome: true });
  state.ack = async () => undefined;
  await consumer.ack(held);
  await consumer.ack(held);
  expect(acked).toHaveLength(2);
  await expect(consumer.ack({ ...held, id: '9:9' })).rejects.toMatchObject({ class: 'Bug' });
});

test('a client that fails to receive fails who waits, is told, and is asked again by the next', async () => {
  const told: string[] = [];
  const { consumer, asked, deliver } = setUp({ log: { ...silentLog, warn: (line) => void told.push(line) } });
  const waiting = expect(consumer.receive()).rejects.toMatchObject({
    class: 'Unavailable',
    message: 'the Pulsar client failed to receive',
  });
  asked[0]?.fail(new Error('broken'));
  await waiting;
  expect(told).toHaveLength(1);
  const next = consumer.receive();
  await deliver(native(1));
  await deliver(native(1));
  expect((await next).id).toBe('7:1');
});

test('closing fails who waits, waits for acks under way, closes the client’s consumer and says so once', async () => {
  const told: string[] = [];
  const log = { ...silentLog, warn: (line: string) => void told.push(line) };
  const { consumer, asked, hold, state } = setUp({ window: 3, log });
  const [first, second] = [await hold(1), await hold(2)];
  const { promise, resolve } = Promise.withResolvers<void>();
  state.ack = () => promise;
  let order = '';
  state.close = async () => {
    order += 'closed ';
    asked[2]?.fail(new Error('closed'));
  };
  void consumer.ack(first).then(() => {
    order += 'acked ';
  });
  const waiting = expect(consumer.receive()).rejects.toThrow('the consumer is closed');
  const closing = Promise.all([consumer.close(), consumer.close()]);
  await waiting;
  await settle();
  expect([order, state.closed]).toEqual(['', 0]);
  resolve();
  await closing;
  expect([order, state.closed, told]).toEqual(['acked closed ', 1, []]);
  await expect(consumer.receive()).rejects.toThrow('the consumer is closed');
  await expect(consumer.ack(second)).rejects.toThrow('the consumer is closed');
});

test('a client’s consumer that cannot be closed is told, and is closed for us', async () => {
  const told: string[] = [];
  const { consumer, state } = setUp({ log: { ...silentLog, warn: (line) => void told.push(line) } });
  state.close = () => Promise.reject(new Error('no'));
  await consumer.close();
  expect([told.length, state.closed]).toEqual([1, 1]);
});
