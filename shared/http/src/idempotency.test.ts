import { expect, test } from 'vitest';
import { fixtureApp, handClock, tell, tokenFor } from './fixture.ts';
import { createMemoryIdempotencyStore } from './idempotency.ts';
import { defineRoute } from './route.ts';

const admin = await tokenFor(['platform-admin']);
const service = await tokenFor(['service']);
const body = { tenant_id: 'acme', tier: 'free' };
const headers = { 'idempotency-key': 'k-1' };

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

test('a second request while the first is under way is told to come back; a failure of ours is not kept', async () => {
  const gates: (() => void)[] = [];
  let calls = 0;
  const route = defineRoute(
    {
      method: 'POST',
      path: '/api/v1/work',
      summary: 'Works',
      tags: ['x'],
      access: { roles: ['platform-admin'], tenant: 'none' },
      responses: { 204: { description: 'Done.' } },
    },
    async () => {
      calls += 1;
      await new Promise<void>((resolve) => gates.push(resolve));
      if (calls === 1) throw new Error('the first one fails');
      return { status: 204 };
    },
  );
  const app = fixtureApp({ routes: [route] });
  const first = tell(app, 'POST /api/v1/work', { token: admin, headers });
  while (gates.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const second = await tell(app, 'POST /api/v1/work', { token: admin, headers });
  expect([second.status, second.headers.get('retry-after')]).toEqual([409, '1']);
  gates[0]?.();
  expect((await first).status).toBe(500);
  const retry = tell(app, 'POST /api/v1/work', { token: admin, headers });
  while (gates.length === 1) await new Promise((resolve) => setImmediate(resolve));
  gates[1]?.();
  expect((await retry).status).toBe(204);
});
