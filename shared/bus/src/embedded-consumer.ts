/**
 * A consumer of the embedded bus: its window, its waiters, its acks.
 *
 * 1. It holds at most its window (B4), and a message counts until its ack is on disk.
 * 2. `close` waits for the acks under way, then gives back what is unacked (B5).
 */
import { type Bound, bug } from '@leasehold/kernel';
import type { Pending, Subscription, Taker } from './embedded-subscription.ts';
import { consumerClosed } from './faults.ts';
import type { Consumer, ConsumerOptions, IncomingMessage } from './port.ts';
import { createWaiters } from './waiters.ts';

export interface EmbeddedConsumerOptions extends ConsumerOptions {
  readonly shared: Subscription;
  readonly recentAcks: Bound;
  /** Resolves when the ack is on disk. */
  readonly store: (pending: Pending) => Promise<void>;
  readonly onClosed: () => void;
}

/** Ids of the acks that are on disk, the latest of them. */
function createMemory(bound: Bound) {
  const ids = new Set<string>();
  return {
    has: (id: string) => ids.has(id),
    add: (id: string) => {
      ids.add(id);
      if (ids.size > bound.value) ids.delete(ids.values().next().value as string);
    },
  };
}

export function createEmbeddedConsumer(options: EmbeddedConsumerOptions): Consumer {
  const { topic, subscription, window, shared } = options;
  const inHand = new Map<string, Pending>();
  const acks = new Map<string, Promise<void>>();
  const acked = createMemory(options.recentAcks);
  const waiters = createWaiters();
  let open = true;
  const taker: Taker = {
    inHand,
    wants: () => open && waiters.size > 0 && inHand.size < window,
    give: (pending) => {
      inHand.set(pending.message.id, pending);
      waiters.give(pending.message);
    },
  };
  shared.join(taker);
  const receive = async (signal?: AbortSignal): Promise<IncomingMessage> => {
    signal?.throwIfAborted();
    if (!open) throw consumerClosed();
    const message = waiters.wait(signal);
    shared.changed();
    return message;
  };
  const store = async (pending: Pending): Promise<void> => {
    const { id } = pending.message;
    try {
      await options.store(pending);
      inHand.delete(id);
      acked.add(id);
      shared.release(taker, pending);
    } finally {
      acks.delete(id);
    }
  };
  const ack = async ({ id }: IncomingMessage): Promise<void> => {
    if (acked.has(id)) return;
    const pending = inHand.get(id);
    if (!open) throw consumerClosed();
    if (!pending) throw bug(`message ${id} was not received by this consumer`);
    const work = acks.get(id) ?? store(pending);
    acks.set(id, work);
    await work;
  };
  const close = async () => {
    open = false;
    waiters.fail(consumerClosed());
    await Promise.allSettled(acks.values());
    shared.leave(taker);
    inHand.clear();
    options.onClosed();
  };
  let closing: Promise<void> | undefined;
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
