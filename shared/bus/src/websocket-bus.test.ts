import { bound, seededRng, silentLog, systemClock } from '@leasehold/kernel';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Door, openDoor, type Peer, until } from '../test/scripted-broker.ts';
import type { BusBounds } from './bounds.ts';
import type { Bus } from './port.ts';
import { createWebSocketBus } from './websocket-bus.ts';

const TOPIC = 'persistent://t/n/x';
const bytes = (text: string) => new Uint8Array(Buffer.from(text));

let door: Door;
const buses: Bus[] = [];
beforeEach(async () => {
  door = await openDoor();
  door.answer(() => ({ body: '[]' }));
});
afterEach(async () => {
  await Promise.all(buses.splice(0).map((bus) => bus.close()));
  await door.close();
});

async function open(bounds: Partial<BusBounds> = {}): Promise<Bus> {
  const bus = await createWebSocketBus({
    adminUrl: door.url,
    wsUrl: door.wsUrl,
    token: 'secret',
    tenant: 't',
    clock: systemClock,
    rng: seededRng(1),
    log: silentLog,
    bounds,
  });
  buses.push(bus);
  return bus;
}

/** The other end of the topic's producer, when a message has come there; it is answered with the id `72:2`. */
async function answered(at: number): Promise<readonly string[]> {
  await until(() => door.peers[at] !== undefined);
  const peer = door.peers[at] as Peer;
  const texts: string[] = [];
  await until(() => {
    texts.push(...peer.takeTexts());
    return texts.length > 0;
  });
  for (const text of texts) {
    const { context } = JSON.parse(text) as { readonly context: string };
    peer.send(JSON.stringify({ result: 'ok', messageId: 'CEgQAjAA', context }));
  }
  return texts;
}

test('4: nothing is contacted before the first call', async () => {
  const bus = await open();
  expect([door.asked, bus.kind]).toEqual([[], 'websocket']);
});

test('a message is one frame: payload in base64, properties, the key where there is one', async () => {
  const bus = await open();
  const whole = bytes('__{"a":"é"}__');
  const first = bus.publish({
    topic: TOPIC,
    payload: whole.subarray(2, whole.length - 2),
    key: 'k"1',
    properties: { 'a"': 'b' },
  });
  expect(await answered(0)).toEqual([
    '{"payload":"eyJhIjoiw6kifQ==","properties":{"a\\"":"b"},"key":"k\\"1","context":"1"}',
  ]);
  expect(await first).toBe('72:2');
  const second = bus.publish({ topic: TOPIC, payload: bytes('') });
  expect(await answered(0)).toEqual(['{"payload":"","properties":{},"context":"2"}']);
  await second;
  expect(door.peers.map(({ asked }) => asked.url.split('?')[0])).toEqual(['/ws/v2/producer/persistent/t/n/x']);
});

test('a frame that is over the broker’s bound is refused here, and no socket is opened for it', async () => {
  const bus = await open({ frameBytes: bound('bus.frameBytes', 200), payloadBytes: bound('bus.payloadBytes', 90) });
  // Around the payload are 29 bytes, and 64 are kept for the end: 107 are left, of which base64 fills 104.
  const published = bus.publish({ topic: TOPIC, payload: new Uint8Array(78) });
  expect(JSON.parse((await answered(0))[0] as string)).toMatchObject({ properties: {} });
  await published;
  await expect(bus.publish({ topic: TOPIC, payload: new Uint8Array(79) })).rejects.toMatchObject({
    class: 'Invalid',
    code: 'PayloadTooLarge',
    message: expect.stringContaining('a payload of 79 bytes makes a frame over bus.frameBytes 200'),
  });
  await expect(bus.publish({ topic: TOPIC, payload: new Uint8Array(91) })).rejects.toThrow('bus.payloadBytes 90');
  expect(door.peers).toHaveLength(1);
});

test('what is no topic is refused', async () => {
  await expect((await open()).publish({ topic: 'x', payload: bytes('') })).rejects.toMatchObject({
    code: 'InvalidName',
  });
});

test('2: one socket for each topic, at most as many as are kept; the one used longest ago leaves', async () => {
  const bus = await open({ producers: bound('bus.producers', 2) });
  const publish = async (name: string, at: number): Promise<void> => {
    const published = bus.publish({ topic: `persistent://t/n/${name}`, payload: bytes(name) });
    await answered(at);
    await published;
  };
  await publish('a', 0);
  await publish('b', 1);
  await publish('a', 0);
  await publish('c', 2);
  await until(() => door.peers[1]?.isGone === true);
  expect(door.peers.map(({ isGone }) => isGone)).toEqual([false, true, false]);
});

test('a consumer is subscribed over a socket of its own and gives what comes there', async () => {
  const bus = await open();
  const consumer = await bus.subscribe({ topic: TOPIC, subscription: 's', window: 3 });
  const peer = door.peers[0] as Peer;
  expect(peer.asked.url).toMatch(/^\/ws\/v2\/consumer\/persistent\/t\/n\/x\/s\?.*receiverQueueSize=3$/);
  await until(() => peer.takeTexts().includes('{"type":"permit","permitMessages":3}'));
  peer.send('{"messageId":"CEgQAjAA","payload":"YQ=="}');
  const message = await consumer.receive();
  expect([message.id, message.topic, Buffer.from(message.payload).toString()]).toEqual(['72:2', TOPIC, 'a']);
  // What was received is told to the registry: one list of versions serves it.
  expect(await bus.writerSchema(message)).toEqual({ type: 'none' });
  expect(door.asked.at(-1)?.url).toBe('/admin/v2/schemas/t/n/x/schemas');
});

test('a ping asks the broker; what it refuses is told', async () => {
  const bus = await open();
  await bus.ping();
  expect(door.asked.map(({ url }) => url)).toEqual(['/admin/v2/clusters']);
  door.answer(() => ({ status: 401 }));
  await expect(bus.ping()).rejects.toThrow('Pulsar refused the token');
});

test('closing closes every socket, once, and nothing is published or subscribed afterwards', async () => {
  const bus = await open();
  await bus.subscribe({ topic: TOPIC, subscription: 's', window: 3 });
  const published = bus.publish({ topic: TOPIC, payload: bytes('') });
  await answered(1);
  await published;
  await Promise.all([bus.close(), bus.close()]);
  await until(() => door.peers.every(({ isGone }) => isGone));
  expect(door.peers.map(({ goodbye }) => goodbye)).toEqual([1005, 1005]);
  await expect(bus.publish({ topic: TOPIC, payload: bytes('') })).rejects.toThrow('the bus is closed');
  await expect(bus.subscribe({ topic: TOPIC, subscription: 's', window: 3 })).rejects.toThrow('the bus is closed');
});
