/**
 * For this package's tests: a clock that is moved by hand, a few routes of every kind, an app over them, calls of it.
 */
import { bound, type Clock, type Log, seededRng, silentLog } from '@leasehold/kernel';
import { silentMetrics } from '@leasehold/observability';
import { z } from 'zod';
import { READERS, type Role } from '../src/access.ts';
import { createApp } from '../src/app.ts';
import type { App, AppOptions } from '../src/app-options.ts';
import { createAuth } from '../src/auth.ts';
import { createMemoryIdempotencyStore } from '../src/idempotency.ts';
import { mintToken } from '../src/mint.ts';
import { PAGE_QUERY, pageOf } from '../src/page.ts';
import { notFound } from '../src/problem.ts';
import { queryBoolean } from '../src/query.ts';
import { defineRoute } from '../src/route.ts';

export const SECRET = 'a shared secret of more than 32 bytes';
export const START_MS = Date.UTC(2026, 2, 1);

export interface HandClock extends Clock {
  /** Moves time on and wakes who slept until then. */
  advance(ms: number): Promise<void>;
  readonly sleepers: number;
}

export function handClock(): HandClock {
  let now = START_MS;
  const sleepers = new Set<{ readonly atMs: number; readonly wake: () => void }>();
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper = { atMs: now + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
      }),
    advance: async (ms) => {
      now += ms;
      for (const sleeper of [...sleepers]) {
        if (sleeper.atMs > now) continue;
        sleepers.delete(sleeper);
        sleeper.wake();
      }
      await new Promise((resolve) => setImmediate(resolve));
    },
    get sleepers() {
      return sleepers.size;
    },
  };
}

const TENANT = z
  .strictObject({
    tenant_id: z.string().meta({ description: 'Who.' }),
    tier: z.enum(['free', 'starter']),
    pods: z.number().int().min(1).default(3),
  })
  .meta({ id: 'Tenant' });

const reads = [
  defineRoute(
    {
      method: 'GET',
      path: '/api/v1/tenants/{tenant_id}',
      summary: 'Read a tenant',
      tags: ['tenants'],
      access: { roles: READERS, tenant: 'path:tenant_id' },
      responses: { 200: { description: 'The tenant.', schema: TENANT, events: TENANT } },
    },
    (call) => {
      if (call.params.tenant_id !== 'acme') throw notFound();
      return { status: 200, body: { tenant_id: 'acme', tier: 'free' }, etag: 3 };
    },
  ),
  defineRoute(
    {
      method: 'GET',
      path: '/api/v1/tenants',
      summary: 'List tenants',
      tags: ['tenants'],
      access: { roles: READERS, tenant: 'list' },
      request: { query: z.strictObject({ ...PAGE_QUERY, dry_run: queryBoolean.optional() }) },
      responses: { 200: { description: 'A page.', schema: pageOf(TENANT) } },
    },
    (call) => ({ status: 200, body: { items: [], next_cursor: `${call.query.limit} ${JSON.stringify(call.scope)}` } }),
  ),
  defineRoute(
    {
      method: 'GET',
      path: '/api/v1/policies/{policy_id}',
      summary: 'Read a policy',
      tags: ['policies'],
      access: { roles: ['tenant-admin', 'platform-admin'], tenant: 'loaded' },
      responses: { 200: { description: 'The policy.', schema: z.strictObject({ id: z.string() }) } },
    },
    (call) => {
      if (call.params.policy_id === 'none') throw notFound();
      if (call.params.policy_id !== 'forgotten') call.admit('acme');
      return { status: 200, body: { id: call.params.policy_id } };
    },
  ),
];

const writes = [
  defineRoute(
    {
      method: 'POST',
      path: '/api/v1/provision',
      summary: 'Provision a tenant',
      tags: ['tenants'],
      access: { roles: ['platform-admin', 'service', 'tenant-admin'], tenant: 'body:tenant_id' },
      request: { body: TENANT },
      responses: { 202: { description: 'Started.', schema: z.strictObject({ draw: z.number() }) } },
    },
    (call) => ({ status: 202, body: { draw: call.rng.next() }, location: `/api/v1/tenants/${call.body.tenant_id}` }),
  ),
  defineRoute(
    {
      method: 'PUT',
      path: '/api/v1/tenants/{tenant_id}/quota',
      summary: 'Set the quota',
      tags: ['quota'],
      ifMatch: 'required',
      access: { roles: ['platform-admin'], tenant: 'path:tenant_id' },
      request: { body: z.strictObject({ cpu: z.number() }) },
      responses: { 200: { description: 'Stored.', schema: z.strictObject({ cpu: z.number() }) } },
    },
    (call) => {
      call.requireMatch(7);
      return { status: 200, body: call.body };
    },
  ),
];

export const ROUTES = [...reads, ...writes];

export function fixtureApp(over: Partial<AppOptions> = {}, clock: Clock = handClock()): App {
  return createApp({
    title: 'Fixture',
    version: '1.0.0',
    routes: ROUTES,
    auth: createAuth({ keys: { kind: 'secret', secret: SECRET }, clock }),
    clock,
    log: silentLog,
    metrics: silentMetrics,
    rng: seededRng(1),
    idempotency: createMemoryIdempotencyStore(clock),
    health: () => true,
    ready: async () => ({ ready: true, backends: {} }),
    checkAnswers: true,
    ...over,
  });
}

/** A token that the fixture's app takes. */
export const tokenFor = (roles: readonly Role[], tenantId?: string, sub: string = roles.join('+')): Promise<string> =>
  mintToken(
    SECRET,
    { sub, roles, ttlMs: 3_600_000, ...(tenantId !== undefined && { tenantId }) },
    { now: () => START_MS, sleep: async () => undefined },
  );

export interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Record<string, unknown>;
  readonly text: string;
}

export async function tell(
  app: App,
  line: string,
  options: { readonly token?: string; readonly body?: unknown; readonly headers?: Record<string, string> } = {},
): Promise<Told> {
  const [method, path] = line.split(' ') as [string, string];
  const { token, body } = options;
  const response = await app.fetch(
    new Request(`http://fixture${path}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    }),
  );
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
  return { status: response.status, headers: response.headers, json: isJson ? JSON.parse(text) : {}, text };
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: unknown;
}

/** A log that remembers its lines. */
export function recordingLog(): Log & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: string) => (message: string, fields?: unknown) => {
    lines.push({ level, message, fields });
  };
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log, lines };
  return log;
}

export const tight = { ratePerSecond: bound('test rate', 1), rateBurst: bound('test burst', 2) };
