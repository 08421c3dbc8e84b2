/**
 * A bus for this package's own tests: messages are handed in, acks are seen, subscribing and consumers fail on demand. Not part
 * of the package's interface.
 */
import type { Bus, Consumer, ConsumerOptions, IncomingMessage, LostConsumer } from '@leasehold/bus';
import { type Fault, unavailable } from '@leasehold/kernel';

export interface ScriptedBus {
  readonly bus: Bus;
  /** Puts a message on a topic for whoever receives. */
  send(topic: string, id: string): void;
  /** Ids in the order in which they were acked. */
  readonly acked: string[];
  readonly subscriptions: ConsumerOptions[];
  readonly closed: string[];
  /** While set, `subscribe` and `ack` fail with it. */
  fault: Fault | undefined;
  /** While set, open consumers tell it as what they lost. */
  lost: LostConsumer | undefined;
  /** Has the open consumer of a topic close by itself. */
  drop(topic: string): void;
}

export const busAway = (): Fault => unavailable('the bus is away', { code: 'BusUnavailable', away: true });

const messageOf = (topic: string, id: string): IncomingMessage => ({
  topic,
  id,
  payload: new Uint8Array(),
  properties: {},
  publishedAtMs: 0,
});

export function scriptedBus(): ScriptedBus {
  const queues = new Map<string, IncomingMessage[]>();
  const receivers = new Map<string, PromiseWithResolvers<IncomingMessage>>();
  const queueOf = (topic: string): IncomingMessage[] => {
    const queue = queues.get(topic) ?? [];
    queues.set(topic, queue);
    return queue;
  };
  const failIfAway = (): void => {
    if (scripted.fault !== undefined) throw scripted.fault;
  };
  const subscribe = async (options: ConsumerOptions): Promise<Consumer> => {
    failIfAway();
    scripted.subscriptions.push(options);
    const { topic, subscription } = options;
    return {
      topic,
      subscription,
      receive: (signal) => {
        signal?.throwIfAborted();
        const waiting = queueOf(topic).shift();
        if (waiting !== undefined) return Promise.resolve(waiting);
        const receiver = Promise.withResolvers<IncomingMessage>();
        receivers.set(topic, receiver);
        signal?.addEventListener('abort', () => receiver.reject(signal.reason), { once: true });
        return receiver.promise;
      },
      ack: async (message) => {
        failIfAway();
        scripted.acked.push(message.id);
      },
      lost: () => scripted.lost,
      close: async () => {
        scripted.closed.push(topic);
      },
    };
  };
  const scripted: ScriptedBus = {
    bus: { kind: 'simulated', limits: '', subscribe } as unknown as Bus,
    acked: [],
    subscriptions: [],
    closed: [],
    fault: undefined,
    lost: undefined,
    send: (topic, id) => {
      const receiver = receivers.get(topic);
      receivers.delete(topic);
      if (receiver) receiver.resolve(messageOf(topic, id));
      else queueOf(topic).push(messageOf(topic, id));
    },
    drop: (topic) => {
      receivers.get(topic)?.reject(busAway());
      receivers.delete(topic);
    },
  };
  return scripted;
}
