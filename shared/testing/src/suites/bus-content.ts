/**
 * Tests of the bus contract.
 *
 * What a message carries, what `ensure` makes, what is refused, and a second process.
 */
import type { IncomingMessage } from '@leasehold/bus';
import { expect, test } from 'vitest';
import { type BusWorld, bytes, drain, hasNone, namespaceOf, RETENTION_MS, take, text, WINDOW } from './bus-world.ts';

export function ensureTests(world: BusWorld): void {
  test('ensure twice is ensure once, and leaves messages and positions alone', async () => {
    const topic = await world.made('ensure', ['s', 'second']);
    await world.publish(topic, 'one', 'k');
    const consumer = await world.subscribe(topic);
    await consumer.ack(await consumer.receive());
    await consumer.close();
    const namespaces = [{ namespace: namespaceOf(topic), retentionMs: RETENTION_MS }];
    const topics = [{ topic, subscriptions: ['s', 'second'], retentionMs: 2 * RETENTION_MS }];
    await Promise.all([world.bus.ensure({ namespaces, topics }), world.bus.ensure({ namespaces, topics })]);
    expect(text(await (await world.subscribe(topic, WINDOW, world.bus, 'second')).receive())).toBe('one');
    expect(await hasNone(await world.subscribe(topic), world.harness)).toBe(true);
  });

  test('a subscription stands at the earliest message, also one that is made later', async () => {
    const topic = await world.made('earliest', ['first']);
    await world.publish(topic, 'before', 'k');
    await world.bus.ensure({ namespaces: [], topics: [{ topic, subscriptions: ['late'] }] });
    expect(text(await (await world.subscribe(topic, WINDOW, world.bus, 'first')).receive())).toBe('before');
    expect(text(await (await world.subscribe(topic, WINDOW, world.bus, 'late')).receive())).toBe('before');
    const unmade = await world.subscribe(topic, WINDOW, world.bus, 'made-by-its-consumer');
    expect(text(await unmade.receive())).toBe('before');
  });

  test('two subscriptions each get every message', async () => {
    const topic = await world.made('fan-out', ['x', 'y']);
    await Promise.all([world.publish(topic, '1', 'k'), world.publish(topic, '2', 'k')]);
    for (const subscription of ['x', 'y']) {
      const consumer = await world.subscribe(topic, WINDOW, world.bus, subscription);
      expect((await take(consumer, 2)).map(text)).toEqual(['1', '2']);
    }
  });
}

export function contentTests(world: BusWorld): void {
  test('keys, properties and payloads keep every character and byte', async () => {
    const topic = await world.made('bytes');
    const consumer = await world.subscribe(topic);
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    const properties = { event_id: 'é-日本-"\\', 'tr ace': '🙂', empty: '' };
    for (const key of ['ключ', '🙂', 'a"b\\c', ' ']) {
      await world.bus.publish({ topic, key, payload: all, properties });
      const message = await consumer.receive();
      expect(message.key).toBe(key);
      expect(message.properties).toEqual(properties);
      expect(Buffer.from(message.payload)).toEqual(Buffer.from(all));
      expect(message.topic).toBe(topic);
      await consumer.ack(message);
    }
    await world.bus.publish({ topic, key: '', payload: new Uint8Array(0) });
    const empty = await consumer.receive();
    expect([empty.key ?? '', empty.payload.byteLength]).toEqual(['', 0]);
    await world.bus.publish({ topic, payload: all });
    await expect(consumer.receive()).resolves.not.toHaveProperty('key');
  });

  test('a payload up to the bound passes, one over it is Invalid', async () => {
    const topic = await world.made('large');
    const consumer = await world.subscribe(topic);
    const payload = new Uint8Array(Buffer.alloc(world.harness.largePayloadBytes, 'leasehold'));
    await world.bus.publish({ topic, key: 'k', payload });
    const message = await consumer.receive();
    expect(Buffer.compare(message.payload, payload)).toBe(0);
    const over = new Uint8Array(6 * 1024 * 1024);
    await expect(world.bus.publish({ topic, payload: over })).rejects.toMatchObject({
      class: 'Invalid',
      code: 'PayloadTooLarge',
    });
  });
}

export function volumeTests(world: BusWorld): void {
  test('500 messages published at once: none lost, none acked twice, none left', async () => {
    const topic = await world.made('many');
    const ids = await Promise.all(Array.from({ length: 500 }, (_, i) => world.publish(topic, String(i), `k${i % 40}`)));
    expect(new Set(ids).size).toBe(500);
    const consumer = await world.subscribe(topic, 100);
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
    expect(await hasNone(await world.subscribe(topic), world.harness)).toBe(true);
  });

  test('publish times are those of publishing, and a topic without a schema has none', async () => {
    const topic = await world.made('plain');
    const consumer = await world.subscribe(topic);
    await world.publish(topic, '{}', 'k');
    const message = await consumer.receive();
    expect(message.publishedAtMs).toBeGreaterThan(0);
    expect(await world.bus.writerSchema(message)).toEqual({ type: 'none' });
  });
}

export function refusalTests(world: BusWorld): void {
  test('names that cannot be are Invalid', async () => {
    await expect(world.bus.publish({ topic: 'nonsense', payload: bytes('x') })).rejects.toMatchObject({
      class: 'Invalid',
    });
    await expect(
      world.bus.subscribe({ topic: 'persistent://a/b', subscription: 's', window: 1 }),
    ).rejects.toMatchObject({
      class: 'Invalid',
    });
    const topic = await world.made('names');
    for (const window of [0, -1, 1.5]) {
      await expect(world.bus.subscribe({ topic, subscription: 's', window })).rejects.toMatchObject({
        class: 'Invalid',
      });
    }
    await expect(world.bus.subscribe({ topic, subscription: 'a/b', window: 1 })).rejects.toMatchObject({
      class: 'Invalid',
    });
  });

  test('a reachable bus answers ping; a closed one refuses work', async () => {
    await world.bus.ping();
    const topic = await world.made('closed');
    await world.bus.close();
    await world.bus.close();
    await expect(world.bus.publish({ topic, payload: bytes('x') })).rejects.toMatchObject({ class: 'Unavailable' });
    await expect(world.bus.subscribe({ topic, subscription: 's', window: 1 })).rejects.toMatchObject({
      class: 'Unavailable',
    });
    await world.reopen();
  });
}

export function processTests(world: BusWorld): void {
  test('B2: another process competes on the same subscription', async () => {
    const other = await (world.harness.another?.() ?? expect.unreachable('the world.harness names no other client'));
    try {
      const topic = await world.made('processes');
      const [ours, theirs] = [
        await world.subscribe(topic, 5),
        await other.subscribe({ topic, subscription: 's', window: 5 }),
      ];
      const seen: string[] = [];
      const stop = new AbortController();
      const note = (message: IncomingMessage) => {
        seen.push(text(message));
        if (seen.length === 100) stop.abort();
      };
      const loops = [drain(ours, note, stop.signal), drain(theirs, note, stop.signal)];
      await Promise.all(Array.from({ length: 100 }, (_, i) => world.publish(topic, String(i), `k${i}`)));
      await Promise.all(loops);
      expect(new Set(seen).size).toBe(100);
    } finally {
      await other.close();
    }
  });
}
