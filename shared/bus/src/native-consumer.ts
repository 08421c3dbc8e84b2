/**
 * A consumer of the native client behind the port: window, redelivery, acks.
 *
 * 1. Messages in hand or ready are never more than the window (B4): the client is asked for one at a time, and only when
 *    there is room.
 * 2. The client reconnects by itself and then delivers unacked messages again; what the caller holds or acked a moment ago is
 *    not given to it twice.
 */
import { bug, createLru, type Log } from '@leasehold/kernel';
import type { BusBounds } from './bounds.ts';
import { busUnavailable, consumerClosed } from './faults.ts';
import { formatPosition, type MessagePosition, parseMessageId } from './message-id.ts';
import type { NativeConsumer, NativeMessage } from './native-client.ts';
import type { Consumer, ConsumerOptions, IncomingMessage } from './port.ts';
import { createWaiters } from './waiters.ts';

export interface NativeConsumerOptions extends ConsumerOptions {
  readonly native: NativeConsumer;
  readonly log: Log;
  readonly bounds: BusBounds;
  readonly received: (topic: string, position: MessagePosition) => void;
  readonly onClosed: () => void;
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

/** Which messages are where, between the client and the caller. */
function createDesk(options: NativeConsumerOptions) {
  const { topic, native, log, bounds } = options;
  const window = Math.min(options.window, bounds.window.value);
  const waiters = createWaiters();
  /** What is ready counts as in hand. */
  const inHand = new Map<string, NativeMessage>();
  const acked = createLru<string, true>(bounds.recentAcks);
  const ready: IncomingMessage[] = [];
  let asking = false;
  let open = true;
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
  const give = () => {
    while (waiters.size > 0 && ready.length > 0) waiters.give(ready.shift() as IncomingMessage);
  };
  const ask = async () => {
    give();
    if (asking) return;
    asking = true;
    try {
      while (open && waiters.size > 0 && inHand.size < window) {
        take(await native.receive());
        give();
      }
    } catch (cause) {
      if (open) log.warn('the native client could not receive', { topic, reason: String(cause) });
      waiters.fail(open ? busUnavailable('the Pulsar client failed to receive', { cause }) : consumerClosed());
    } finally {
      asking = false;
    }
  };
  return {
    waiters,
    inHand,
    acked,
    ask,
    isOpen: () => open,
    shut: () => {
      open = false;
      waiters.fail(consumerClosed());
    },
  };
}

export function createNativeConsumer(options: NativeConsumerOptions): Consumer {
  const { topic, subscription, native, log } = options;
  const desk = createDesk(options);
  const acks = new Set<Promise<unknown>>();
  const receive = async (signal?: AbortSignal): Promise<IncomingMessage> => {
    signal?.throwIfAborted();
    if (!desk.isOpen()) throw consumerClosed();
    const message = desk.waiters.wait(signal);
    void desk.ask();
    return message;
  };
  const ack = async (message: IncomingMessage): Promise<void> => {
    if (desk.acked.get(message.id)) return;
    const from = desk.inHand.get(message.id);
    if (!from) throw bug(`message ${message.id} was not received by this consumer`);
    if (!desk.isOpen()) throw consumerClosed();
    const work = native.acknowledge(from);
    acks.add(work);
    try {
      await work;
    } catch (cause) {
      throw busUnavailable('the Pulsar client could not ack', { cause, unknownOutcome: true });
    } finally {
      acks.delete(work);
    }
    desk.inHand.delete(message.id);
    desk.acked.set(message.id, true);
    void desk.ask();
  };
  const close = async () => {
    desk.shut();
    await Promise.allSettled(acks);
    await native
      .close()
      .catch((error: unknown) => log.warn('the native consumer did not close', { reason: String(error) }));
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
