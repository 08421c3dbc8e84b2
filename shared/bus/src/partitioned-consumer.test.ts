import { bound, type Log, silentLog } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { busBounds } from './bounds.ts';
import { busUnavailable } from './faults.ts';
import { openPartitioned } from './partitioned-consumer.ts';
import type { Consumer, ConsumerOptions, IncomingMessage, LostConsumer } from './port.ts';
import { createWaiters } from './waiters.ts';

const TOPIC = 'persistent://t/n/x';
const at = (place: number) => `${TOPIC}-partition-${place}`;
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Consumers by hand: what each is given to deliver, what was acked, what was closed. */
function setUp(count: number, log: Log = silentLog) {
  const waiting = new Map<string, ReturnType<typeof createWaiters>>();
  const seen = { opened: [] as ConsumerOptions[], acked: [] as string[], closed: [] as string[] };
  const refused = new Set<string>();
  /** What parts say of themselves. */
  const lost = new Map<string, LostConsumer>();
  let told: (count: number) => void = () => undefined;
  const open = async (wanted: ConsumerOptions): Promise<Consumer> => {
    if (refused.has(wanted.topic)) throw busUnavailable(`${wanted.topic} cannot be opened`);
    seen.opened.push(wanted);
    const waiters = createWaiters();
    waiting.set(wanted.topic, waiters);
    return {
      ...wanted,
      receive: (signal) => waiters.wait(signal),
      lost: () => lost.get(wanted.topic),
      ack: async (message) => void seen.acked.push(`${wanted.topic} ${message.id}`),
      close: async () => {
        seen.closed.push(wanted.topic);
        waiters.fail(busUnavailable('closed'));
      },
    };
  };
  const partitions = {
    countOf: async () => count,
    watch: (_topic: string, tell: typeof told) => {
      told = tell;
      return () => {
        told = () => undefined;
      };
    },
    lookAgain: () => undefined,
    close: () => undefined,
  };
  const clock = { now: () => 1_000, sleep: () => new Promise<never>(() => undefined) };
  const bounds = busBounds({ partitions: bound('bus.partitions', 4) });
  const options = { topic: TOPIC, subscription: 's', window: 4, partitions, clock, log, bounds, open };
  const message = (id: string): IncomingMessage => ({
    topic: '',
    id,
    payload: new Uint8Array(),
    properties: {},
    publishedAtMs: 0,
  });
  return {
    ...{ seen, refused, lost },
    consumer: () => openPartitioned({ ...options, onClosed: () => void seen.closed.push('all') }),
    isAsked: (topic: string) => (waiting.get(topic)?.size ?? 0) > 0,
    deliver: async (topic: string, id: string) => {
      waiting.get(topic)?.give(message(id));
      await settle();
    },
    breaks: (topic: string) => waiting.get(topic)?.fail(busUnavailable('it broke')),
    tell: async (now: number) => {
      told(now);
      await settle();
    },
  };
}

test('1: messages carry the topic as asked for and their partition, and are acked there', async () => {
  const { consumer, deliver, seen } = setUp(2);
  const one = await consumer();
  await deliver(at(1), '7:1');
  const message = await one.receive();
  expect(message).toMatchObject({ topic: TOPIC, partition: 1, id: '7:1' });
  await one.ack(message);
  expect(seen.acked).toEqual([`${at(1)} 7:1`]);
  expect(seen.opened.map(({ topic, window }) => [topic, window])).toEqual([
    [at(0), 2],
    [at(1), 2],
  ]);
});

test('2: over all partitions no more is held than the window, and one that is full holds up no other', async () => {
  const { consumer, deliver, isAsked } = setUp(2);
  const one = await consumer();
  const held: IncomingMessage[] = [];
  for (const id of ['1', '2', '3']) {
    const next = one.receive();
    await deliver(at(0), id);
    held.push(await next);
  }
  const last = one.receive();
  await deliver(at(1), '4');
  held.push(await last);
  let more: IncomingMessage | undefined;
  void one.receive().then((message) => {
    more = message;
  });
  await deliver(at(0), '5');
  expect([more, isAsked(at(0)), isAsked(at(1))]).toEqual([undefined, false, true]);
  await one.ack(held[3] as IncomingMessage);
  await settle();
  expect(more).toMatchObject({ id: '5' });
});

test('2: what waits in two partitions is handed out in turn', async () => {
  const { consumer, deliver } = setUp(2);
  const one = await consumer();
  await deliver(at(0), 'a');
  await deliver(at(1), 'b');
  const first = await one.receive();
  await settle();
  await deliver(at(0), 'c');
  expect([first, await one.receive(), await one.receive()].map(({ id }) => id)).toEqual(['a', 'b', 'c']);
});

test('3: a partition that comes later is consumed; one that cannot be opened is tried again, shown, and stops no other', async () => {
  const { consumer, deliver, refused, tell, seen } = setUp(1);
  const one = await consumer();
  refused.add(at(1));
  await tell(3);
  expect(one.lost?.()).toEqual({ sinceMs: 1_000, code: 'BusUnavailable', message: `${at(1)} cannot be opened` });
  await deliver(at(2), 'x');
  expect((await one.receive()).partition).toBe(2);
  refused.clear();
  await tell(3);
  expect([one.lost?.(), seen.opened.length]).toEqual([undefined, 3]);
  await tell(5);
  expect(one.lost?.()?.message).toContain('5 partitions, over bus.partitions 4');
  expect(seen.closed).toEqual([]);
});

test('3: a topic that lost its partitions is consumed as it is; what was held of them comes again', async () => {
  const { consumer, deliver, tell, seen } = setUp(2);
  const one = await consumer();
  await deliver(at(0), '1');
  const held = await one.receive();
  await deliver(at(1), '2');
  await tell(0);
  expect(seen.closed).toEqual([at(0), at(1)]);
  await expect(one.ack(held)).rejects.toMatchObject({ class: 'Unavailable' });
  const next = one.receive();
  await deliver(TOPIC, '3');
  expect(await next).toMatchObject({ id: '3' });
  expect((await next).partition).toBeUndefined();
});

test('a first partition that cannot be opened fails the subscribe and leaves nothing open', async () => {
  const { consumer, refused, seen } = setUp(2);
  refused.add(at(1));
  await expect(consumer()).rejects.toThrow('cannot be opened');
  expect(seen.closed).toEqual([at(0)]);
});

test('a partition whose consumer ends by itself ends the whole, and closing closes every part once', async () => {
  const { consumer, breaks, seen } = setUp(2);
  const one = await consumer();
  const waiting = expect(one.receive()).rejects.toThrow('it broke');
  breaks(at(1));
  await waiting;
  await expect(one.receive()).rejects.toThrow('it broke');
  await Promise.all([one.close(), one.close()]);
  expect(seen.closed).toEqual([at(0), at(1), 'all']);
});

test('3: a partition that leaves takes along what is ready of it and nothing of the others, and frees its places', async () => {
  const { consumer, deliver, tell } = setUp(2);
  const one = await consumer();
  await deliver(at(0), 'stays');
  await deliver(at(1), 'goes');
  await tell(1);
  expect((await one.receive()).id).toBe('stays');
  let more: IncomingMessage | undefined;
  const waiting = one.receive().then((message) => {
    more = message;
  });
  await settle();
  expect(more).toBeUndefined();
  await deliver(at(0), 'next');
  await waiting;
  expect(more).toMatchObject({ id: 'next' });
});

test('3: what was held of a partition that leaves makes room for the others at once', async () => {
  const { consumer, deliver, tell } = setUp(2);
  const one = await consumer();
  for (const id of ['1', '2', '3', '4']) {
    const next = one.receive();
    await deliver(at(1), id);
    await next;
  }
  let more: IncomingMessage | undefined;
  void one.receive().then((message) => {
    more = message;
  });
  await deliver(at(0), '5');
  expect(more).toBeUndefined();
  await tell(1);
  expect(more).toMatchObject({ id: '5' });
});

test('3: as many partitions as the bound are consumed; what cannot be is told once, until it was made good', async () => {
  const lines: string[] = [];
  const { consumer, tell, refused, seen } = setUp(1, { ...silentLog, warn: (line) => void lines.push(line) });
  const one = await consumer();
  await tell(4);
  expect([one.lost?.(), seen.opened.length]).toEqual([undefined, 4]);
  refused.add(TOPIC);
  for (let look = 0; look < 3; look++) await tell(0);
  expect(lines).toEqual(['a topic is not consumed as a whole']);
  refused.clear();
  await tell(0);
  expect(one.lost?.()).toBeUndefined();
  await tell(5);
  expect(lines).toHaveLength(2);
});

test('of all that is lost the earliest is told', async () => {
  const { consumer, lost } = setUp(3);
  const one = await consumer();
  expect(one.lost?.()).toBeUndefined();
  const since = (sinceMs: number): LostConsumer => ({ sinceMs, code: 'BusUnavailable', message: `since ${sinceMs}` });
  lost.set(at(1), since(9));
  lost.set(at(2), since(5));
  expect(one.lost?.()).toEqual(since(5));
  lost.set(at(0), since(7));
  expect(one.lost?.()).toEqual(since(5));
});

test('an ack of what is not held here: a bug, or what comes again, or what is closed', async () => {
  const parted = setUp(1);
  const one = await parted.consumer();
  const message = { topic: TOPIC, id: '7:1', payload: new Uint8Array(), properties: {}, publishedAtMs: 0 };
  await expect(one.ack(message)).rejects.toMatchObject({
    class: 'Bug',
    message: 'message 7:1 was not received by this consumer',
  });
  await expect(one.ack({ ...message, partition: 3 })).rejects.toMatchObject({
    class: 'Unavailable',
    message: 'partition 3 is not consumed any more: message 7:1 comes again',
  });
  await one.close();
  await expect(one.ack({ ...message, partition: 0 })).rejects.toThrow('the consumer is closed');
});

test('closing fails who waits, and looks at the topic no more', async () => {
  const { consumer, seen, tell } = setUp(1);
  const one = await consumer();
  const waiting = expect(one.receive()).rejects.toThrow('the consumer is closed');
  const closing = one.close();
  await waiting;
  await closing;
  await tell(3);
  expect([seen.opened.length, seen.closed]).toEqual([1, [at(0), 'all']]);
  await expect(one.receive()).rejects.toThrow('the consumer is closed');
});

test('closing waits for a change that is under way, and closes what came of it', async () => {
  const { consumer, seen, tell } = setUp(1);
  const one = await consumer();
  const changed = tell(2);
  const closing = one.close();
  await Promise.all([changed, closing]);
  expect(seen.closed).toEqual([at(0), at(1), 'all']);
});

test('a message of a topic without partitions names none', async () => {
  const { consumer, deliver } = setUp(0);
  const one = await consumer();
  await deliver(TOPIC, '1');
  expect('partition' in (await one.receive())).toBe(false);
});
