/**
 * A small HTTP client with kept-alive connections for administrative APIs. Owns sockets and the bound on an answer's size;
 * leaves time limits and the meaning of failures to the caller. It stands on Node's own agent, which is there anyway: undici's would cost
 * 3 MB of heap and 13 MB of memory where the bus has not loaded it, and it has no bound on idle sockets.
 *
 * 1. Any status is an answer; only sockets' errors throw.
 * 2. Aborting the signal destroys the request's socket.
 * 3. A body's length is always told, whatever the method.
 * 4. A redirect is followed only where the caller says so, request by request.
 */
import http from 'node:http';
import https from 'node:https';
import { bound } from '@leasehold/kernel';

const ANSWER_BYTES = bound('http-answer-bytes', 16 * 1024 * 1024);
const SOCKETS = bound('http-sockets', 32);
const IDLE_SOCKETS = bound('http-idle-sockets', 8);

export interface Tls {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The name in the server's certificate, where it is not the host's. */
  readonly servername?: string | undefined;
  /** False: any certificate is taken. Only where an operator's own file says so. */
  readonly rejectUnauthorized?: boolean | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** Where a redirect points; it is not followed. */
  readonly location?: string | undefined;
  readonly body: string;
}

/** With what only some need of it. */
export interface WholeAnswer extends HttpAnswer {
  readonly headers: Readonly<http.IncomingHttpHeaders>;
  /** The body before it was read as UTF-8. */
  readonly bytes: Buffer;
}

export interface HttpRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  /** Path and query, encoded. */
  readonly path: string;
  /** Where the whole request goes instead: the address to which a redirect leads. */
  readonly redirectedTo?: URL;
  /** The server it goes to, `path` exactly as it is written: `..` and `//` can be parts of an object's name. */
  readonly exactlyAt?: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpClient {
  /** Where a request with this path goes. */
  address(path: string): URL;
  send(request: HttpRequest, signal: AbortSignal): Promise<WholeAnswer>;
  close(): void;
}

/** An agent whose idle connections are few and never keep a process alive. */
function createAgent(secure: boolean, tls: Tls = {}): http.Agent {
  const options = { keepAlive: true, maxSockets: SOCKETS.value, maxFreeSockets: IDLE_SOCKETS.value };
  return secure ? new https.Agent({ ...options, ...tlsOptions(tls) }) : new http.Agent(options);
}

/** @param baseUrl scheme, host and port; a path in it is put before each request's. */
export function createHttpClient(baseUrl: string, tls: Tls = {}): HttpClient {
  const base = new URL(baseUrl);
  const agents = new Map<boolean, http.Agent>();
  const agentFor = (secure: boolean): http.Agent => {
    const agent = agents.get(secure) ?? createAgent(secure, tls);
    agents.set(secure, agent);
    return agent;
  };
  const prefix = base.pathname.replace(/\/$/, '');
  return {
    address: (path) => new URL(prefix + path, base),
    send: (request, signal) =>
      new Promise((resolve, reject) => {
        const { method, exactlyAt } = request;
        const target = exactlyAt ?? request.redirectedTo ?? new URL(prefix + request.path, base);
        const secure = target.protocol === 'https:';
        const exact = exactlyAt === undefined ? {} : { path: request.path };
        const options = { method, headers: headersOf(request), agent: agentFor(secure), signal, ...exact };
        const sent = (secure ? https : http).request(target, options, (answer) => {
          readBody(answer).then((bytes) => {
            const { headers, statusCode: status = 0 } = answer;
            const { 'retry-after': retryAfter, location } = headers;
            resolve({ status, retryAfter, location, headers, body: bytes.toString('utf8'), bytes });
          }, reject);
        });
        sent.on('error', reject);
        sent.end(request.body);
      }),
    close: () => {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

/** Node frames the body of a DELETE only when its length is told; unframed, it is read as the next request. */
const headersOf = ({ headers, body }: HttpRequest): Record<string, string> =>
  body === undefined ? { ...headers } : { ...headers, 'content-length': String(Buffer.byteLength(body)) };

async function readBody(answer: http.IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer) {
    bytes += (part as Buffer).length;
    if (bytes > ANSWER_BYTES.value) {
      throw Object.assign(new Error(`an answer is over ${ANSWER_BYTES.value} bytes`), { code: 'EMSGSIZE' });
    }
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}

const tlsOptions = (tls: Tls): Record<string, string | boolean> =>
  Object.fromEntries(Object.entries(tls).filter((entry) => entry[1] !== undefined));
