/**
 * A request's parts, raw and then checked: path parameters, query, headers, body. All mistakes of query, headers and body
 * are told at once.
 */
import { canonicalJson } from '@leasehold/kernel';
import { z } from 'zod';
import type { Exchange } from './exchange.ts';
import { type InputError, invalidInput, notFound } from './problem.ts';
import type { Route } from './route.ts';
import { pathParams } from './route.ts';
import { checkInput } from './validation.ts';

const NO_FIELDS = z.strictObject({});

/** The schemas of a route, made ready once. */
export interface InputSchemas {
  readonly params: z.ZodType;
  readonly query: z.ZodType;
  readonly headers: z.ZodObject | undefined;
  readonly body: z.ZodType | undefined;
}

export function inputSchemas(route: Route): InputSchemas {
  const names = pathParams(route.path);
  const { params, query, headers, body } = route.request ?? {};
  return {
    params: params ?? z.object(Object.fromEntries(names.map((name) => [name, z.string().min(1).max(256)]))),
    query: query === undefined ? NO_FIELDS : query.strict(),
    headers,
    body,
  };
}

/** A name that comes twice is a list, which no schema of a single value takes. */
export function parseQuery(search: string): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {};
  if (search === '') return query;
  for (const [name, value] of new URLSearchParams(search)) {
    const before = Object.hasOwn(query, name) ? query[name] : undefined;
    const now = before === undefined ? value : [before, value].flat();
    Object.defineProperty(query, name, { value: now, enumerable: true, configurable: true, writable: true });
  }
  return query;
}

export interface CheckedInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: unknown;
  readonly body: unknown;
}

/** Throws `not-found` for a path that nothing can be called, `invalid` for the rest. */
export function checkRequest(
  schemas: InputSchemas,
  raw: { readonly params: unknown; readonly query: unknown; readonly body: unknown },
  exchange: Exchange,
): CheckedInput {
  const params = schemas.params.safeParse(raw.params);
  if (!params.success) throw notFound();
  const errors: InputError[] = [];
  const check = (schema: z.ZodType, value: unknown, prefix: string): unknown => {
    const result = checkInput(schema, value, prefix);
    if (result.ok) return result.value;
    errors.push(...result.errors);
    return undefined;
  };
  const query = check(schemas.query, raw.query, '/query');
  const headers = schemas.headers && check(schemas.headers, headersFor(schemas.headers, exchange.request), '/headers');
  const body = schemas.body === undefined ? undefined : check(schemas.body, raw.body, '');
  if (errors.length > 0) throw invalidInput(errors);
  return { params: params.data, query, headers: headers ?? {}, body };
}

const headersFor = (schema: z.ZodObject, request: Request): Record<string, string | undefined> =>
  Object.fromEntries(Object.keys(schema.shape).map((name) => [name, request.headers.get(name) ?? undefined]));

/** What an idempotency key is bound to: the request as it was sent, apart from the order of fields. */
export const inputText = (exchange: Exchange, body: unknown): string =>
  canonicalJson([exchange.path, exchange.search, body ?? null]);
