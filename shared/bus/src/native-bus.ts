/**
 * The bus over the optional native client: faster than WebSocket, and with no limit of frames. Topics and schemas go over the
 * admin API, as with WebSocket, because the client names no schema version.
 *
 * 1. The addon is loaded by `createNativeBus`, not by importing this package.
 * 2. Every producer, consumer and the client are closed by `close`: one left open keeps the process alive.
 * 3. A message is alone in its entry (no batching), so its id and its order by key are those of the other transport.
 */
import { createLru } from '@leasehold/kernel';
import { type BusBounds, busBounds } from './bounds.ts';
import { withDeadline } from './deadline.ts';
import { busClosed, busUnavailable, payloadTooLarge } from './faults.ts';
import { checkPayload } from './limits.ts';
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
import type { Bus, ConsumerOptions, OutgoingMessage } from './port.ts';
import { createPulsarControl, type PulsarConnection } from './pulsar-control.ts';
import { createSubscriptions } from './subscriptions.ts';
import { parseTopicName } from './topic-name.ts';

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

/** The client's only word for it is the name of its result. */
const isTooBig = (error: unknown): boolean => error instanceof Error && error.message.includes('MessageTooBig');

interface NativeProducers {
  send(message: OutgoingMessage): Promise<string>;
  close(): Promise<void>;
}

function createNativeProducers(client: NativeConnection, bounds: BusBounds): NativeProducers {
  const leaving = new Set<Promise<unknown>>();
  const closeOne = async (producer: Promise<NativeProducer>): Promise<void> => {
    const made = await producer.catch(() => undefined);
    await made?.flush().catch(() => undefined);
    await made?.close().catch(() => undefined);
  };
  const producers = createLru<string, Promise<NativeProducer>>(bounds.producers, (producer) => {
    const gone = closeOne(producer).finally(() => leaving.delete(gone));
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
  return {
    send: async ({ topic, key, payload, properties }) => {
      const producer = await producerOf(topic).catch((error: unknown) => {
        throw failure('the Pulsar client could not open a producer', error);
      });
      const sending = producer.send({
        data: Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength),
        ...(properties === undefined ? {} : { properties }),
        ...(key === undefined ? {} : { partitionKey: key }),
      });
      const id = await sending.catch((error: unknown) => {
        throw isTooBig(error)
          ? payloadTooLarge(`a payload of ${payload.byteLength} bytes with its properties is over the broker's limit`)
          : failure('the Pulsar client could not send', error, true);
      });
      return formatPosition(parseMessageId(id.serialize()));
    },
    close: async () => {
      await Promise.all([...producers.values()].map(closeOne));
      await Promise.all(leaving);
    },
  };
}

async function openNative(client: NativeConnection, wanted: ConsumerOptions, bounds: BusBounds) {
  const opening = client.subscribe({
    topic: wanted.topic,
    subscription: wanted.subscription,
    subscriptionType: 'KeyShared',
    subscriptionInitialPosition: 'Earliest',
    receiverQueueSize: Math.min(wanted.window, bounds.prefetch.value),
    batchIndexAckEnabled: true,
  });
  return opening.catch((error: unknown) => {
    throw failure('the Pulsar client could not subscribe', error);
  });
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
  const producers = createNativeProducers(client, bounds);
  const { partitions, registry } = control;
  const subscriptions = createSubscriptions({
    ...{ partitions, clock, log, bounds },
    open: async (wanted, _name, { onClosed }) => {
      const made = await openNative(client, wanted, bounds);
      return createNativeConsumer({ ...wanted, native: made, log, bounds, received: registry.received, onClosed });
    },
  });
  let closing: Promise<void> | undefined;

  const publish = async (message: OutgoingMessage, signal?: AbortSignal): Promise<string> => {
    if (closing) throw busClosed();
    parseTopicName(message.topic);
    checkPayload(message.payload, bounds);
    const late = () => busUnavailable('the Pulsar client did not answer in time', { away: true, unknownOutcome: true });
    return withDeadline(clock, bounds.sendMs, late, () => producers.send(message), signal);
  };
  const close = async () => {
    await subscriptions.close();
    await producers.close();
    await client
      .close()
      .catch((error: unknown) => log.warn('the native client did not close', { reason: String(error) }));
    await control.close();
  };
  return {
    kind: 'native',
    limits: '',
    publish,
    subscribe: subscriptions.subscribe,
    ensure: control.ensure,
    writerSchema: registry.writerSchema,
    ping: control.ping,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
