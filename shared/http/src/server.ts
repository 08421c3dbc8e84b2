/**
 * The app on a socket: start, bounds of the connection, graceful end.
 *
 * 1. A port that is taken is a `Conflict` with the code `PortTaken` and a message that says what to do.
 * 2. A slow or idle connection is closed by a bound: headers, whole request, idle socket, number of connections.
 * 3. Draining says so in `/ready`, and after `notice` stops accepting, ends event streams, closes what is idle or half sent,
 *    lets requests finish within a bound, then closes what is left, which is a failure.
 */
import type { Server } from 'node:http';
import { type Bound, bound, conflict, type Fault, invalid, unavailable } from '@leasehold/kernel';
import type { App } from './app-options.ts';
import { type Connections, trackConnections } from './connections.ts';

const HEADERS_MS: Bound = bound('request headers ms', 15_000);
const RECEIVE_MS: Bound = bound('request receive ms', 60_000);
const IDLE_MS: Bound = bound('keep-alive idle ms', 65_000);
/** Longer than a request may take and than a stream's heartbeat: only a dead peer is silent this long. */
const SILENT_MS: Bound = bound('silent socket ms', 180_000);
const CONNECTIONS: Bound = bound('connections', 2_000);
const HEADER_BYTES: Bound = bound('request header bytes', 16 * 1024);
const DRAIN_MS: Bound = bound('drain ms', 12_000);
/** What is left of a request must come within this time when the process stops. */
const PARTIAL_MS: Bound = bound('half-sent request ms', 2_000);

export interface ServeOptions {
  readonly host: string;
  /** 0: a free one, see `Serving.port`. */
  readonly port: number;
  readonly drainMs?: Bound;
  /** Ends when `/ready` has said 503 for long enough, so that no more connections need be taken. */
  readonly notice?: () => Promise<void>;
}

export interface Serving {
  readonly port: number;
  /** `http://host:port`. */
  readonly url: string;
  /** Resolves when the last connection is closed, rejects when requests were cut; again: waits for the same end. */
  close(): Promise<void>;
}

/** Rejects with `Conflict` (`PortTaken`) or `Invalid` (`BadAddress`). */
export async function serve(app: App, options: ServeOptions): Promise<Serving> {
  const { createAdaptorServer } = await import('@hono/node-server');
  const server = createAdaptorServer({
    fetch: (request) => app.fetch(request),
    serverOptions: {
      maxHeaderSize: HEADER_BYTES.value,
      headersTimeout: HEADERS_MS.value,
      requestTimeout: RECEIVE_MS.value,
      keepAliveTimeout: IDLE_MS.value,
    },
  }) as Server;
  server.maxConnections = CONNECTIONS.value;
  server.setTimeout(SILENT_MS.value);
  const connections = trackConnections(server);
  await listen(server, options);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  let closed: Promise<void> | undefined;
  return {
    port,
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    close: () => {
      closed ??= drain(app, server, connections, options);
      return closed;
    },
  };
}

function listen(server: Server, { host, port }: ServeOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => reject(listenFault(error, host, port));
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      resolve();
    });
  });
}

function listenFault(error: NodeJS.ErrnoException, host: string, port: number): Fault {
  if (error.code === 'EADDRINUSE') {
    return conflict(`port ${port} on ${host} is taken by another process: stop it, or choose another port with PORT`, {
      code: 'PortTaken',
      cause: error,
    });
  }
  const why = error.code === 'EACCES' ? 'this user may not open it' : 'it cannot be opened here';
  return invalid(`address ${host}, port ${port}: ${why}; set HOST and PORT`, { code: 'BadAddress', cause: error });
}

async function drain(app: App, server: Server, connections: Connections, options: ServeOptions): Promise<void> {
  const limit = options.drainMs ?? DRAIN_MS;
  app.drain();
  // Whoever sends us requests is still served while it learns that it should not.
  await options.notice?.();
  app.refuse();
  const ended = new Promise<void>((resolve) => server.close(() => resolve()));
  connections.stop();
  const partial = setTimeout(() => connections.closePartial(), PARTIAL_MS.value);
  let lost = 0;
  const cut = setTimeout(() => {
    lost = connections.cut();
  }, limit.value);
  await ended;
  clearTimeout(partial);
  clearTimeout(cut);
  if (lost > 0)
    throw unavailable(`${lost} requests were not answered within ${limit.value} ms (${limit.name})`, {
      code: 'RequestsCut',
    });
}
