/**
 * One socket to Pulsar's WebSocket API: opened within a limit, told apart when it fails, closed once.
 *
 * 1. A socket that opens calls `onClose` exactly once, whoever closes it and however.
 * 2. A refused handshake carries no status, so the broker is asked over HTTP why: a refused token or a missing namespace
 *    is said clearly.
 * Leaves to its users what the frames mean.
 */
import type { Clock } from '@leasehold/kernel';
import type { BusBounds } from './bounds.ts';
import { withDeadline } from './deadline.ts';
import { busUnavailable } from './faults.ts';
import type { PulsarAdmin } from './pulsar-admin.ts';
import type { Dispatcher } from './tls.ts';
import { type TopicName, topicPath } from './topic-name.ts';

export interface SocketHandlers {
  onText(text: string): void;
  /** @param why for logs. */
  onClose(why: string): void;
}

export interface Socket {
  send(text: string): void;
  /** Says goodbye and resolves when the other side has too, or after `bus.closeMs`. */
  close(): Promise<void>;
  /** Gives the socket up at once: `onClose` is called before this returns. */
  abandon(why: string): void;
}

export interface SocketMaker {
  open(path: string, topic: TopicName, handlers: SocketHandlers): Promise<Socket>;
}

export interface SocketMakerOptions {
  readonly wsUrl: string;
  readonly token?: string | undefined;
  readonly dispatcher?: Dispatcher | undefined;
  readonly admin: PulsarAdmin;
  readonly clock: Clock;
  readonly bounds: BusBounds;
}

interface SocketOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher?: Dispatcher;
}

type MakeWebSocket = new (url: string, options: SocketOptions) => WebSocket;

function watch(ws: WebSocket, handlers: SocketHandlers, clock: Clock, bounds: BusBounds): Socket {
  let open = true;
  let closed: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const end = (why: string) => {
    closed();
    if (!open) return;
    open = false;
    handlers.onClose(why);
  };
  ws.addEventListener('message', ({ data }) => {
    if (open && typeof data === 'string') handlers.onText(data);
  });
  ws.addEventListener('close', ({ code, reason }) => end(`code ${code}${reason && `: ${reason}`}`));
  ws.addEventListener('error', () => end('the connection broke'));
  const shut = () => {
    if (ws.readyState === ws.OPEN || ws.readyState === ws.CONNECTING) ws.close();
  };
  return {
    send: (text) => {
      if (open) ws.send(text);
    },
    close: async () => {
      shut();
      const limit = new AbortController();
      await Promise.race([gone, clock.sleep(bounds.closeMs.value, limit.signal).catch(() => undefined)]);
      limit.abort();
      end('closed by us');
    },
    abandon: (why) => {
      shut();
      end(why);
    },
  };
}

export function createSocketMaker(options: SocketMakerOptions): SocketMaker {
  const { admin, clock, bounds, token, dispatcher } = options;
  const base = options.wsUrl.replace(/\/+$/, '');
  const init: SocketOptions = {
    headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
    ...(dispatcher === undefined ? {} : { dispatcher }),
  };
  const explain = async (topic: TopicName): Promise<Error> => {
    const path = `/lookup/v2/topic/persistent/${topicPath(topic)}`;
    const answer = await admin.call({ method: 'GET', path, expect: [404] });
    return answer.status === 404
      ? busUnavailable(`Pulsar has no namespace ${topic.tenant}/${topic.namespace}`)
      : busUnavailable('Pulsar refused the socket although the topic can be looked up: retry, or see its log');
  };
  return {
    open: async (path, topic, handlers) => {
      const ws = new (WebSocket as unknown as MakeWebSocket)(`${base}${path}`, init);
      let failed = false;
      const socket = await withDeadline(
        clock,
        bounds.connectMs,
        () => busUnavailable('Pulsar did not open a socket in time', { away: true }),
        () =>
          new Promise<Socket | undefined>((resolve) => {
            ws.addEventListener('open', () => resolve(watch(ws, handlers, clock, bounds)), { once: true });
            ws.addEventListener('error', () => resolve(undefined), { once: true });
            ws.addEventListener('close', () => resolve(undefined), { once: true });
          }),
      ).catch((error: unknown) => {
        failed = true;
        ws.close();
        throw error;
      });
      if (socket && !failed) return socket;
      throw await explain(topic);
    },
  };
}
