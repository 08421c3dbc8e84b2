/**
 * A handler's reply as an answer: JSON, headers, ETag, or a stream of events.
 */
import { bug } from '@leasehold/kernel';
import type { Principal } from './access.ts';
import type { AppOptions } from './app-options.ts';
import { etagOf, isUnchanged } from './etag.ts';
import type { Answer, Exchange } from './exchange.ts';
import type { AnyReply, EventSource } from './reply.ts';
import { type Route, routeName } from './route.ts';
import type { Streams } from './sse.ts';

export interface AnswerParts {
  readonly exchange: Exchange;
  readonly principal: Principal;
  readonly options: AppOptions;
  readonly streams: Streams;
}

/** An answer that may hold a secret says so to the idempotency store. */
export interface RouteAnswer extends Answer {
  readonly secret: boolean;
}

export function createAnswer(route: Route, reply: AnyReply, parts: AnswerParts): RouteAnswer {
  const spec = route.responses[reply.status];
  if (spec === undefined) throw bug(`${routeName(route)} answered ${reply.status}, which it does not declare`);
  const headers: Record<string, string> = { ...reply.headers };
  if (reply.location !== undefined) headers.location = reply.location;
  const subject = parts.principal.sub;
  const secret = reply.secret ?? false;
  if (reply.etag !== undefined) {
    headers.etag = etagOf(reply.etag);
    const known =
      route.method === 'GET' && isUnchanged(parts.exchange.request.headers.get('if-none-match'), reply.etag);
    if (known) return { status: 304, headers, body: null, subject, secret };
  }
  if (reply.events !== undefined) return { ...eventAnswer(reply.events, headers, parts), status: reply.status, secret };
  if (spec.schema === undefined) return { status: reply.status, headers, body: null, subject, secret };
  if (parts.options.checkAnswers === true) {
    const checked = spec.schema.safeParse(reply.body);
    if (!checked.success)
      throw bug(`${routeName(route)} answered what its schema does not allow: ${checked.error.message}`);
  }
  headers['content-type'] = 'application/json';
  return { status: reply.status, headers, body: JSON.stringify(reply.body), subject, secret };
}

function eventAnswer(source: EventSource, headers: Record<string, string>, parts: AnswerParts): Omit<Answer, 'status'> {
  const { exchange, principal, streams } = parts;
  const lastEventId = exchange.request.headers.get('last-event-id') ?? undefined;
  return {
    // Proxies that buffer would hold events back.
    headers: { ...headers, 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' },
    body: exchange.method === 'HEAD' ? null : streams.open(source, { principal, lastEventId, log: exchange.log }),
    subject: principal.sub,
  };
}
