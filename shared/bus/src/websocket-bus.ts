/**
 * The bus over Pulsar's WebSocket API, with nothing but Node's own WebSocket and fetch.
 *
 * 1. One socket for each topic consumed and each topic published to: a message names neither its topic nor its schema
 *    version, so several topics on one socket could not be told apart.
 * 2. Producers are kept in a bounded cache; the one used longest ago is closed after what it has in flight.
 * 3. Nothing is contacted before the first call, so a process starts while the broker is away.
 * Leaves framing and windows to `websocket-producer.ts` and `websocket-consumer.ts`, topics to `pulsar-ensure.ts`, schemas
 * to `schema-registry.ts`.
 */
import { type Clock, invalid, type Log, type Rng } from '@leasehold/kernel';
import { type BusBounds, busBounds } from './bounds.ts';
import { busClosed, busUnavailable, payloadTooLarge } from './faults.ts';
import { createLru } from './lru.ts';
import type { Bus, Consumer, ConsumerOptions, OutgoingMessage } from './port.ts';
import { createPulsarAdmin, type PulsarAdmin } from './pulsar-admin.ts';
import { createEnsure } from './pulsar-ensure.ts';
import { createSchemaRegistry, type SchemaRegistry } from './schema-registry.ts';
import { createDispatcher, type TlsFiles } from './http-agent.ts';
import { parseTopicName } from './topic-name.ts';
import { createSocketProducer, type SocketProducer } from './websocket-producer.ts';
import { openConsumer } from './websocket-session.ts';
import { createSocketMaker } from './websocket-socket.ts';

export interface PulsarConnection {
  /** `http://host:8080`. */
  readonly adminUrl: string;
  readonly token?: string;
  readonly tls?: TlsFiles;
  /** Asked of the broker when absent. */
  readonly cluster?: string;
  /** The Pulsar tenant of the installation. */
  readonly tenant: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  readonly bounds?: Partial<BusBounds>;
}

export interface WebSocketBusOptions extends PulsarConnection {
  /** `ws://host:8080`. */
  readonly wsUrl: string;
}

/** Room in a frame for what surrounds it: the context and the closing brace. */
const FRAME_END_BYTES = 64;

/** The part of a Pulsar bus that goes over the admin API, shared by both transports. */
export interface PulsarControl {
  readonly admin: PulsarAdmin;
  readonly registry: SchemaRegistry;
  readonly ensure: Bus['ensure'];
  ping(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export function createPulsarControl(options: PulsarConnection, bounds: BusBounds): PulsarControl {
  const dispatcher = options.tls ? createDispatcher(options.tls) : undefined;
  const admin = createPulsarAdmin({ ...options, bounds, dispatcher });
  const registry = createSchemaRegistry(admin, bounds);
  return {
    admin,
    registry,
    ensure: createEnsure({ admin, cluster: options.cluster, log: options.log, bounds }),
    ping: async (signal) => {
      const path = `/admin/v2/namespaces/${encodeURIComponent(options.tenant)}`;
      // The tenant need not exist yet: any answer that is not a failure of the broker is a sign of life.
      await admin.call({ method: 'GET', path, expect: [404] }, signal);
    },
    close: async () => dispatcher?.close(),
  };
}

function encodeFrame({ payload, key, properties }: OutgoingMessage, bounds: BusBounds): string {
  if (payload.byteLength > bounds.payloadBytes.value) {
    const limit = `${bounds.payloadBytes.name} ${bounds.payloadBytes.value}`;
    throw payloadTooLarge(`a payload of ${payload.byteLength} bytes is over ${limit}`);
  }
  const base64 = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('base64');
  const frame =
    `{"payload":"${base64}","properties":${JSON.stringify(properties ?? {})}` +
    `${key === undefined ? '' : `,"key":${JSON.stringify(key)}`}`;
  const bytes = Buffer.byteLength(frame) + FRAME_END_BYTES;
  if (bytes > bounds.frameBytes.value) {
    const limit = `${bounds.frameBytes.name} ${bounds.frameBytes.value}, the broker's webSocketMaxTextFrameSize`;
    throw payloadTooLarge(`a payload of ${payload.byteLength} bytes makes a frame over ${limit}`);
  }
  return frame;
}

const LIMITS =
  'WebSocket: a message of at most 1 MiB with its base64 payload (about 780 KB) can be published unless the broker ' +
  'allows larger frames, one socket a topic, about 5,000 messages a second, and acks that the broker groups for 100 ms.';

export async function createWebSocketBus(options: WebSocketBusOptions): Promise<Bus> {
  const bounds = busBounds(options.bounds);
  const { clock, rng, log } = options;
  const control = createPulsarControl(options, bounds);
  const sockets = createSocketMaker({
    wsUrl: options.wsUrl,
    token: options.token,
    admin: control.admin,
    tls: options.tls,
    clock,
    bounds,
  });
  let closed = false;
  const consumers = new Set<Consumer>();
  const leaving = new Set<Promise<void>>();
  const producers = createLru<string, SocketProducer>(bounds.producers, (producer) => {
    const gone = producer.close().finally(() => leaving.delete(gone));
    leaving.add(gone);
  });
  const producerOf = (topic: string): SocketProducer => {
    const cached = producers.get(topic);
    if (cached) return cached;
    const made = createSocketProducer({ topic: parseTopicName(topic), sockets, clock, log, bounds });
    producers.set(topic, made);
    return made;
  };
  const subscribe = async (wanted: ConsumerOptions): Promise<Consumer> => {
    if (closed) throw busClosed();
    if (!(Number.isInteger(wanted.window) && wanted.window > 0)) {
      throw invalid(`a consumer's window must be a whole number over 0, got ${wanted.window}`, {
        code: 'InvalidWindow',
      });
    }
    if (consumers.size >= bounds.consumers.value) {
      throw busUnavailable(`${bounds.consumers.name} ${bounds.consumers.value} is reached`);
    }
    const consumer: Consumer = await openConsumer({
      ...wanted,
      name: parseTopicName(wanted.topic),
      sockets,
      clock,
      rng: rng.fork(wanted.topic),
      log,
      bounds,
      received: control.registry.received,
      onClosed: () => consumers.delete(consumer),
    });
    consumers.add(consumer);
    if (closed) await consumer.close();
    return consumer;
  };
  return {
    kind: 'websocket',
    limits: LIMITS,
    publish: async (message, signal) => {
      if (closed) throw busClosed();
      return producerOf(message.topic).send(encodeFrame(message, bounds), signal);
    },
    subscribe,
    ensure: control.ensure,
    writerSchema: control.registry.writerSchema,
    ping: control.ping,
    close: async () => {
      closed = true;
      await Promise.all([...consumers].map((consumer) => consumer.close()));
      await Promise.all([...producers.values()].map((producer) => producer.close()));
      await Promise.all(leaving);
      await control.close();
    },
  };
}
