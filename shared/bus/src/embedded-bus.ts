/**
 * The bus inside one process, durable in one SQLite file: what a laptop has instead of Pulsar.
 *
 * 1. `publish` and `ack` resolve after their commit is on disk; a process killed at any moment loses nothing that resolved.
 * 2. A subscription that is made, by `ensure` or by its first consumer, stands at the earliest message kept.
 * 3. Consumers are woken by publishes; nothing polls.
 * 4. Old messages go only when everybody has acked them; a topic over `bus.topicBytes` pushes back on its producers.
 * Leaves to its owner that only one process uses the file (`lockFolder`).
 */
import type { Clock, Log } from '@leasehold/kernel';
import { openSqlite, type SqliteFile, type Statement } from '@leasehold/sqlite';
import { type BusBounds, busBounds } from './bounds.ts';
import { createEmbeddedConsumer } from './embedded-consumer.ts';
import { createHousekeeping } from './embedded-housekeeping.ts';
import { createSubscription, type Pending, type Subscription } from './embedded-subscription.ts';
import * as tables from './embedded-tables.ts';
import { busClosed, busUnavailable } from './faults.ts';
import { checkConsumer, checkPayload } from './limits.ts';
import type { Bus, Consumer, ConsumerOptions, OutgoingMessage } from './port.ts';
import { checkSubscription, formatTopicName, parseNamespaceName, parseTopicName } from './topic-name.ts';

export interface EmbeddedBusOptions {
  /** The SQLite file; made when missing. */
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly bounds?: Partial<BusBounds>;
}

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

const namespaceOf = (topic: string): string => {
  const { tenant, namespace } = parseTopicName(topic);
  return `${tenant}/${namespace}`;
};

function planStatements({ namespaces, topics }: Parameters<Bus['ensure']>[0]): readonly Statement[] {
  return [
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
}

/** Subscriptions that have consumers, by topic and name. */
function createSubscriptions(file: SqliteFile, bounds: BusBounds) {
  const open = new Map<string, Map<string, Subscription>>();
  return {
    wake: (topic: string) => {
      for (const subscription of open.get(topic)?.values() ?? []) subscription.wake();
    },
    make: ({ topic, subscription: name }: ConsumerOptions) =>
      file.write([tables.makeTopic(topic, namespaceOf(topic)), tables.makeSubscription(topic, name)]),
    /** Its taker joins before anything else happens: one that nobody has taken is forgotten when another leaves. */
    of: ({ topic, subscription: name }: ConsumerOptions) => {
      const row = tables.readSubscription(file, topic, name);
      if (!row) throw busUnavailable('the subscription could not be made');
      const read = (afterSeq: number, limit: number) =>
        tables.readUnacked(file, row, afterSeq, limit).map((message) => toPending(topic, message));
      const ofTopic = open.get(topic) ?? new Map<string, Subscription>();
      const shared = ofTopic.get(name) ?? createSubscription({ bounds, floor: row.floor, read });
      open.set(topic, ofTopic.set(name, shared));
      return { row, shared };
    },
    left: ({ topic, subscription: name }: ConsumerOptions) => {
      const ofTopic = open.get(topic);
      if (ofTopic?.get(name)?.takers !== 0) return;
      ofTopic.delete(name);
      if (ofTopic.size === 0) open.delete(topic);
    },
  };
}

async function store(file: SqliteFile, message: OutgoingMessage, nowMs: number, bounds: BusBounds): Promise<string> {
  const { topic, key, payload, properties = {} } = message;
  const row = { topic, namespace: namespaceOf(topic), key, payload, properties: JSON.stringify(properties) };
  const outcome = await file.attempt({
    guard: tables.hasRoom(topic, payload.byteLength, bounds.topicBytes.value),
    statements: tables.publish({ ...row, publishedAtMs: nowMs }),
  });
  if (outcome.kind === 'applied') return String(outcome.results.at(-1)?.rows[0]?.['seq']);
  const limit = `${bounds.topicBytes.name} ${bounds.topicBytes.value}`;
  throw busUnavailable(`the topic is full (${limit}): its consumers must catch up first`, { retryAfterMs: 10_000 });
}

export async function createEmbeddedBus({ path, clock, log, bounds: changes }: EmbeddedBusOptions): Promise<Bus> {
  const bounds = busBounds(changes);
  const file = await openSqlite({ path, migrations: tables.MIGRATIONS });
  const house = createHousekeeping(file, clock, log, bounds);
  const subscriptions = createSubscriptions(file, bounds);
  const consumers = new Set<Consumer>();
  let closing: Promise<void> | undefined;
  const publish = async (message: OutgoingMessage, signal?: AbortSignal): Promise<string> => {
    if (closing) throw busClosed();
    signal?.throwIfAborted();
    checkPayload(message.payload, bounds);
    const id = await store(file, message, clock.now(), bounds);
    subscriptions.wake(message.topic);
    house.published(message.topic);
    return id;
  };
  const subscribe = async (options: ConsumerOptions): Promise<Consumer> => {
    if (closing) throw busClosed();
    checkConsumer(options, consumers.size, bounds);
    await subscriptions.make(options);
    if (closing) throw busClosed();
    const { row, shared } = subscriptions.of(options);
    const consumer: Consumer = createEmbeddedConsumer({
      ...options,
      window: Math.min(options.window, bounds.window.value),
      shared,
      recentAcks: bounds.recentAcks,
      store: async ({ seq }) => {
        await file.write([tables.ack(row.id, seq)]);
        house.acked(row);
      },
      onClosed: () => {
        consumers.delete(consumer);
        subscriptions.left(options);
      },
    });
    consumers.add(consumer);
    return consumer;
  };
  const close = async () => {
    await Promise.all([...consumers].map((consumer) => consumer.close()));
    await house.done();
    await file.close();
  };
  return {
    kind: 'embedded',
    limits: 'Embedded: one process, and no schemas: payloads are JSON.',
    publish,
    subscribe,
    ensure: async (plan, signal) => {
      signal?.throwIfAborted();
      await file.write(planStatements(plan));
    },
    writerSchema: async () => ({ type: 'none' }),
    ping: () => file.check(),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
