/**
 * What is durable in a world's bus, and how its messages are shared out. Owns topics, subscriptions and who holds what;
 * latencies and faults are sim-bus.ts's.
 *
 * 1. Messages of one lane (a key; without one, their producer) are handed out in the order of publishing, and while one of
 *    them is held, all go to its holder (B1).
 * 2. A session that is dropped gives back what it held, in its old place (B2).
 * 3. An acked message is never handed out again, whoever acked it.
 */
import type { IncomingMessage, OutgoingMessage } from '@leasehold/bus';
import type { Rng } from '@leasehold/kernel';

export interface Stored {
  readonly message: IncomingMessage;
  readonly lane: string;
}

/** A consumer as the broker sees it. */
export interface Session {
  readonly id: number;
  readonly window: number;
  held: number;
  /** Takes the message on its way to the consumer. */
  hand(stored: Stored): void;
  /** Is told that the connection is gone. */
  cut(): void;
}

interface Entry {
  readonly stored: Stored;
  holder: Session | undefined;
}

interface Lane {
  session: Session;
  held: number;
}

export interface Subscription {
  readonly topic: string;
  readonly name: string;
  readonly entries: Entry[];
  readonly sessions: Session[];
  readonly lanes: Map<string, Lane>;
}

export interface Broker {
  /** Everything ever published, by topic, oldest first. */
  readonly topics: ReadonlyMap<string, readonly Stored[]>;
  ensureTopic(topic: string): void;
  subscription(topic: string, name: string): Subscription;
  publish(message: OutgoingMessage, producer: string): string;
  attach(subscription: Subscription, consumer: Pick<Session, 'window' | 'hand' | 'cut'>): Session;
  drop(subscription: Subscription, session: Session): void;
  ack(subscription: Subscription, messageId: string): void;
  /** Messages of a subscription that are not acked: all of the topic's, where it is not there yet. */
  unacked(topic: string, name: string): number;
  /** Messages not acked on any subscription of this name. */
  unackedBy(name: string): number;
  /** A namespace goes, with its topics and what is on them; consumers are cut off. */
  removeNamespace(namespace: string): void;
  onPublish(listener: (message: IncomingMessage, producer: string) => void): void;
}

interface Topic {
  readonly stored: Stored[];
  readonly subscriptions: Map<string, Subscription>;
}

export function createBroker(stream: (label: string) => Rng, now: () => number, touch: () => void): Broker {
  const topics = new Map<string, Topic>();
  const logs = new Map<string, readonly Stored[]>();
  const listeners: ((message: IncomingMessage, producer: string) => void)[] = [];
  const rng = stream('broker');
  let serial = 0;
  const topicOf = (name: string): Topic => {
    let topic = topics.get(name);
    if (!topic) {
      topic = { stored: [], subscriptions: new Map() };
      topics.set(name, topic);
      logs.set(name, topic.stored);
    }
    return topic;
  };
  const ofName = (name: string) => [...topics.values()].map((topic) => topic.subscriptions.get(name));
  const next = () => {
    serial += 1;
    return serial;
  };
  return {
    topics: logs,
    ensureTopic: (name) => void topicOf(name),
    subscription: (name, subscription) => subscribe(topicOf(name), name, subscription),
    publish: (message, producer) => {
      const topic = topicOf(message.topic);
      const stored = storedOf(message, producer, `m${next()}`, now());
      topic.stored.push(stored);
      for (const subscription of topic.subscriptions.values()) {
        subscription.entries.push({ stored, holder: undefined });
        dispatch(subscription, rng);
      }
      touch();
      for (const listener of listeners) listener(stored.message, producer);
      return stored.message.id;
    },
    attach: (subscription, consumer) => {
      const session: Session = { ...consumer, id: next(), held: 0 };
      subscription.sessions.push(session);
      dispatch(subscription, rng);
      return session;
    },
    drop: (subscription, session) => {
      const index = subscription.sessions.indexOf(session);
      if (index < 0) return;
      subscription.sessions.splice(index, 1);
      for (const [lane, { session: holder }] of subscription.lanes)
        if (holder === session) subscription.lanes.delete(lane);
      for (const entry of subscription.entries) if (entry.holder === session) entry.holder = undefined;
      dispatch(subscription, rng);
    },
    ack: (subscription, messageId) => {
      settle(subscription, messageId);
      dispatch(subscription, rng);
      touch();
    },
    unacked: (name, subscription) => {
      const topic = topics.get(name);
      return (topic?.subscriptions.get(subscription)?.entries ?? topic?.stored ?? []).length;
    },
    unackedBy: (name) => ofName(name).reduce((sum, subscription) => sum + (subscription?.entries.length ?? 0), 0),
    removeNamespace: (namespace) => {
      for (const [name, topic] of topics) {
        if (!name.startsWith(`persistent://${namespace}/`)) continue;
        topics.delete(name);
        logs.delete(name);
        for (const subscription of topic.subscriptions.values())
          for (const session of [...subscription.sessions]) session.cut();
      }
      touch();
    },
    onPublish: (listener) => void listeners.push(listener),
  };
}

function storedOf(message: OutgoingMessage, producer: string, id: string, publishedAtMs: number): Stored {
  const { topic, key, payload, properties = {} } = message;
  return {
    lane: key === undefined || key === '' ? `from ${producer}` : `key ${key}`,
    message: {
      topic,
      id,
      payload: payload.slice(),
      properties: { ...properties },
      publishedAtMs,
      ...(key === undefined ? {} : { key }),
    },
  };
}

/** The subscription, made at the earliest message where it is new. */
function subscribe(topic: Topic, topicName: string, name: string): Subscription {
  const known = topic.subscriptions.get(name);
  if (known) return known;
  const entries = topic.stored.map((stored) => ({ stored, holder: undefined }));
  const made: Subscription = { topic: topicName, name, entries, sessions: [], lanes: new Map() };
  topic.subscriptions.set(name, made);
  return made;
}

function settle(subscription: Subscription, messageId: string): void {
  const index = subscription.entries.findIndex(({ stored }) => stored.message.id === messageId);
  const entry = subscription.entries[index];
  if (!entry) return;
  subscription.entries.splice(index, 1);
  const { holder } = entry;
  if (!holder) return;
  holder.held -= 1;
  const lane = subscription.lanes.get(entry.stored.lane);
  if (!lane) return;
  lane.held -= 1;
  if (lane.held === 0) subscription.lanes.delete(entry.stored.lane);
}

/** Hands out what can be handed out. */
function dispatch(subscription: Subscription, rng: Rng): void {
  if (subscription.sessions.length === 0) return;
  const blocked = new Set<string>();
  for (const entry of subscription.entries) {
    const { lane } = entry.stored;
    if (entry.holder || blocked.has(lane)) continue;
    const session = subscription.lanes.get(lane)?.session ?? roomiest(subscription, rng);
    if (!session || session.held >= session.window) {
      blocked.add(lane);
      continue;
    }
    entry.holder = session;
    session.held += 1;
    const held = subscription.lanes.get(lane);
    if (held) held.held += 1;
    else subscription.lanes.set(lane, { session, held: 1 });
    session.hand(entry.stored);
  }
}

function roomiest(subscription: Subscription, rng: Rng): Session | undefined {
  const open = subscription.sessions.filter((session) => session.held < session.window);
  return open.length > 1 ? rng.pick(open) : open[0];
}
