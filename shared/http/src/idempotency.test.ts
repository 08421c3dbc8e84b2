import { expect, test } from 'vitest';
import { fixtureApp, handClock, START_MS, tell, tokenFor } from '../test/fixture.ts';
import { createMemoryIdempotencyStore, WAITS_MS } from './idempotency.ts';
import { defineRoute } from './route.ts';

const admin = await tokenFor(['platform-admin']);
const service = await tokenFor(['service']);
const body = { tenant_id: 'acme', tier: 'free' };
const headers = { 'idempotency-key': 'k-1' };

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const slow = (work: () => Promise<void>) =>
  defineRoute(
    {
      method: 'POST',
      path: '/api/v1/work',
      summary: 'Works',
      tags: ['x'],
      access: { roles: ['platform-admin'], tenant: 'none' },
      responses: { 204: { description: 'Done.' } },
    },
    async () => {
      await work();
      return { status: 204 };
    },
  );

test('the same key and body get the first answer again; the order of fields does not matter', async () => {
  const app = fixtureApp();
  const first = await tell(app, 'POST /api/v1/provision', { token: admin, body, headers });
  const again = await tell(app, 'POST /api/v1/provision', {
    token: admin,
    body: { tier: 'free', tenant_id: 'acme' },
    headers,
  });
  expect([again.status, again.text, again.headers.get('location')]).toEqual([202, first.text, '/api/v1/tenants/acme']);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
});

test('the same key with another body is 409; another subject has keys of its own', async () => {
  const app = fixtureApp();
  await tell(app, 'POST /api/v1/provision', { token: admin, body, headers });
  const other = await tell(app, 'POST /api/v1/provision', {
    token: admin,
    body: { ...body, tier: 'starter' },
    headers,
  });
  expect([other.status, other.json.code]).toEqual([409, 'idempotency-conflict']);
  expect(
    (await tell(app, 'POST /api/v1/provision', { token: service, body: { ...body, tier: 'starter' }, headers })).status,
  ).toBe(202);
});

test('a key is forgotten after 24 hours, and one that was begun and never ended after its bound', async () => {
  const clock = handClock();
  const store = createMemoryIdempotencyStore(clock);
  expect(await store.begin('k', 'i')).toEqual({ kind: 'new' });
  expect(await store.begin('k', 'i')).toEqual({ kind: 'running' });
  await clock.advance(120_000);
  expect(await store.begin('k', 'i')).toEqual({ kind: 'new' });
  await store.finish('k', 'i', { status: 202, headers: {}, body: '', secret: false });
  await clock.advance(24 * 3_600_000 - 1);
  expect((await store.begin('k', 'i')).kind).toBe('answered');
  await clock.advance(1);
  expect(await store.begin('k', 'i')).toEqual({ kind: 'new' });
});

test('a second request while the first is under way waits a little for its answer', async () => {
  const clock = handClock();
  const gates: (() => void)[] = [];
  const app = fixtureApp({ routes: [slow(() => new Promise((resolve) => gates.push(resolve)))] }, clock);
  const first = tell(app, 'POST /api/v1/work', { token: admin, headers });
  while (gates.length === 0) await turn();
  const second = tell(app, 'POST /api/v1/work', { token: admin, headers });
  await turn();
  gates[0]?.();
  expect((await first).status).toBe(204);
  for (let waited = 0; waited < 200; waited += 25) await clock.advance(25);
  expect([(await second).status, (await second).headers.get('idempotent-replayed')]).toEqual([204, 'true']);
  expect(gates).toHaveLength(1);
});

test('a second request is told to come back when the first takes long; a failure of ours is not kept', async () => {
  const clock = handClock();
  const gates: (() => void)[] = [];
  let calls = 0;
  const route = slow(async () => {
    calls += 1;
    await new Promise<void>((resolve) => gates.push(resolve));
    if (calls === 1) throw new Error('the first one fails');
  });
  const app = fixtureApp({ routes: [route] }, clock);
  const first = tell(app, 'POST /api/v1/work', { token: admin, headers });
  while (gates.length === 0) await turn();
  const second = tell(app, 'POST /api/v1/work', { token: admin, headers });
  for (const wait of WAITS_MS) {
    await turn();
    await clock.advance(wait.value);
  }
  expect([(await second).status, (await second).headers.get('retry-after')]).toEqual([409, '1']);
  gates[0]?.();
  expect((await first).status).toBe(500);
  const retry = tell(app, 'POST /api/v1/work', { token: admin, headers });
  while (gates.length === 1) await turn();
  gates[1]?.();
  expect((await retry).status).toBe(204);
});

test('past its deadline a request keeps its key: sent again it has the first answer, and there is one effect', async () => {
  const clock = handClock();
  const gates: (() => void)[] = [];
  let effects = 0;
  const route = slow(async () => {
    effects += 1;
    await new Promise<void>((resolve) => gates.push(resolve));
  });
  const app = fixtureApp({ routes: [route] }, clock);
  const first = tell(app, 'POST /api/v1/work', { token: admin, headers });
  while (gates.length === 0) await turn();
  await clock.advance(120_000);
  expect([(await first).status, (await first).headers.get('retry-after')]).toEqual([503, '2']);
  // Long after, it is still under way.
  for (let waited = 0; waited < 300; waited += 30) await clock.advance(30_000);
  let ended = false;
  const early = tell(app, 'POST /api/v1/work', { token: admin, headers }).finally(() => {
    ended = true;
  });
  while (!ended) await clock.advance(25);
  expect((await early).json['code']).toBe('idempotency-conflict');
  gates[0]?.();
  await turn();
  const again = await tell(app, 'POST /api/v1/work', { token: admin, headers });
  expect([again.status, again.headers.get('idempotent-replayed'), effects]).toEqual([204, 'true', 1]);
});

test('a caller that hangs up finds the first answer when it comes again; the work is not cut off half way', async () => {
  const gates: (() => void)[] = [];
  let aborted = false;
  const route = defineRoute(
    {
      method: 'POST',
      path: '/api/v1/work',
      summary: 'Works',
      tags: ['x'],
      access: { roles: ['platform-admin'], tenant: 'none' },
      responses: { 204: { description: 'Done.' } },
    },
    async (call) => {
      call.signal.addEventListener('abort', () => {
        aborted = true;
      });
      await new Promise<void>((resolve) => gates.push(resolve));
      return { status: 204 };
    },
  );
  const app = fixtureApp({ routes: [route] });
  const hangUp = new AbortController();
  const request = new Request('http://fixture/api/v1/work', {
    method: 'POST',
    headers: { ...headers, authorization: `Bearer ${admin}` },
    signal: hangUp.signal,
  });
  const first = app.fetch(request);
  while (gates.length === 0) await turn();
  hangUp.abort();
  gates[0]?.();
  await first;
  const again = await tell(app, 'POST /api/v1/work', { token: admin, headers });
  expect([again.headers.get('idempotent-replayed'), aborted, gates.length]).toEqual(['true', false, 1]);
});

test('what could not begin by its deadline never begins, and its key is free', async () => {
  const clock = handClock();
  const memory = createMemoryIdempotencyStore(clock);
  let open: (() => void) | undefined;
  let effects = 0;
  const idempotency = {
    ...memory,
    begin: async (key: string, input: string) => {
      if (effects === 0 && clock.now() === START_MS) await new Promise<void>((resolve) => (open = resolve));
      return memory.begin(key, input);
    },
  };
  const route = slow(async () => {
    effects += 1;
  });
  const app = fixtureApp({ routes: [route], idempotency }, clock);
  const first = tell(app, 'POST /api/v1/work', { token: admin, headers });
  while (open === undefined) await turn();
  await clock.advance(120_000);
  expect((await first).status).toBe(503);
  (open as () => void)();
  await turn();
  expect(effects).toBe(0);
  expect((await tell(app, 'POST /api/v1/work', { token: admin, headers })).status).toBe(204);
  expect(effects).toBe(1);
});
