/**
 * One socket to Pulsar's WebSocket API: opened within a limit, told apart when it fails, closed once.
 *
 * 1. A socket that opens calls `onClose` exactly once, whoever closes it and however.
 * 2. A socket given up leaves no connection behind, whether the other side says goodbye or not.
 * 3. A refused handshake carries no status, so it is asked once more over HTTP: a redirect is followed as calls of the admin
 *    API are; else a refused token or a missing namespace is said clearly.
 * Leaves to its users what the frames mean.
 */
import { type Clock, followRedirects } from '@leasehold/kernel';
import type { BusBounds } from './bounds.ts';
import { withDeadline } from './deadline.ts';
import { busUnavailable } from './faults.ts';
import { askHandshake } from './handshake-answer.ts';
import { createSingleConnection, type Dispatcher, type SingleConnection, type TlsFiles } from './http-agent.ts';
import type { PulsarAdmin } from './pulsar-admin.ts';
import { type TopicName, topicPath } from './topic-name.ts';

export interface SocketHandlers {
  onText(text: string): void;
  /** @param why for logs. */
  onClose(why: string): void;
}

export interface Socket {
  /** False from the moment of `onClose`. */
  isOpen(): boolean;
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
  readonly tls?: TlsFiles | undefined;
  readonly admin: PulsarAdmin;
  readonly clock: Clock;
  readonly bounds: BusBounds;
}

interface SocketOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher;
}

type MakeWebSocket = new (url: string, options: SocketOptions) => WebSocket;

function watch(
  ws: WebSocket,
  connection: SingleConnection,
  handlers: SocketHandlers,
  clock: Clock,
  bounds: BusBounds,
): Socket {
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
  return {
    isOpen: () => open,
    send: (text) => {
      if (open) ws.send(text);
    },
    close: async () => {
      ws.close();
      const limit = new AbortController();
      await Promise.race([gone, clock.sleep(bounds.closeMs.value, limit.signal).catch(() => undefined)]);
      limit.abort();
      connection.destroy();
      end('closed by us');
    },
    abandon: (why) => {
      ws.close();
      connection.destroy();
      end(why);
    },
  };
}

/** One try at one address; undefined: the handshake was refused. */
async function openAt(
  url: URL,
  headers: SocketOptions['headers'],
  handlers: SocketHandlers,
  { clock, bounds, tls }: SocketMakerOptions,
): Promise<Socket | undefined> {
  const connection = await createSingleConnection(tls);
  const { dispatcher } = connection;
  const ws = new (WebSocket as unknown as MakeWebSocket)(url.href, { headers, dispatcher });
  const opening = new Promise<Socket | undefined>((resolve) => {
    ws.addEventListener('open', () => resolve(watch(ws, connection, handlers, clock, bounds)), { once: true });
    ws.addEventListener('error', () => resolve(undefined), { once: true });
    ws.addEventListener('close', () => resolve(undefined), { once: true });
  });
  const socket = await withDeadline(clock, bounds.connectMs, late, () => opening).catch((error: unknown) => {
    connection.destroy();
    // It may have opened in the very moment in which its time was over.
    void opening.then((opened) => opened?.abandon('too late'));
    throw error;
  });
  if (socket === undefined) connection.destroy();
  return socket;
}

const late = () => busUnavailable('Pulsar did not open a socket in time', { away: true });

/** A try at one address as an answer: accepted, redirected, or refused with whatever status. */
interface Tried {
  readonly status: number;
  readonly location?: string | undefined;
  readonly socket?: Socket;
}

const SWITCHING = 101;
const REFUSED = 0;

export function createSocketMaker(options: SocketMakerOptions): SocketMaker {
  const { admin, clock, bounds, token, tls } = options;
  const base = options.wsUrl.replace(/\/+$/, '');
  const headers: Readonly<Record<string, string>> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const explain = async (topic: TopicName): Promise<Error> => {
    const path = `/lookup/v2/topic/persistent/${topicPath(topic)}`;
    const answer = await admin.call({ method: 'GET', path, expect: [404] });
    return answer.status === 404
      ? busUnavailable(`Pulsar has no namespace ${topic.tenant}/${topic.namespace}`)
      : busUnavailable('Pulsar refused the socket although the topic can be looked up: retry, or see its log');
  };
  const tryAt = async (address: URL, handlers: SocketHandlers): Promise<Tried> => {
    const url = new URL(address.href.replace(/^http/, 'ws'));
    const socket = await openAt(url, headers, handlers, options);
    if (socket) return { status: SWITCHING, socket };
    const ask = (signal: AbortSignal) => askHandshake({ url, headers, tls }, signal);
    return withDeadline(clock, bounds.connectMs, late, ask).catch(() => ({ status: REFUSED }));
  };
  return {
    open: async (path, topic, handlers) => {
      const { socket } = await followRedirects({
        start: new URL(`${base}${path}`),
        send: (url) => tryAt(url, handlers),
        refuse: ({ code, message }) => busUnavailable(`Pulsar ${message} (${code}: a WebSocket of ${topic.topic})`),
      });
      if (socket) return socket;
      throw await explain(topic);
    },
  };
}
