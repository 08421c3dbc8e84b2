/**
 * A route as data: path, access, schemas, answers, handler. Everything else follows from the table of routes: routing,
 * validation, the authorisation matrix, OpenAPI, the documentation.
 *
 * 1. A route without access does not compile, and one that got here untyped does not start.
 * 2. Objects in a body schema are strict (or loose on purpose): unknown fields are refused by name, never dropped in silence.
 * 3. Paths are written as in OpenAPI: `/api/v1/tenants/{tenant_id}`.
 */
import type { z } from 'zod';
import type { Access } from './access.ts';
import type { Call } from './call.ts';
import type { AnyReply, Reply, Responses } from './reply.ts';
import { checkRoute } from './route-check.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface RequestSchemas {
  /** Without one, a path parameter is a text of at most 256 characters. One that does not fit is 404: nothing is called so. */
  readonly params?: z.ZodObject;
  /** Texts in, so schemas coerce; see query.ts. */
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Lower-case names. */
  readonly headers?: z.ZodObject;
}

export interface RouteSpec<P extends string, Q extends RequestSchemas, R extends Responses> {
  readonly method: Method;
  readonly path: P;
  readonly summary: string;
  /** Markdown, shown in the documentation. */
  readonly description?: string;
  readonly tags: readonly [string, ...string[]];
  readonly access: Access;
  readonly request?: Q;
  readonly responses: R;
  /** An example of the request's body for the documentation; made from the schema without one. */
  readonly example?: unknown;
  /** `required`: a write that needs `If-Match` (428 without it); the handler calls `call.requireMatch(version)`. */
  readonly ifMatch?: 'required';
  /** False: `Idempotency-Key` is not honoured on this POST. */
  readonly idempotent?: false;
  /** Problem codes beyond those that every route may answer, for the documentation. */
  readonly problems?: readonly string[];
}

/** A route as the framework holds it. */
export interface Route extends RouteSpec<string, RequestSchemas, Responses> {
  readonly handle: (call: Call) => AnyReply | Promise<AnyReply>;
}

type PathParams<P extends string> = P extends `${string}{${infer N}}${infer Rest}`
  ? { readonly [K in N]: string } & PathParams<Rest>
  : unknown;
type OutputOf<S, Otherwise> = S extends z.ZodType ? z.output<S> : Otherwise;

export type CallOf<P extends string, Q extends RequestSchemas> = Call<
  OutputOf<Q['params'], PathParams<P>>,
  OutputOf<Q['query'], Record<never, never>>,
  OutputOf<Q['body'], undefined>,
  OutputOf<Q['headers'], Record<never, never>>
>;

/** `A` is inferred from what the handler returns, so that literals stay literal; leave it to the compiler. */
export function defineRoute<
  const P extends string,
  const R extends Responses,
  Q extends RequestSchemas = Record<never, never>,
  const A extends Reply<R> = Reply<R>,
>(spec: RouteSpec<P, Q, R>, handler: (call: CallOf<P, NoInfer<Q>>) => A | Promise<A>): Route {
  const route = { ...spec, handle: handler as unknown as Route['handle'] } as unknown as Route;
  checkRoute(route);
  return route;
}

/** `GET /api/v1/tenants/{tenant_id}`: how a route is called in tables and messages. */
export const routeName = (route: Pick<Route, 'method' | 'path'>): string => `${route.method} ${route.path}`;

/** Names of the path's parameters, in order. */
export const pathParams = (path: string): readonly string[] =>
  [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] as string);
