import { silentLog } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Access } from '../access.ts';
import type { App } from '../app-options.ts';
import { defineRoute, type Route } from '../route.ts';
import { checkMatrix, matrix, OWN, renderMatrix } from './index.ts';

const route = (access: Access, more: object = {}): Route =>
  defineRoute(
    {
      method: 'PUT',
      path: '/x/{tenant_id}',
      summary: 'x',
      tags: ['x'],
      access,
      request: {
        body: z.strictObject({ tenant_id: z.string() }),
        query: z.object({ tenant_id: z.string().optional() }),
      },
      responses: { 204: { description: 'x' } },
      ...more,
    } as never,
    (() => ({ status: 204 })) as never,
  );

const ADMINS = { roles: ['platform-admin', 'tenant-admin'] } as const;

/** What each caller may expect on each target, written as `own foreign missing` or `any`. */
const cellsOf = (access: Access): Record<string, string> =>
  Object.fromEntries(
    [...Map.groupBy(matrix([route(access)]), ({ caller }) => caller)].map(([caller, cells]) => [
      caller,
      cells.map(({ target, expected }) => `${target} ${expected}`).join(', '),
    ]),
  );

test('a route of one tenant: the own is answered by the role, another’s and a missing one are hidden', () => {
  const tenant = (own: string) => `own ${own}, foreign hidden, missing hidden`;
  const platform = (all: string) => `own ${all}, foreign ${all}, missing ${all}`;
  expect(cellsOf({ ...ADMINS, tenant: 'path:tenant_id' })).toEqual({
    'platform-admin': platform('allowed'),
    'platform-viewer': platform('forbidden'),
    service: platform('forbidden'),
    'tenant-admin': tenant('allowed'),
    'tenant-user': tenant('forbidden'),
    'no-role': tenant('forbidden'),
    'no-token': platform('unauthenticated'),
  });
});

test('an object that has to be loaded: what is missing is hidden from everybody who may look', () => {
  expect(cellsOf({ ...ADMINS, tenant: 'loaded' })).toMatchObject({
    'platform-admin': 'own allowed, foreign allowed, missing hidden',
    'platform-viewer': 'own forbidden, foreign forbidden, missing forbidden',
    'tenant-admin': 'own allowed, foreign hidden, missing hidden',
  });
});

test('a route that names no tenant has one cell a caller; a public one is open to all', () => {
  for (const tenant of ['none', 'list'] as const) {
    expect(cellsOf({ ...ADMINS, tenant })).toMatchObject({
      'tenant-admin': 'any allowed',
      'tenant-user': 'any forbidden',
    });
  }
  expect(new Set(Object.values(cellsOf('public')))).toEqual(new Set(['any allowed']));
});

test('the table for people has a row a route and a column a role', () => {
  expect(renderMatrix([route({ ...ADMINS, tenant: 'path:tenant_id' }), route('public')])).toBe(
    [
      '| route | platform-admin | platform-viewer | tenant-admin | tenant-user | service |',
      '| --- | --- | --- | --- | --- | --- |',
      '| `PUT /x/{tenant_id}` | yes | 403 | yes/404 | 403/404 | 403 |',
      '| `PUT /x/{tenant_id}` | yes | yes | yes | yes | yes |',
      '',
    ].join('\n'),
  );
});

test.each<Access>([
  'public',
  { ...ADMINS, tenant: 'path:tenant_id' },
  { ...ADMINS, tenant: 'query:tenant_id' },
  { ...ADMINS, tenant: 'body:tenant_id' },
  { ...ADMINS, tenant: 'id:tenant_id' },
  { ...ADMINS, tenant: ['path:tenant_id', 'body:tenant_id'] },
  { ...ADMINS, tenant: 'loaded' },
  { ...ADMINS, tenant: 'list' },
  { ...ADMINS, tenant: 'none' },
])('every cell of a route with the access %j holds in the pipeline', async (access) => {
  const report = await checkMatrix({ routes: [route(access)] });
  expect(report.mismatches).toEqual([]);
  expect(report.cells).toBe(matrix([route(access)]).length);
});

/** An app that answers as it is told, in place of one that is composed. */
const appThat = (answer: (request: Request) => Response): App => ({
  fetch: answer,
  routes: [],
  openapi: () => expect.unreachable(),
  drain: () => undefined,
  refuse: () => undefined,
  log: silentLog,
});
const problemOf = (status: number, more: object = {}) =>
  new Response(JSON.stringify({ status, instance: '/x', request_id: String(Math.random()), ...more }), { status });
const mismatchesOf = async (access: Access, answer: (request: Request) => Response) => {
  const token = async (caller: string, tenantId: string) => `${caller} of ${tenantId}`;
  const { mismatches } = await checkMatrix({ routes: [route(access)], real: { app: appThat(answer), token } });
  return mismatches;
};

test('an app as it is composed is asked for every refusal, with a token of the own tenant, and what it lets in is told', async () => {
  const asked: string[] = [];
  const mismatches = await mismatchesOf({ ...ADMINS, tenant: 'path:tenant_id' }, (request) => {
    asked.push(`${request.headers.get('authorization')} ${new URL(request.url).pathname}`);
    return problemOf(404);
  });
  expect(asked).toContain(`Bearer tenant-admin of ${OWN} /x/foreign-tenant`);
  expect(asked).toContain(`Bearer service of ${OWN} /x/${OWN}`);
  expect(asked).toContain(`null /x/${OWN}`);
  expect(asked.some((line) => line.startsWith('Bearer platform-admin'))).toBe(false);
  expect(mismatches).toContain('PUT /x/{tenant_id} as service on own: expected forbidden, got 404');
  expect(mismatches).toContain('PUT /x/{tenant_id} as no-token on own: expected unauthenticated, got 404');
  expect(mismatches.some((line) => line.includes('tenant-admin'))).toBe(false);
});

test.each([
  ['a word of its body', (foreign: boolean) => problemOf(404, { detail: foreign ? 'not yours' : 'not there' })],
  ['a header', (foreign: boolean) => new Response('{}', { status: 404, headers: foreign ? { etag: '"1"' } : {} })],
  ['nothing', () => problemOf(404)],
])('a foreign object that differs from a missing one in %s is told', async (label, answer) => {
  const mismatches = await mismatchesOf({ ...ADMINS, tenant: 'path:tenant_id' }, (request) =>
    answer(request.url.includes('foreign-tenant')),
  );
  const told = mismatches.filter((line) => line.includes('can be told apart'));
  if (label === 'nothing') expect(told).toEqual([]);
  else {
    expect(told.map((line) => line.split(':')[0])).toEqual(
      ['tenant-admin', 'tenant-user', 'no-role'].map((caller) => `PUT /x/{tenant_id} as ${caller}`),
    );
  }
});

test('what has to be loaded is not asked of the app as it is composed: there is nothing to load', async () => {
  let asked = 0;
  await mismatchesOf({ ...ADMINS, tenant: 'loaded' }, () => {
    asked += 1;
    return problemOf(404);
  });
  expect(asked).toBe(0);
});
