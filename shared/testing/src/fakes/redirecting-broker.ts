/**
 * A broker that owns no topic, in front of a real one: whatever is about a topic it answers with a redirect to the real one's
 * address, as every broker of a larger cluster does for the topics of the others. Everything else it hands on.
 *
 * 1. WebSocket handshakes are redirected like calls.
 * 2. While it sends in a circle, its redirects lead back to itself.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface RedirectingBroker {
  readonly url: string;
  /** Calls and handshakes that it redirected. */
  readonly redirected: readonly string[];
  circle(on: boolean): void;
  close(): Promise<void>;
}

const OF_A_TOPIC = /^\/(?:admin\/v2\/(?:persistent|schemas|namespaces)|lookup\/v2\/topic|ws\/v2)\//;

/** @param status of its redirects. */
export async function createRedirectingBroker(target: string, status = 307): Promise<RedirectingBroker> {
  const real = new URL(target);
  const redirected: string[] = [];
  let circle = false;
  const elsewhere = ({ method, url = '/' }: IncomingMessage): string | undefined => {
    if (!OF_A_TOPIC.test(url)) return undefined;
    redirected.push(`${method} ${url}`);
    return new URL(url, circle ? own() : real).href;
  };
  const sockets = new Set<Socket>();
  const server = createServer((asked, answer) => {
    const location = elsewhere(asked);
    if (location === undefined) return handOn(real, asked, answer);
    asked.resume();
    answer.writeHead(status, { location }).end();
  });
  server.on('upgrade', (asked: IncomingMessage, near: Socket) => {
    const location = elsewhere(asked);
    near.on('error', () => undefined);
    if (location === undefined) return tunnel(real, asked, near);
    near.end(`HTTP/1.1 ${status} Redirect\r\nlocation: ${location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const own = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: own(),
    redirected,
    circle: (on) => {
      circle = on;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function handOn(real: URL, asked: IncomingMessage, answer: ServerResponse): void {
  const { method, url = '/', headers } = asked;
  const sent = request(new URL(url, real), { method, headers: { ...headers, host: real.host } }, (got) => {
    answer.writeHead(got.statusCode ?? 502, got.headers);
    got.pipe(answer);
  });
  sent.on('error', () => answer.destroy());
  asked.pipe(sent);
}

function tunnel(real: URL, asked: IncomingMessage, near: Socket): void {
  const far = connect(Number(real.port), real.hostname);
  const headers = Object.entries({ ...asked.headers, host: real.host }).map(([name, value]) => `${name}: ${value}`);
  far.write(`${asked.method} ${asked.url} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
  far.on('error', () => near.destroy());
  near.once('close', () => far.destroy());
  near.pipe(far).pipe(near);
}
