/**
 * The life of a consumer's socket: opened, watched for silence, opened again, closed.
 *
 * 1. A socket that closes, or stays silent for `bus.silenceMs` after a question, is replaced, with backoff and jitter, until
 *    the consumer is closed. Only the very first opening may fail.
 * 2. Nothing of it runs on after `close`.
 */
import { backoffMs, type Clock, type Log, type Rng } from '@leasehold/kernel';
import type { BusBounds } from './bounds.ts';
import { busUnavailable } from './faults.ts';
import type { Consumer } from './port.ts';
import { checkSubscription, type TopicName, topicPath } from './topic-name.ts';
import { createDelivery, type Delivery, type DeliveryOptions } from './websocket-consumer.ts';
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
  readonly onClosed: () => void;
}

function consumerPath({ name, subscription, window, bounds }: SessionOptions): string {
  const queue = Math.max(1, Math.min(window, bounds.prefetch.value));
  return (
    `/ws/v2/consumer/persistent/${topicPath(name)}/${encodeURIComponent(checkSubscription(subscription))}` +
    `?subscriptionType=Key_Shared&subscriptionInitialPosition=Earliest&pullMode=true&receiverQueueSize=${queue}`
  );
}

/** Resolves when the socket has been silent for too long, or its end was signalled. */
async function watchSilence(
  options: SessionOptions,
  heardAtMs: () => number,
  ask: () => void,
  signal: AbortSignal,
): Promise<'silent' | 'over'> {
  const { clock, bounds } = options;
  const limitMs = bounds.silenceMs.value;
  let askedAtMs: number | undefined;
  try {
    for (;;) {
      const quietMs = clock.now() - heardAtMs();
      if (askedAtMs !== undefined && heardAtMs() < askedAtMs && clock.now() - askedAtMs >= limitMs) return 'silent';
      if (quietMs >= limitMs && (askedAtMs === undefined || heardAtMs() >= askedAtMs)) {
        askedAtMs = clock.now();
        ask();
      }
      const nextMs = quietMs < limitMs ? limitMs - quietMs : limitMs - (clock.now() - (askedAtMs ?? clock.now()));
      await clock.sleep(Math.max(1, nextMs), signal);
    }
  } catch {
    return 'over';
  }
}

export async function openConsumer(options: SessionOptions): Promise<Consumer> {
  const { name, sockets, clock, rng, log, bounds } = options;
  const path = consumerPath(options);
  const life = new AbortController();
  let socket: Socket | undefined;
  let heardAtMs = clock.now();
  let lost: (why: string) => void = () => undefined;
  const session: Session = { isOpen: () => socket !== undefined, send: (text) => socket?.send(text) };
  const delivery: Delivery = createDelivery(options, session);

  /** Opens a socket; `end` resolves with why it ended. */
  const openOne = async (): Promise<{ readonly end: Promise<string> }> => {
    let ended: AbortController | undefined = new AbortController();
    const end = new Promise<string>((resolve) => {
      lost = resolve;
    });
    const onText = (text: string) => {
      heardAtMs = clock.now();
      try {
        delivery.text(text);
      } catch (error) {
        log.warn('the broker sent a frame that cannot be read', { reason: String(error) });
        opened.abandon('unreadable frame');
      }
    };
    const onClose = (why: string) => {
      ended?.abort();
      ended = undefined;
      socket = undefined;
      delivery.disconnected();
      lost(why);
    };
    const opened = await sockets.open(path, name, { onText, onClose });
    if (ended === undefined) return { end };
    if (life.signal.aborted) {
      await opened.close();
      return { end };
    }
    socket = opened;
    heardAtMs = clock.now();
    void watchSilence(options, () => heardAtMs, delivery.probe, ended.signal).then((outcome) => {
      if (outcome === 'silent') opened.abandon('silent');
    });
    delivery.connected();
    return { end };
  };

  const stayOpen = async (first: { readonly end: Promise<string> }) => {
    let opened: { readonly end: Promise<string> } | undefined = first;
    let attempts = 0;
    while (!life.signal.aborted) {
      if (opened) {
        const openedAtMs = clock.now();
        const why = await opened.end;
        if (life.signal.aborted) return;
        log.warn('the consumer lost its socket: reconnecting', { topic: options.topic, reason: why });
        if (clock.now() - openedAtMs >= bounds.reconnectCapMs.value) attempts = 0;
      }
      attempts += 1;
      const pause = { baseMs: bounds.reconnectBaseMs.value, capMs: bounds.reconnectCapMs.value };
      await clock.sleep(backoffMs(attempts, pause, rng), life.signal);
      opened = await openOne().catch((error: unknown) => {
        log.warn('the consumer could not reconnect', { topic: options.topic, attempts, reason: String(error) });
        return undefined;
      });
    }
  };

  const running = stayOpen(await openOne()).catch(() => undefined);
  let closing: Promise<void> | undefined;
  const close = async () => {
    const limit = new AbortController();
    const late = clock.sleep(bounds.closeMs.value, limit.signal).catch(() => undefined);
    await Promise.race([delivery.drain(), late]);
    limit.abort();
    life.abort(busUnavailable('the consumer is closed'));
    delivery.end();
    await socket?.close();
    lost('closed');
    await running;
    options.onClosed();
  };
  return {
    ...delivery.consumer,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
