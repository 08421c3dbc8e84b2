/**
 * Tests of the bus contract.
 *
 * Delivery: order, competition, takeover, windows, closing (B1, B2, B4, B5), and durability (B3).
 */
import type { IncomingMessage } from '@leasehold/bus';
import { expect, test } from 'vitest';
import { type BusWorld, drain, hasNone, take, text } from './bus-world.ts';

export function orderTests(world: BusWorld): void {
  test('B1: messages of one key come in the order in which they were published', async () => {
    const topic = await world.made('order');
    const consumer = await world.subscribe(topic);
    const keys = ['a', 'b', 'c'];
    const sends = Array.from({ length: 90 }, (_, i) => world.publish(topic, String(i), keys[i % 3] as string));
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
    const topic = await world.made('compete');
    const consumers = await Promise.all([
      world.subscribe(topic, 5),
      world.subscribe(topic, 5),
      world.subscribe(topic, 5),
    ]);
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
    await Promise.all(Array.from({ length: total }, (_, i) => world.publish(topic, String(i), `key-${i % 30}`)));
    await Promise.all(loops);
    expect(seen.map(({ value }) => value).sort((a, b) => a - b)).toEqual(Array.from({ length: total }, (_, i) => i));
    expect(new Set(seen.map(({ by }) => by)).size).toBeGreaterThan(1);
    for (let k = 0; k < 30; k++) {
      const values = seen.filter(({ key }) => key === `key-${k}`).map(({ value }) => value);
      expect(values).toEqual([...values].sort((a, b) => a - b));
    }
  });
}

export function takeoverTests(world: BusWorld): void {
  test('B2: what a consumer had not acked goes to the others when it closes', async () => {
    const topic = await world.made('takeover');
    const first = await world.subscribe(topic);
    for (let i = 0; i < 10; i++) await world.publish(topic, String(i), 'k');
    const held = await take(first, 10);
    await first.ack(held[0] as IncomingMessage);
    const second = await world.subscribe(topic);
    await first.close();
    const again = await take(second, 9);
    expect(again.map(text)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(again.map(({ id }) => id)).toEqual(held.slice(1).map(({ id }) => id));
    for (const message of again) await second.ack(message);
  });

  test('B2: what a dead process had not acked is delivered to the next', async () => {
    const topic = await world.made('dead');
    const consumer = await world.subscribe(topic);
    for (let i = 0; i < 5; i++) await world.publish(topic, String(i), 'k');
    const held = await take(consumer, 5);
    await consumer.ack(held[2] as IncomingMessage);
    await world.reopen();
    const successor = await world.subscribe(topic);
    expect((await take(successor, 4)).map(text)).toEqual(['0', '1', '3', '4']);
  });

  test('B3: a published message outlives the process that published it', async () => {
    const topic = await world.made('durable');
    const id = await world.publish(topic, 'kept', 'k');
    await world.reopen();
    const message = await (await world.subscribe(topic)).receive();
    expect([text(message), message.id, message.key]).toEqual(['kept', id, 'k']);
  });
}

export function windowTests(world: BusWorld): void {
  test('B4: a consumer holds no more than its window, and an ack gives a place back', async () => {
    const topic = await world.made('window');
    const consumer = await world.subscribe(topic, 3);
    for (let i = 0; i < 6; i++) await world.publish(topic, String(i), 'k');
    const held = await take(consumer, 3);
    expect(await hasNone(consumer, world.harness)).toBe(true);
    await consumer.ack(held[0] as IncomingMessage);
    expect(text(await consumer.receive())).toBe('3');
    expect(await hasNone(consumer, world.harness)).toBe(true);
  });

  test('B4: a consumer that stops taking does not hold up others on other keys', async () => {
    const topic = await world.made('back-pressure');
    const slow = await world.subscribe(topic, 1);
    const quick = await world.subscribe(topic, 20);
    const total = 200;
    const stop = new AbortController();
    let left = 0;
    const count = () => {
      left += 1;
      if (left >= 20) stop.abort();
    };
    const loop = drain(quick, count, stop.signal);
    await Promise.all(Array.from({ length: total }, (_, i) => world.publish(topic, String(i), `key-${i}`)));
    await loop;
    expect(left).toBeGreaterThanOrEqual(20);
    await slow.close();
  });
}

export function closingTests(world: BusWorld): void {
  test('B5: acks that resolved hold, unacked messages come again', async () => {
    const topic = await world.made('close');
    const consumer = await world.subscribe(topic);
    for (let i = 0; i < 20; i++) await world.publish(topic, String(i), `k${i}`);
    const held = await take(consumer, 20);
    await Promise.all(held.filter((_, i) => i % 2 === 0).map((message) => consumer.ack(message)));
    await consumer.close();
    const next = await world.subscribe(topic);
    const again = await take(next, 10);
    expect(again.map(text).sort()).toEqual(
      held
        .filter((_, i) => i % 2 === 1)
        .map(text)
        .sort(),
    );
    expect(await hasNone(next, world.harness)).toBe(true);
  });

  test('B5: an ack given again is no error, a receive on a closed consumer is Unavailable', async () => {
    const topic = await world.made('twice');
    const consumer = await world.subscribe(topic);
    await world.publish(topic, 'x', 'k');
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
    const topic = await world.made('abort');
    const consumer = await world.subscribe(topic);
    const stop = new AbortController();
    const waiting = consumer.receive(stop.signal);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await world.publish(topic, 'later', 'k');
    expect(text(await consumer.receive())).toBe('later');
    await expect(consumer.receive(AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
  });
}
