/**
 * Calls on OpenProject's API v3: authenticated, with a time limit, their failures translated. Owns paths, pages and the
 * API's words for errors; leaves what to call when to the provider.
 * https://www.openproject.org/docs/api/introduction/
 *
 * 1. A status that the caller expects is an answer, not an error, where the API says so in its own form: a 404 of a proxy proves
 *    no absence, a page of HTML (a login, maintenance) is nobody's answer.
 * 2. Whatever the server fails at is away: no tenant can mend it.
 * 3. Lists are read to their end, within a bound of pages.
 */
import { bound, invalid } from '@leasehold/kernel';
import { type Around, type CallKind, createCaller } from '../edge/caller.ts';
import { isRecord } from '../edge/difference.ts';
import { createHttpClient, type HttpAnswer, type HttpRequest, type Tls } from '../edge/http-client.ts';
import { notTheBackend, serverAway, socketFault, statusFault } from '../edge/network-fault.ts';

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
  /** A POST that only asks is a read. Shipped: GET reads, anything else is an effect. */
  readonly kind?: CallKind;
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

export interface Listing {
  readonly name: string;
  readonly path: string;
  readonly filters?: readonly Filter[];
  /** Shipped: by ascending ids. */
  readonly newestFirst?: boolean;
}

export interface OpenProjectApi {
  call(request: ProjectCall, signal: AbortSignal): Promise<ProjectAnswer>;
  /** Every element of a collection, page by page. */
  list<T>(listing: Listing, signal: AbortSignal): AsyncGenerator<readonly T[]>;
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
    const kind: CallKind = request.kind ?? (request.method === 'GET' ? 'read' : 'effect');
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
    list: (listing, signal) => pages(call, listing, signal),
    close: http.close,
  };
}

interface Collection<T> {
  readonly total: number;
  readonly _embedded: { readonly elements: readonly T[] };
}

async function* pages<T>(
  call: OpenProjectApi['call'],
  { name, path, filters = [], newestFirst = false }: Listing,
  signal: AbortSignal,
): AsyncGenerator<readonly T[]> {
  let read = 0;
  for (let page = 1; page <= PAGES.value; page++) {
    const query = new URLSearchParams({ offset: String(page), pageSize: String(PAGE_ELEMENTS.value) });
    query.set('filters', JSON.stringify(filters));
    query.set('sortBy', JSON.stringify([['id', newestFirst ? 'desc' : 'asc']]));
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
  const isEmpty = request.method !== 'GET' && answer.body.trim() === '';
  const isError = isRecord(json) && json['_type'] === 'Error';
  const given = { status, json, location };
  if (status < 300 && (isEmpty || (isRecord(json) && typeof json['_type'] === 'string'))) return given;
  if (request.expect?.includes(status) && (isError || (status < 400 && isEmpty))) return given;
  const named = { backend: 'openproject', name: request.name, kind };
  if (!isError) throw notTheBackend(named, answer);
  const failed = { status, retryAfter: answer.retryAfter, message: messageIn(json) };
  throw status >= 500 ? serverAway(named, failed, status !== 503) : statusFault(named, failed);
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

export interface Violation {
  readonly attribute: string;
  /** In the language of the key's user. */
  readonly message: string;
}

/** What a 422 complains of; several violations come as a list of errors. */
export function violations(json: unknown): readonly Violation[] {
  const { _embedded } = (json ?? {}) as ApiError;
  const errors = _embedded?.errors ?? [json as ApiError];
  return errors
    .map((error) => ({ attribute: error?._embedded?.details?.attribute ?? '', message: error?.message ?? '' }))
    .filter(({ attribute }) => attribute !== '');
}

/** What a form says of a body that it was asked about; undefined: nothing of this attribute. */
export function formViolation(json: unknown, attribute: string): string | undefined {
  type Form = { readonly _embedded?: { readonly validationErrors?: Readonly<Record<string, ApiError>> } };
  const error = (json as Form | undefined)?._embedded?.validationErrors?.[attribute];
  return error === undefined ? undefined : (error.message ?? 'refused');
}
