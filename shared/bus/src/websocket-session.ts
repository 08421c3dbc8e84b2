/**
 * The life of a consumer's socket: opened, watched for silence, opened again, closed.
 *
 * 1. A socket that closes, or stays silent for `bus.silenceMs` after a question, is replaced, with backoff and jitter, until
 *    the consumer is closed. Only the very first opening may fail.
 * 2. Nothing of it runs on after `close`.
 */
import { asFault, backoffMs, type Clock, type Log, type Rng } from '@leasehold/kernel';
import type { BusBounds } from './bounds.ts';
import { settleWithin } from './deadline.ts';
import { consumerClosed } from './faults.ts';
import type { Consumer, LostConsumer } from './port.ts';
import { checkSubscription, type TopicName, topicPath } from './topic-name.ts';
import { createDelivery, type Delivery, type DeliveryOptions } from './websocket-consumer.ts';
import { watchSilence } from './websocket-silence.ts';
import type { Socket, SocketMaker } from './websocket-socket.ts';

/** What a delivery sees of the socket. */
export interface Session {
  isOpen(): boolean;
  send(text: string): void;
}

export interface SessionOptions extends DeliveryOptions {
  readonly name: TopicName;
  readonly sockets: SocketMaker;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  readonly bounds: BusBounds;
  /** The socket went, by itself. */
  readonly onLost: () => void;
  readonly onClosed: () => void;
}

/** The socket of the moment; `end` resolves with why it ended. */
interface Line extends Session {
  open(delivery: Delivery): Promise<{ readonly end: Promise<string> }>;
  close(): Promise<void>;
}

function consumerPath({ name, subscription, window, bounds }: SessionOptions): string {
  const queue = Math.max(1, Math.min(window, bounds.prefetch.value));
  return (
    `/ws/v2/consumer/persistent/${topicPath(name)}/${encodeURIComponent(checkSubscription(subscription))}` +
    '?subscriptionType=Key_Shared&subscriptionInitialPosition=Earliest' +
    `&pullMode=true&receiverQueueSize=${queue}`
  );
}

function createLine(options: SessionOptions): Line {
  const { name, sockets, clock, log, bounds } = options;
  let socket: Socket | undefined;
  let closed = false;
  const open: Line['open'] = async (delivery) => {
    const ended = new AbortController();
    let heardAtMs = clock.now();
    let resolveEnd: (why: string) => void = () => undefined;
    const end = new Promise<string>((resolve) => {
      resolveEnd = resolve;
    });
    const onText = (text: string) => {
      heardAtMs = clock.now();
      try {
        delivery.text(text);
      } catch (error) {
        log.warn('the broker sent a frame that cannot be read', { reason: String(error) });
        socket?.abandon('unreadable frame');
      }
    };
    const onClose = (why: string) => {
      ended.abort();
      socket = undefined;
      delivery.disconnected();
      resolveEnd(why);
    };
    const opened = await sockets.open(consumerPath(options), name, { onText, onClose });
    if (closed) await opened.close();
    if (!opened.isOpen()) return { end };
    socket = opened;
    heardAtMs = clock.now();
    const silence = { clock, limit: bounds.silenceMs, heardAtMs: () => heardAtMs, ask: delivery.probe };
    void watchSilence(silence, ended.signal).then((outcome) => {
      if (outcome === 'silent') opened.abandon('silent');
    });
    delivery.connected();
    return { end };
  };
  return {
    isOpen: () => socket !== undefined,
    send: (text) => socket?.send(text),
    open,
    close: async () => {
      closed = true;
      await socket?.close();
    },
  };
}

/** Replaces the socket whenever it ends, until `life` does; `told` hears what is lost, and nothing when it is back. */
async function stayOpen(
  options: SessionOptions,
  reopen: () => Promise<{ readonly end: Promise<string> }>,
  first: { readonly end: Promise<string> },
  told: (lost: LostConsumer | undefined) => void,
  life: AbortSignal,
): Promise<void> {
  const { topic, clock, rng, log, bounds } = options;
  const pause = { baseMs: bounds.reconnectBaseMs.value, capMs: bounds.reconnectCapMs.value };
  let opened: { readonly end: Promise<string> } | undefined = first;
  let attempts = 0;
  let sinceMs = clock.now();
  while (!life.aborted) {
    if (opened) {
      const openedAtMs = clock.now();
      const reason = await opened.end;
      if (life.aborted) return;
      sinceMs = clock.now();
      told({ sinceMs, code: 'BusUnavailable', message: `the socket was lost (${reason})` });
      log.warn('the consumer lost its socket: reconnecting', { topic, reason });
      options.onLost();
      if (clock.now() - openedAtMs >= pause.capMs) attempts = 0;
    }
    attempts += 1;
    await clock.sleep(backoffMs(attempts, pause, rng), life);
    try {
      opened = await reopen();
      told(undefined);
    } catch (error) {
      const { code, message } = asFault(error);
      told({ sinceMs, code, message });
      log.warn('the consumer could not reconnect', { topic, attempts, reason: message });
      opened = undefined;
    }
  }
}

/** @throws `Unavailable` when the first socket cannot be opened, `Invalid` for a name. */
export async function openConsumer(options: SessionOptions): Promise<Consumer> {
  const { clock, bounds } = options;
  const life = new AbortController();
  const line = createLine(options);
  const delivery = createDelivery(options, line);
  const reopen = () => line.open(delivery);
  let lost: LostConsumer | undefined;
  const told = (now: LostConsumer | undefined): void => {
    lost = now;
  };
  const running = stayOpen(options, reopen, await reopen(), told, life.signal).catch(() => undefined);
  const close = async () => {
    await settleWithin(clock, bounds.closeMs, delivery.drain());
    life.abort(consumerClosed());
    delivery.end();
    await line.close();
    await running;
    options.onClosed();
  };
  let closing: Promise<void> | undefined;
  return {
    ...delivery.consumer,
    lost: () => lost,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
