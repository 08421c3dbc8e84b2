/**
 * What only the WebSocket transport and a real broker can show: writers in Python with several schema versions and batches,
 * a network that cuts or goes mute, refused tokens, limits of frames.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { bound, type Log, silentLog } from '@leasehold/kernel';
import { type PulsarStack, pulsarStack, stackVariable } from '@leasehold/testing/fakes/pulsar-stack';
import { createTcpProxy, type TcpProxy } from '@leasehold/testing/fakes/tcp-proxy';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { BusBounds } from './bounds.ts';
import { createCodec } from './codec.ts';
import type { Bus, Consumer, IncomingMessage } from './port.ts';
import { createWebSocketBus } from './websocket-bus.ts';

const PYTHON = `
import json, logging, os, pulsar
from pulsar.schema import *
quiet = logging.getLogger('quiet'); quiet.addHandler(logging.NullHandler()); quiet.propagate = False
client = pulsar.Client(os.environ['URL'], authentication=pulsar.AuthenticationToken(os.environ['TOKEN']), logger=quiet)
class Event(Record):
    tenant_id = String()
    count = Integer(required=False)
    big = Long()
First = Event
class Event(Record):
    tenant_id = String()
    count = Integer(required=False)
    big = Long()
    note = String(required=False, default=None, required_default=True)
Second = Event
schemas = {'v0': lambda: AvroSchema(First), 'v1': lambda: AvroSchema(Second), 'json': lambda: JsonSchema(First),
           'bytes': BytesSchema, 'large': BytesSchema}
serial = 0
for step in json.loads(os.environ['STEPS']):
    kind = step['kind']
    producer = client.create_producer(os.environ['TOPIC'], schema=schemas[kind](), batching_enabled=kind != 'large',
                                      batching_max_publish_delay_ms=500)
    if kind == 'large':
        producer.send(b'x' * step['count'])
        continue
    for _ in range(step['count']):
        if kind == 'bytes':
            value = json.dumps({'tenant_id': 't%d' % serial}).encode()
        else:
            record = Second if kind == 'v1' else First
            value = record(tenant_id='t%d' % serial, count=serial if serial % 2 else None, big=2**40 + serial)
        producer.send_async(value, None, partition_key='k%d' % (serial % 3))
        serial += 1
    producer.flush()
    producer.close()
client.close()
os._exit(0)
`;

const text = (message: IncomingMessage) => Buffer.from(message.payload).toString();
const bytes = (value: string) => new Uint8Array(Buffer.from(value));
const SLOW_MS = 60_000;

vi.setConfig({ testTimeout: SLOW_MS, hookTimeout: SLOW_MS });

let stack: PulsarStack;
let proxy: TcpProxy;
let bus: Bus;
const buses: Bus[] = [];
const consumers: Consumer[] = [];

beforeAll(async () => {
  stack = await pulsarStack('bus-suite-odd');
  const { hostname, port } = new URL(stack.connection.adminUrl);
  proxy = await createTcpProxy({ host: hostname, port: Number(port) });
  bus = await open();
});
afterEach(async () => {
  proxy.resume();
  await Promise.all(consumers.splice(0).map((consumer) => consumer.close()));
});
afterAll(async () => {
  await Promise.all(buses.map((each) => each.close()));
  await proxy?.close();
  await stack?.harness.cleanup();
});

async function open(
  change: { token?: string; proxied?: boolean; log?: Log; bounds?: Partial<BusBounds> } = {},
): Promise<Bus> {
  const { proxied, ...rest } = change;
  const host = `127.0.0.1:${proxy.port}`;
  const urls = proxied ? { adminUrl: `http://${host}`, wsUrl: `ws://${host}` } : {};
  const made = await createWebSocketBus({ ...stack.connection, ...urls, ...rest });
  buses.push(made);
  return made;
}
async function made(label: string): Promise<string> {
  const topic = stack.harness.topic(label);
  const namespaces = [{ namespace: `${stack.tenant}/suite`, retentionMs: 3_600_000 }];
  await bus.ensure({ namespaces, topics: [{ topic, subscriptions: ['s'] }] });
  return topic;
}
async function subscribe(topic: string, from: Bus = bus, window = 50): Promise<Consumer> {
  const consumer = await from.subscribe({ topic, subscription: 's', window });
  consumers.push(consumer);
  return consumer;
}
const publishInPython = (topic: string, steps: readonly { readonly kind: string; readonly count: number }[]) =>
  promisify(execFile)(stackVariable('STACK_PYTHON'), ['-c', PYTHON], {
    env: {
      URL: stackVariable('STACK_PULSAR_BINARY_URL'),
      TOKEN: stackVariable('STACK_PULSAR_TOKEN'),
      TOPIC: topic,
      STEPS: JSON.stringify(steps),
    },
  });
const adminPath = (topic: string) => `/persistent/${topic.replace('persistent://', '')}`;
/** Acks reach the broker grouped, so its count is asked for until it is right. */
async function backlogOf(topic: string, wanted: number): Promise<number> {
  let backlog = Number.NaN;
  for (let i = 0; i < 40 && backlog !== wanted; i++) {
    const stats = JSON.parse((await stack.admin('GET', `${adminPath(topic)}/stats`)).text);
    backlog = stats.subscriptions.s.msgBacklog;
    if (backlog !== wanted) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return backlog;
}

test('Python writers with one schema, then two, then none: each message is read with its own', async () => {
  const topic = await made('schemas');
  const codec = createCodec({ bus, log: silentLog });
  const consumer = await subscribe(topic);
  await publishInPython(topic, [{ kind: 'v0', count: 3 }]);
  const seen: unknown[] = [];
  const next = async () => {
    const message = await consumer.receive();
    const { value, encoding } = await codec.decode(message);
    seen.push([encoding, value]);
    await consumer.ack(message);
  };
  for (let i = 0; i < 3; i++) await next();
  await publishInPython(topic, [
    { kind: 'v1', count: 2 },
    { kind: 'bytes', count: 1 },
    { kind: 'v0', count: 1 },
  ]);
  for (let i = 0; i < 4; i++) await next();
  expect(seen).toEqual([
    ['avro', { tenant_id: 't0', count: null, big: 2 ** 40 }],
    ['avro', { tenant_id: 't1', count: 1, big: 2 ** 40 + 1 }],
    ['avro', { tenant_id: 't2', count: null, big: 2 ** 40 + 2 }],
    ['avro', { tenant_id: 't0', count: null, big: 2 ** 40, note: null }],
    ['avro', { tenant_id: 't1', count: 1, big: 2 ** 40 + 1, note: null }],
    ['json', { tenant_id: 't2' }],
    ['avro', { tenant_id: 't3', count: 3, big: 2 ** 40 + 3 }],
  ]);
});

test('hand-made JSON on a topic with one Avro schema is read as JSON, for the broker names no version', async () => {
  const topic = await made('hand-made');
  await publishInPython(topic, [{ kind: 'v0', count: 1 }]);
  await bus.publish({ topic, key: 'k', payload: bytes('{"tenant_id":"by-hand"}') });
  const codec = createCodec({ bus, log: silentLog });
  const consumer = await subscribe(topic);
  const values = [];
  for (let i = 0; i < 2; i++) values.push((await codec.decode(await consumer.receive())).value);
  expect(values).toContainEqual({ tenant_id: 'by-hand' });
  expect(values).toContainEqual({ tenant_id: 't0', count: null, big: 2 ** 40 });
});

test('a topic with a JSON schema is read as JSON, and the mesh registers no schema of its own', async () => {
  const topic = await made('json-schema');
  await publishInPython(topic, [{ kind: 'json', count: 1 }]);
  const message = await (await subscribe(topic)).receive();
  expect(await bus.writerSchema(message)).toMatchObject({ type: 'json' });
  expect((await createCodec({ bus, log: silentLog }).decode(message)).value).toMatchObject({ tenant_id: 't0' });
  const plain = await made('no-schema');
  await bus.publish({ topic: plain, payload: bytes('{}') });
  const schemas = await stack.admin('GET', `/schemas/${plain.replace('persistent://', '')}/schemas`);
  expect(JSON.parse(schemas.text)).toEqual({ getSchemaResponses: [] });
});

test('a batch: its messages have ids of their own, keep order, and ack one by one', async () => {
  const topic = await made('batch');
  await publishInPython(topic, [{ kind: 'bytes', count: 9 }]);
  const consumer = await subscribe(topic);
  const taken: IncomingMessage[] = [];
  for (let i = 0; i < 9; i++) taken.push(await consumer.receive());
  expect(taken.map(({ id }) => id.split(':')[2])).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8']);
  expect(taken.map((message) => JSON.parse(text(message)).tenant_id)).toEqual(
    Array.from({ length: 9 }, (_, i) => `t${i}`),
  );
  for (const message of taken.slice(0, 4)) await consumer.ack(message);
  await consumer.close();
  const next = await subscribe(topic);
  const again: IncomingMessage[] = [];
  for (let i = 0; i < 5; i++) again.push(await next.receive());
  expect(again.map(({ id }) => id)).toEqual(taken.slice(4).map(({ id }) => id));
  for (const message of again) await next.ack(message);
  expect(await backlogOf(topic, 0)).toBe(0);
});

test('a cut socket: the consumer comes back by itself, sees nothing twice, and its old acks hold', async () => {
  const topic = await made('cut');
  const far = await open({ proxied: true });
  const consumer = await subscribe(topic, far, 4);
  for (let i = 0; i < 8; i++) await bus.publish({ topic, key: 'k', payload: bytes(`${i}`) });
  const held = [];
  for (let i = 0; i < 4; i++) held.push(await consumer.receive());
  await consumer.ack(held[0] as IncomingMessage);
  proxy.cut();
  const acks = held.slice(1, 3).map((message) => consumer.ack(message));
  proxy.resume();
  await Promise.all(acks);
  await consumer.ack(held[3] as IncomingMessage);
  const rest: IncomingMessage[] = [];
  for (let i = 0; i < 4; i++) {
    const message = await consumer.receive();
    rest.push(message);
    await consumer.ack(message);
  }
  expect([...held, ...rest].map(text)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
  expect(await backlogOf(topic, 0)).toBe(0);
});

test('a cut socket: a publish under way ends as Unavailable, a later one opens another socket', async () => {
  const topic = await made('cut-publish');
  const far = await open({ proxied: true });
  await far.publish({ topic, payload: bytes('before') });
  proxy.mute();
  const underWay = far.publish({ topic, payload: bytes('during') });
  const refused = expect(underWay).rejects.toMatchObject({ class: 'Unavailable', unknownOutcome: true });
  proxy.cut();
  await refused;
  await expect(far.publish({ topic, payload: bytes('while cut') })).rejects.toMatchObject({
    class: 'Unavailable',
    away: true,
  });
  await expect(far.ping()).rejects.toMatchObject({ class: 'Unavailable', away: true });
  proxy.resume();
  await far.publish({ topic, payload: bytes('after') });
});

test('a mute broker: a send gets its answer in its time or is Unavailable, a consumer moves to another socket', async () => {
  const topic = await made('mute');
  const bounds = {
    silenceMs: bound('bus.silenceMs', 200),
    sendMs: bound('bus.sendMs', 400),
    connectMs: bound('bus.connectMs', 400),
    adminMs: bound('bus.adminMs', 400),
  };
  const reasons: unknown[] = [];
  const log = { ...silentLog, warn: (_: string, fields?: object) => reasons.push({ ...fields }) };
  const far = await open({ proxied: true, bounds, log: log as Log });
  const consumer = await subscribe(topic, far);
  await far.publish({ topic, key: 'k', payload: bytes('first') });
  await consumer.ack(await consumer.receive());
  proxy.mute();
  await expect(far.publish({ topic, payload: bytes('lost') })).rejects.toMatchObject({
    class: 'Unavailable',
    unknownOutcome: true,
  });
  await expect(far.publish({ topic, payload: bytes('lost too') })).rejects.toMatchObject({ class: 'Unavailable' });
  await expect.poll(() => reasons, { timeout: 10_000 }).toContainEqual({ topic, reason: 'silent' });
  // A socket given up is gone, although the other side never said goodbye: one attempt at most is under way.
  await expect.poll(() => proxy.connections, { timeout: 10_000 }).toBeLessThanOrEqual(2);
  proxy.resume();
  await bus.publish({ topic, key: 'k', payload: bytes('last') });
  for (let value = ''; value !== 'last'; ) {
    const message = await consumer.receive();
    value = text(message);
    await consumer.ack(message);
  }
});

test('a refused token is said clearly, and the token is in no message', async () => {
  const topic = await made('auth');
  const stranger = await open({ token: 'no-token-of-ours' });
  const attempts = [
    stranger.publish({ topic, payload: bytes('x') }),
    stranger.subscribe({ topic, subscription: 's', window: 1 }),
    stranger.ensure({ namespaces: [{ namespace: `${stack.tenant}/suite`, retentionMs: 1 }], topics: [] }),
    stranger.ping(),
  ];
  for (const outcome of await Promise.allSettled(attempts)) {
    if (outcome.status === 'fulfilled') expect.unreachable('a stranger was let in');
    expect(outcome.reason).toMatchObject({ class: 'Unavailable', code: 'BusUnavailable' });
    expect(outcome.reason.message).toContain('refused the token (401)');
    expect(outcome.reason.message).not.toContain('no-token-of-ours');
  }
});

test('a namespace that is not there is said clearly', async () => {
  const topic = `persistent://${stack.tenant}/nowhere/t`;
  await expect(bus.subscribe({ topic, subscription: 's', window: 1 })).rejects.toThrow('has no namespace');
  await expect(bus.publish({ topic, payload: bytes('x') })).rejects.toThrow('has no namespace');
});

test('a frame that the broker would refuse is refused before it costs the socket', async () => {
  const topic = await made('frame');
  const over = new Uint8Array(800_000);
  await expect(bus.publish({ topic, payload: over })).rejects.toMatchObject({
    class: 'Invalid',
    code: 'PayloadTooLarge',
  });
  await bus.publish({ topic, payload: bytes('still fine') });
});

test('a payload as large as the broker allows is received, though it could not be published here', async () => {
  const topic = await made('large');
  const size = 5 * 1024 * 1024 - 10_240;
  await publishInPython(topic, [{ kind: 'large', count: size }]);
  const consumer = await subscribe(topic);
  const message = await consumer.receive();
  expect(message.payload.byteLength).toBe(size);
  await consumer.ack(message);
});

test('a terminated topic refuses messages and gives out those it has', async () => {
  const topic = await made('terminated');
  await bus.publish({ topic, payload: bytes('last words') });
  await stack.admin('POST', `${adminPath(topic)}/terminate`);
  await expect(bus.publish({ topic, payload: bytes('late') })).rejects.toMatchObject({ class: 'Unavailable' });
  expect(text(await (await subscribe(topic)).receive())).toBe('last words');
});

test('a window of sends: thousands at once arrive in order, whatever the broker holds in its queue', async () => {
  const topic = await made('window');
  const narrow = await open({ bounds: { sendWindow: bound('bus.sendWindow', 5) } });
  const count = 1_000;
  await Promise.all(
    Array.from({ length: count }, (_, i) => narrow.publish({ topic, key: 'k', payload: bytes(`${i}`) })),
  );
  const consumer = await subscribe(topic, bus, 200);
  for (let i = 0; i < count; i++) {
    const message = await consumer.receive();
    expect(text(message)).toBe(String(i));
    void consumer.ack(message);
  }
  await consumer.close();
  expect(await backlogOf(topic, 0)).toBe(0);
});

test('the cache of producers is bounded, and a message in flight outlives its place in it', async () => {
  const small = await open({ bounds: { producers: bound('bus.producers', 1) } });
  const topics = [await made('lru-a'), await made('lru-b'), await made('lru-c')];
  await Promise.all(topics.map((topic) => small.publish({ topic, payload: bytes(topic) })));
  for (const topic of topics) expect(text(await (await subscribe(topic)).receive())).toBe(topic);
});

test('ensure lengthens a retention that is shorter, and leaves a longer one and everything else alone', async () => {
  const namespace = `${stack.tenant}/kept`;
  const topic = `persistent://${namespace}/t`;
  const plan = (retentionMs: number) => ({
    namespaces: [{ namespace, retentionMs }],
    topics: [{ topic, subscriptions: ['s'], retentionMs: retentionMs * 2 }],
  });
  const minutesOf = async (path: string) => JSON.parse((await stack.admin('GET', path)).text).retentionTimeInMinutes;
  const seen = async () => [
    await minutesOf(`/namespaces/${namespace}/retention`),
    await minutesOf(`${adminPath(topic)}/retention`),
  ];
  await bus.ensure(plan(600_000));
  await expect.poll(seen).toEqual([10, 20]);
  await bus.ensure(plan(1_200_000));
  await expect.poll(seen).toEqual([20, 40]);
  await stack.admin('POST', `/namespaces/${namespace}/messageTTL`, 77);
  await bus.ensure(plan(60_000));
  expect(await seen()).toEqual([20, 40]);
  expect((await stack.admin('GET', `/namespaces/${namespace}/messageTTL`)).text).toBe('77');
  await Promise.all([bus.ensure(plan(60_000)), (await open()).ensure(plan(60_000))]);
});

test('a topic that is deleted under its consumer is consumed again once it is back', async () => {
  const topic = await made('deleted');
  const consumer = await subscribe(topic);
  await bus.publish({ topic, payload: bytes('old') });
  await consumer.ack(await consumer.receive());
  await stack.admin('DELETE', `${adminPath(topic)}?force=true`);
  await bus.ensure({ namespaces: [], topics: [{ topic, subscriptions: ['s'] }] });
  const fresh = await open();
  await fresh.publish({ topic, payload: bytes('new') });
  expect(text(await consumer.receive())).toBe('new');
});
