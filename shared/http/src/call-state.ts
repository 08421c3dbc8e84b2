/**
 * Makes the `Call` that a handler sees, and remembers whether an object whose tenant had to be loaded was admitted.
 */
import { bug } from '@leasehold/kernel';
import { authorise, type Principal, visibility } from './access.ts';
import type { AppOptions } from './app-options.ts';
import type { Call } from './call.ts';
import { missingIfMatch, requireMatch } from './etag.ts';
import type { Exchange } from './exchange.ts';
import { forbidden, notFound } from './problem.ts';
import type { AnyReply } from './reply.ts';
import type { CheckedInput } from './request-input.ts';
import { type Route, routeName } from './route.ts';

export interface CallParts {
  readonly exchange: Exchange;
  readonly principal: Principal;
  readonly input: CheckedInput;
  readonly named: readonly string[];
  readonly signal: () => AbortSignal;
}

export interface CallState {
  readonly call: Call;
  /** Throws a bug when the handler answered without having admitted what it loaded. */
  verify(reply: AnyReply): void;
}

export function createCall(route: Route, parts: CallParts, options: AppOptions): CallState {
  const { exchange, principal, input } = parts;
  const roles = route.access === 'public' ? [] : route.access.roles;
  const scope = visibility(roles, principal) ?? { kind: 'tenant', tenantId: principal.tenantId ?? '' };
  let admitted = route.access === 'public' || route.access.tenant !== 'loaded';
  const call: Call = {
    ...input,
    principal,
    tenantId: parts.named[0] ?? principal.tenantId,
    scope,
    requestId: exchange.requestId,
    url: exchange.search === '' ? exchange.path : `${exchange.path}?${exchange.search}`,
    trace: exchange.trace,
    get log() {
      return exchange.log;
    },
    clock: options.clock,
    rng: options.rng,
    get signal() {
      return parts.signal();
    },
    hasRole: (...wanted) => principal.roles.some((role) => wanted.includes(role)),
    canSee: (tenantId) => authorise(roles, principal, [tenantId]) !== 'hidden',
    admit: (tenantId) => {
      admitted = true;
      // A platform object belongs to no tenant: a tenant's roles do not see it.
      const verdict = authorise(roles, principal, [tenantId ?? '']);
      if (verdict === 'hidden') throw notFound();
      if (verdict === 'forbidden') throw forbidden();
    },
    requireMatch: (version) => {
      const header = exchange.request.headers.get('if-match');
      if (header === null && route.ifMatch === 'required') throw missingIfMatch();
      requireMatch(header, version);
    },
    accepts: (mediaType) => (exchange.request.headers.get('accept') ?? '').toLowerCase().includes(mediaType),
  };
  return {
    call,
    verify: (reply) => {
      if (!admitted) throw bug(`${routeName(route)} answered ${reply.status} without call.admit`);
    },
  };
}
