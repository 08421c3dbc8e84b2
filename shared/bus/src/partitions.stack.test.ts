/**
 * Topics with partitions on a real broker, over both transports: an operator made them so, and every message of every partition
 * is consumed all the same.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { bound, silentLog } from '@leasehold/kernel';
import { createNativeStandIn } from '@leasehold/testing/fakes/pulsar-native';
import { type PulsarStack, pulsarStack, stackVariable } from '@leasehold/testing/fakes/pulsar-stack';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createCodec } from './codec.ts';
import { createNativeBus } from './native-bus.ts';
import type { Bus, Consumer, IncomingMessage } from './port.ts';
import { createWebSocketBus } from './websocket-bus.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const PYTHON = `
import logging, os, pulsar
from pulsar.schema import *
quiet = logging.getLogger('quiet'); quiet.addHandler(logging.NullHandler()); quiet.propagate = False
client = pulsar.Client(os.environ['URL'], authentication=pulsar.AuthenticationToken(os.environ['TOKEN']), logger=quiet)
class Event(Record):
    tenant_id = String()
producer = client.create_producer(os.environ['TOPIC'], schema=AvroSchema(Event), batching_enabled=False)
for name in os.environ['NAMES'].split(','):
    producer.send(Event(tenant_id=name), partition_key=name)
client.close()
os._exit(0)
`;

const QUICK = {
  partitionRoundMs: bound('bus.partitionRoundMs', 100),
  partitionGapMs: bound('bus.partitionGapMs', 50),
  partitionFreshMs: bound('bus.partitionFreshMs', 0),
};
const text = (message: IncomingMessage) => Buffer.from(message.payload).toString();
const bytes = (value: string) => new Uint8Array(Buffer.from(value));

let stack: PulsarStack;
let bus: Bus;
const open: Consumer[] = [];

const path = (topic: string) => `/persistent/${topic.replace('persistent://', '')}`;
const writeInPython = (topic: string, names: readonly string[]) =>
  promisify(execFile)(stackVariable('STACK_PYTHON'), ['-c', PYTHON], {
    env: {
      URL: stackVariable('STACK_PULSAR_BINARY_URL'),
      TOKEN: stackVariable('STACK_PULSAR_TOKEN'),
      TOPIC: topic,
      NAMES: names.join(','),
    },
  });
async function admin(method: string, at: string, body?: unknown): Promise<string> {
  const answer = await stack.admin(method, at, body);
  if (answer.status >= 300) throw new Error(`${method} ${at}: ${answer.status} ${answer.text}`);
  return answer.text;
}
const ensure = (topic: string, on: Bus = bus) =>
  on.ensure({
    namespaces: [{ namespace: `${stack.tenant}/suite`, retentionMs: 3_600_000 }],
    topics: [{ topic, subscriptions: ['s'], retentionMs: 7_200_000 }],
  });
async function partitioned(label: string, partitions: number): Promise<string> {
  const topic = stack.harness.topic(label);
  await admin('PUT', `${path(topic)}/partitions`, partitions);
  await ensure(topic);
  return topic;
}
async function subscribe(topic: string, from: Bus, window = 10): Promise<Consumer> {
  const consumer = await from.subscribe({ topic, subscription: 's', window });
  open.push(consumer);
  return consumer;
}
async function take(consumer: Consumer, count: number): Promise<readonly IncomingMessage[]> {
  const taken: IncomingMessage[] = [];
  for (let i = 0; i < count; i++) {
    const message = await consumer.receive();
    await consumer.ack(message);
    taken.push(message);
  }
  return taken;
}

beforeAll(async () => {
  stack = await pulsarStack('bus-partitions');
  bus = await createWebSocketBus({ ...stack.connection, bounds: QUICK });
  await bus.ensure({ namespaces: [{ namespace: `${stack.tenant}/suite`, retentionMs: 3_600_000 }], topics: [] });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((consumer) => consumer.close()));
});
afterAll(async () => {
  await bus?.close();
  await stack?.harness.cleanup();
});

async function madeAnew(on: Bus): Promise<void> {
  const topic = stack.harness.topic('anew');
  await ensure(topic);
  const consumer = await subscribe(topic, on);
  await bus.publish({ topic, payload: bytes('plain') });
  expect((await take(consumer, 1)).map(text)).toEqual(['plain']);
  // Its consumer is fast enough to have it made again by itself.
  await admin('POST', `/namespaces/${stack.tenant}/suite/autoTopicCreation`, { allowAutoTopicCreation: false });
  await admin('DELETE', `${path(topic)}?force=true`);
  await admin('PUT', `${path(topic)}/partitions`, 2);
  await ensure(topic);
  await bus.publish({ topic: `${topic}-partition-1`, payload: bytes('parted') });
  expect((await take(consumer, 1)).map((message) => [text(message), message.partition])).toEqual([['parted', 1]]);
  await admin('DELETE', `${path(topic)}/partitions?force=true`);
  await ensure(topic);
  await admin('DELETE', `/namespaces/${stack.tenant}/suite/autoTopicCreation`);
  const fresh = await createWebSocketBus(stack.connection);
  await fresh.publish({ topic, payload: bytes('plain again') });
  await fresh.close();
  expect((await take(consumer, 1)).map((message) => [text(message), message.partition])).toEqual([
    ['plain again', undefined],
  ]);
}

describe.each(['websocket', 'native over a stand-in'])('%s', (kind) => {
  let on: Bus;
  beforeAll(async () => {
    const standIn = { url: stackVariable('STACK_PULSAR_BINARY_URL'), bounds: QUICK };
    const native = () => createNativeStandIn(() => createWebSocketBus(stack.connection));
    on = kind === 'websocket' ? bus : await createNativeBus({ ...stack.connection, ...standIn, native: native() });
  });
  afterAll(() => (on === bus ? undefined : on.close()));

  test('Avro, then JSON without a schema, then Avro again: each is read as what it is, and nothing is left', async () => {
    const topic = await partitioned('mixed', 2);
    await writeInPython(topic, ['a', 'b', 'c', 'd']);
    for (const key of ['k', 'l', 'm']) await bus.publish({ topic, key, payload: bytes('{"tenant_id":"by-hand"}') });
    await writeInPython(topic, ['e', 'f', 'g', 'h']);
    const consumer = await subscribe(topic, on);
    const codec = createCodec({ bus: on, log: silentLog });
    const seen: string[] = [];
    const partitions = new Set<number | undefined>();
    for (let i = 0; i < 11; i++) {
      const message = await consumer.receive();
      const { value, encoding } = await codec.decode(message);
      seen.push(`${encoding} ${(value as { readonly tenant_id: string }).tenant_id}`);
      partitions.add(message.partition);
      expect(message.topic).toBe(topic);
      await consumer.ack(message);
    }
    expect([...partitions].sort()).toEqual([0, 1]);
    const named = [...'abcdefgh'].map((name) => `avro ${name}`);
    expect(seen.sort()).toEqual([...named, ...Array<string>(3).fill('json by-hand')]);
    await consumer.close();
    const backlog = async () => {
      const stats = await admin('GET', `${path(topic)}/partitioned-stats`);
      return JSON.parse(stats).subscriptions.s.msgBacklog as number;
    };
    await expect.poll(backlog, { timeout: 5_000 }).toBe(0);
  });

  test('partitions that are added later are consumed too, without another subscribe', async () => {
    const topic = await partitioned('grown', 1);
    const consumer = await subscribe(topic, on);
    await admin('POST', `${path(topic)}/partitions`, 3);
    for (const n of [1, 2]) await bus.publish({ topic: `${topic}-partition-${n}`, payload: bytes(`of ${n}`) });
    expect((await take(consumer, 2)).map((message) => [text(message), message.partition]).sort()).toEqual([
      ['of 1', 1],
      ['of 2', 2],
    ]);
  });

  test('a topic that is made anew with partitions is consumed as it is then, and the other way round', () =>
    madeAnew(on));
});

test('ensure leaves partitions as they are and makes a subscription that one of them lacks', async () => {
  const topic = await partitioned('lacking', 3);
  await admin('DELETE', `${path(topic)}-partition-1/subscription/s`);
  await admin('DELETE', `${path(topic)}-partition-2?force=true`);
  await ensure(topic);
  for (const n of [0, 1, 2]) expect(await admin('GET', `${path(topic)}-partition-${n}/subscriptions`)).toBe('["s"]');
  expect(JSON.parse(await admin('GET', `${path(topic)}/retention`)).retentionTimeInMinutes).toBe(120);
});

test('more partitions than the bound are refused by name, and stop no other topic', async () => {
  const tight = await createWebSocketBus({
    ...stack.connection,
    bounds: { ...QUICK, partitions: bound('bus.partitions', 2) },
  });
  const [many, few] = [await partitioned('many', 3), await partitioned('few', 1)];
  await expect(tight.subscribe({ topic: many, subscription: 's', window: 1 })).rejects.toThrow('bus.partitions 2');
  const consumer = await tight.subscribe({ topic: few, subscription: 's', window: 1 });
  await bus.publish({ topic: few, payload: bytes('x') });
  expect((await take(consumer, 1)).map(text)).toEqual(['x']);
  await admin('POST', `${path(few)}/partitions`, 3);
  await expect.poll(() => consumer.lost?.()?.message, { timeout: 5_000 }).toContain('bus.partitions 2');
  await bus.publish({ topic: `${few}-partition-0`, payload: bytes('y') });
  expect((await take(consumer, 1)).map(text)).toEqual(['y']);
  await tight.close();
});

test('a name that only looks like a partition is no partition, and one that cannot be is refused by name', async () => {
  const topic = `${stack.harness.topic('look')}-partition-x`;
  await ensure(topic);
  await bus.publish({ topic, payload: bytes('x') });
  expect((await take(await subscribe(topic, bus), 1)).map((message) => message.partition)).toEqual([undefined]);
  const [impossible, other] = [`${stack.harness.topic('look')}-partition-3`, stack.harness.topic('other')];
  const topics = [impossible, other].map((each) => ({ topic: each, subscriptions: ['s'] }));
  await expect(bus.ensure({ namespaces: [], topics })).rejects.toMatchObject({ class: 'Invalid', code: 'InvalidName' });
  expect(await admin('GET', `${path(other)}/subscriptions`)).toBe('["s"]');
});
