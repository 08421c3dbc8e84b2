import { tenantIdSchema, tierSchema } from '@leasehold/contracts';
import { bug, conflict, invalid, unavailable } from '@leasehold/kernel';
import { createMetrics } from '@leasehold/observability';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { fixtureApp, handClock, ROUTES, recordingLog, tell, tight, tokenFor } from '../test/fixture.ts';
import { DEFAULT_BOUNDS, type Readiness } from './app-options.ts';
import { asProblem, problem, renderProblem } from './problem.ts';
import { queryInteger } from './query.ts';
import { defineRoute } from './route.ts';

const admin = await tokenFor(['platform-admin']);
const acme = await tokenFor(['tenant-admin'], 'acme');

test('default deny: without a token an unknown path answers as a known one', async () => {
  const app = fixtureApp();
  expect((await tell(app, 'GET /nowhere')).status).toBe(401);
  expect((await tell(app, 'GET /api/v1/tenants/acme')).status).toBe(401);
  expect((await tell(app, 'GET /nowhere', { token: admin })).status).toBe(404);
});

test('health, readiness, metrics, documentation and problems need no token', async () => {
  const app = fixtureApp();
  for (const path of [
    '/health',
    '/ready',
    '/metrics',
    '/openapi.json',
    '/docs',
    '/docs/plain',
    '/problems',
    '/problems/not-found',
  ]) {
    expect((await tell(app, `GET ${path}`)).status, path).toBe(200);
  }
});

test('a path with another method answers 405 with the methods, OPTIONS 204, HEAD as GET without a body', async () => {
  const app = fixtureApp();
  const wrong = await tell(app, 'DELETE /api/v1/tenants/acme', { token: admin });
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
  expect((await tell(app, 'OPTIONS /api/v1/tenants/acme')).status).toBe(204);
  const head = await tell(app, 'HEAD /api/v1/tenants/acme', { token: admin });
  expect([head.status, head.text]).toEqual([200, '']);
});

test('every mistake is told at once, with what was received and the nearest known name', async () => {
  const body = { tenantid: 'x', tier: 'gold', pods: 0 };
  const answer = await tell(fixtureApp(), 'POST /api/v1/provision', { token: admin, body });
  expect(answer.status).toBe(422);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.json).toMatchObject({ type: '/problems/invalid', code: 'invalid', instance: '/api/v1/provision' });
  expect(answer.json.errors).toEqual([
    { pointer: '/tenant_id', message: 'is missing' },
    { pointer: '/tier', message: 'expected one of "free", "starter", received "gold"' },
    { pointer: '/pods', message: 'expected at least 1, received 0' },
    { pointer: '/tenantid', message: 'unknown field, did you mean "tenant_id"?' },
  ]);
});

test('a bad query is 422 and names the parameter', async () => {
  const answer = await tell(fixtureApp(), 'GET /api/v1/tenants?limit=ten&dryrun=1', { token: admin });
  expect(answer.status).toBe(422);
  expect(answer.json.errors).toEqual([
    { pointer: '/query/limit', message: 'expected a whole number from 1 to 200, received "ten"' },
    { pointer: '/query/dryrun', message: 'unknown field, did you mean "dry_run"?' },
  ]);
  expect((await tell(fixtureApp(), 'GET /api/v1/tenants?limit=201', { token: admin })).status).toBe(422);
});

test('a list has 50 items by default and is told what it may show', async () => {
  const seen = async (token: string) => (await tell(fixtureApp(), 'GET /api/v1/tenants', { token })).json.next_cursor;
  expect(await seen(admin)).toBe('50 {"kind":"all"}');
  expect(await seen(acme)).toBe('50 {"kind":"tenant","tenantId":"acme"}');
});

test.each([
  ['not JSON', '{"tenant_id":', {}, 400],
  ['a member that JavaScript would lose', '{"limits":{"__proto__":1}}', {}, 400],
  ['the same, spelt with escapes', '{"\\u005f_proto\\u005F_":{}}', {}, 400],
  ['nested without end', '['.repeat(70), {}, 400],
  ['another media type', 'x', { 'content-type': 'text/plain' }, 415],
  ['compressed', 'x', { 'content-encoding': 'gzip' }, 415],
  ['over the bound', `"${'x'.repeat(1024 * 1024)}"`, {}, 413],
  ['well-formed and no object', '[]', {}, 422],
])('a body that is %s is refused', async (_, body, headers, status) => {
  const answer = await tell(fixtureApp(), 'POST /api/v1/provision', { token: admin, body, headers });
  expect(answer.status).toBe(status);
});

test('a body of unknown length is read no further than the bound', async () => {
  let pulled = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      pulled += 1;
      controller.enqueue(new Uint8Array(64 * 1024));
    },
  });
  const response = await fixtureApp().fetch(
    new Request('http://fixture/api/v1/provision', {
      method: 'POST',
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
      body: stream,
      duplex: 'half',
    }),
  );
  expect(response.status).toBe(413);
  expect(pulled).toBeLessThan(25);
});

test('a write with a precondition: 428 without If-Match, 412 with a stale one or a weak one, 200 with the right one', async () => {
  const put = async (ifMatch?: string) =>
    (
      await tell(fixtureApp(), 'PUT /api/v1/tenants/acme/quota', {
        token: admin,
        body: { cpu: 1 },
        ...(ifMatch !== undefined && { headers: { 'if-match': ifMatch } }),
      })
    ).status;
  expect([await put(), await put('"6"'), await put('W/"7"'), await put('"6", "7"'), await put('*')]).toEqual([
    428, 412, 412, 200, 200,
  ]);
});

test('what is read again unchanged is 304', async () => {
  const again = await tell(fixtureApp(), 'GET /api/v1/tenants/acme', {
    token: admin,
    headers: { 'if-none-match': 'W/"3"' },
  });
  expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', '"3"']);
});

test('a subject that calls too often gets 429 with Retry-After, others do not, and time heals it', async () => {
  const clock = handClock();
  const app = fixtureApp({ bounds: tight }, clock);
  const statuses: number[] = [];
  for (let call = 0; call < 3; call++) statuses.push((await tell(app, 'GET /api/v1/tenants', { token: admin })).status);
  expect(statuses).toEqual([200, 200, 429]);
  const refused = await tell(app, 'GET /api/v1/tenants', { token: admin });
  expect(refused.headers.get('retry-after')).toBe('1');
  expect((await tell(app, 'GET /api/v1/tenants', { token: acme })).status).toBe(200);
  await clock.advance(1_000);
  expect((await tell(app, 'GET /api/v1/tenants', { token: admin })).status).toBe(200);
});

test('the request id is taken if it is harmless, made otherwise, and returned; the trace is carried on', async () => {
  const app = fixtureApp();
  const id = async (given: string) =>
    (await tell(app, 'GET /health', { headers: { 'x-request-id': given } })).headers.get('x-request-id');
  expect(await id('order-17')).toBe('order-17');
  expect(await id('two words')).toMatch(/^[0-9a-f]{32}$/);
  expect(await id('x'.repeat(200))).toMatch(/^[0-9a-f]{32}$/);
});

test('every answer forbids sniffing and caching', async () => {
  const answer = await tell(fixtureApp(), 'GET /nowhere');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
});

test('an unexpected error is 500 with a constant detail; the log has the cause', async () => {
  const log = recordingLog();
  const route = defineRoute(
    {
      method: 'GET',
      path: '/api/v1/broken',
      summary: 'Breaks',
      tags: ['x'],
      access: { roles: ['platform-admin'], tenant: 'none' },
      responses: { 204: { description: 'Never.' } },
    },
    () => {
      throw new TypeError('db-host-7 said hunter2');
    },
  );
  const answer = await tell(fixtureApp({ routes: [route], log }), 'GET /api/v1/broken', { token: admin });
  expect(answer.status).toBe(500);
  expect(answer.text).not.toMatch(/hunter2|db-host|TypeError|at /);
  expect(JSON.stringify(log.lines.map((line) => String((line.fields as { error?: Error }).error?.message)))).toContain(
    'hunter2',
  );
});

test('an object whose tenant was not admitted is held back', async () => {
  expect((await tell(fixtureApp(), 'GET /api/v1/policies/forgotten', { token: acme })).status).toBe(500);
});

test('a request past its bound is 503, and the handler is told', async () => {
  const clock = handClock();
  let aborted = false;
  const route = defineRoute(
    {
      method: 'GET',
      path: '/api/v1/slow',
      summary: 'Waits',
      tags: ['x'],
      access: { roles: ['platform-admin'], tenant: 'none' },
      responses: { 204: { description: 'Never.' } },
    },
    (call) =>
      new Promise<never>((_, reject) => {
        call.signal.addEventListener('abort', () => {
          aborted = true;
          reject(call.signal.reason);
        });
      }),
  );
  const app = fixtureApp({ routes: [route] }, clock);
  const answer = tell(app, 'GET /api/v1/slow', { token: admin });
  while (clock.sleepers === 0) await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(120_000);
  expect([(await answer).status, (await answer).headers.get('retry-after'), aborted]).toEqual([503, '2', true]);
});

test('faults become problems by their code, else by their class', () => {
  const rendered = (error: unknown) => {
    const failure = asProblem(error);
    const { body, headers } = renderProblem(failure, { instance: '/x', requestId: 'r' });
    return [failure.status, failure.code, JSON.parse(body).detail, headers['retry-after']];
  };
  expect(rendered(conflict('it is protected', { code: 'Protected' }))).toEqual([
    409,
    'protected',
    'It is protected.',
    undefined,
  ]);
  expect(rendered(invalid('no', { code: 'Whatever' }))).toEqual([422, 'invalid', 'No.', undefined]);
  expect(rendered(unavailable('later', { code: 'StoreUnavailable', retryAfterMs: 4_100 }))).toEqual([
    503,
    'unavailable',
    'Later.',
    '5',
  ]);
  expect(rendered(bug('inner words'))[2]).toBe('The fault is ours, and it is in the log.');
  expect(rendered(invalid('tenant x is gone', { code: 'NotFound' }))[2]).toBe(
    'There is no such object, or it is not yours to see.',
  );
});

test('requests are counted under their pattern, never under their path', async () => {
  const metrics = createMetrics({ processMetrics: false });
  const app = fixtureApp({ metrics });
  await tell(app, 'GET /api/v1/tenants/acme', { token: admin });
  await tell(app, 'GET /api/v1/tenants/other', { token: admin });
  await tell(app, 'GET /guess/1', { token: admin });
  const text = await metrics.render();
  expect(text).toContain(
    'leasehold_http_requests_total{route="/api/v1/tenants/{tenant_id}",method="GET",status="200"} 1',
  );
  expect(text).toContain('leasehold_http_requests_total{route="unmatched",method="GET",status="404"} 1');
  expect(text).not.toContain('acme');
});

test('readiness: 503 with the reason while not ready or draining, one look for many questions', async () => {
  let looks = 0;
  let ready = false;
  const clock = handClock();
  const app = fixtureApp(
    {
      ready: async () => {
        looks += 1;
        return { ready, reason: 'the store is away', backends: { minio: { state: 'degraded', latency_ms: null } } };
      },
    },
    clock,
  );
  const first = await tell(app, 'GET /ready');
  expect([first.status, first.json.reason, first.headers.get('retry-after')]).toEqual([503, 'the store is away', '2']);
  await tell(app, 'GET /ready');
  expect(looks).toBe(1);
  ready = true;
  await clock.advance(1_000);
  expect((await tell(app, 'GET /ready')).status).toBe(200);
  app.drain();
  expect((await tell(app, 'GET /ready')).json.reason).toBe('draining');
});

test('the detail of a problem is a sentence, whoever said it', () => {
  const about = { instance: '/x', requestId: 'r' };
  const detail = (error: unknown) => JSON.parse(renderProblem(asProblem(error), about).body).detail;
  expect(detail(problem('conflict', 'the tenant is suspended'))).toBe('The tenant is suspended.');
  expect(detail(conflict('the name is taken', { code: 'NameTaken' }))).toBe('The name is taken.');
  expect(detail(problem('conflict', 'Is it there?'))).toBe('Is it there?');
});

test('what is refused is shown once, and as it came, whatever a schema made of it', async () => {
  const route = defineRoute(
    {
      method: 'POST',
      path: '/api/v1/names',
      summary: 'Takes names',
      tags: ['x'],
      access: { roles: ['platform-admin'], tenant: 'none' },
      request: {
        body: z.strictObject({ tenant_id: tenantIdSchema, tier: tierSchema, name: z.string().trim().min(1) }),
        query: z.strictObject({ limit: queryInteger(1, 5).optional() }),
      },
      responses: { 204: { description: 'Never.' } },
    },
    () => ({ status: 204 as const }),
  );
  const answer = await tell(fixtureApp({ routes: [route] }), 'POST /api/v1/names?limit=9', {
    token: admin,
    body: { tenant_id: 'A_Bad!', tier: 'Gold', name: ' ' },
  });
  expect(answer.json.errors).toEqual([
    { pointer: '/query/limit', message: 'expected at most 5, received "9"' },
    { pointer: '/tenant_id', message: 'must be letters, digits and inner hyphens, received "A_Bad!"' },
    {
      pointer: '/tier',
      message: 'expected one of "free", "starter", "professional", "enterprise", "custom", received "Gold"',
    },
    { pointer: '/name', message: 'expected at least 1 character, received " "' },
  ]);
});

test('3: while the process starts, what is not there yet is 503 for who may know, and no 404', async () => {
  const app = fixtureApp({ routes: [], starting: true });
  const asked = await tell(app, 'GET /api/v1/tenants/acme', { token: admin });
  expect([asked.status, asked.json.detail, asked.headers.get('retry-after')]).toEqual([
    503,
    'The process is starting.',
    '1',
  ]);
  expect((await tell(app, 'GET /api/v1/tenants/acme')).status).toBe(401);
  expect((await tell(app, 'GET /health')).status).toBe(200);
  expect((await tell(app, 'POST /health')).status).toBe(405);
});

test('a table with a route that comes twice does not start', () => {
  expect(() => fixtureApp({ routes: [...ROUTES, ...ROUTES.slice(0, 1)] })).toThrow(/comes twice/);
});

test('who asks whether the process is ready makes no line that anybody reads', async () => {
  const log = recordingLog();
  const app = fixtureApp({ log, ready: async () => ({ ready: false, reason: 'starting', backends: {} }) });
  expect((await tell(app, 'GET /ready')).status).toBe(503);
  expect(log.lines).toMatchObject([{ level: 'debug', message: 'request', fields: { why: 'Not ready: starting.' } }]);
});

test('a dependency that is away is one line a request, a warning with what failed; a bug of ours is an error', async () => {
  for (const [fault, status, level] of [
    [unavailable('the store is away', { code: 'StoreUnavailable' }), 503, 'warn'],
    [new TypeError('ours'), 500, 'error'],
  ] as const) {
    const log = recordingLog();
    const route = defineRoute(
      {
        method: 'POST',
        path: '/api/v1/work',
        summary: 'Fails',
        tags: ['x'],
        access: { roles: ['platform-admin'], tenant: 'none' },
        responses: { 204: { description: 'Never.' } },
      },
      () => Promise.reject(fault),
    );
    const headers = { 'idempotency-key': 'k' };
    const answer = await tell(fixtureApp({ routes: [route], log }), 'POST /api/v1/work', { token: admin, headers });
    expect(answer.status).toBe(status);
    const [line] = log.lines;
    expect([log.lines.length, line?.level, line?.message]).toEqual([1, level, 'request']);
    expect(JSON.stringify(line?.fields, (_key, value) => (value instanceof Error ? value.message : value))).toContain(
      fault.message,
    );
  }
});

test('a store or bus that accepts and never answers makes a 503 within the bound of a look', async () => {
  const clock = handClock();
  const ready = (signal: AbortSignal) =>
    new Promise<Readiness>((resolve) => {
      signal.addEventListener('abort', () => resolve({ ready: false, reason: 'the store is away', backends: {} }));
    });
  const answer = tell(fixtureApp({ ready }, clock), 'GET /ready');
  await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(DEFAULT_BOUNDS.readyWaitMs.value);
  expect((await answer).json).toMatchObject({ status: 503, reason: 'the store is away' });
});
