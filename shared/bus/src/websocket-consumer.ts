/**
 * Consuming one topic over one socket: what is in hand, what is asked for, what is acked.
 *
 * 1. Messages in hand, ready or asked for are never more than the window (B4): the socket is in pull mode, and places are
 *    given back by acks. Nothing is nacked.
 * 2. After a reconnect the broker delivers unacked messages again. What the caller still holds, or acked a moment ago, is
 *    not given to it twice.
 * 3. `drain` takes nothing more and waits until every ack is told; the rest is delivered again (B5).
 * Leaves acks to `websocket-acks.ts` and the socket's life to `websocket-session.ts`.
 */
import { bug, createLru, type Log, parseInstant } from '@leasehold/kernel';
import type { BusBounds } from './bounds.ts';
import { consumerClosed } from './faults.ts';
import { formatPosition, type MessagePosition, parseMessageId } from './message-id.ts';
import type { Consumer, ConsumerOptions, IncomingMessage } from './port.ts';
import { createWaiters } from './waiters.ts';
import { type AckLine, createAckLine } from './websocket-acks.ts';
import type { Session } from './websocket-session.ts';

interface ConsumerFrame {
  readonly messageId?: string;
  readonly payload?: string;
  readonly properties?: Readonly<Record<string, string>>;
  readonly publishTime?: string;
  readonly key?: string;
  readonly endOfTopic?: boolean | string;
}

export interface DeliveryOptions extends ConsumerOptions {
  readonly log: Log;
  readonly bounds: BusBounds;
  readonly received: (topic: string, position: MessagePosition) => void;
}

/** What the session calls. */
export interface Delivery {
  readonly consumer: Omit<Consumer, 'close'>;
  connected(): void;
  disconnected(): void;
  /** Asks the broker for a sign of life. */
  probe(): void;
  text(text: string): void;
  drain(): Promise<void>;
  /** Rejects what is left. */
  end(): void;
}

function readMessage(topic: string, id: string, frame: ConsumerFrame): IncomingMessage {
  return {
    topic,
    id,
    payload: new Uint8Array(Buffer.from(frame.payload ?? '', 'base64')),
    properties: frame.properties ?? {},
    publishedAtMs: parseInstant(frame.publishTime ?? '') ?? 0,
    ...(frame.key === undefined ? {} : { key: frame.key }),
  };
}

/** Which messages are where, between the socket and the caller. */
function createDesk(options: DeliveryOptions, session: Session, acks: AckLine) {
  const { topic, bounds } = options;
  const window = Math.min(options.window, bounds.window.value);
  const waiters = createWaiters();
  /** By id: how the broker knows it. */
  const inHand = new Map<string, string>();
  const acked = createLru<string, true>(bounds.recentAcks);
  let ready: { readonly message: IncomingMessage; readonly wireId: string }[] = [];
  let asked = 0;
  let taking = true;
  const ask = () => {
    const room = window - inHand.size - ready.length - asked;
    // Asking for single places costs a frame each, so a few are gathered while others are still on their way.
    const worthwhile = room > 0 && (asked === 0 || room >= window / 4);
    if (!taking || !session.isOpen() || !worthwhile) return;
    asked += room;
    session.send(`{"type":"permit","permitMessages":${room}}`);
  };
  const give = () => {
    while (taking && waiters.size > 0 && ready.length > 0) {
      const next = ready.shift() as (typeof ready)[number];
      inHand.set(next.message.id, next.wireId);
      waiters.give(next.message);
    }
  };
  return {
    inHand,
    acked,
    ask,
    give,
    waiters,
    isTaking: () => taking,
    stopTaking: () => {
      taking = false;
      waiters.fail(consumerClosed());
    },
    lost: () => {
      asked = 0;
      ready = [];
    },
    arrived: (frame: ConsumerFrame, wireId: string) => {
      const position = parseMessageId(Buffer.from(wireId, 'base64'));
      const id = formatPosition(position);
      asked = Math.max(0, asked - 1);
      if (inHand.has(id)) inHand.set(id, wireId);
      else if (acked.get(id)) acks.add({ wireId, resolve: () => undefined, reject: () => undefined });
      else if (taking) {
        options.received(topic, position);
        ready.push({ message: readMessage(topic, id, frame), wireId });
        give();
      }
      ask();
    },
  };
}

export function createDelivery(options: DeliveryOptions, session: Session): Delivery {
  const { topic, subscription, log } = options;
  const acks = createAckLine(session);
  const desk = createDesk(options, session, acks);
  let ended = false;
  const receive = async (signal?: AbortSignal): Promise<IncomingMessage> => {
    signal?.throwIfAborted();
    if (!desk.isTaking()) throw consumerClosed();
    const message = desk.waiters.wait(signal);
    desk.give();
    return message;
  };
  const ack = (message: IncomingMessage): Promise<void> =>
    new Promise((resolve, reject) => {
      const wireId = desk.inHand.get(message.id);
      if (wireId === undefined) {
        if (desk.acked.get(message.id)) return resolve();
        return reject(bug(`message ${message.id} was not received by this consumer`));
      }
      if (ended) return reject(consumerClosed());
      desk.inHand.delete(message.id);
      desk.acked.set(message.id, true);
      acks.add({ wireId, resolve, reject });
      queueMicrotask(desk.ask);
    });
  return {
    consumer: { topic, subscription, receive, ack },
    connected: () => {
      acks.flush();
      desk.ask();
    },
    disconnected: () => {
      acks.lost();
      desk.lost();
    },
    probe: acks.ask,
    text: (text) => {
      const frame = JSON.parse(text) as ConsumerFrame;
      if (frame.messageId !== undefined) return desk.arrived(frame, frame.messageId);
      if (frame.endOfTopic === undefined) return;
      if (String(frame.endOfTopic) === 'true') log.info('the topic has been terminated: it ends here', { topic });
      acks.answered();
    },
    drain: () => {
      desk.stopTaking();
      return acks.drained();
    },
    end: () => {
      ended = true;
      acks.fail(consumerClosed());
    },
  };
}
