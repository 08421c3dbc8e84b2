/**
 * The bus over Pulsar's WebSocket API, with nothing but Node's own WebSocket and fetch.
 *
 * 1. One socket for each topic consumed and each topic published to: a message names neither its topic nor its schema
 *    version, so several topics on one socket could not be told apart.
 * 2. Producers are kept in a bounded cache; the one used longest ago is closed after what it has in flight.
 * 3. A topic with partitions is consumed over one socket for each of them, and published to over one: the proxy spreads.
 * 4. Nothing is contacted before the first call, so a process starts while the broker is away.
 * Leaves framing and windows to `websocket-producer.ts` and `websocket-consumer.ts`, topics to `pulsar-ensure.ts`, schemas
 * to `schema-registry.ts`.
 */
import { createLru } from '@leasehold/kernel';
import { type BusBounds, busBounds } from './bounds.ts';
import { busClosed, payloadTooLarge } from './faults.ts';
import { checkPayload } from './limits.ts';
import type { Bus, OutgoingMessage } from './port.ts';
import { createPulsarControl, type PulsarConnection } from './pulsar-control.ts';
import { createSubscriptions } from './subscriptions.ts';
import { parseTopicName } from './topic-name.ts';
import { createSocketProducer, type ProducerOptions, type SocketProducer } from './websocket-producer.ts';
import { openConsumer } from './websocket-session.ts';
import { createSocketMaker } from './websocket-socket.ts';

export interface WebSocketBusOptions extends PulsarConnection {
  /** `ws://host:8080`. */
  readonly wsUrl: string;
}

/** Room in a frame for what surrounds it: the context and the closing brace. */
const FRAME_END_BYTES = 64;

function encodeFrame({ payload, key, properties }: OutgoingMessage, bounds: BusBounds): string {
  checkPayload(payload, bounds);
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

function createProducers(options: Omit<ProducerOptions, 'topic'>) {
  const leaving = new Set<Promise<void>>();
  const producers = createLru<string, SocketProducer>(options.bounds.producers, (producer) => {
    const gone = producer.close().finally(() => leaving.delete(gone));
    leaving.add(gone);
  });
  return {
    of: (topic: string): SocketProducer => {
      const cached = producers.get(topic);
      if (cached) return cached;
      const made = createSocketProducer({ ...options, topic: parseTopicName(topic) });
      producers.set(topic, made);
      return made;
    },
    close: async () => {
      await Promise.all([...producers.values()].map((producer) => producer.close()));
      await Promise.all(leaving);
    },
  };
}

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
  const { received, writerSchema } = control.registry;
  const producers = createProducers({ sockets, clock, log, bounds });
  const { partitions } = control;
  const subscriptions = createSubscriptions({
    ...{ partitions, clock, log, bounds },
    open: (wanted, name, events) =>
      openConsumer({ ...wanted, ...events, name, sockets, clock, rng: rng.fork(wanted.topic), log, bounds, received }),
  });
  let closing: Promise<void> | undefined;
  const close = async () => {
    await subscriptions.close();
    await producers.close();
    await control.close();
  };
  return {
    kind: 'websocket',
    limits: LIMITS,
    publish: async (message, signal) => {
      if (closing) throw busClosed();
      return producers.of(message.topic).send(encodeFrame(message, bounds), signal);
    },
    subscribe: subscriptions.subscribe,
    ensure: control.ensure,
    writerSchema,
    ping: control.ping,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
