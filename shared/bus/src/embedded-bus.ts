/**
 * The bus inside one process, durable in one SQLite file: what a laptop has instead of Pulsar.
 *
 * 1. `publish` and `ack` resolve after their commit is on disk; a process killed at any moment loses nothing that resolved.
 * 2. A subscription that is made, by `ensure` or by its first consumer, stands at the earliest message kept.
 * 3. Consumers are woken by publishes; nothing polls.
 * 4. Old messages go only when everybody has acked them; a topic over `bus.topicBytes` pushes back on its producers.
 * Leaves to its owner that only one process uses the file (`lockFolder`).
 */
import { bound, type Clock, invalid, type Log } from '@leasehold/kernel';
import { openSqlite, type SqliteFile } from '@leasehold/sqlite';
import { type BusBounds, busBounds } from './bounds.ts';
import { createEmbeddedConsumer } from './embedded-consumer.ts';
import { createSubscription, type Pending, type Subscription } from './embedded-subscription.ts';
import * as tables from './embedded-tables.ts';
import { busClosed, busUnavailable, payloadTooLarge } from './faults.ts';
import type { Bus, Consumer, ConsumerOptions, OutgoingMessage } from './port.ts';
import { checkSubscription, formatTopicName, parseNamespaceName, parseTopicName } from './topic-name.ts';

export interface EmbeddedBusOptions {
  /** The SQLite file; made when missing. */
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly bounds?: Partial<BusBounds>;
}

const DEFAULT_RETENTION_MS = bound('bus.defaultRetentionMs', 7 * 24 * 3_600_000);

function toPending(topic: string, row: tables.MessageRow): Pending {
  return {
    seq: row.seq,
    message: {
      topic,
      id: String(row.seq),
      payload: row.payload,
      properties: JSON.parse(row.properties) as Readonly<Record<string, string>>,
      publishedAtMs: row.published_at,
      ...(row.key === null ? {} : { key: row.key }),
    },
  };
}

/** Trims a topic after every so many publishes to it: a topic that gets nothing does not grow. */
function createTrimmer(file: SqliteFile, clock: Clock, bounds: BusBounds) {
  const published = new Map<string, number>();
  const trim = async (topic: string): Promise<void> => {
    await file.write(tables.raiseFloorsOf(topic, file));
    const statements = tables.trim(file, topic, clock.now(), DEFAULT_RETENTION_MS.value, bounds.trimMessages.value);
    if (statements) await file.write(statements);
  };
  return (topic: string): Promise<void> | undefined => {
    const count = (published.get(topic) ?? 0) + 1;
    published.set(topic, count % bounds.trimEvery.value);
    return count >= bounds.trimEvery.value ? trim(topic) : undefined;
  };
}

function checkMessage({ payload }: OutgoingMessage, bounds: BusBounds): void {
  if (payload.byteLength <= bounds.payloadBytes.value) return;
  const limit = `${bounds.payloadBytes.name} ${bounds.payloadBytes.value}`;
  throw payloadTooLarge(`a payload of ${payload.byteLength} bytes is over ${limit}`);
}

const namespaceOf = (topic: string): string => {
  const { tenant, namespace } = parseTopicName(topic);
  return `${tenant}/${namespace}`;
};

export async function createEmbeddedBus({ path, clock, log, bounds: changes }: EmbeddedBusOptions): Promise<Bus> {
  const bounds = busBounds(changes);
  const file = await openSqlite({ path, migrations: tables.MIGRATIONS, log });
  const trimAfter = createTrimmer(file, clock, bounds);
  const shared = new Map<string, Map<string, Subscription>>();
  const consumers = new Set<Consumer>();
  const housekeeping = new Set<Promise<void>>();
  let closing: Promise<void> | undefined;

  const keepHouse = (work: Promise<unknown> | undefined) => {
    if (!work) return;
    const done = work
      .then(() => undefined)
      .catch((error: unknown) => log.warn('old messages could not be trimmed', { reason: String(error) }))
      .finally(() => housekeeping.delete(done));
    housekeeping.add(done);
  };

  const publish = async (message: OutgoingMessage, signal?: AbortSignal): Promise<string> => {
    if (closing) throw busClosed();
    signal?.throwIfAborted();
    checkMessage(message, bounds);
    const { topic, key, payload, properties = {} } = message;
    const row = { topic, namespace: namespaceOf(topic), key, payload, properties: JSON.stringify(properties) };
    const outcome = await file.attempt({
      guard: tables.hasRoom(topic, payload.byteLength, bounds.topicBytes.value),
      statements: tables.publish({ ...row, publishedAtMs: clock.now() }),
    });
    if (outcome.kind === 'refused') {
      const limit = `${bounds.topicBytes.name} ${bounds.topicBytes.value}`;
      throw busUnavailable(`the topic is full (${limit}): its consumers must catch up first`, { retryAfterMs: 10_000 });
    }
    for (const subscription of shared.get(topic)?.values() ?? []) subscription.wake();
    keepHouse(trimAfter(topic));
    return String(outcome.results.at(-1)?.rows[0]?.['seq']);
  };

  const openShared = async ({ topic, subscription: name }: ConsumerOptions) => {
    await file.write([tables.makeTopic(topic, namespaceOf(topic)), tables.makeSubscription(topic, name)]);
    const row = tables.readSubscription(file, topic, name);
    if (!row) throw busUnavailable('the subscription could not be made');
    const ofTopic = shared.get(topic) ?? new Map<string, Subscription>();
    shared.set(topic, ofTopic);
    const read = (afterSeq: number, limit: number) =>
      tables.readUnacked(file, row, afterSeq, limit).map((message) => toPending(topic, message));
    const subscription = ofTopic.get(name) ?? createSubscription({ bounds, floor: row.floor, read });
    ofTopic.set(name, subscription);
    return { row, subscription, ofTopic };
  };

  const subscribe = async (options: ConsumerOptions): Promise<Consumer> => {
    if (closing) throw busClosed();
    checkSubscription(options.subscription);
    if (!(Number.isInteger(options.window) && options.window > 0)) {
      throw invalid(`a consumer's window must be a whole number over 0, got ${options.window}`, {
        code: 'InvalidWindow',
      });
    }
    if (consumers.size >= bounds.consumers.value) {
      throw busUnavailable(`${bounds.consumers.name} ${bounds.consumers.value} is reached`);
    }
    const { row, subscription, ofTopic } = await openShared(options);
    let acks = 0;
    const consumer: Consumer = createEmbeddedConsumer({
      ...options,
      window: Math.min(options.window, bounds.window.value),
      shared: subscription,
      recentAcks: bounds.recentAcks,
      store: async ({ seq }) => {
        await file.write([tables.ack(row.id, seq)]);
        acks = (acks + 1) % bounds.trimEvery.value;
        if (acks === 0) keepHouse(file.write(tables.raiseFloor(row.topic_id, row.id)));
      },
      onClosed: () => {
        consumers.delete(consumer);
        if (subscription.takers > 0 || ofTopic.get(options.subscription) !== subscription) return;
        ofTopic.delete(options.subscription);
        if (ofTopic.size === 0) shared.delete(options.topic);
      },
    });
    consumers.add(consumer);
    return consumer;
  };

  const ensure: Bus['ensure'] = async ({ namespaces, topics }, signal) => {
    signal?.throwIfAborted();
    const statements = [
      ...namespaces.map(({ namespace, retentionMs }) => {
        const name = parseNamespaceName(namespace);
        return tables.makeNamespace(`${name.tenant}/${name.namespace}`, retentionMs);
      }),
      ...topics.flatMap(({ topic: text, subscriptions, retentionMs }) => {
        const topic = formatTopicName(parseTopicName(text));
        return [
          tables.makeTopic(topic, namespaceOf(topic)),
          ...subscriptions.map((name) => tables.makeSubscription(topic, checkSubscription(name))),
          ...(retentionMs === undefined ? [] : [tables.lengthenRetention(topic, retentionMs)]),
        ];
      }),
    ];
    await file.write(statements);
  };

  const close = async () => {
    await Promise.all([...consumers].map((consumer) => consumer.close()));
    await Promise.all(housekeeping);
    await file.close();
  };

  return {
    kind: 'embedded',
    limits: 'Embedded: one process, and no schemas: payloads are JSON.',
    publish,
    subscribe,
    ensure,
    writerSchema: async () => ({ type: 'none' }),
    ping: async () => void file.read('SELECT 1'),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
