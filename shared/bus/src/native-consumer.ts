/**
 * A consumer of the native client behind the port: window, redelivery, acks.
 *
 * 1. Messages in hand or ready are never more than the window (B4): the client is asked for one at a time, and only when
 *    there is room.
 * 2. The client reconnects by itself and then delivers unacked messages again; what the caller holds or acked a moment ago is
 *    not given to it twice.
 */
import { bug, type Log } from '@leasehold/kernel';
import type { BusBounds } from './bounds.ts';
import { busUnavailable, consumerClosed } from './faults.ts';
import { createLru } from './lru.ts';
import { formatPosition, type MessagePosition, parseMessageId } from './message-id.ts';
import type { NativeConsumer, NativeMessage } from './native-client.ts';
import type { Consumer, ConsumerOptions, IncomingMessage } from './port.ts';

export interface NativeConsumerOptions extends ConsumerOptions {
  readonly native: NativeConsumer;
  readonly log: Log;
  readonly bounds: BusBounds;
  readonly received: (topic: string, position: MessagePosition) => void;
  readonly onClosed: () => void;
}

interface Waiter {
  readonly resolve: (message: IncomingMessage) => void;
  readonly reject: (error: unknown) => void;
}

function readMessage(topic: string, id: string, from: NativeMessage): IncomingMessage {
  const key = from.getPartitionKey();
  return {
    topic,
    id,
    payload: new Uint8Array(from.getData()),
    properties: { ...from.getProperties() },
    publishedAtMs: from.getPublishTimestamp(),
    // The client says '' both for an empty key and for none.
    ...(key === '' ? {} : { key }),
  };
}

export function createNativeConsumer(options: NativeConsumerOptions): Consumer {
  const { topic, subscription, native, log, bounds } = options;
  const window = Math.min(options.window, bounds.window.value);
  const inHand = new Map<string, NativeMessage>();
  const acked = createLru<string, true>(bounds.recentAcks);
  const acks = new Set<Promise<unknown>>();
  let ready: IncomingMessage[] = [];
  let waiters: Waiter[] = [];
  let asking = false;
  let open = true;
  let closing: Promise<void> | undefined;

  const give = () => {
    while (waiters.length > 0 && ready.length > 0) {
      (waiters.shift() as Waiter).resolve(ready.shift() as IncomingMessage);
    }
  };
  const take = (from: NativeMessage) => {
    const position = parseMessageId(from.getMessageId().serialize());
    const id = formatPosition(position);
    const known = inHand.has(id);
    if (acked.get(id)) return void native.acknowledge(from).catch(() => undefined);
    inHand.set(id, from);
    if (known) return;
    options.received(topic, position);
    ready.push(readMessage(topic, id, from));
  };
  /** One question at a time; `inHand` holds what is ready too. */
  const ask = async () => {
    if (asking) return;
    asking = true;
    try {
      while (open && waiters.length > 0 && inHand.size < window) {
        take(await native.receive());
        give();
      }
    } catch (error) {
      if (open) log.warn('the native client could not receive', { topic, reason: String(error) });
      const failing = waiters;
      waiters = [];
      for (const waiter of failing) {
        waiter.reject(
          open ? busUnavailable('the Pulsar client failed to receive', { cause: error }) : consumerClosed(),
        );
      }
    } finally {
      asking = false;
    }
  };
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
      give();
      void ask();
    });
  const ack = async (message: IncomingMessage): Promise<void> => {
    if (acked.get(message.id)) return;
    const from = inHand.get(message.id);
    if (!from) throw bug(`message ${message.id} was not received by this consumer`);
    if (!open) throw consumerClosed();
    const work = native.acknowledge(from);
    acks.add(work);
    try {
      await work;
    } catch (cause) {
      throw busUnavailable('the Pulsar client could not ack', { cause, unknownOutcome: true });
    } finally {
      acks.delete(work);
    }
    inHand.delete(message.id);
    acked.set(message.id, true);
    void ask();
  };
  const close = async () => {
    open = false;
    const waiting = waiters;
    waiters = [];
    for (const waiter of waiting) waiter.reject(consumerClosed());
    await Promise.allSettled(acks);
    await native
      .close()
      .catch((error: unknown) => log.warn('the native consumer did not close', { reason: String(error) }));
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
