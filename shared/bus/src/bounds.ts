/**
 * The bounds of the bus, each with its name. A caller (a test, an installation with other limits) replaces single ones.
 */
import { type Bound, bound } from '@leasehold/kernel';

export const BUS_BOUNDS = {
  /** Largest payload, and largest that the codec reads. */
  payloadBytes: bound('bus.payloadBytes', 5 * 1024 * 1024),
  /** The broker's `webSocketMaxTextFrameSize`, which holds the payload in base64 and the rest of the message. */
  frameBytes: bound('bus.frameBytes', 1024 * 1024),
  /** One call of the admin API. */
  adminMs: bound('bus.adminMs', 15_000),
  adminAnswerBytes: bound('bus.adminAnswerBytes', 16 * 1024 * 1024),
  /** Opening a socket or a native producer. */
  connectMs: bound('bus.connectMs', 10_000),
  /** From `publish` to the broker's answer. */
  sendMs: bound('bus.sendMs', 30_000),
  /** Sends of one topic that wait for the broker's answer. */
  sendWindow: bound('bus.sendWindow', 500),
  /** Sends of one topic that wait for a place in that window. */
  sendQueue: bound('bus.sendQueue', 10_000),
  /** Topics with an open producer. */
  producers: bound('bus.producers', 128),
  /** Consumers of one bus (each is a socket). */
  consumers: bound('bus.consumers', 4_096),
  /** Largest window of a consumer. */
  window: bound('bus.window', 1_000),
  /** Messages that the broker hands out ahead of those a consumer asked for. */
  prefetch: bound('bus.prefetch', 64),
  /** Acked messages remembered by a consumer, so that a redelivery after a reconnect is not seen twice. */
  recentAcks: bound('bus.recentAcks', 4_096),
  /** Silence after which a consumer's socket is asked for a sign of life, and that long again until it is given up. */
  silenceMs: bound('bus.silenceMs', 15_000),
  reconnectBaseMs: bound('bus.reconnectBaseMs', 100),
  reconnectCapMs: bound('bus.reconnectCapMs', 15_000),
  /** Waiting for what is in flight when closing. */
  closeMs: bound('bus.closeMs', 5_000),
  /** Partitions of one topic (each is a socket). */
  partitions: bound('bus.partitions', 64),
  /** Namespaces whose partitioned topics are remembered, and for how long. */
  partitionListings: bound('bus.partitionListings', 1_024),
  partitionFreshMs: bound('bus.partitionFreshMs', 1_000),
  /** How often consumed topics are looked at for partitions that came or went, and the pause between two looks. */
  partitionRoundMs: bound('bus.partitionRoundMs', 30_000),
  partitionGapMs: bound('bus.partitionGapMs', 250),
  /** Calls of the admin API at once while topics are made. */
  ensureParallel: bound('bus.ensureParallel', 8),
  /** Topics whose schemas, and entries whose schema version, are remembered. */
  schemaTopics: bound('bus.schemaTopics', 1_024),
  schemaEntries: bound('bus.schemaEntries', 8_192),
  /** Compiled Avro types. */
  avroTypes: bound('bus.avroTypes', 512),
  avroSchemaBytes: bound('bus.avroSchemaBytes', 256 * 1024),
  /** Embedded: messages (and their bytes) that a subscription holds in memory. */
  readAhead: bound('bus.readAhead', 512),
  readAheadBytes: bound('bus.readAheadBytes', 16 * 1024 * 1024),
  /** Embedded: bytes that one topic keeps; beyond it producers are pushed back, nothing is evicted. */
  topicBytes: bound('bus.topicBytes', 1024 * 1024 * 1024),
  /** Embedded: messages of one topic looked at in one trimming, and publishes between two. */
  trimMessages: bound('bus.trimMessages', 1_000),
  trimEvery: bound('bus.trimEvery', 256),
} as const;

export type BusBounds = { readonly [K in keyof typeof BUS_BOUNDS]: Bound };

export const busBounds = (changes: Partial<BusBounds> = {}): BusBounds => ({ ...BUS_BOUNDS, ...changes });
