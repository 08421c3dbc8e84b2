import { bound, type Log, seededRng, silentLog } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Door, openDoor, until } from '../test/scripted-broker.ts';
import { createNativeBus, type NativeBusOptions } from './native-bus.ts';
import type { NativeClient, NativeConsumer, NativeMessageId } from './native-client.ts';

const TOPIC = 'persistent://t/n/x';
const SEND_MS = 1_000;
const bytes = (text: string) => new Uint8Array(Buffer.from(text));

let door: Door;
beforeEach(async () => {
  door = await openDoor();
  door.answer(() => ({ body: '[]' }));
});
afterEach(() => door.close());

type Config = Readonly<Record<string, unknown>>;

/** A client by hand, which remembers what it was asked for. */
function handClient() {
  const seen = {
    clients: [] as Config[],
    tokens: [] as object[],
    certificates: [] as object[],
    producers: [] as Config[],
    consumers: [] as Config[],
    sent: [] as object[],
    ends: [] as string[],
    tell: undefined as ((level: number, file: string, line: number, message: string) => void) | undefined,
    handlers: 0,
  };
  const state = {
    send: async (): Promise<NativeMessageId> => ({ serialize: () => Uint8Array.from([8, 7, 16, 1]) }),
    make: async (): Promise<void> => undefined,
    close: async (): Promise<void> => undefined,
    flush: async (): Promise<void> => undefined,
  };
  const consumer: NativeConsumer = {
    receive: () => new Promise(() => undefined),
    acknowledge: async () => undefined,
    close: async () => seen.ends.push('consumer'),
  };
  class Client {
    static setLogHandler(handler: NonNullable<typeof seen.tell>): void {
      seen.tell = handler;
      seen.handlers += 1;
    }
    constructor(config: Config) {
      seen.clients.push(config);
    }
    async createProducer(config: Config) {
      seen.producers.push(config);
      await state.make();
      const name = String(config['topic']).at(-1);
      return {
        send: (message: object) => {
          seen.sent.push(message);
          return state.send();
        },
        flush: async () => {
          seen.ends.push(`flush ${name}`);
          await state.flush();
        },
        close: async () => seen.ends.push(`producer ${name}`),
      };
    }
    async subscribe(config: Config) {
      seen.consumers.push(config);
      await state.make();
      return consumer;
    }
    async close() {
      seen.ends.push('client');
      await state.close();
    }
  }
  class AuthenticationToken {
    constructor(params: object) {
      seen.tokens.push(params);
    }
  }
  class AuthenticationTls {
    constructor(params: object) {
      seen.certificates.push(params);
    }
  }
  return { native: { Client, AuthenticationToken, AuthenticationTls } as unknown as NativeClient, seen, state };
}

async function setUp(change: Partial<NativeBusOptions> = {}) {
  const client = handClient();
  const clock = manualClock();
  const bus = await createNativeBus({
    url: 'pulsar://broker:6650',
    adminUrl: door.url,
    tenant: 't',
    clock,
    rng: seededRng(1),
    log: silentLog,
    native: client.native,
    bounds: {
      sendMs: bound('bus.sendMs', SEND_MS),
      sendWindow: bound('bus.sendWindow', 5),
      sendQueue: bound('bus.sendQueue', 10),
      connectMs: bound('bus.connectMs', 2_500),
      producers: bound('bus.producers', 2),
      prefetch: bound('bus.prefetch', 8),
      payloadBytes: bound('bus.payloadBytes', 4),
    },
    ...change,
  });
  return { ...client, bus, clock };
}

const CONNECTION = { serviceUrl: 'pulsar://broker:6650', operationTimeoutSeconds: 3, connectionTimeoutMs: 2_500 };

test('a client is made within the limits, without credentials where there are none', async () => {
  const { seen } = await setUp();
  expect(seen.clients).toStrictEqual([CONNECTION]);
  expect([seen.tokens, seen.certificates]).toEqual([[], []]);
});

test('a token goes before certificates; certificates need both files; a host is checked where the connection is encrypted', async () => {
  const both = { caFile: 'ca', certFile: 'cert', keyFile: 'key' };
  const url = 'pulsar+ssl://broker:6651';
  const token = await setUp({ token: 'secret', tlsPaths: both, url });
  expect(token.seen.tokens).toEqual([{ token: 'secret' }]);
  expect(token.seen.certificates).toEqual([]);
  expect(token.seen.clients).toEqual([
    {
      ...CONNECTION,
      serviceUrl: url,
      authentication: {},
      tlsTrustCertsFilePath: 'ca',
      tlsCertificateFilePath: 'cert',
      tlsPrivateKeyFilePath: 'key',
      tlsValidateHostname: true,
    },
  ]);
  const certificates = await setUp({ tlsPaths: both });
  expect(certificates.seen.certificates).toEqual([{ certificatePath: 'cert', privateKeyPath: 'key' }]);
  for (const half of [{ certFile: 'cert' }, { keyFile: 'key' }]) {
    expect((await setUp({ tlsPaths: half })).seen.certificates).toEqual([]);
  }
});

test('3: a message goes out alone, with its key and properties where it has them, and has an id', async () => {
  const { bus, seen } = await setUp();
  expect(await bus.publish({ topic: TOPIC, payload: bytes('a'), key: 'k', properties: { p: 'q' } })).toBe('7:1');
  await bus.publish({ topic: TOPIC, payload: bytes('bc').subarray(1) });
  expect(seen.producers).toEqual([
    { topic: TOPIC, sendTimeoutMs: SEND_MS, maxPendingMessages: 15, blockIfQueueFull: false, batchingEnabled: false },
  ]);
  expect(seen.sent).toStrictEqual([
    { data: Buffer.from('a'), properties: { p: 'q' }, partitionKey: 'k' },
    { data: Buffer.from('c') },
  ]);
});

test('what is no topic, or too large, is refused before it is sent', async () => {
  const { bus, seen } = await setUp();
  await expect(bus.publish({ topic: 'x', payload: bytes('') })).rejects.toMatchObject({ code: 'InvalidName' });
  await expect(bus.publish({ topic: TOPIC, payload: bytes('abcde') })).rejects.toMatchObject({
    code: 'PayloadTooLarge',
  });
  expect(seen.producers).toEqual([]);
});

test('a producer that cannot be made is asked for again; what was sent and refused has an unknown outcome', async () => {
  const { bus, seen, state } = await setUp();
  state.make = () => Promise.reject(new Error('AuthenticationError'));
  await expect(bus.publish({ topic: TOPIC, payload: bytes('') })).rejects.toMatchObject({
    class: 'Unavailable',
    message: 'the Pulsar client could not open a producer: Pulsar refused the token',
    unknownOutcome: false,
  });
  state.make = async () => undefined;
  state.send = () => Promise.reject(new Error('TimeOut'));
  await expect(bus.publish({ topic: TOPIC, payload: bytes('') })).rejects.toMatchObject({
    class: 'Unavailable',
    message: 'the Pulsar client could not send',
    unknownOutcome: true,
  });
  expect(seen.producers).toHaveLength(2);
});

test('a message that is not answered in time has an unknown outcome', async () => {
  const { bus, clock, state } = await setUp();
  state.send = () => new Promise(() => undefined);
  const failed = expect(bus.publish({ topic: TOPIC, payload: bytes('') })).rejects.toMatchObject({
    message: 'the Pulsar client did not answer in time',
    away: true,
    unknownOutcome: true,
  });
  await clock.advance(SEND_MS);
  await failed;
});

test('2: of more topics than the bound the producer used longest ago is flushed and closed', async () => {
  const { bus, seen } = await setUp();
  for (const name of ['a', 'b', 'a', 'c']) await bus.publish({ topic: `persistent://t/n/${name}`, payload: bytes('') });
  await until(() => seen.ends.length === 2);
  expect(seen.ends).toEqual(['flush b', 'producer b']);
});

test('2: closing waits for a producer that has to leave and still has something to send', async () => {
  const { bus, seen, state } = await setUp();
  const sent = Promise.withResolvers<void>();
  state.flush = () => sent.promise;
  for (const name of ['a', 'b', 'c']) await bus.publish({ topic: `persistent://t/n/${name}`, payload: bytes('') });
  await until(() => seen.ends.length === 1);
  state.flush = async () => undefined;
  const closing = bus.close();
  await until(() => seen.ends.includes('producer c'));
  expect(seen.ends).not.toContain('client');
  sent.resolve();
  await closing;
  expect(seen.ends.slice(-2)).toEqual(['producer a', 'client']);
});

test('a consumer is key-shared, from the earliest message, with a queue of its window up to the bound', async () => {
  const { bus, seen } = await setUp();
  await bus.subscribe({ topic: TOPIC, subscription: 's', window: 4 });
  await bus.subscribe({ topic: TOPIC, subscription: 's', window: 100 });
  const wanted = {
    topic: TOPIC,
    subscription: 's',
    subscriptionType: 'KeyShared',
    subscriptionInitialPosition: 'Earliest',
    batchIndexAckEnabled: true,
  };
  expect(seen.consumers).toEqual([
    { ...wanted, receiverQueueSize: 4 },
    { ...wanted, receiverQueueSize: 8 },
  ]);
});

test('a subscription that the client refuses fails', async () => {
  const { bus, state } = await setUp();
  state.make = () => Promise.reject('authorization');
  await expect(bus.subscribe({ topic: TOPIC, subscription: 's', window: 4 })).rejects.toMatchObject({
    class: 'Unavailable',
    message: 'the Pulsar client could not subscribe: Pulsar refused the token',
  });
});

test('2: closing closes consumers, producers and the client, in that order and once; nothing is published afterwards', async () => {
  const { bus, seen } = await setUp();
  await bus.publish({ topic: TOPIC, payload: bytes('') });
  await bus.subscribe({ topic: TOPIC, subscription: 's', window: 4 });
  await Promise.all([bus.close(), bus.close()]);
  expect(seen.ends).toEqual(['consumer', 'flush x', 'producer x', 'client']);
  await expect(bus.publish({ topic: TOPIC, payload: bytes('') })).rejects.toThrow('the bus is closed');
  await expect(bus.subscribe({ topic: TOPIC, subscription: 's', window: 4 })).rejects.toThrow('the bus is closed');
});

test('a client that does not close is told, and closing goes on', async () => {
  const told: string[] = [];
  const log: Log = { ...silentLog, warn: (line) => void told.push(line) };
  const { bus, state } = await setUp({ log });
  state.close = () => Promise.reject(new Error('no'));
  await bus.close();
  expect(told).toEqual(['the native client did not close']);
});

test('a ping asks the broker what every role may ask', async () => {
  const { bus } = await setUp({ token: 'secret' });
  await bus.ping();
  expect(door.asked).toMatchObject([
    { method: 'GET', url: '/admin/v2/clusters', headers: { authorization: 'Bearer secret' } },
  ]);
  expect([bus.kind, bus.limits]).toEqual(['native', '']);
});

test('the client’s log goes to ours, by its levels, with one handler for all that are made', async () => {
  const lines: string[] = [];
  const log: Log = {
    ...silentLog,
    debug: (_, fields) => void lines.push(`debug ${fields?.['text']}`),
    warn: (_, fields) => void lines.push(`warn ${fields?.['text']}`),
    error: (_, fields) => void lines.push(`error ${fields?.['text']}`),
  };
  const { native, seen } = await setUp({ log: silentLog });
  await setUp({ native, log });
  for (const level of [0, 1, 2, 3, 4]) seen.tell?.(level, 'file', 1, `${level}`);
  expect(lines).toEqual(['debug 0', 'debug 1', 'warn 2', 'error 3', 'error 4']);
  expect(seen.handlers).toBe(1);
});
