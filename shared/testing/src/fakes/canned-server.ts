/**
 * A server that answers from a table over real HTTP and keeps what it was asked, for adapters without their servers: listings in
 * pages, odd but valid answers, failures of each class. It understands nothing; what it says was written down from real servers
 * or their documentation.
 *
 * 1. A route is `METHOD /path?query` to the letter, or `METHOD /path` for any query. What has no route is answered with 501, so that
 *    a call that nobody foresaw fails.
 * 2. Several answers of a route are given one after the other, the last one from then on.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type SentRequest, sentBody } from './golden-requests.ts';

export interface CannedReply {
  /** Shipped: 200. */
  readonly status?: number;
  /** Sent as JSON; a text as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type CannedAnswer = CannedReply | readonly CannedReply[] | ((asked: SentRequest) => CannedReply);
export type CannedRoutes = Readonly<Record<string, CannedAnswer>>;

export interface CannedServer {
  /** `host:port`. */
  readonly host: string;
  readonly url: string;
  readonly asked: SentRequest[];
  /** `METHOD /path?query` of each call that was asked, in order. */
  lines(): readonly string[];
  /** Those that change something. */
  effects(): readonly SentRequest[];
  /** Answers further calls so. */
  route(routes: CannedRoutes): void;
  close(): Promise<void>;
}

const UNFORESEEN: CannedReply = { status: 501, body: 'nobody foresaw this call' };

export interface CannedTable {
  readonly asked: SentRequest[];
  ask(one: SentRequest): CannedReply;
  /** Answers further calls so. */
  route(routes: CannedRoutes): void;
}

/** The answers without a server. */
export function createCannedTable(routes: CannedRoutes = {}): CannedTable {
  const table = new Map(Object.entries(routes));
  const given = new Map<CannedAnswer, number>();
  const asked: SentRequest[] = [];
  return {
    asked,
    ask(one) {
      asked.push(one);
      const [bare = ''] = one.path.split('?');
      const answer = table.get(`${one.method} ${one.path}`) ?? table.get(`${one.method} ${bare}`) ?? UNFORESEEN;
      if (typeof answer === 'function') return answer(one);
      if (!Array.isArray(answer)) return answer as CannedReply;
      const turn = given.get(answer) ?? 0;
      given.set(answer, turn + 1);
      return answer[Math.min(turn, answer.length - 1)] as CannedReply;
    },
    route: (more) => {
      for (const [route, answer] of Object.entries(more)) table.set(route, answer);
    },
  };
}

/** @param headers of every answer */
export async function createCannedServer(
  routes: CannedRoutes = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<CannedServer> {
  const table = createCannedTable(routes);
  const { asked } = table;
  const server = createServer((request, response) => {
    void readRequest(request).then((one) => {
      const { status = 200, body, headers: own = {} } = table.ask(one);
      const text = typeof body === 'string' || body === undefined ? (body ?? '') : JSON.stringify(body);
      const type = typeof body === 'object' ? { 'content-type': 'application/json' } : {};
      response.writeHead(status, { ...type, ...headers, ...own }).end(text);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${host}`,
    asked,
    lines: () => asked.map(({ method, path }) => `${method} ${path}`),
    effects: () => asked.filter(({ method }) => method !== 'GET'),
    route: table.route,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readRequest(request: IncomingMessage): Promise<SentRequest> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers as Readonly<Record<string, string>>,
    body: sentBody(Buffer.concat(parts).toString('utf8')),
  };
}
