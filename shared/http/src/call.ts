/**
 * One call of a route as its handler sees it: input that is checked, a caller that is authorised, and what a handler needs
 * to work. Nothing of HTTP's own machinery.
 */
import type { Clock, Log, Rng } from '@leasehold/kernel';
import type { TraceContext } from '@leasehold/observability';
import type { Principal, Role, Visibility } from './access.ts';

export interface Call<Params = unknown, Query = unknown, Body = unknown, Headers = unknown> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly headers: Headers;
  readonly principal: Principal;
  /** The tenant this call is about: the one it names first, else the caller's own; absent for neither. */
  readonly tenantId: string | undefined;
  /** What lists may show. */
  readonly scope: Visibility;
  readonly requestId: string;
  /** The request's path with its query, as it came. */
  readonly url: string;
  readonly trace: TraceContext;
  readonly log: Log;
  readonly clock: Clock;
  readonly rng: Rng;
  /** Aborted when the caller hangs up or the request takes longer than its bound. */
  readonly signal: AbortSignal;
  hasRole(...roles: readonly Role[]): boolean;
  /** Whether the caller may know of this tenant's objects: for leaving out, and for objects named in other objects. */
  canSee(tenantId: string): boolean;
  /** For an object whose tenant is known only now. Throws `not-found` or `forbidden`. `undefined`: a platform object. */
  admit(tenantId: string | undefined): void;
  /** Throws `precondition-failed` when the route wants `If-Match` and the caller's is not this version's. */
  requireMatch(version: string | number): void;
  /** Whether the caller prefers this media type by name: `text/event-stream`. */
  accepts(mediaType: string): boolean;
}
