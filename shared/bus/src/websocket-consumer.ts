/**
 * Consuming one topic over one socket: what is in hand, what is asked for, what is acked.
 *
 * 1. Messages in hand, ready or asked for are never more than the window (B4): the socket is in pull mode, and places are
 *    given back by acks. Nothing is nacked.
 * 2. An ack resolves when the broker has read it: Pulsar answers no ack, but answers a question sent after it, in order.
 *    An ack that meets a lost socket is repeated on the next one.
 * 3. After a reconnect the broker delivers unacked messages again. What the caller still holds, or acked a moment ago, is
 *    not given to it twice.
 * 4. `close` takes nothing more, tells the broker of every ack, and leaves the rest to be delivered again (B5).
 * Leaves the socket's life (opening, silence, reconnecting) to `websocket-session.ts`.
 */
import { type Log, bug } from '@leasehold/kernel';
import type { BusBounds } from './bounds.ts';
import { consumerClosed } from './faults.ts';
import { createLru } from './lru.ts';
import { formatPosition, type MessagePosition, parseMessageId } from './message-id.ts';
import type { Consumer, ConsumerOptions, IncomingMessage } from './port.ts';
import type { Session } from './websocket-session.ts';

interface Waiter {
  readonly resolve: (message: IncomingMessage) => void;
  readonly reject: (error: unknown) => void;
}

interface PendingAck {
  readonly wireId: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

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
  /** Stops taking, resolves when every ack has been told. */
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
    publishedAtMs: Date.parse(frame.publishTime ?? '') || 0,
    ...(frame.key === undefined ? {} : { key: frame.key }),
  };
}

/** Acks and the questions that show them read, on the socket of the moment. */
function createAckLine(session: Session) {
  /** Sent or to be sent, oldest first. */
  let line: PendingAck[] = [];
  /** How many of the line were sent before each question under way. */
  let questions: number[] = [];
  let sent = 0;
  const flush = () => {
    if (!session.isOpen()) return;
    for (; sent < line.length; sent += 1) {
      session.send(`{"type":"ack","messageId":"${(line[sent] as PendingAck).wireId}"}`);
    }
    // One question at a time: those that come meanwhile share the next.
    if (line.length > 0 && questions.length === 0) ask();
  };
  const ask = () => {
    questions.push(sent);
    session.send('{"type":"isEndOfTopic"}');
  };
  return {
    add: (ack: PendingAck) => {
      line.push(ack);
      // The acks of one turn of the event loop share a question.
      if (line.length - sent === 1) queueMicrotask(flush);
    },
    ask,
    answered: () => {
      const count = questions.shift() ?? 0;
      const told = line.slice(0, count);
      line = line.slice(count);
      sent -= count;
      questions = questions.map((other) => other - count);
      for (const ack of told) ack.resolve();
      flush();
    },
    lost: () => {
      sent = 0;
      questions = [];
    },
    flush,
    fail: (error: unknown) => {
      const failing = line;
      line = [];
      sent = 0;
      for (const ack of failing) ack.reject(error);
    },
    get size() {
      return line.length;
    },
  };
}

export function createDelivery(options: DeliveryOptions, session: Session): Delivery {
  const { topic, subscription, log, bounds } = options;
  const window = Math.min(options.window, bounds.window.value);
  const acks = createAckLine(session);
  /** By id: how the broker knows it. */
  const inHand = new Map<string, string>();
  const acked = createLru<string, true>(bounds.recentAcks);
  let ready: { readonly message: IncomingMessage; readonly wireId: string }[] = [];
  let waiters: Waiter[] = [];
  let asked = 0;
  let taking = true;
  let ended = false;
  let toldAll: (() => void) | undefined;

  const ask = () => {
    const room = window - inHand.size - ready.length - asked;
    // Asking for single places costs a frame each, so a few are gathered while others are still on their way.
    const worthwhile = room > 0 && (asked === 0 || room >= window / 4);
    if (!taking || !session.isOpen() || !worthwhile) return;
    asked += room;
    session.send(`{"type":"permit","permitMessages":${room}}`);
  };
  const give = () => {
    while (taking && waiters.length > 0 && ready.length > 0) {
      const next = ready.shift() as (typeof ready)[number];
      inHand.set(next.message.id, next.wireId);
      (waiters.shift() as Waiter).resolve(next.message);
    }
  };
  const deliver = (frame: ConsumerFrame, wireId: string) => {
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
  };

  const receive = (signal?: AbortSignal): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (!taking) return reject(consumerClosed());
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
    });

  const ack = (message: IncomingMessage): Promise<void> =>
    new Promise((resolve, reject) => {
      const wireId = inHand.get(message.id);
      if (wireId === undefined) {
        if (acked.get(message.id)) return resolve();
        return reject(bug(`message ${message.id} was not received by this consumer`));
      }
      if (ended) return reject(consumerClosed());
      inHand.delete(message.id);
      acked.set(message.id, true);
      acks.add({
        wireId,
        resolve: () => {
          resolve();
          if (acks.size === 0) toldAll?.();
        },
        reject,
      });
      queueMicrotask(ask);
    });

  return {
    consumer: { topic, subscription, receive, ack },
    connected: () => {
      acks.flush();
      ask();
    },
    disconnected: () => {
      acks.lost();
      asked = 0;
      ready = [];
    },
    probe: acks.ask,
    text: (text) => {
      const frame = JSON.parse(text) as ConsumerFrame;
      if (frame.messageId !== undefined) return deliver(frame, frame.messageId);
      if (frame.endOfTopic === undefined) return;
      if (String(frame.endOfTopic) === 'true') log.info('the topic has been terminated: it ends here', { topic });
      acks.answered();
      if (acks.size === 0) toldAll?.();
    },
    drain: () => {
      taking = false;
      const waiting = waiters;
      waiters = [];
      for (const waiter of waiting) waiter.reject(consumerClosed());
      if (acks.size === 0) return Promise.resolve();
      return new Promise((resolve) => {
        toldAll = resolve;
      });
    },
    end: () => {
      ended = true;
      acks.fail(consumerClosed());
    },
  };
}
