/**
 * Consumers and publishers that are too quick.
 */
import type { Bus } from '@leasehold/bus';
import { topicName } from '@leasehold/contracts';
import type { Store } from '@leasehold/store';
import { createSimBus, type Process } from '@leasehold/testing/world';
import { outgoingOf } from '../service.ts';
import { PULSAR_TENANT } from '../tiers.ts';

export const ackBeforeCommit = (bus: Bus): Bus => ({
  ...bus,
  subscribe: async (options) => {
    const consumer = await bus.subscribe(options);
    return {
      ...consumer,
      receive: async (signal) => {
        const message = await consumer.receive(signal);
        await consumer.ack(message).catch(() => undefined);
        return message;
      },
      ack: () => Promise.resolve(),
    };
  },
});

export const publishNotAwaited = (bus: Bus): Bus => ({
  ...bus,
  publish: (message) => {
    void bus.publish(message).catch(() => undefined);
    return Promise.resolve('unconfirmed');
  },
});

export const deadLetterLost = (bus: Bus): Bus => ({
  ...bus,
  publish: (message, signal) =>
    message.topic.endsWith('-DLQ') ? Promise.resolve('dropped') : bus.publish(message, signal),
});

export function publishBeforeCommit(store: Store, process: Process): Store {
  const bus = createSimBus(process);
  return {
    ...store,
    commit: async (request, signal) => {
      for (const { key, value } of request.put) {
        const outgoing = key.startsWith('outbox/') ? outgoingOf(value) : undefined;
        if (outgoing?.kind !== 'event') continue;
        const event_id = String(outgoing.body['event_id']);
        const payload = new TextEncoder().encode(JSON.stringify(outgoing.body));
        await bus
          .publish(
            { topic: topicName(PULSAR_TENANT, 'system', outgoing.topic), payload, properties: { event_id } },
            signal,
          )
          .catch(() => undefined);
      }
      return store.commit(request, signal);
    },
  };
}
