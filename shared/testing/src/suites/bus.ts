/**
 * The contract of `@leasehold/bus` as tests: every transport, real or simulated, passes the same ones. Each test cites the
 * invariant (B1-B5) of the port that it shows.
 *
 * `open` gives a harness whose buses share one broker (the same file, the same cluster), so that a second process can be
 * played by a second bus. Topics are new in every test. Nothing asserts timing: what must not happen is waited for with a
 * message that must.
 */
import type { Bus, Consumer, IncomingMessage } from '@leasehold/bus';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

export interface BusHarness {
  /** The bus under test; the suite closes it. */
  readonly bus: Bus;
  /** Another client of the same broker, where `options.clients` says that there can be one. */
  readonly another?: () => Promise<Bus>;
  /** A new topic name each time, in a namespace that `ensure` may make. */
  topic(label: string): string;
  /** Plays a process that dies and comes back: the same durable state through a new bus. The suite closes the bus given. */
  reopen(): Promise<Bus>;
  /** Removes what the suite made. */
  cleanup(): Promise<void>;
  /** Largest payload to try. */
  readonly largePayloadBytes: number;
}

const RETENTION_MS = 3_600_000;
const WINDOW = 50;
const SLOW_MS = 60_000;
const text = (message: IncomingMessage) => Buffer.from(message.payload).toString('utf8');
const bytes = (value: string) => new Uint8Array(Buffer.from(value));
const namespaceOf = (topic: string) => topic.replace('persistent://', '').split('/').slice(0, 2).join('/');

async function take(consumer: Consumer, count: number): Promise<IncomingMessage[]> {
  const taken: IncomingMessage[] = [];
  for (let i = 0; i < count; i++) taken.push(await consumer.receive());
  return taken;
}

/** Receives and acks until `stop` says so; one message at a time, or as `onMessage` decides. */
async function drain(consumer: Consumer, onMessage: (message: IncomingMessage) => void, signal: AbortSignal) {
  for (;;) {
    const message = await consumer.receive(signal).catch(() => undefined);
    if (!message) return;
    onMessage(message);
    await consumer.ack(message);
  }
}

/** True when nothing came although a later message on the same topic had the time to. */
async function hasNone(consumer: Consumer, patienceMs = 400): Promise<boolean> {
  const signal = AbortSignal.timeout(patienceMs);
  const message = await consumer.receive(signal).catch(() => undefined);
  return message === undefined;
}

export interface BusSuiteOptions {
  /** `one`: a single process owns this bus, so no test plays a second one. */
  readonly clients: 'one' | 'many';
}

export function busSuite(name: string, options: BusSuiteOptions, open: () => Promise<BusHarness>): void {
  describe(`bus contract: ${name}`, { timeout: SLOW_MS }, () => {
    let harness: BusHarness;
    let bus: Bus;
    let opened: Consumer[] = [];

    beforeAll(async () => {
      harness = await open();
      bus = harness.bus;
    }, SLOW_MS);
    afterEach(async () => {
      await Promise.all(opened.map((consumer) => consumer.close()));
      opened = [];
    }, SLOW_MS);
    afterAll(async () => {
      await bus?.close();
      await harness?.cleanup();
    }, SLOW_MS);

    const made = async (label: string, subscriptions: readonly string[] = ['s']): Promise<string> => {
      const topic = harness.topic(label);
      const namespaces = [{ namespace: namespaceOf(topic), retentionMs: RETENTION_MS }];
      await bus.ensure({ namespaces, topics: [{ topic, subscriptions }] });
      return topic;
    };
    const subscribe = async (topic: string, window = WINDOW, from: Bus = bus, subscription = 's') => {
      const consumer = await from.subscribe({ topic, subscription, window });
      opened.push(consumer);
      return consumer;
    };
    const publish = (topic: string, value: string, key?: string) =>
      bus.publish({ topic, payload: bytes(value), ...(key === undefined ? {} : { key }) });

    test('B1: messages of one key come in the order in which they were published', async () => {
      const topic = await made('order');
      const consumer = await subscribe(topic);
      const keys = ['a', 'b', 'c'];
      const sends = Array.from({ length: 90 }, (_, i) => publish(topic, String(i), keys[i % 3] as string));
      await Promise.all(sends);
      const seen = new Map<string, number[]>();
      for (let i = 0; i < 90; i++) {
        const message = await consumer.receive();
        seen.set(message.key ?? '', [...(seen.get(message.key ?? '') ?? []), Number(text(message))]);
        await consumer.ack(message);
      }
      for (const [index, key] of keys.entries()) {
        expect(seen.get(key)).toEqual(Array.from({ length: 30 }, (_, i) => i * 3 + index));
      }
    });

    test('B1, B2: competing consumers share the messages, each key in order with one of them', async () => {
      const topic = await made('compete');
      const consumers = await Promise.all([subscribe(topic, 5), subscribe(topic, 5), subscribe(topic, 5)]);
      const total = 300;
      const stop = new AbortController();
      const seen: { key: string; value: number; by: number }[] = [];
      const loops = consumers.map((consumer, by) =>
        drain(
          consumer,
          (message) => {
            seen.push({ key: message.key ?? '', value: Number(text(message)), by });
            if (seen.length === total) stop.abort();
          },
          stop.signal,
        ),
      );
      await Promise.all(Array.from({ length: total }, (_, i) => publish(topic, String(i), `key-${i % 30}`)));
      await Promise.all(loops);
      expect(seen.map(({ value }) => value).sort((a, b) => a - b)).toEqual(Array.from({ length: total }, (_, i) => i));
      expect(new Set(seen.map(({ by }) => by)).size).toBeGreaterThan(1);
      for (let k = 0; k < 30; k++) {
        const values = seen.filter(({ key }) => key === `key-${k}`).map(({ value }) => value);
        expect(values).toEqual([...values].sort((a, b) => a - b));
      }
    });

    test('B2: what a consumer had not acked goes to the others when it closes', async () => {
      const topic = await made('takeover');
      const first = await subscribe(topic);
      for (let i = 0; i < 10; i++) await publish(topic, String(i), 'k');
      const held = await take(first, 10);
      await first.ack(held[0] as IncomingMessage);
      const second = await subscribe(topic);
      await first.close();
      const again = await take(second, 9);
      expect(again.map(text)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9']);
      expect(again.map(({ id }) => id)).toEqual(held.slice(1).map(({ id }) => id));
      for (const message of again) await second.ack(message);
    });

    test('B2: what a dead process had not acked is delivered to the next', async () => {
      const topic = await made('dead');
      const consumer = await subscribe(topic);
      for (let i = 0; i < 5; i++) await publish(topic, String(i), 'k');
      const held = await take(consumer, 5);
      await consumer.ack(held[2] as IncomingMessage);
      await bus.close();
      opened = [];
      bus = await harness.reopen();
      const heir = await subscribe(topic);
      expect((await take(heir, 4)).map(text)).toEqual(['0', '1', '3', '4']);
    });

    test('B3: a published message outlives the process that published it', async () => {
      const topic = await made('durable');
      const id = await publish(topic, 'kept', 'k');
      await bus.close();
      bus = await harness.reopen();
      const message = await (await subscribe(topic)).receive();
      expect([text(message), message.id, message.key]).toEqual(['kept', id, 'k']);
    });

    test('B4: a consumer holds no more than its window, and an ack gives a place back', async () => {
      const topic = await made('window');
      const consumer = await subscribe(topic, 3);
      for (let i = 0; i < 6; i++) await publish(topic, String(i), 'k');
      const held = await take(consumer, 3);
      expect(await hasNone(consumer)).toBe(true);
      await consumer.ack(held[0] as IncomingMessage);
      expect(text(await consumer.receive())).toBe('3');
      expect(await hasNone(consumer)).toBe(true);
    });

    test('B4: a consumer that stops taking does not hold up others on other keys', async () => {
      const topic = await made('back-pressure');
      const slow = await subscribe(topic, 1);
      const quick = await subscribe(topic, 20);
      const total = 200;
      const stop = new AbortController();
      let left = 0;
      const loop = drain(quick, () => (left += 1) >= 20 && stop.abort(), stop.signal);
      await Promise.all(Array.from({ length: total }, (_, i) => publish(topic, String(i), `key-${i}`)));
      await loop;
      expect(left).toBeGreaterThanOrEqual(20);
      await slow.close();
    });

    test('B5: acks that resolved hold, unacked messages come again', async () => {
      const topic = await made('close');
      const consumer = await subscribe(topic);
      for (let i = 0; i < 20; i++) await publish(topic, String(i), `k${i}`);
      const held = await take(consumer, 20);
      await Promise.all(held.filter((_, i) => i % 2 === 0).map((message) => consumer.ack(message)));
      await consumer.close();
      const next = await subscribe(topic);
      const again = await take(next, 10);
      expect(again.map(text).sort()).toEqual(
        held
          .filter((_, i) => i % 2 === 1)
          .map(text)
          .sort(),
      );
      expect(await hasNone(next)).toBe(true);
    });

    test('B5: an ack given again is no error, a receive on a closed consumer is Unavailable', async () => {
      const topic = await made('twice');
      const consumer = await subscribe(topic);
      await publish(topic, 'x', 'k');
      const message = await consumer.receive();
      await consumer.ack(message);
      await consumer.ack(message);
      const waiting = consumer.receive();
      const refused = expect(waiting).rejects.toMatchObject({ class: 'Unavailable', code: 'BusUnavailable' });
      await consumer.close();
      await refused;
      await expect(consumer.receive()).rejects.toMatchObject({ class: 'Unavailable' });
      await consumer.close();
    });

    test('receive ends with the reason of its signal, and loses no message by it', async () => {
      const topic = await made('abort');
      const consumer = await subscribe(topic);
      const stop = new AbortController();
      const waiting = consumer.receive(stop.signal);
      stop.abort(new Error('enough'));
      await expect(waiting).rejects.toThrow('enough');
      await publish(topic, 'later', 'k');
      expect(text(await consumer.receive())).toBe('later');
      await expect(consumer.receive(AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
    });

    test('ensure twice is ensure once, and leaves messages and positions alone', async () => {
      const topic = await made('ensure', ['s', 'second']);
      await publish(topic, 'one', 'k');
      const consumer = await subscribe(topic);
      await consumer.ack(await consumer.receive());
      await consumer.close();
      const namespaces = [{ namespace: namespaceOf(topic), retentionMs: RETENTION_MS }];
      const topics = [{ topic, subscriptions: ['s', 'second'], retentionMs: 2 * RETENTION_MS }];
      await Promise.all([bus.ensure({ namespaces, topics }), bus.ensure({ namespaces, topics })]);
      expect(text(await (await subscribe(topic, WINDOW, bus, 'second')).receive())).toBe('one');
      expect(await hasNone(await subscribe(topic))).toBe(true);
    });

    test('a subscription stands at the earliest message, also one that is made later', async () => {
      const topic = await made('earliest', ['first']);
      await publish(topic, 'before', 'k');
      await bus.ensure({ namespaces: [], topics: [{ topic, subscriptions: ['late'] }] });
      expect(text(await (await subscribe(topic, WINDOW, bus, 'first')).receive())).toBe('before');
      expect(text(await (await subscribe(topic, WINDOW, bus, 'late')).receive())).toBe('before');
    });

    test('two subscriptions each get every message', async () => {
      const topic = await made('fan-out', ['x', 'y']);
      await Promise.all([publish(topic, '1', 'k'), publish(topic, '2', 'k')]);
      for (const subscription of ['x', 'y']) {
        const consumer = await subscribe(topic, WINDOW, bus, subscription);
        expect((await take(consumer, 2)).map(text)).toEqual(['1', '2']);
      }
    });

    test('keys, properties and payloads keep every character and byte', async () => {
      const topic = await made('bytes');
      const consumer = await subscribe(topic);
      const all = Uint8Array.from({ length: 256 }, (_, i) => i);
      const properties = { event_id: 'é-日本-"\\', 'tr ace': '🙂', empty: '' };
      for (const key of ['ключ', '🙂', 'a"b\\c', ' ']) {
        await bus.publish({ topic, key, payload: all, properties });
        const message = await consumer.receive();
        expect(message.key).toBe(key);
        expect(message.properties).toEqual(properties);
        expect(Buffer.from(message.payload)).toEqual(Buffer.from(all));
        expect(message.topic).toBe(topic);
        await consumer.ack(message);
      }
      await bus.publish({ topic, key: '', payload: new Uint8Array(0) });
      const empty = await consumer.receive();
      expect([empty.key ?? '', empty.payload.byteLength]).toEqual(['', 0]);
      await bus.publish({ topic, payload: all });
      await expect(consumer.receive()).resolves.not.toHaveProperty('key');
    });

    test('a payload up to the bound passes, one over it is Invalid', async () => {
      const topic = await made('large');
      const consumer = await subscribe(topic);
      const payload = new Uint8Array(Buffer.alloc(harness.largePayloadBytes, 'leasehold'));
      await bus.publish({ topic, key: 'k', payload });
      const message = await consumer.receive();
      expect(Buffer.compare(message.payload, payload)).toBe(0);
      const over = new Uint8Array(6 * 1024 * 1024);
      await expect(bus.publish({ topic, payload: over })).rejects.toMatchObject({
        class: 'Invalid',
        code: 'PayloadTooLarge',
      });
    });

    test('500 messages published at once: none lost, none acked twice, none left', async () => {
      const topic = await made('many');
      const ids = await Promise.all(Array.from({ length: 500 }, (_, i) => publish(topic, String(i), `k${i % 40}`)));
      expect(new Set(ids).size).toBe(500);
      const consumer = await subscribe(topic, 100);
      const seen: IncomingMessage[] = [];
      const acks: Promise<void>[] = [];
      while (seen.length < 500) {
        const message = await consumer.receive();
        seen.push(message);
        acks.push(consumer.ack(message));
      }
      await Promise.all(acks);
      expect(new Set(seen.map(({ id }) => id))).toEqual(new Set(ids));
      await consumer.close();
      expect(await hasNone(await subscribe(topic))).toBe(true);
    });

    test('publish times are those of publishing, and a topic without a schema has none', async () => {
      const topic = await made('plain');
      const consumer = await subscribe(topic);
      await publish(topic, '{}', 'k');
      const message = await consumer.receive();
      expect(message.publishedAtMs).toBeGreaterThan(0);
      expect(await bus.writerSchema(message)).toEqual({ type: 'none' });
    });

    test('names that cannot be are Invalid', async () => {
      await expect(bus.publish({ topic: 'nonsense', payload: bytes('x') })).rejects.toMatchObject({ class: 'Invalid' });
      await expect(bus.subscribe({ topic: 'persistent://a/b', subscription: 's', window: 1 })).rejects.toMatchObject({
        class: 'Invalid',
      });
      const topic = await made('names');
      for (const window of [0, -1, 1.5]) {
        await expect(bus.subscribe({ topic, subscription: 's', window })).rejects.toMatchObject({ class: 'Invalid' });
      }
      await expect(bus.subscribe({ topic, subscription: 'a/b', window: 1 })).rejects.toMatchObject({
        class: 'Invalid',
      });
    });

    test('a reachable bus answers ping; a closed one refuses work', async () => {
      await bus.ping();
      const topic = await made('closed');
      await bus.close();
      await bus.close();
      await expect(bus.publish({ topic, payload: bytes('x') })).rejects.toMatchObject({ class: 'Unavailable' });
      await expect(bus.subscribe({ topic, subscription: 's', window: 1 })).rejects.toMatchObject({
        class: 'Unavailable',
      });
      bus = await harness.reopen();
    });

    const testWhereMany = options.clients === 'many' ? test : () => undefined;
    testWhereMany('B2: another process competes on the same subscription', async () => {
      const other = await (harness.another?.() ?? expect.unreachable('the harness names no other client'));
      try {
        const topic = await made('processes');
        const [ours, theirs] = [
          await subscribe(topic, 5),
          await other.subscribe({ topic, subscription: 's', window: 5 }),
        ];
        const seen: string[] = [];
        const stop = new AbortController();
        const note = (message: IncomingMessage) => {
          seen.push(text(message));
          if (seen.length === 100) stop.abort();
        };
        const loops = [drain(ours, note, stop.signal), drain(theirs, note, stop.signal)];
        await Promise.all(Array.from({ length: 100 }, (_, i) => publish(topic, String(i), `k${i}`)));
        await Promise.all(loops);
        expect(new Set(seen).size).toBe(100);
      } finally {
        await other.close();
      }
    });
  });
}
