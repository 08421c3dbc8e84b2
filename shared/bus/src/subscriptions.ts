/**
 * The consumers of one Pulsar bus, whatever its transport: what may be subscribed, which parts a topic has, and their end.
 *
 * 1. Each partition counts as a consumer towards `bus.consumers`.
 * 2. After `close` nothing is open, also nothing that was being opened.
 */
import type { Clock, Log } from '@leasehold/kernel';
import type { BusBounds } from './bounds.ts';
import { busClosed } from './faults.ts';
import { checkConsumer } from './limits.ts';
import { openPartitioned } from './partitioned-consumer.ts';
import type { Partitions } from './partitions.ts';
import type { Consumer, ConsumerOptions } from './port.ts';
import type { TopicName } from './topic-name.ts';

export interface PartEvents {
  /** The connection went; it may be because the topic did. */
  onLost(): void;
  onClosed(): void;
}

export interface SubscriptionsOptions {
  readonly partitions: Partitions;
  readonly clock: Clock;
  readonly log: Log;
  readonly bounds: BusBounds;
  /** Opens the consumer of a topic without partitions, or of one partition. */
  open(wanted: ConsumerOptions, name: TopicName, events: PartEvents): Promise<Consumer>;
}

export interface Subscriptions {
  subscribe(wanted: ConsumerOptions): Promise<Consumer>;
  close(): Promise<void>;
}

export function createSubscriptions(options: SubscriptionsOptions): Subscriptions {
  const { partitions, bounds } = options;
  const consumers = new Set<Consumer>();
  let parts = 0;
  let closed = false;
  const openPart = async (wanted: ConsumerOptions, onLost: () => void): Promise<Consumer> => {
    const name = checkConsumer(wanted, parts, bounds);
    parts += 1;
    const onClosed = (): void => {
      parts -= 1;
    };
    return options.open(wanted, name, { onLost, onClosed }).catch((error: unknown) => {
      onClosed();
      throw error;
    });
  };
  return {
    subscribe: async (wanted) => {
      if (closed) throw busClosed();
      checkConsumer(wanted, parts, bounds);
      const open = (part: ConsumerOptions) => openPart(part, () => partitions.lookAgain(wanted.topic));
      const onClosed = () => void consumers.delete(consumer);
      const consumer: Consumer = await openPartitioned({ ...options, ...wanted, open, onClosed });
      consumers.add(consumer);
      if (closed) await consumer.close();
      return consumer;
    },
    close: async () => {
      closed = true;
      await Promise.all([...consumers].map((consumer) => consumer.close()));
    },
  };
}
