/**
 * The authorisation matrix asked of the running process: every route that it documents, every role, the caller's own tenant,
 * another one that exists, and one that does not. What exists elsewhere is never told from what exists nowhere.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mintToken, type Route } from '@leasehold/http';
import { type Caller, checkMatrix, FOREIGN, MISSING, matrix, OWN } from '@leasehold/http/matrix';
import { systemClock } from '@leasehold/kernel';
import { provisionerRoutes, type RouteParts } from '@leasehold/tenant-provisioner';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { untilAll } from '../support/api.ts';
import { type Product, startProduct } from '../support/product.ts';

const ROLES = ['platform-admin', 'platform-viewer', 'tenant-admin', 'tenant-user', 'service'] as const;
const TENANT_CALLERS = ['tenant-admin', 'tenant-user', 'no-role'] as const;
const BACKENDS = ['pulsar', 'cassandra', 'minio'];
const COMPLETE_MS = 20_000;
const TOKEN_MS = 600_000;

let product: Product;
let routes: readonly Route[];
const tokens = new Map<string, string>();

/** Handlers never run here: a table of routes needs no service behind it. */
const table = (): readonly Route[] => provisionerRoutes({} as RouteParts, BACKENDS);

beforeAll(async () => {
  routes = table();
  product = await startProduct();
  for (const id of [OWN, FOREIGN]) await product.api.provision(id);
  await untilAll(product.api, [OWN, FOREIGN], 'completed', COMPLETE_MS, product.tail);
});
afterAll(() => product?.clear());

/** Signed with the secret that the process made for itself. */
async function token(caller: Caller, tenantId: string): Promise<string> {
  const known = tokens.get(caller);
  if (known !== undefined) return known;
  const secret = readFileSync(join(product.dataDir, 'signing.secret'), 'utf8').trim();
  const roles = ROLES.filter((role) => role === caller);
  const isTenants = (TENANT_CALLERS as readonly string[]).includes(caller);
  const request = { sub: `test-${caller}`, roles, ttlMs: TOKEN_MS, ...(isTenants ? { tenantId } : {}) };
  const made = await mintToken(secret, request, systemClock);
  tokens.set(caller, made);
  return made;
}

/** The app of the matrix, answered by the process over its port. */
const overHttp = (request: Request): Promise<Response> => {
  const { pathname, search } = new URL(request.url);
  return fetch(new Request(product.url + pathname + search, request));
};

test('the table that is asked is the one that the process serves: every documented path, no other', async () => {
  const { body } = await product.api.get('/openapi.json');
  const served = Object.entries(body.paths as Record<string, object>)
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
    .filter((name) => name.includes(' /api/'));
  const known = routes.map(({ method, path }) => `${method} ${path}`);
  expect(served.sort()).toEqual(known.sort());
});

test('every route, every role, own, foreign and missing tenant: as the contract says', async () => {
  const app = { fetch: overHttp } as Parameters<typeof checkMatrix>[0]['real'] extends { app: infer A } | undefined
    ? A
    : never;
  const { cells, mismatches } = await checkMatrix({ routes, real: { app, token } });
  console.log(`${cells} cells over ${routes.length} routes, each refusal asked of the running process too`);
  expect(cells).toBeGreaterThan(300);
  expect(mismatches).toEqual([]);
});

/** Paths that are wrong in nothing but the tenant, and what differs of necessity taken away. */
async function seen(route: Route, caller: Caller, tenantId: string) {
  const path = route.path.replaceAll(/\{([^}]+)\}/g, (_, name: string) =>
    name === 'operation_id' ? `op_${tenantId}_1` : tenantId,
  );
  const query = route.path.endsWith('/audit') ? `?tenant_id=${tenantId}` : '';
  const body =
    route.request?.body === undefined || route.method === 'GET' ? {} : { body: bodyFor(route.path, tenantId) };
  const answer = await product.api.call(route.method, path + query, { ...body, token: await token(caller, OWN) });
  const { instance: _instance, request_id: _id, ...rest } = answer.body as Record<string, unknown>;
  const headers = [...answer.headers].filter(([name]) => name !== 'x-request-id' && name !== 'date').sort();
  return { status: answer.status, headers, body: rest };
}

function bodyFor(path: string, tenantId: string): object {
  if (path.endsWith('/provision') || path.endsWith('/import'))
    return { tenant_id: tenantId, tenant_name: `Tenant ${tenantId}`, tier: 'free' };
  if (path.endsWith('/tier')) return { tier: 'starter' };
  if (path.endsWith('/protection')) return { protected: true };
  return {};
}

test('with valid input too, a foreign tenant answers as a missing one: status, headers and whole body', async () => {
  let compared = 0;
  const told: string[] = [];
  for (const route of routes) {
    if (!matrix([route]).some((cell) => cell.target === 'foreign')) continue;
    for (const caller of TENANT_CALLERS) {
      const [foreign, missing] = [await seen(route, caller, FOREIGN), await seen(route, caller, MISSING)];
      compared += 1;
      const name = `${route.method} ${route.path} as ${caller}`;
      if (JSON.stringify(foreign) !== JSON.stringify(missing))
        told.push(`${name}: ${JSON.stringify(foreign)} and ${JSON.stringify(missing)}`);
      if (foreign.status !== 404) told.push(`${name}: ${foreign.status}`);
    }
  }
  console.log(`${compared} pairs compared`);
  expect(told).toEqual([]);
  expect(compared).toBeGreaterThan(30);
});

test('a refused write did nothing, and lists show a tenant role its own tenant alone', async () => {
  const { body } = await product.api.get('/api/v1/tenants?limit=200');
  expect(body.items.map((item: { tenant_id: string }) => item.tenant_id).sort()).toEqual([FOREIGN, OWN].sort());
  for (const item of body.items) expect(item).toMatchObject({ tier: 'free', protected: false, status: 'completed' });
  for (const caller of ['tenant-admin', 'tenant-user'] as const) {
    const own = await product.api.call('GET', '/api/v1/tenants', { token: await token(caller, OWN) });
    expect(own.body.items.map((item: { tenant_id: string }) => item.tenant_id)).toEqual([OWN]);
  }
});

test('no token, a broken one and one that has expired are 401, whatever is asked for', async () => {
  const secret = readFileSync(join(product.dataDir, 'signing.secret'), 'utf8').trim();
  const expired = await mintToken(
    secret,
    { sub: 'late', roles: ['platform-admin'], ttlMs: 1_000 },
    { ...systemClock, now: () => Date.now() - 3_600_000 },
  );
  const forged = await mintToken('x'.repeat(40), { sub: 'x', roles: ['platform-admin'], ttlMs: TOKEN_MS }, systemClock);
  for (const bearer of ['', 'nonsense', expired, forged])
    for (const path of ['/api/v1/tenants', `/api/v1/tenants/${OWN}`, `/api/v1/tenants/${MISSING}`, '/api/v1/control']) {
      const { status, headers } = await product.api.call('GET', path, { token: bearer });
      expect([path, status, headers.has('www-authenticate')]).toEqual([path, 401, true]);
    }
  for (const path of ['/health', '/ready', '/metrics']) {
    const open = await product.api.call('GET', path, { token: '' });
    expect([path, open.status]).toEqual([path, 200]);
    expect(JSON.stringify(open.body)).not.toContain(OWN);
  }
});
