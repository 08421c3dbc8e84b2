/**
 * Own connections for Node's fetch and WebSocket: certificates of an own authority, and a hand on the TCP socket.
 *
 * 1. A connection made here can be destroyed at once. `WebSocket.close` alone waits for the other side's goodbye without
 *    limit, so every reconnect to a mute broker would leave a socket behind.
 * 2. TLS is checked as Node does by default; files add an authority or a client certificate, nothing switches checks off.
 * 3. The agent is undici's, of the major version that Node's own fetch and WebSocket are made of, which take it as `dispatcher`. It is
 *    loaded where it is needed first: its 3 MB of heap are spared where the bus is embedded.
 */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Agent, buildConnector, Dispatcher as UndiciDispatcher } from 'undici';

export interface TlsFiles {
  /** PEM texts. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** What `fetch` and `WebSocket` take as `dispatcher`. */
export type Dispatcher = UndiciDispatcher;

const KEEP_ALIVE_MS = 30_000;

async function createAgent(connect: TlsFiles | buildConnector.connector): Promise<Agent> {
  const { Agent } = await import('undici');
  return new Agent({ connect });
}

/** For plain requests: connections are pooled. */
export const createDispatcher = (tls: TlsFiles): Promise<Dispatcher> => createAgent(tls);

/** A dispatcher for one WebSocket, and the end of its connection. */
export interface SingleConnection {
  readonly dispatcher: Dispatcher;
  destroy(): void;
}

export async function createSingleConnection(tls: TlsFiles = {}): Promise<SingleConnection> {
  let socket: Socket | undefined;
  let destroyed = false;
  const dispatcher = await createAgent(({ protocol, hostname, port }, done) => {
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
