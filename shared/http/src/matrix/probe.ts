/**
 * The routes of a service with their access as it is and everything else taken away, so that every cell of the matrix can
 * be asked of the real pipeline without a backend and without valid input.
 */
import { seededRng, silentLog, systemClock } from '@leasehold/kernel';
import { silentMetrics } from '@leasehold/observability';
import { z } from 'zod';
import { isRole, type Principal } from '../access.ts';
import { createApp } from '../app.ts';
import type { App } from '../app-options.ts';
import type { Auth } from '../auth.ts';
import { createMemoryIdempotencyStore } from '../idempotency.ts';
import { notFound, problem } from '../problem.ts';
import type { Route } from '../route.ts';
import { sourcesOf } from '../tenancy.ts';

export const OWN = 'own-tenant';
export const FOREIGN = 'foreign-tenant';
export const MISSING = 'missing-tenant';

/** The tenant of the loaded object travels in the request id: `probe:<tenant>`. */
const loadedTenant = (requestId: string): string => requestId.split(':')[1] ?? MISSING;

export function createProbe(routes: readonly Route[]): App {
  return createApp({
    title: 'probe',
    version: '0',
    routes: routes.map(bare),
    auth: plainAuth,
    clock: systemClock,
    log: silentLog,
    metrics: silentMetrics,
    rng: seededRng(1),
    idempotency: createMemoryIdempotencyStore(systemClock),
    health: () => true,
    ready: async () => ({ ready: true, backends: {} }),
  });
}

function bare({ method, path, access, request }: Route): Route {
  const queryNames =
    access === 'public' ? [] : sourcesOf(access.tenant).filter((source) => source.startsWith('query:'));
  const query = z.object(Object.fromEntries(queryNames.map((source) => [source.slice(6), z.string().optional()])));
  return {
    method,
    path,
    access,
    summary: 'probe',
    tags: ['probe'],
    request: { query, ...(request?.body !== undefined && { body: z.looseObject({}) }) },
    responses: { 204: { description: 'The handler was reached.' } },
    handle: (call) => {
      if (access !== 'public' && access.tenant === 'loaded') {
        const tenantId = loadedTenant(call.requestId);
        if (tenantId === MISSING) throw notFound();
        call.admit(tenantId);
      }
      return { status: 204 };
    },
  };
}

/** `Bearer <role>`: this app never leaves its test. */
const plainAuth: Auth = {
  authenticate: async (authorization): Promise<Principal> => {
    if (authorization === undefined) throw problem('unauthenticated', 'This needs a token.');
    const role = authorization.slice('Bearer '.length);
    return { sub: role, roles: isRole(role) ? [role] : [], tenantId: OWN, expiresAtMs: Number.POSITIVE_INFINITY };
  },
};
