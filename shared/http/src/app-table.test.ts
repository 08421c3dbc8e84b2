import { silentMetrics } from '@leasehold/observability';
import { expect, test } from 'vitest';
import { fixtureApp, handClock, ROUTES, recordingLog, tell, tokenFor } from '../test/fixture.ts';
import { defineRoute } from './route.ts';

const admin = await tokenFor(['platform-admin']);
const done = () => ({ status: 204 }) as const;
const base = { summary: 'x', tags: ['x'], responses: { 204: { description: 'x' } } } as const;
const open = defineRoute({ ...base, access: 'public', method: 'GET', path: '/open/{id}' }, done);
const shut = defineRoute(
  { ...base, access: { roles: ['service'], tenant: 'none' }, method: 'POST', path: '/open/{id}' },
  done,
);

test('while it refuses, a request is told to come back in a second, and what asks of the process itself is answered', async () => {
  const app = fixtureApp({ ready: async () => ({ ready: true, backends: {} }) });
  app.refuse();
  for (const line of ['GET /api/v1/tenants', 'GET /docs', 'GET /nowhere', 'DELETE /health']) {
    const { status, headers, json } = await tell(app, line, { token: admin });
    expect([line, status, headers.get('retry-after'), json['detail']]).toEqual([
      line,
      503,
      '1',
      'The process is stopping.',
    ]);
  }
  expect((await tell(app, 'GET /health')).status).toBe(200);
  expect((await tell(app, 'GET /metrics')).status).toBe(200);
  expect((await tell(app, 'GET /ready')).json['reason']).toBe('draining');
});

test('who is asked to drain still serves', async () => {
  const app = fixtureApp();
  app.drain();
  expect((await tell(app, 'GET /api/v1/tenants', { token: admin })).status).toBe(200);
  expect((await tell(app, 'GET /ready')).status).toBe(503);
});

test('refusing leaves no timer of requests behind', async () => {
  const clock = handClock();
  const app = fixtureApp({}, clock);
  await tell(app, 'GET /api/v1/tenants', { token: admin });
  app.refuse();
  await clock.advance(0);
  expect(clock.sleepers).toBe(0);
});

test.each([
  ['GET /open/1', 204, null],
  ['HEAD /open/1', 204, null],
  ['OPTIONS /open/1', 204, 'GET, POST, HEAD, OPTIONS'],
  ['DELETE /open/1', 405, 'GET, POST, HEAD, OPTIONS'],
  ['OPTIONS /health', 204, 'GET, HEAD, OPTIONS'],
  ['PUT /metrics', 405, 'GET, HEAD, OPTIONS'],
  ['POST /only', 204, null],
  ['GET /only', 401, null],
  ['OPTIONS /only', 204, 'POST, OPTIONS'],
  ['OPTIONS /nowhere', 401, null],
  ['GET /open/1/2', 401, null],
])('2: without a token %s is %i', async (line, status, allow) => {
  const only = defineRoute(
    { ...base, access: { roles: ['service'], tenant: 'none' }, method: 'POST', path: '/only' },
    done,
  );
  const app = fixtureApp({
    routes: [open, shut, ...(line.startsWith('POST /only') ? [{ ...only, access: 'public' } as const] : [only])],
  });
  const seen = await tell(app, line);
  expect([seen.status, seen.headers.get('allow')]).toEqual([status, allow]);
});

test('2: a method that nobody knows is told by its name, no more of it than fits', async () => {
  const { json } = await tell(fixtureApp(), `${'X'.repeat(30)} /api/v1/tenants`, { token: admin });
  expect([json['code'], json['detail']]).toEqual([
    'method-not-allowed',
    `${'X'.repeat(20)} is not among the methods of this path.`,
  ]);
});

test('an unknown path is told the nearest, pages too', async () => {
  const detailOf = async (path: string) => (await tell(fixtureApp(), `GET ${path}`, { token: admin })).json['detail'];
  expect(await detailOf('/api/v1/tenant')).toBe('There is no path "/api/v1/tenant"; the nearest is /api/v1/tenants.');
  expect(await detailOf('/helth')).toBe('There is no path "/helth"; the nearest is /health.');
});

test('two routes that differ in the name of a parameter alone are one that comes twice', () => {
  const [route] = ROUTES;
  const twin = { ...(route as (typeof ROUTES)[number]), path: '/api/v1/tenants/{other}', access: 'public' as const };
  expect(() => fixtureApp({ routes: [...ROUTES, twin] })).toThrow('route GET /api/v1/tenants/{other} comes twice');
});

test('a route that is wrong does not start, whoever made it', () => {
  const wrong = { ...(ROUTES[0] as (typeof ROUTES)[number]), responses: {} };
  expect(() => fixtureApp({ routes: [wrong] })).toThrow('has no responses');
});

test('4: what breaks is answered, has its line under its pattern, and its own headers', async () => {
  const log = recordingLog();
  const failing = { ...silentMetrics, render: () => Promise.reject(new Error('no metrics')) };
  const seen = await tell(fixtureApp({ log, metrics: failing }), 'GET /metrics');
  expect([seen.status, seen.headers.get('x-request-id')]).toEqual([500, expect.any(String)]);
  expect(log.lines).toMatchObject([{ level: 'error', fields: { route: '/metrics', status: 500 } }]);
});

test('what an app is made of is shown by it', () => {
  const log = recordingLog();
  const app = fixtureApp({ log });
  expect([app.log, app.routes]).toEqual([log, ROUTES]);
});
