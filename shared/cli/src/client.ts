/**
 * The way to the server: one request with its retries, and one stream. Owns connection loss, waiting and time limits; leaves
 * what answers mean to others.
 *
 * 1. A request is sent again only where that is safe: a GET, or a POST under this invocation's Idempotency-Key. A refused
 *    connection was never a request, so it is tried again whatever the method.
 * 2. Every retry is counted against `TRIES` and waits with backoff, or as long as `Retry-After` says.
 * 3. The token goes to the configured server only: redirects are not followed.
 */
import { backoffMs, bound, retryAfterMs } from '@leasehold/kernel';
import type { Expected } from './expected.ts';
import { Failure } from './failure.ts';
import { NOT_OURS, problemFailure } from './problem.ts';
import { createSseParser, type SseEvent } from './sse.ts';
import type { Surroundings } from './surroundings.ts';
import { fields, parseJson } from './wire.ts';

const TRIES = bound('tries of a request', 4);
const BACKOFF = { baseMs: 150, capMs: 2_000 };
const REQUEST_MS = bound('request ms', 30_000);
const RETRY_UNASKED_MS = 1_000;
const RETRY_AFTER_MS = bound('longest wait that a server may ask for, ms', 10_000);
const ANSWER_BYTES = bound('answer bytes', 32 * 1024 * 1024);
/** The server sends a comment every 15 seconds. */
const SILENCE_MS = bound('silence of a stream ms', 45_000);

interface Sent {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** A value becomes JSON; a text is JSON already and goes out unchanged. */
  readonly body?: unknown;
}

export interface Request extends Sent {
  readonly expects: Expected;
}

/** Once, and whatever the answer: for doctor. */
export interface Probe extends Sent {
  readonly probe: true;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** As it came. */
  readonly body: string;
  readonly json: unknown;
}

export interface StreamRequest {
  readonly path: string;
  readonly lastEventId: string | undefined;
  /** The server took the request: events follow. */
  readonly onOpen?: () => void;
}

export interface Client {
  readonly url: string;
  /** @throws Failure `refused`, `failed`, `unreachable`, `interrupted` */
  send(request: Request | Probe, signal?: AbortSignal): Promise<Answer>;
  /**
   * The events of one connection, until it ends; `over` when the server says that nothing comes after the last one. Throws a
   * Failure, or the network's own error when the connection is lost.
   */
  events(request: StreamRequest, signal: AbortSignal): AsyncGenerator<SseEvent | 'over'>;
}

export interface ClientOptions {
  readonly url: string;
  /** Asked for with the first request. */
  readonly token: () => string;
  readonly around: Pick<Surroundings, 'fetch' | 'clock' | 'rng' | 'newKey' | 'interrupted'>;
}

export function createClient({ url, token, around }: ClientOptions): Client {
  const { clock, rng, interrupted } = around;
  const key = around.newKey();
  const authorization = (request: Request | Probe): Record<string, string> => {
    try {
      return { authorization: `Bearer ${token()}` };
    } catch (error) {
      // Doctor asks also what can be asked without one.
      if (isProbe(request)) return {};
      throw error;
    }
  };
  const headersOf = (request: Request | Probe): Record<string, string> => ({
    ...authorization(request),
    accept: 'application/json, application/problem+json',
    ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(request.method === 'POST' ? { 'idempotency-key': key } : {}),
  });
  const once = async (request: Request | Probe, signal: AbortSignal): Promise<Answer> => {
    const { body } = request;
    const response = await around.fetch(addressOf(url, request), {
      method: request.method,
      headers: headersOf(request),
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS.value)]),
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await readAll(response);
    return { status: response.status, headers: response.headers, body: text, json: parseJson(text) };
  };
  return {
    url,
    send: async (request, given) => {
      const signal = given ?? interrupted;
      for (let tries = 1; ; tries++) {
        const result = await once(request, signal).catch((error: unknown) => ({ error }));
        if (signal.aborted) throw stopped(signal);
        const last = tries >= TRIES.value || isProbe(request);
        if ('error' in result) {
          if (result.error instanceof Failure) throw result.error;
          if (last || !mayRepeat(request, result.error)) throw unreachable(url, result.error);
          await clock.sleep(backoffMs(tries, BACKOFF, rng), signal);
          continue;
        }
        if (isProbe(request) || result.status < 300) return checked(result, request);
        const waitMs = last ? undefined : retryWaitMs(request, result, tries);
        if (waitMs === undefined) throw refusal(result, request);
        await clock.sleep(waitMs, signal);
      }
    },
    events: (request, signal) => stream({ url, token, around }, request, signal),
  };
}

const isProbe = (request: Request | Probe): request is Probe => 'probe' in request;

function addressOf(url: string, { path, query = {} }: Sent): string {
  const pairs = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return `${url}${path}${pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`}`;
}

async function readAll(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > ANSWER_BYTES.value)
      throw new Failure('failed', `the answer is larger than ${ANSWER_BYTES.value} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

const refusal = (answer: Answer, { path }: Pick<Sent, 'path'>): Failure =>
  problemFailure({
    path,
    status: answer.status,
    contentType: answer.headers.get('content-type') ?? '',
    body: answer.body,
  });

/** A page of HTML with status 200 is some other server, and so is JSON that lacks what every answer of ours has. */
function checked(answer: Answer, request: Request | Probe): Answer {
  if (isProbe(request)) return answer;
  if (answer.json === undefined) throw refusal(answer, request);
  const missing = request.expects.filter((name) => !Object.hasOwn(fields(answer.json), name));
  if (missing.length === 0) return answer;
  throw new Failure('failed', `the server answered ${answer.status} without ${missing.join(', ')}`, {
    details: [NOT_OURS],
    body: answer.body,
    code: 'foreign-answer',
  });
}

const causeCode = (error: unknown): string => {
  const { cause, code } = error as { readonly cause?: { readonly code?: unknown }; readonly code?: unknown };
  const found = cause?.code ?? code;
  return typeof found === 'string' ? found : '';
};

const mayRepeat = (request: Sent, error: unknown): boolean =>
  request.method === 'GET' || request.method === 'POST' || causeCode(error) === 'ECONNREFUSED';

/** How long to wait before the same request is worth sending again; `undefined` when it is not. */
function retryWaitMs(request: Sent, answer: Answer, tries: number): number | undefined {
  const safe = request.method === 'GET' || request.method === 'POST';
  // The first request of ours may still be under way when the second arrives.
  const own = tries > 1 && answer.status === 409 && fields(answer.json)['code'] === 'idempotency-conflict';
  if (!safe || !(own || answer.status === 429 || answer.status === 503)) return undefined;
  const asked = retryAfterMs(answer.headers.get('retry-after')) ?? RETRY_UNASKED_MS;
  return asked <= RETRY_AFTER_MS.value ? Math.max(asked, 100) : undefined;
}

export const stopped = (signal: AbortSignal): Failure =>
  signal.reason instanceof Failure
    ? signal.reason
    : new Failure('interrupted', 'interrupted; what was asked may have been begun', { code: 'interrupted' });

const WHY: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name cannot be looked up now',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ETIMEDOUT: 'no answer in time',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed: set NODE_EXTRA_CA_CERTS',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate authority is not known here: set NODE_EXTRA_CA_CERTS',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate authority is not known here: set NODE_EXTRA_CA_CERTS',
};

export function whyUnreachable(error: unknown): string {
  const code = causeCode(error);
  if (WHY[code] !== undefined) return WHY[code];
  if (error instanceof Error && error.name === 'TimeoutError') return 'no answer in time';
  return code === '' ? 'the connection failed' : `the connection failed (${code})`;
}

export const unreachable = (url: string, error: unknown): Failure =>
  new Failure('unreachable', `${url} cannot be reached: ${whyUnreachable(error)}`, {
    code: 'unreachable',
    details: ['Start the server with `npm start`, or say where it is with --url or LEASEHOLD_URL.'],
    cause: error,
  });

async function* stream(
  { url, token, around }: ClientOptions,
  { path, lastEventId, onOpen }: StreamRequest,
  signal: AbortSignal,
): AsyncGenerator<SseEvent | 'over'> {
  const silence = new AbortController();
  const ended = new AbortController();
  const response = await around.fetch(`${url}${path}`, {
    headers: {
      authorization: `Bearer ${token()}`,
      accept: 'text/event-stream',
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
    redirect: 'manual',
    signal: AbortSignal.any([signal, silence.signal]),
  });
  if (response.status === 204) {
    onOpen?.();
    yield 'over';
    return;
  }
  if (response.status !== 200 || !(response.headers.get('content-type') ?? '').startsWith('text/event-stream'))
    throw refusal(
      { status: response.status, headers: response.headers, body: await readAll(response), json: undefined },
      { path },
    );
  onOpen?.();
  const parser = createSseParser();
  const decoder = new TextDecoder();
  let lastHeardMs = around.clock.now();
  // A connection that died without a word is noticed by the silence.
  const watch = async (): Promise<void> => {
    while (around.clock.now() - lastHeardMs < SILENCE_MS.value)
      await around.clock.sleep(SILENCE_MS.value - (around.clock.now() - lastHeardMs), ended.signal);
    silence.abort(new Error('the stream fell silent'));
  };
  watch().catch(() => undefined);
  try {
    for await (const chunk of response.body ?? []) {
      lastHeardMs = around.clock.now();
      yield* parser.push(decoder.decode(chunk, { stream: true }));
    }
  } finally {
    ended.abort();
  }
}
