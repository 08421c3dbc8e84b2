/**
 * A consumer of the embedded bus: its window, its waiters, its acks.
 *
 * 1. It holds at most its window (B4), and a message counts until its ack is on disk.
 * 2. `close` waits for the acks under way, then gives back what is unacked (B5).
 */
import { bug, type Bound } from '@leasehold/kernel';
import type { Pending, Subscription, Taker } from './embedded-subscription.ts';
import { consumerClosed } from './faults.ts';
import type { Consumer, ConsumerOptions, IncomingMessage } from './port.ts';

interface Waiter {
  readonly resolve: (message: IncomingMessage) => void;
  readonly reject: (error: unknown) => void;
}

export interface EmbeddedConsumerOptions extends ConsumerOptions {
  readonly shared: Subscription;
  readonly recentAcks: Bound;
  /** Resolves when the ack is on disk. */
  readonly store: (pending: Pending) => Promise<void>;
  readonly onClosed: () => void;
}

export function createEmbeddedConsumer(options: EmbeddedConsumerOptions): Consumer {
  const { topic, subscription, window, shared, store } = options;
  const inHand = new Map<string, Pending>();
  const acks = new Map<string, Promise<void>>();
  const acked = new Set<string>();
  let waiters: Waiter[] = [];
  let open = true;
  let closing: Promise<void> | undefined;

  const taker: Taker = {
    inHand,
    wants: () => open && waiters.length > 0 && inHand.size < window,
    give: (pending) => {
      inHand.set(pending.message.id, pending);
      (waiters.shift() as Waiter).resolve(pending.message);
    },
  };
  shared.join(taker);

  const receive = (signal?: AbortSignal): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (!open) return reject(consumerClosed());
      const onAbort = () => {
        waiters = waiters.filter((other) => other !== waiter);
        reject(signal?.reason);
      };
      const forget = () => signal?.removeEventListener('abort', onAbort);
      const waiter: Waiter = {
        resolve: (message) => {
          forget();
          resolve(message);
        },
        reject: (error) => {
          forget();
          reject(error);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      waiters.push(waiter);
      shared.changed();
    });

  const remember = (id: string) => {
    acked.add(id);
    if (acked.size > options.recentAcks.value) acked.delete(acked.values().next().value as string);
  };

  const ack = (message: IncomingMessage): Promise<void> => {
    const underWay = acks.get(message.id);
    if (underWay) return underWay;
    if (acked.has(message.id)) return Promise.resolve();
    const pending = inHand.get(message.id);
    if (!open) return Promise.reject(consumerClosed());
    if (!pending) return Promise.reject(bug(`message ${message.id} was not received by this consumer`));
    const work = store(pending)
      .then(() => {
        inHand.delete(message.id);
        remember(message.id);
        shared.release(taker, pending);
      })
      .finally(() => acks.delete(message.id));
    acks.set(message.id, work);
    return work;
  };

  const close = async () => {
    open = false;
    const waiting = waiters;
    waiters = [];
    for (const waiter of waiting) waiter.reject(consumerClosed());
    await Promise.allSettled(acks.values());
    shared.leave(taker);
    inHand.clear();
    options.onClosed();
  };

  return {
    topic,
    subscription,
    receive,
    ack,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
