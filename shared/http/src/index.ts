export {
  type Access,
  ANONYMOUS,
  authorise,
  isPlatformWide,
  isRole,
  type Principal,
  READERS,
  type Restricted,
  ROLES,
  type Role,
  type Tenancy,
  type TenantSource,
  type Verdict,
  type Visibility,
} from './access.ts';
export { createApp } from './app.ts';
export {
  type App,
  type AppBounds,
  type AppOptions,
  type BackendState,
  DEFAULT_BOUNDS,
  type Readiness,
} from './app-options.ts';
export { type Auth, type AuthKeys, type AuthOptions, createAuth } from './auth.ts';
export type { Call } from './call.ts';
export {
  type Begun,
  createMemoryIdempotencyStore,
  type IdempotencyStore,
  KEEP_MS,
  RUNNING_MS,
  type StoredAnswer,
} from './idempotency.ts';
export { mintToken, type TokenRequest } from './mint.ts';
export { nearestName } from './nearest.ts';
export { createOpenApi, type OpenApiDocument } from './openapi.ts';
export { decodeCursor, encodeCursor, PAGE_DEFAULT, PAGE_LIMIT, PAGE_QUERY, pageOf } from './page.ts';
export {
  asProblem,
  forbidden,
  type InputError,
  invalidInput,
  notFound,
  ProblemError,
  type ProblemOptions,
  problem,
} from './problem.ts';
export { queryBoolean, queryInteger, queryNumber, queryTime } from './query.ts';
export type { AnyReply, EventSource, Reply, ReplyHead, ResponseSpec, Responses, StreamEvent } from './reply.ts';
export {
  type CallOf,
  defineRoute,
  type Method,
  type RequestSchemas,
  type Route,
  type RouteSpec,
  routeName,
} from './route.ts';
export { type ServeOptions, type Serving, serve } from './server.ts';
export { type Checked, checkInput } from './validation.ts';
