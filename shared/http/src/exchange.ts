/**
 * One request and its answer, apart from any route: request id, trace, log, and the headers that every answer has.
 *
 * 1. Every request has an id: the caller's, if it is short and harmless, else a new one; it is in the answer and in every
 *    log line.
 * 2. The trace context of the caller is carried on; without one a new trace begins here.
 */
import { type Bound, bound, type Log, type Rng } from '@leasehold/kernel';
import { childTrace, parseTrace, type TraceContext } from '@leasehold/observability';
import { asProblem, type ProblemError, renderProblem } from './problem.ts';

const REQUEST_ID_LENGTH: Bound = bound('request id characters', 128);
const REQUEST_ID = /^[A-Za-z0-9._:/+=@-]+$/;

export interface Exchange {
  readonly request: Request;
  readonly method: string;
  /** The path without the query, as it came. */
  readonly path: string;
  /** Without the question mark; empty for none. */
  readonly search: string;
  readonly requestId: string;
  readonly trace: TraceContext;
  readonly log: Log;
}

/** An answer before it becomes a `Response`. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array | ReadableStream<Uint8Array> | null;
  /** For the log: who asked. */
  readonly subject?: string;
  /** For the log: what failed, where it was our fault or a dependency's; a sentence where the refusal was chosen. */
  readonly failure?: Error | string;
}

export function createExchange(request: Request, log: Log, rng: Rng): Exchange {
  const { url, headers } = request;
  const start = url.indexOf('/', url.indexOf('://') + 3);
  const mark = url.indexOf('?', start);
  const given = headers.get('x-request-id');
  const valid = given !== null && given.length <= REQUEST_ID_LENGTH.value && REQUEST_ID.test(given);
  const parent = parseTrace(headers.get('traceparent') ?? undefined, headers.get('tracestate') ?? undefined);
  const trace = childTrace(parent, rng);
  const requestId = valid ? given : trace.traceId.slice(0, 16) + trace.spanId;
  let child: Log | undefined;
  return {
    request,
    method: request.method,
    path: mark === -1 ? url.slice(start) : url.slice(start, mark),
    search: mark === -1 ? '' : url.slice(mark + 1),
    requestId,
    trace,
    get log() {
      child ??= log.child({ request_id: requestId, trace_id: trace.traceId, span_id: trace.spanId });
      return child;
    },
  };
}

/** Any thrown value as an answer. */
export function problemAnswer(error: unknown, exchange: Exchange): Answer {
  const failure = asProblem(error);
  return {
    status: failure.status,
    ...(failure.status >= 500 && { failure: whatFailed(failure) }),
    ...renderProblem(failure, { instance: exchange.path, requestId: exchange.requestId }),
  };
}

/** A 503 without a cause was chosen (the process drains, a bound is reached): its own words say all. */
const whatFailed = (failure: ProblemError): Error | string =>
  failure.cause instanceof Error ? failure.cause : failure.status === 503 ? failure.message : failure;

const SAFE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
} as const;

/** Headers of the answer go over the safe defaults. */
export const toResponse = (answer: Answer, exchange: Exchange): Response =>
  new Response(answer.body as ConstructorParameters<typeof Response>[0], {
    status: answer.status,
    headers: { ...SAFE_HEADERS, 'x-request-id': exchange.requestId, ...answer.headers },
  });

export const jsonAnswer = (status: number, value: unknown, headers?: Readonly<Record<string, string>>): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(value),
});
