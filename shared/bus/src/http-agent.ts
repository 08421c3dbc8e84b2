/**
 * Own connections for Node's fetch and WebSocket: certificates of an own authority, and a hand on the TCP socket.
 *
 * 1. A connection made here can be destroyed at once. `WebSocket.close` alone waits for the other side's goodbye without
 *    limit, so every reconnect to a mute broker would leave a socket behind.
 * 2. TLS is checked as Node does by default; files add an authority or a client certificate, nothing switches checks off.
 *
 * Both take a `dispatcher`, an Agent of the HTTP client inside Node. That class has no name of its own, but the agent in use
 * is under a documented global symbol, and so is its class.
 */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { bug } from '@leasehold/kernel';

export interface TlsFiles {
  /** PEM texts. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** What `fetch` and `WebSocket` take as `dispatcher`. */
export interface Dispatcher {
  close(): Promise<void>;
}

interface Target {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string;
}

type Connector = (target: Target, done: (error: Error | null, socket: Socket | null) => void) => void;

const AGENT = Symbol.for('undici.globalDispatcher.1');
const KEEP_ALIVE_MS = 30_000;

function createAgent(connect: TlsFiles | Connector): Dispatcher {
  // Touching Headers loads the HTTP client, which sets the symbol.
  void new Headers();
  const agent = (globalThis as Record<symbol, unknown>)[AGENT];
  const Agent = (agent as { constructor?: unknown } | undefined)?.constructor;
  if (typeof Agent !== 'function') throw bug('this Node has no HTTP agent whose connections can be configured');
  const make = Agent as new (options: { connect: TlsFiles | Connector }) => Dispatcher;
  return new make({ connect });
}

/** For plain requests: connections are pooled. */
export const createDispatcher = (tls: TlsFiles): Dispatcher => createAgent(tls);

/** A dispatcher for one WebSocket, and the end of its connection. */
export interface SingleConnection {
  readonly dispatcher: Dispatcher;
  destroy(): void;
}

export function createSingleConnection(tls: TlsFiles = {}): SingleConnection {
  let socket: Socket | undefined;
  let destroyed = false;
  const dispatcher = createAgent(({ protocol, hostname, port }, done) => {
    const host = hostname.replace(/^\[|\]$/g, '');
    const secure = protocol === 'https:';
    const at = {
      host,
      port: Number(port || (secure ? 443 : 80)),
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    };
    const name = isIP(host) ? {} : { servername: host };
    const made = secure ? connectTls({ ...at, ...tls, ...name, ALPNProtocols: ['http/1.1'] }) : connectTcp(at);
    socket = made;
    made.setNoDelay(true);
    // What is destroyed before it is connected says nothing but this, and whoever waits for it would wait for ever.
    const gone = () => done(new Error('the connection was given up'), null);
    const broke = (error: Error) => {
      made.off('close', gone);
      done(error, null);
    };
    made.once('error', broke).once('close', gone);
    made.once(secure ? 'secureConnect' : 'connect', () => {
      made.off('error', broke).off('close', gone);
      done(null, made);
    });
    if (destroyed) made.destroy();
  });
  return {
    dispatcher,
    destroy: () => {
      destroyed = true;
      socket?.destroy();
    },
  };
}
