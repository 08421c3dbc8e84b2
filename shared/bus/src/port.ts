/**
 * The bus port. Messages are hints with content: a consumer acks after its commit, never nacks, and stops pulling when it
 * cannot go on.
 *
 * B1. Messages of one topic with one key reach the consumers of a subscription in the order in which they were published
 *     (Key_Shared); without a key, the message's producer decides.
 * B2. Several consumers on one subscription compete: each message is with one of them. When one dies or closes, what it
 *     had not acked goes to the others.
 * B3. `publish` resolves when the bus has made the message durable; a failure is `Unavailable`, and the message may or may
 *     not be there (consumers bear repeats).
 * B4. A consumer holds at most `window` unacked messages; it reconnects by itself and then may see messages again.
 * B5. `close` of a consumer loses nothing: unacked messages are delivered again, acks that resolved hold.
 *
 * Topics are full names, `persistent://tenant/namespace/topic`; one with partitions is consumed under its own name. Errors: `Unavailable` (code `BusUnavailable`).
 */
export interface OutgoingMessage {
  readonly topic: string;
  readonly key?: string;
  readonly payload: Uint8Array;
  readonly properties?: Readonly<Record<string, string>>;
}

export interface SchemaVersion {
  /** `avro`, `json` or `none`; other Pulsar schema types are reported by their lower-case name. */
  readonly type: string;
  /** The writer's Avro schema as JSON text; absent for `none`. */
  readonly definition?: string;
}

export interface IncomingMessage {
  readonly topic: string;
  /** Where the topic has partitions. */
  readonly partition?: number;
  /** Unique on its topic, stable over redelivery. */
  readonly id: string;
  readonly key?: string;
  readonly payload: Uint8Array;
  readonly properties: Readonly<Record<string, string>>;
  readonly publishedAtMs: number;
  /** Raw bytes of Pulsar's schema version, where the transport names it. */
  readonly schemaVersion?: Uint8Array;
}

/** That a topic, or a part of it, is not consumed now although its consumer is open. */
export interface LostConsumer {
  readonly sinceMs: number;
  readonly code: string;
  readonly message: string;
}

export interface Consumer {
  readonly topic: string;
  readonly subscription: string;
  /** The next message. Rejects with the signal's reason when aborted, with `Unavailable` only when closed. */
  receive(signal?: AbortSignal): Promise<IncomingMessage>;
  /** Resolves when the bus has been told (durably, where the transport says so). */
  ack(message: IncomingMessage): Promise<void>;
  /** What the consumer repairs by itself, as long as it lasts; absent where nothing can be lost. */
  lost?(): LostConsumer | undefined;
  close(): Promise<void>;
}

export interface ConsumerOptions {
  readonly topic: string;
  readonly subscription: string;
  /** Most messages held unacked. */
  readonly window: number;
}

export interface TopicPlan {
  readonly topic: string;
  /** Made at the earliest position when missing. */
  readonly subscriptions: readonly string[];
  /** Retention as a topic policy, where it differs from the namespace's. */
  readonly retentionMs?: number;
}

export interface NamespacePlan {
  /** `tenant/namespace`. */
  readonly namespace: string;
  readonly retentionMs: number;
}

export interface Bus {
  readonly kind: 'embedded' | 'websocket' | 'native' | 'simulated';
  /** One sentence on what this transport lacks against the native one; empty if nothing. */
  readonly limits: string;
  publish(message: OutgoingMessage, signal?: AbortSignal): Promise<string>;
  subscribe(options: ConsumerOptions): Promise<Consumer>;
  /** Makes what is missing: the tenant, namespaces, topics (without a schema), subscriptions. Idempotent. */
  ensure(
    plan: { readonly namespaces: readonly NamespacePlan[]; readonly topics: readonly TopicPlan[] },
    signal?: AbortSignal,
  ): Promise<void>;
  /** The writer schema of a message: by its version where the transport names it, else by asking for the entry. */
  writerSchema(message: IncomingMessage, signal?: AbortSignal): Promise<SchemaVersion>;
  ping(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
