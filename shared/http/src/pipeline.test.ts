import { bound } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { fixtureApp, handClock, recordingLog, tell, tight, tokenFor } from '../test/fixture.ts';
import type { Access } from './access.ts';
import type { Auth } from './auth.ts';
import type { Call } from './call.ts';
import { createMemoryIdempotencyStore, type IdempotencyStore } from './idempotency.ts';
import type { AnyReply } from './reply.ts';
import { defineRoute } from './route.ts';

const admin = await tokenFor(['platform-admin']);
const acme = await tokenFor(['tenant-admin'], 'acme');
const user = await tokenFor(['tenant-user'], 'acme');
const ROLES = ['platform-admin', 'tenant-admin'] as const;

const responses = { 200: { description: 'It.', schema: z.unknown() }, 204: { description: 'Done.' } } as const;
/** A route at `/x/{id}` whose handler is given. */
const route = (
  access: Access,
  handle: (call: Call) => AnyReply | Promise<AnyReply> = () => ({ status: 204 }),
  more: object = {},
) =>
  defineRoute(
    { method: 'POST', path: '/x/{id}', summary: 'x', tags: ['x'], access, responses, ...more } as never,
    handle as never,
  );
const ofTenant = { roles: ROLES, tenant: 'path:id' } as const;

test('1: nothing of the body is read before the caller is known and may see what the path names', async () => {
  const request = { body: z.strictObject({ a: z.number() }) };
  const app = fixtureApp({ routes: [route(ofTenant, undefined, { request })] });
  const status = async (token: string | undefined, id: string, body = '{') =>
    (await tell(app, `POST /x/${id}`, { body, ...(token !== undefined && { token }) })).status;
  expect(await status(undefined, 'acme')).toBe(401);
  expect(await status(acme, 'other')).toBe(404);
  expect(await status(user, 'acme')).toBe(403);
  expect(await status(acme, 'acme')).toBe(400);
  expect(await status(acme, 'acme', '{"a":"x"}')).toBe(422);
  expect(await status(acme, 'ACME', '{"a":1}')).toBe(204);
});

test('2: who may not do a thing learns nothing of its query, its headers or its precondition', async () => {
  const more = { method: 'PUT', ifMatch: 'required' } as const;
  const app = fixtureApp({ routes: [route(ofTenant, undefined, more)] });
  const status = async (token: string, path: string) => (await tell(app, `PUT ${path}`, { token })).status;
  expect(await status(user, '/x/acme?nonsense=1')).toBe(403);
  expect(await status(acme, '/x/other?nonsense=1')).toBe(404);
  expect(await status(acme, '/x/acme?nonsense=1')).toBe(422);
  expect(await status(acme, '/x/acme')).toBe(428);
});

test('3: a tenant that only its schema makes a foreign one is hidden all the same', async () => {
  const request = { body: z.strictObject({ tenant_id: z.string().transform((text) => text.replace('acme-', '')) }) };
  const access = { roles: ROLES, tenant: 'body:tenant_id' } as const;
  const app = fixtureApp({ routes: [route(access, undefined, { request })] });
  const post = async (tenant_id: string) => (await tell(app, 'POST /x/1', { token: acme, body: { tenant_id } })).status;
  expect([await post('acme'), await post('acme-other')]).toEqual([204, 404]);
});

test('a caller over its rate is told before anything of its request is judged; a public route has no rate', async () => {
  const routes = [route(ofTenant), route('public', undefined, { path: '/open/{id}' })];
  const app = fixtureApp({ routes, bounds: tight });
  const post = async (path: string) => (await tell(app, `POST ${path}`, { token: acme })).status;
  expect([await post('/x/acme'), await post('/x/other'), await post('/x/other')]).toEqual([204, 404, 429]);
  for (let call = 0; call < 5; call++) expect(await post('/open/1')).toBe(204);
});

test('a public route asks nobody who they are, and nobody is nobody', async () => {
  const auth: Auth = { authenticate: () => expect.unreachable() };
  const seen: unknown[] = [];
  const handle = ({ principal, tenantId, scope, hasRole }: Call) => {
    seen.push(principal.sub, tenantId, scope, hasRole('platform-admin'));
    return { status: 204 };
  };
  const app = fixtureApp({ routes: [route('public', handle)], auth });
  expect((await tell(app, 'POST /x/1', { headers: { authorization: 'Bearer rubbish' } })).status).toBe(204);
  expect(seen).toEqual(['', undefined, { kind: 'tenant', tenantId: '' }, false]);
});

test('a handler is told who calls, about which tenant, and what of the request it needs', async () => {
  const calls: Call[] = [];
  const handle = (call: Call) => {
    calls.push(call);
    return { status: 204 };
  };
  const request = { query: z.object({ q: z.string().optional() }) };
  const app = fixtureApp({ routes: [route(ofTenant, handle, { request })] });
  const headers = { 'x-request-id': 'r-1', accept: 'Text/Event-Stream, */*' };
  await tell(app, 'POST /x/acme?q=a%20b', { token: acme, headers });
  await tell(app, 'POST /x/other', { token: admin });
  const [first, second] = calls as [Call, Call];
  expect(first).toMatchObject({
    params: { id: 'acme' },
    query: { q: 'a b' },
    tenantId: 'acme',
    requestId: 'r-1',
    url: '/x/acme?q=a%20b',
    scope: { kind: 'tenant', tenantId: 'acme' },
  });
  expect([first.hasRole('tenant-admin', 'service'), first.hasRole('service')]).toEqual([true, false]);
  expect([first.canSee('acme'), first.canSee('other')]).toEqual([true, false]);
  expect([first.accepts('text/event-stream'), first.accepts('text/html')]).toEqual([true, false]);
  expect(second).toMatchObject({ tenantId: 'other', url: '/x/other', scope: { kind: 'all' } });
  expect([second.canSee('acme'), second.accepts('text/event-stream')]).toEqual([true, false]);
  expect(first.log).toBeDefined();
});

test('a route about no tenant is about the caller’s own', async () => {
  let tenantId: string | undefined;
  const handle = (call: Call) => {
    tenantId = call.tenantId;
    return { status: 204 };
  };
  const app = fixtureApp({ routes: [route({ roles: ROLES, tenant: 'none' }, handle)] });
  await tell(app, 'POST /x/1', { token: acme });
  expect(tenantId).toBe('acme');
});

const loaded = { roles: ROLES, tenant: 'loaded' } as const;
test.each([
  ['its own tenant’s', acme, 'acme', 204],
  ['another tenant’s', acme, 'other', 404],
  ['no tenant’s', acme, undefined, 404],
  ['its own tenant’s, with too weak a role', user, 'acme', 403],
  ['another tenant’s, with too weak a role', user, 'other', 404],
  ['another tenant’s, for a platform-wide role', admin, 'other', 204],
  ['no tenant’s, for a platform-wide role', admin, undefined, 204],
])('an object that turns out to be %s is answered so', async (_label, token, tenantId, status) => {
  const handle = (call: Call) => {
    call.admit(tenantId);
    return { status: 204 };
  };
  const app = fixtureApp({ routes: [route(loaded, handle)] });
  expect((await tell(app, 'POST /x/1', { token })).status).toBe(status);
});

test('before an object is loaded, a platform-wide role that is too weak is told so, and so is who has no tenant', async () => {
  let entered = 0;
  const handle = (call: Call) => {
    entered += 1;
    call.admit('acme');
    return { status: 204 };
  };
  const app = fixtureApp({ routes: [route(loaded, handle)] });
  for (const token of [
    await tokenFor(['service']),
    await tokenFor(['tenant-user']),
    await tokenFor(['service'], 'acme'),
  ]) {
    expect((await tell(app, 'POST /x/1', { token })).status).toBe(403);
  }
  expect(entered).toBe(0);
});

test('a key is honoured on a restricted POST that does not decline it, and nowhere else', async () => {
  const effects: string[] = [];
  const handle = (call: Call) => {
    effects.push(call.url);
    return { status: 204 };
  };
  const routes = [
    route(ofTenant, handle),
    route(ofTenant, handle, { method: 'PUT' }),
    route(ofTenant, handle, { path: '/never/{id}', idempotent: false }),
    route('public', handle, { path: '/open/{id}' }),
  ];
  const app = fixtureApp({ routes });
  const twice = async (line: string, headers: Record<string, string> = { 'idempotency-key': 'k' }) => {
    for (const _ of [1, 2]) await tell(app, line, { token: acme, headers });
    return effects.splice(0).length;
  };
  expect(await twice('POST /x/acme')).toBe(1);
  expect(await twice('POST /x/acme', {})).toBe(2);
  expect(await twice('PUT /x/acme')).toBe(2);
  expect(await twice('POST /never/acme')).toBe(2);
  expect(await twice('POST /open/acme')).toBe(2);
});

test('a refusal of access is no answer to keep under a key', async () => {
  const app = fixtureApp({ routes: [route(ofTenant)] });
  const headers = { 'idempotency-key': 'k' };
  const seen = await tell(app, 'POST /x/acme', { token: user, headers });
  expect([seen.status, seen.headers.get('idempotent-replayed')]).toEqual([403, null]);
  const again = await tell(app, 'POST /x/acme', { token: user, headers });
  expect(again.headers.get('idempotent-replayed')).toBeNull();
});

test('what a handler answers goes out with its headers, its place and its version', async () => {
  const handle = () => ({ status: 200, body: { a: 1 }, headers: { 'x-a': '1' }, location: '/y', etag: 3 });
  const app = fixtureApp({ routes: [route(ofTenant, handle)] });
  const { status, headers, text } = await tell(app, 'POST /x/acme', {
    token: acme,
    headers: { 'if-none-match': '"3"' },
  });
  expect([status, text, headers.get('content-type')]).toEqual([200, '{"a":1}', 'application/json']);
  expect([headers.get('x-a'), headers.get('location'), headers.get('etag')]).toEqual(['1', '/y', '"3"']);
});

test('what a handler does not say is in no header', async () => {
  const app = fixtureApp({ routes: [route(ofTenant, () => ({ status: 200, body: 1 }))] });
  const { headers } = await tell(app, 'POST /x/acme', { token: acme });
  expect([headers.get('location'), headers.get('etag')]).toEqual([null, null]);
});

test('an answer with a secret is kept as one, another is not', async () => {
  const clock = handClock();
  const memory = createMemoryIdempotencyStore(clock);
  const kept: boolean[] = [];
  const idempotency: IdempotencyStore = {
    ...memory,
    finish: async (key, input, answer) => {
      kept.push(answer.secret);
      await memory.finish(key, input, answer);
    },
  };
  const replies: AnyReply[] = [{ status: 204 }, { status: 204, secret: false }, { status: 204, secret: true }];
  const handle = (call: Call) => replies[Number(call.query && (call.query as { n: string }).n)] as AnyReply;
  const request = { query: z.object({ n: z.string() }) };
  const app = fixtureApp({ routes: [route(ofTenant, handle, { request })], idempotency }, clock);
  for (const n of [0, 1, 2]) {
    await tell(app, `POST /x/acme?n=${n}`, { token: acme, headers: { 'idempotency-key': `k${n}` } });
  }
  expect(kept).toEqual([false, false, true]);
});

test('a HEAD holds no stream', async () => {
  const more = { method: 'GET', responses: { 200: { description: 'It.', events: z.unknown() } } } as const;
  const handle = () => ({
    status: 200,
    async *events() {
      yield { id: '1', data: 1 };
    },
  });
  const bounds = { streamsPerSubject: bound('test streams', 1) };
  const app = fixtureApp({ routes: [route(ofTenant, handle, more)], bounds }, handClock());
  for (const line of ['HEAD /x/acme', 'HEAD /x/acme', 'GET /x/acme']) {
    expect((await tell(app, line, { token: acme })).status).toBe(200);
  }
});

test('a process that stops ends its streams, and keeps no time for what is under way', async () => {
  const clock = handClock();
  const gate = Promise.withResolvers<void>();
  const more = {
    method: 'GET',
    path: '/s/{id}',
    responses: { 200: { description: 'It.', events: z.unknown() } },
  } as const;
  const handle = () => ({
    status: 200,
    async *events(_last: string | undefined, signal: AbortSignal) {
      yield { id: '1', data: 1 };
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    },
  });
  const slow = route(ofTenant, async () => {
    await gate.promise;
    return { status: 204 };
  });
  const app = fixtureApp({ routes: [route(ofTenant, handle, more), slow] }, clock);
  const stream = tell(app, 'GET /s/acme', { token: acme });
  const work = tell(app, 'POST /x/acme', { token: acme, headers: { 'idempotency-key': 'k' } });
  while (clock.sleepers < 3) await new Promise((resolve) => setImmediate(resolve));
  app.refuse();
  expect((await stream).text).toBe('retry: 2000\n\nid: 1\ndata: 1\n\n');
  await clock.advance(0);
  expect(clock.sleepers).toBe(0);
  gate.resolve();
  expect((await work).status).toBe(204);
});

test('a status that is not declared, and a body that does not fit, are bugs', async () => {
  const schema = z.strictObject({ a: z.number() });
  const strict = { responses: { 200: { description: 'It.', schema } } };
  const statusOf = async (reply: AnyReply, checkAnswers: boolean) => {
    const log = recordingLog();
    const app = fixtureApp({ routes: [route(ofTenant, () => reply, strict)], log, checkAnswers });
    return (await tell(app, 'POST /x/acme', { token: acme })).status;
  };
  expect(await statusOf({ status: 202 }, false)).toBe(500);
  expect(await statusOf({ status: 200, body: { a: 'x' } }, true)).toBe(500);
  expect(await statusOf({ status: 200, body: { a: 'x' } }, false)).toBe(200);
  expect(await statusOf({ status: 200, body: { a: 1 } }, true)).toBe(200);
});

test('a stream goes out as one, with where its reader was; a HEAD opens none', async () => {
  const opened: unknown[] = [];
  const more = { method: 'GET', responses: { 200: { description: 'It.', events: z.unknown() } } } as const;
  const handle = () => ({
    status: 200,
    async *events(last: string | undefined) {
      opened.push(last);
      yield { id: '2', data: 1 };
    },
  });
  const app = fixtureApp({ routes: [route(ofTenant, handle, more)] }, handClock());
  const seen = await tell(app, 'GET /x/acme', { token: acme, headers: { 'last-event-id': '1' } });
  expect([seen.status, seen.text]).toEqual([200, 'retry: 2000\n\nid: 2\ndata: 1\n\n']);
  expect(seen.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(seen.headers.get('x-accel-buffering')).toBe('no');
  const head = await tell(app, 'HEAD /x/acme', { token: acme });
  expect([head.text, head.headers.get('content-type'), opened]).toEqual([
    '',
    'text/event-stream; charset=utf-8',
    ['1'],
  ]);
});
