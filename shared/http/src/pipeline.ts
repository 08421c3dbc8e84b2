/**
 * One pass over a request of a route: caller, rate, tenant, input, precondition, idempotency, handler, answer. One function
 * rather than layers of middleware, because the order is the security.
 *
 * 1. Nothing is read but headers before the caller is known; nothing is loaded before the caller may see it (A2).
 * 2. Input is judged after access: who may not do a thing learns nothing about how it is done.
 * 3. What the schemas made of the input is authorised again, so that a normalised tenant id cannot slip past.
 */
import { digest } from '@leasehold/kernel';
import { ANONYMOUS, authorise, isPlatformWide, type Principal, type Restricted } from './access.ts';
import { createAnswer, type RouteAnswer } from './answer.ts';
import type { AppBounds, AppOptions } from './app-options.ts';
import { readJson } from './body.ts';
import { createCall } from './call-state.ts';
import type { Deadlines } from './deadline.ts';
import { missingIfMatch } from './etag.ts';
import type { Answer, Exchange } from './exchange.ts';
import type { Keeper } from './idempotent-keep.ts';
import { hasKey, runOnce } from './idempotent-run.ts';
import type { RateLimit } from './limit.ts';
import { forbidden, notFound, problem } from './problem.ts';
import { type CheckedInput, checkRequest, inputSchemas, inputText, parseQuery } from './request-input.ts';
import { type Route, routeName } from './route.ts';
import type { Streams } from './sse.ts';
import { namedTenants, namesInBody, type RawInput } from './tenancy.ts';

export interface PipelineParts {
  readonly options: AppOptions;
  readonly bounds: AppBounds;
  readonly limit: RateLimit;
  readonly deadlines: Deadlines;
  readonly keeper: Keeper;
  readonly streams: Streams;
}

export type RouteRunner = (exchange: Exchange, params: Readonly<Record<string, string>>) => Promise<Answer>;

/** Throws problems and faults; the app turns them into answers. */
export function createRunner(route: Route, parts: PipelineParts): RouteRunner {
  const schemas = inputSchemas(route);
  return async (exchange, params) => {
    const principal = route.access === 'public' ? ANONYMOUS : await identify(exchange, parts);
    const query = parseQuery(exchange.search);
    const early = { params, query, body: undefined };
    const restricted = route.access === 'public' ? undefined : route.access;
    const judgeByBody = restricted !== undefined && namesInBody(restricted.tenant);
    if (restricted !== undefined && !judgeByBody) admit(restricted, principal, early);
    const body = schemas.body === undefined ? undefined : await readJson(exchange.request, parts.bounds);
    const raw = { params, query, body };
    if (restricted !== undefined && judgeByBody) admit(restricted, principal, raw);
    const input = checkRequest(schemas, raw, exchange);
    const named = restricted === undefined ? [] : admit(restricted, principal, input as RawInput);
    const ifMatch = exchange.request.headers.get('if-match');
    if (route.ifMatch === 'required' && ifMatch === null) throw missingIfMatch();
    const work = (signal: () => AbortSignal) => answerCall(route, { exchange, principal, input, named }, signal, parts);
    const mayHaveKey = route.method === 'POST' && route.idempotent !== false && restricted !== undefined;
    return parts.deadlines.run<Answer>(exchange.request, (signal) => {
      if (!mayHaveKey || !hasKey(exchange.request)) return work(signal);
      const about = {
        subject: principal.sub,
        route: routeName(route),
        clock: parts.options.clock,
        input: () => digest(inputText(exchange, body)),
        gaveUp: () => signal().aborted,
      };
      const { keeper, options } = parts;
      return runOnce({ store: options.idempotency, keeper }, exchange, about, () => work(neverAborted));
    });
  };
}

/** What has a key is worth ending: its answer is kept, whoever waits for it. */
const neverAborted = (): AbortSignal => new AbortController().signal;

async function identify(exchange: Exchange, { options, limit }: PipelineParts): Promise<Principal> {
  const principal = await options.auth.authenticate(exchange.request.headers.get('authorization') ?? undefined);
  const waitMs = limit.take(principal.sub);
  if (waitMs > 0) {
    throw problem('too-many-requests', 'This subject sends more requests than its rate allows.', {
      retryAfterMs: waitMs,
    });
  }
  return principal;
}

/** @returns the tenants that are named. Throws 404 or 403. */
function admit(access: Restricted, principal: Principal, input: RawInput): readonly string[] {
  const named = namedTenants(access.tenant, input);
  const verdict = authorise(access.roles, principal, named);
  if (verdict === 'hidden') throw notFound();
  // Whose object it is will be known when it is loaded; till then a weak tenant role can be told neither 403 nor 404.
  const later = access.tenant === 'loaded' && principal.tenantId !== undefined && !principal.roles.some(isPlatformWide);
  if (verdict === 'forbidden' && !later) throw forbidden();
  return named;
}

interface CallInput {
  readonly exchange: Exchange;
  readonly principal: Principal;
  readonly input: CheckedInput;
  readonly named: readonly string[];
}

async function answerCall(
  route: Route,
  about: CallInput,
  signal: () => AbortSignal,
  parts: PipelineParts,
): Promise<RouteAnswer> {
  const state = createCall(route, { ...about, signal }, parts.options);
  const reply = await route.handle(state.call);
  state.verify(reply);
  return createAnswer(route, reply, { ...about, ...parts });
}
