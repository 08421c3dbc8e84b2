/**
 * Publishing to one topic over one socket.
 *
 * 1. Messages are sent in the order in which they were handed in, with at most `bus.sendWindow` waiting for their answer:
 *    beyond its queue the broker refuses single messages, which would break the order.
 * 2. Each publish ends: with the broker's answer, or as `Unavailable` (`unknownOutcome` once it was sent) when the socket
 *    closes, the answer does not come within `bus.sendMs`, or the bus is closed. A mute socket is given up.
 * 3. The socket is opened by the first message and again after it was lost. Only the oldest message's patience opens it:
 *    a failure fails all that wait, and whoever publishes decides when to try again.
 */
import type { Clock, Log } from '@leasehold/kernel';
import type { BusBounds } from './bounds.ts';
import { busClosed, busUnavailable } from './faults.ts';
import { formatPosition, parseMessageId } from './message-id.ts';
import type { Socket, SocketMaker } from './websocket-socket.ts';
import { type TopicName, topicPath } from './topic-name.ts';

export interface SocketProducer {
  /** @param frame the message as JSON text without its closing brace; resolves with the message's id. */
  send(frame: string, signal?: AbortSignal): Promise<string>;
  /** Waits for what is in flight, at most `bus.closeMs`. */
  close(): Promise<void>;
  readonly idle: boolean;
}

interface Send {
  readonly frame: string;
  readonly deadlineMs: number;
  readonly resolve: (id: string) => void;
  readonly reject: (error: unknown) => void;
}

interface ProducerAnswer {
  readonly result: string;
  readonly messageId?: string;
  readonly errorMsg?: string;
  readonly context?: string;
}

export interface ProducerOptions {
  readonly topic: TopicName;
  readonly sockets: SocketMaker;
  readonly clock: Clock;
  readonly log: Log;
  readonly bounds: BusBounds;
}

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'opening' }
  | { readonly kind: 'open'; readonly socket: Socket }
  | { readonly kind: 'closed' };

const lost = (why: string) =>
  busUnavailable(`the broker's answer was lost (${why})`, { unknownOutcome: true, away: true });

export function createSocketProducer({ topic, sockets, clock, log, bounds }: ProducerOptions): SocketProducer {
  let state: State = { kind: 'idle' };
  let waiting: Send[] = [];
  const sent = new Map<string, Send>();
  let serial = 0;
  const watchdog = new AbortController();
  let watching = false;
  let drained: (() => void) | undefined;
  const path =
    `/ws/v2/producer/persistent/${topicPath(topic)}` +
    `?sendTimeoutMillis=${bounds.sendMs.value}&maxPendingMessages=${bounds.sendWindow.value * 2}&blockIfQueueFull=false`;

  const settled = () => {
    if (sent.size === 0 && waiting.length === 0) drained?.();
  };
  const failSent = (why: string) => {
    const failing = [...sent.values()];
    sent.clear();
    for (const send of failing) send.reject(lost(why));
    settled();
  };
  const failWaiting = (error: unknown) => {
    const failing = waiting;
    waiting = [];
    for (const send of failing) send.reject(error);
    settled();
  };

  /** One timer for all: the oldest send is the first to be overdue. */
  const watch = async () => {
    watching = true;
    try {
      for (let oldest = oldestDeadline(); oldest !== undefined; oldest = oldestDeadline()) {
        const leftMs = oldest - clock.now();
        if (leftMs > 0) await clock.sleep(leftMs, watchdog.signal);
        else giveUp();
      }
    } catch {
      // The producer was closed.
    } finally {
      watching = false;
    }
  };
  const oldestDeadline = (): number | undefined =>
    (sent.values().next().value as Send | undefined)?.deadlineMs ?? waiting[0]?.deadlineMs;
  const giveUp = () => {
    log.warn('the broker did not answer a message in time: opening another socket');
    if (state.kind === 'open') state.socket.abandon('no answer in time');
    failSent('no answer in time');
    const overdue = waiting.filter(({ deadlineMs }) => deadlineMs <= clock.now());
    waiting = waiting.filter(({ deadlineMs }) => deadlineMs > clock.now());
    for (const send of overdue) send.reject(busUnavailable('the message could not be sent in time', { away: true }));
    settled();
  };

  const answered = (text: string) => {
    const answer = JSON.parse(text) as ProducerAnswer;
    const send = answer.context === undefined ? undefined : sent.get(answer.context);
    if (answer.context !== undefined) sent.delete(answer.context);
    if (answer.result === 'ok' && answer.messageId !== undefined) {
      send?.resolve(formatPosition(parseMessageId(Buffer.from(answer.messageId, 'base64'))));
    } else {
      send?.reject(busUnavailable(`the broker refused the message: ${answer.errorMsg ?? answer.result}`.slice(0, 300)));
    }
    settled();
    pump();
  };
  const onText = (text: string) => {
    try {
      answered(text);
    } catch (error) {
      log.warn('the broker sent an answer that cannot be read', { reason: String(error) });
      if (state.kind === 'open') state.socket.abandon('unreadable answer');
    }
  };
  const onClose = (why: string) => {
    if (state.kind === 'open') state = { kind: 'idle' };
    failSent(why);
    if (waiting.length > 0) pump();
  };

  const open = async () => {
    state = { kind: 'opening' };
    try {
      const socket = await sockets.open(path, topic, { onText, onClose });
      // `close` may have been called meanwhile.
      if ((state as State).kind === 'closed') return void socket.close();
      state = { kind: 'open', socket };
      pump();
    } catch (error) {
      if ((state as State).kind !== 'closed') state = { kind: 'idle' };
      failWaiting(error);
    }
  };
  const pump = () => {
    if (state.kind === 'idle' && waiting.length > 0) void open();
    if (state.kind !== 'open') return;
    while (waiting.length > 0 && sent.size < bounds.sendWindow.value && state.kind === 'open') {
      const send = waiting.shift() as Send;
      serial += 1;
      sent.set(String(serial), send);
      state.socket.send(`${send.frame},"context":"${serial}"}`);
    }
    if (!watching && sent.size > 0) void watch();
  };

  return {
    get idle() {
      return sent.size === 0 && waiting.length === 0;
    },
    send: (frame, signal) =>
      new Promise((resolve, reject) => {
        if (state.kind === 'closed') return reject(busClosed());
        if (signal?.aborted) return reject(signal.reason);
        if (waiting.length >= bounds.sendQueue.value) {
          const limit = `${bounds.sendQueue.name} ${bounds.sendQueue.value}`;
          return reject(busUnavailable(`too many messages wait for the broker (${limit})`, { retryAfterMs: 1_000 }));
        }
        const done = (settle: () => void) => {
          signal?.removeEventListener('abort', onAbort);
          settle();
        };
        const send: Send = {
          frame,
          deadlineMs: clock.now() + bounds.sendMs.value,
          resolve: (id) => done(() => resolve(id)),
          reject: (error) => done(() => reject(error)),
        };
        const onAbort = () => {
          waiting = waiting.filter((other) => other !== send);
          send.reject(signal?.reason);
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        waiting.push(send);
        pump();
      }),
    close: async () => {
      const limit = new AbortController();
      const late = clock.sleep(bounds.closeMs.value, limit.signal).catch(() => undefined);
      if (sent.size + waiting.length > 0) {
        const empty = new Promise<void>((resolve) => {
          drained = resolve;
        });
        await Promise.race([empty, late]);
      }
      limit.abort();
      const socket = state.kind === 'open' ? state.socket : undefined;
      state = { kind: 'closed' };
      watchdog.abort();
      failWaiting(busClosed());
      await socket?.close();
      failSent('the bus was closed');
    },
  };
}
