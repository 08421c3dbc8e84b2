/**
 * The bus over the optional native client: faster than WebSocket, and with no limit of frames. Topics and schemas go over the
 * admin API, as with WebSocket, because the client names no schema version.
 *
 * 1. The addon is loaded by `createNativeBus`, not by importing this package.
 * 2. Every producer, consumer and the client are closed by `close`: one left open keeps the process alive.
 * 3. A message is alone in its entry (no batching), so its id and its order by key are those of the other transport.
 */
import { invalid } from '@leasehold/kernel';
import { type BusBounds, busBounds } from './bounds.ts';
import { withDeadline } from './deadline.ts';
import { busClosed, busUnavailable, payloadTooLarge } from './faults.ts';
import { createLru } from './lru.ts';
import { formatPosition, parseMessageId } from './message-id.ts';
import {
  loadNativeClient,
  NATIVE_MISSING,
  type NativeClient,
  type NativeConnection,
  type NativeProducer,
  routeNativeLog,
} from './native-client.ts';
import { createNativeConsumer } from './native-consumer.ts';
import type { Bus, Consumer, ConsumerOptions, OutgoingMessage } from './port.ts';
import { checkSubscription, parseTopicName } from './topic-name.ts';
import { createPulsarControl, type PulsarConnection } from './websocket-bus.ts';

/** The native library reads certificates from files. */
export interface TlsPaths {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

export interface NativeBusOptions extends PulsarConnection {
  /** `pulsar://host:6650` or `pulsar+ssl://host:6651`. */
  readonly url: string;
  readonly tlsPaths?: TlsPaths;
  /** The loaded client; loaded here when absent. */
  readonly native?: NativeClient;
}

function connect(native: NativeClient, options: NativeBusOptions, bounds: BusBounds): NativeConnection {
  const { url, token, tlsPaths = {} } = options;
  const { caFile, certFile, keyFile } = tlsPaths;
  const authentication =
    token !== undefined
      ? new native.AuthenticationToken({ token })
      : certFile !== undefined && keyFile !== undefined
        ? new native.AuthenticationTls({ certificatePath: certFile, privateKeyPath: keyFile })
        : undefined;
  return new native.Client({
    serviceUrl: url,
    operationTimeoutSeconds: Math.ceil(bounds.connectMs.value / 1_000),
    connectionTimeoutMs: bounds.connectMs.value,
    ...(authentication === undefined ? {} : { authentication }),
    ...(caFile === undefined ? {} : { tlsTrustCertsFilePath: caFile }),
    ...(certFile === undefined ? {} : { tlsCertificateFilePath: certFile }),
    ...(keyFile === undefined ? {} : { tlsPrivateKeyFilePath: keyFile }),
    ...(url.startsWith('pulsar+ssl:') ? { tlsValidateHostname: true } : {}),
  });
}

function failure(what: string, error: unknown, unknownOutcome = false): Error {
  const text = error instanceof Error ? error.message : String(error);
  const refused = /auth/i.test(text) ? ': Pulsar refused the token' : '';
  return busUnavailable(`${what}${refused}`, { cause: error, unknownOutcome });
}

/** @throws `Unavailable` when the addon is not there, with how to have it. */
export async function createNativeBus(options: NativeBusOptions): Promise<Bus> {
  const bounds = busBounds(options.bounds);
  const { clock, log } = options;
  const native = options.native ?? (await loadNativeClient());
  if (!native) throw busUnavailable(NATIVE_MISSING);
  routeNativeLog(native, log);
  const client = connect(native, options, bounds);
  const control = createPulsarControl(options, bounds);
  const consumers = new Set<Consumer>();
  const leaving = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;

  const closeProducer = (producer: Promise<NativeProducer>): Promise<void> =>
    producer.then(
      async (made) => {
        await made.flush().catch(() => undefined);
        await made.close().catch(() => undefined);
      },
      () => undefined,
    );
  const producers = createLru<string, Promise<NativeProducer>>(bounds.producers, (producer) => {
    const gone = closeProducer(producer).finally(() => leaving.delete(gone));
    leaving.add(gone);
  });
  const producerOf = (topic: string): Promise<NativeProducer> => {
    const cached = producers.get(topic);
    if (cached) return cached;
    const made = client.createProducer({
      topic,
      sendTimeoutMs: bounds.sendMs.value,
      maxPendingMessages: bounds.sendWindow.value + bounds.sendQueue.value,
      blockIfQueueFull: false,
      batchingEnabled: false,
    });
    producers.set(topic, made);
    // A producer that could not be made is asked for again by the next message.
    made.catch(() => producers.delete(topic));
    return made;
  };

  const send = async ({ topic, key, payload, properties }: OutgoingMessage): Promise<string> => {
    const producer = await producerOf(topic).catch((error: unknown) => {
      throw failure('the Pulsar client could not open a producer', error);
    });
    try {
      const id = await producer.send({
        data: Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength),
        ...(properties === undefined ? {} : { properties }),
        ...(key === undefined ? {} : { partitionKey: key }),
      });
      return formatPosition(parseMessageId(id.serialize()));
    } catch (error) {
      throw failure('the Pulsar client could not send', error, true);
    }
  };

  const publish = async (message: OutgoingMessage, signal?: AbortSignal): Promise<string> => {
    if (closing) throw busClosed();
    parseTopicName(message.topic);
    if (message.payload.byteLength > bounds.payloadBytes.value) {
      const limit = `${bounds.payloadBytes.name} ${bounds.payloadBytes.value}`;
      throw payloadTooLarge(`a payload of ${message.payload.byteLength} bytes is over ${limit}`);
    }
    const late = () => busUnavailable('the Pulsar client did not answer in time', { away: true, unknownOutcome: true });
    return withDeadline(clock, bounds.sendMs, late, () => send(message), signal);
  };

  const subscribe = async (wanted: ConsumerOptions): Promise<Consumer> => {
    if (closing) throw busClosed();
    parseTopicName(wanted.topic);
    checkSubscription(wanted.subscription);
    if (!(Number.isInteger(wanted.window) && wanted.window > 0)) {
      throw invalid(`a consumer's window must be a whole number over 0, got ${wanted.window}`, {
        code: 'InvalidWindow',
      });
    }
    if (consumers.size >= bounds.consumers.value) {
      throw busUnavailable(`${bounds.consumers.name} ${bounds.consumers.value} is reached`);
    }
    const made = await client
      .subscribe({
        topic: wanted.topic,
        subscription: wanted.subscription,
        subscriptionType: 'KeyShared',
        subscriptionInitialPosition: 'Earliest',
        receiverQueueSize: Math.min(wanted.window, bounds.prefetch.value),
        batchIndexAckEnabled: true,
      })
      .catch((error: unknown) => {
        throw failure('the Pulsar client could not subscribe', error);
      });
    const consumer: Consumer = createNativeConsumer({
      ...wanted,
      native: made,
      log,
      bounds,
      received: control.registry.received,
      onClosed: () => consumers.delete(consumer),
    });
    consumers.add(consumer);
    if (closing) await consumer.close();
    return consumer;
  };

  const close = async () => {
    await Promise.all([...consumers].map((consumer) => consumer.close()));
    await Promise.all([...producers.values()].map(closeProducer));
    await Promise.all(leaving);
    await client
      .close()
      .catch((error: unknown) => log.warn('the native client did not close', { reason: String(error) }));
    await control.close();
  };
  return {
    kind: 'native',
    limits: '',
    publish,
    subscribe,
    ensure: control.ensure,
    writerSchema: control.registry.writerSchema,
    ping: control.ping,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
