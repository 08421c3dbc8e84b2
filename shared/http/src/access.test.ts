import { expect, test } from 'vitest';
import { fixtureApp, ROUTES, tell, tokenFor } from '../test/fixture.ts';
import { authorise, isRole, type Principal, type Role, visibility } from './access.ts';
import { checkMatrix, matrix, OWN, renderMatrix } from './matrix/index.ts';
import { defineRoute } from './route.ts';

const who = (roles: readonly Role[], tenantId?: string): Principal => ({
  sub: 'x',
  roles,
  expiresAtMs: Number.POSITIVE_INFINITY,
  ...(tenantId !== undefined && { tenantId }),
});

test('A2: a foreign tenant is hidden whatever the tenant role, also beside the own one', () => {
  expect(authorise(['tenant-admin'], who(['tenant-admin'], 'acme'), ['other'])).toBe('hidden');
  expect(authorise(['tenant-admin'], who(['tenant-user'], 'acme'), ['other'])).toBe('hidden');
  expect(authorise(['tenant-admin'], who(['tenant-admin'], 'acme'), ['acme', 'other'])).toBe('hidden');
});

test('A3: the own tenant with too weak a role is forbidden, a strong one allowed', () => {
  expect(authorise(['tenant-admin'], who(['tenant-user'], 'acme'), ['acme'])).toBe('forbidden');
  expect(authorise(['tenant-admin'], who(['tenant-user', 'tenant-admin'], 'acme'), ['acme'])).toBe('allowed');
});

test('a tenant role without a tenant reaches nothing', () => {
  expect(authorise(['tenant-admin'], who(['tenant-admin']), [])).toBe('forbidden');
  expect(authorise(['tenant-admin'], who(['tenant-admin']), ['acme'])).toBe('hidden');
  expect(visibility(['tenant-admin'], who(['tenant-admin']))).toBeUndefined();
});

test('a platform-wide role does not lend its reach to a tenant role', () => {
  expect(authorise(['tenant-admin'], who(['service', 'tenant-admin'], 'acme'), ['other'])).toBe('forbidden');
  expect(visibility(['tenant-admin'], who(['service', 'tenant-admin'], 'acme'))).toEqual({
    kind: 'tenant',
    tenantId: 'acme',
  });
});

test('every cell of the matrix holds, on bare handlers and on the app as it is', async () => {
  const report = await checkMatrix({
    routes: ROUTES,
    real: {
      app: fixtureApp(),
      token: (caller, tenantId) => tokenFor(isRole(caller) ? [caller] : [], tenantId, caller),
    },
  });
  expect(report.mismatches).toEqual([]);
  expect(report.cells).toBe(matrix(ROUTES).length);
  expect(renderMatrix(ROUTES)).toContain('| `POST /api/v1/provision` | yes | 403 | yes/404 | 403/404 | yes |');
});

test('a foreign object and a missing one have the same answer but for path and request id', async () => {
  const app = fixtureApp();
  const token = await tokenFor(['tenant-admin'], 'acme');
  const strip = async (path: string) => {
    const { status, json, headers } = await tell(app, `GET ${path}`, { token });
    const { instance: _instance, request_id: _id, ...rest } = json;
    return [status, rest, [...headers].filter(([name]) => name !== 'x-request-id')];
  };
  expect(await strip('/api/v1/tenants/other')).toEqual(await strip('/api/v1/tenants/never-was'));
  expect(await strip('/api/v1/policies/p1')).not.toEqual(await strip('/api/v1/policies/none'));
});

test('a foreign tenant in a body is hidden in any letter case, before the body is judged', async () => {
  const token = await tokenFor(['tenant-admin'], 'acme');
  const post = async (body: unknown) => (await tell(fixtureApp(), 'POST /api/v1/provision', { token, body })).status;
  expect([
    await post({ tenant_id: 'OTHER', nonsense: 1 }),
    await post({ tenant_id: { $ne: 1 } }),
    await post({ tenant_id: 'ACME', tier: 'free' }),
  ]).toEqual([404, 404, 202]);
});

test('an id that names its tenant is judged by it', async () => {
  const route = defineRoute(
    {
      method: 'GET',
      path: '/api/v1/operations/{operation_id}',
      summary: 'Read an operation',
      tags: ['x'],
      access: { roles: ['tenant-admin'], tenant: 'id:operation_id' },
      responses: { 204: { description: 'There.' } },
    },
    () => ({ status: 204 }),
  );
  const app = fixtureApp({ routes: [route] });
  const token = await tokenFor(['tenant-admin'], OWN);
  const get = async (id: string) => (await tell(app, `GET /api/v1/operations/${id}`, { token })).status;
  expect([await get(`op_${OWN}_1`), await get('op_other_1'), await get('rubbish')]).toEqual([204, 404, 404]);
});

test('A1: a route without access, with an unknown role or a source that is not there does not start', () => {
  const define = (access: unknown) => () =>
    defineRoute(
      {
        method: 'GET',
        path: '/x',
        summary: 'x',
        tags: ['x'],
        access: access as 'public',
        responses: { 204: { description: 'x' } },
      },
      () => ({ status: 204 }),
    );
  expect(define(undefined)).toThrow(/declares no access/);
  expect(define({ roles: [], tenant: 'none' })).toThrow(/declares no access/);
  expect(define({ roles: ['god'], tenant: 'none' })).toThrow(/unknown role/);
  expect(define({ roles: ['service'], tenant: 'path:tenant_id' })).toThrow(/not there/);
});
