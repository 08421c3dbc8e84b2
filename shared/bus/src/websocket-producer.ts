/**
 * Publishing to one topic over one socket.
 *
 * 1. Messages are sent in the order in which they were handed in, with at most `bus.sendWindow` waiting for their answer:
 *    beyond its queue the broker refuses single messages, which would break the order.
 * 2. Each publish ends: with the broker's answer, or as `Unavailable` (`unknownOutcome` once it was sent) when the socket
 *    closes, the answer does not come within `bus.sendMs`, or the bus is closed. A mute socket is given up.
 * 3. The socket is opened by the first message and again after it was lost. When it cannot be opened, all that wait fail,
 *    and whoever publishes decides when to try again.
 */
import type { Clock, Log } from '@leasehold/kernel';
import type { BusBounds } from './bounds.ts';
import { settleWithin } from './deadline.ts';
import { busClosed, busUnavailable } from './faults.ts';
import { formatPosition, parseMessageId } from './message-id.ts';
import { type TopicName, topicPath } from './topic-name.ts';
import { createSends, type Sends } from './websocket-sends.ts';
import type { Socket, SocketMaker } from './websocket-socket.ts';

export interface SocketProducer {
  /** @param frame the message as JSON text without its closing brace; resolves with the message's id. */
  send(frame: string, signal?: AbortSignal): Promise<string>;
  /** Waits for what is in flight, at most `bus.closeMs`. */
  close(): Promise<void>;
}

export interface ProducerOptions {
  readonly topic: TopicName;
  readonly sockets: SocketMaker;
  readonly clock: Clock;
  readonly log: Log;
  readonly bounds: BusBounds;
}

interface ProducerAnswer {
  readonly result: string;
  readonly messageId?: string;
  readonly errorMsg?: string;
  readonly context?: string;
}

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'opening' }
  | { readonly kind: 'open'; readonly socket: Socket }
  | { readonly kind: 'closed' };

const REASON_CHARACTERS = 300;

const lost = (why: string) =>
  busUnavailable(`the broker's answer was lost (${why})`, { unknownOutcome: true, away: true });

function settle(sends: Sends, text: string): void {
  const answer = JSON.parse(text) as ProducerAnswer;
  const send = sends.answered(answer.context);
  if (answer.result === 'ok' && answer.messageId !== undefined) {
    send?.resolve(formatPosition(parseMessageId(Buffer.from(answer.messageId, 'base64'))));
    return;
  }
  const reason = `the broker refused the message: ${answer.errorMsg ?? answer.result}`;
  send?.reject(busUnavailable(reason.slice(0, REASON_CHARACTERS)));
}

/** One timer for all: the oldest send is the first to be overdue. */
function createWatchdog(sends: Sends, clock: Clock, overdue: () => void) {
  const life = new AbortController();
  let running = false;
  const run = async () => {
    running = true;
    try {
      for (let due = sends.oldestDeadlineMs(); due !== undefined; due = sends.oldestDeadlineMs()) {
        const leftMs = due - clock.now();
        if (leftMs > 0) await clock.sleep(leftMs, life.signal);
        else overdue();
      }
    } catch {
      // The producer was closed.
    } finally {
      running = false;
    }
  };
  return {
    wake: () => {
      if (!running && !life.signal.aborted) void run();
    },
    stop: () => life.abort(),
  };
}

function pathOf(topic: TopicName, bounds: BusBounds): string {
  const query = `sendTimeoutMillis=${bounds.sendMs.value}&maxPendingMessages=${bounds.sendWindow.value * 2}`;
  return `/ws/v2/producer/persistent/${topicPath(topic)}?${query}&blockIfQueueFull=false`;
}

export function createSocketProducer({ topic, sockets, clock, log, bounds }: ProducerOptions): SocketProducer {
  const sends = createSends(clock, bounds);
  let state: State = { kind: 'idle' };
  const isClosed = () => state.kind === 'closed';
  const abandon = (why: string) => {
    if (state.kind === 'open') state.socket.abandon(why);
  };
  const watchdog = createWatchdog(sends, clock, () => {
    log.warn('the broker did not answer a message in time: opening another socket', { topic: topic.topic });
    abandon('no answer in time');
    sends.failOverdue();
  });
  const onText = (text: string) => {
    try {
      settle(sends, text);
      pump();
    } catch (error) {
      log.warn('the broker sent an answer that cannot be read', { reason: String(error) });
      abandon('unreadable answer');
    }
  };
  const onClose = (why: string) => {
    if (state.kind === 'open') state = { kind: 'idle' };
    sends.failSent(lost(why));
    pump();
  };
  const open = async () => {
    state = { kind: 'opening' };
    try {
      const socket = await sockets.open(pathOf(topic, bounds), topic, { onText, onClose });
      if (isClosed()) return void socket.close();
      // The socket may have been lost in the very moment in which it opened.
      state = socket.isOpen() ? { kind: 'open', socket } : { kind: 'idle' };
      pump();
    } catch (error) {
      if (!isClosed()) state = { kind: 'idle' };
      sends.failWaiting(error);
    }
  };
  const pump = () => {
    if (state.kind === 'idle' && sends.waiting > 0) void open();
    if (state.kind !== 'open') return;
    const { socket } = state;
    for (let text = sends.take(); text !== undefined; text = sends.take()) socket.send(text);
    watchdog.wake();
  };
  return {
    send: (frame, signal) => {
      if (isClosed()) return Promise.reject(busClosed());
      const id = sends.add(frame, signal);
      pump();
      return id;
    },
    close: async () => {
      await settleWithin(clock, bounds.closeMs, sends.empty());
      const socket = state.kind === 'open' ? state.socket : undefined;
      state = { kind: 'closed' };
      watchdog.stop();
      sends.failWaiting(busClosed());
      await socket?.close();
      sends.failSent(lost('the bus was closed'));
    },
  };
}
