/**
 * Calls on OpenProject's API v3: authenticated, with a time limit, their failures translated. Owns paths, pages and the
 * API's words for errors; leaves what to call when to the provider.
 * https://www.openproject.org/docs/api/introduction/
 *
 * 1. A status that the caller expects is an answer, not an error.
 * 2. Lists are read to their end, within a bound of pages.
 */
import { bound, invalid } from '@leasehold/kernel';
import { type Around, type CallKind, createCaller } from '../edge/caller.ts';
import { createHttpClient, type HttpAnswer, type HttpRequest, type Tls } from '../edge/http-client.ts';
import { socketFault, statusFault } from '../edge/network-fault.ts';

export interface OpenProjectSettings {
  /** `https://projects.example.com`, with a path where it is served below one. */
  readonly url: string;
  readonly apiKey: string;
  readonly tls?: Tls;
  /** One call. Shipped: 15 s. */
  readonly timeoutMs?: number;
  readonly around?: Around;
}

export interface ProjectCall {
  readonly name: string;
  readonly method: HttpRequest['method'];
  /** Below the server's root, encoded, from `/api/v3`. */
  readonly path: string;
  readonly body?: unknown;
  readonly expect?: readonly number[];
}

export interface ProjectAnswer {
  readonly status: number;
  readonly json: unknown;
  readonly location: string | undefined;
}

export interface Filter {
  readonly [field: string]: { readonly operator: string; readonly values: readonly string[] };
}

export interface OpenProjectApi {
  call(request: ProjectCall, signal: AbortSignal): Promise<ProjectAnswer>;
  /** Every element of a collection, page by page. */
  list<T>(name: string, path: string, filters: readonly Filter[], signal: AbortSignal): AsyncGenerator<readonly T[]>;
  close(): void;
}

const PAGE_ELEMENTS = bound('openproject-page-elements', 200);
const PAGES = bound('openproject-pages', 500);

export function createOpenProjectApi(settings: OpenProjectSettings): OpenProjectApi {
  const http = createHttpClient(settings.url, settings.tls);
  const caller = createCaller({
    backend: 'openproject',
    timeoutMs: bound('openproject-call-ms', settings.timeoutMs ?? 15_000),
    translate: (error, call) => socketFault(call, error),
    around: settings.around,
  });
  const authorization = `Basic ${Buffer.from(`apikey:${settings.apiKey}`).toString('base64')}`;
  const call: OpenProjectApi['call'] = (request, signal) => {
    const kind: CallKind = request.method === 'GET' ? 'read' : 'effect';
    return caller({ name: request.name, kind }, signal, async (inner) => {
      const { method, path, body } = request;
      // The server asks for a media type even where there is no body.
      const headers = { authorization, accept: 'application/hal+json', 'content-type': 'application/json' };
      const sent: HttpRequest = { method, path, headers };
      const answer = await http.send(body === undefined ? sent : { ...sent, body: JSON.stringify(body) }, inner);
      return judge(request, kind, answer);
    });
  };
  return {
    call,
    list: (name, path, filters, signal) => pages(call, { name, path, filters }, signal),
    close: http.close,
  };
}

interface Collection<T> {
  readonly total: number;
  readonly _embedded: { readonly elements: readonly T[] };
}

async function* pages<T>(
  call: OpenProjectApi['call'],
  { name, path, filters }: { readonly name: string; readonly path: string; readonly filters: readonly Filter[] },
  signal: AbortSignal,
): AsyncGenerator<readonly T[]> {
  let read = 0;
  for (let page = 1; page <= PAGES.value; page++) {
    const query = new URLSearchParams({ offset: String(page), pageSize: String(PAGE_ELEMENTS.value) });
    query.set('filters', JSON.stringify(filters));
    query.set('sortBy', JSON.stringify([['id', 'asc']]));
    const { json } = await call({ name, method: 'GET', path: `${path}?${query}` }, signal);
    const { total, _embedded } = json as Collection<T>;
    read += _embedded.elements.length;
    yield _embedded.elements;
    if (_embedded.elements.length === 0 || read >= total) return;
  }
  throw invalid(`openproject lists more than ${PAGES.value * PAGE_ELEMENTS.value} elements (${name})`, {
    code: 'TooManyElements',
    backend: 'openproject',
  });
}

function judge(request: ProjectCall, kind: CallKind, answer: HttpAnswer): ProjectAnswer {
  const json = parsed(answer.body);
  const { status, location } = answer;
  if (status < 300 || request.expect?.includes(status)) return { status, json, location };
  const named = { backend: 'openproject', name: request.name, kind };
  throw statusFault(named, { status, retryAfter: answer.retryAfter, message: messageIn(json) });
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

interface ApiError {
  readonly message?: string;
  readonly _embedded?: {
    readonly details?: { readonly attribute?: string };
    readonly errors?: readonly ApiError[];
  };
}

const messageIn = (json: unknown): string => (json as ApiError | undefined)?.message ?? '';

/** The attributes that a 422 complains of; several violations come as a list of errors. */
export function violated(json: unknown): readonly string[] {
  const { _embedded } = (json ?? {}) as ApiError;
  const errors = _embedded?.errors ?? [json as ApiError];
  return errors.map((error) => error?._embedded?.details?.attribute ?? '').filter((name) => name !== '');
}
