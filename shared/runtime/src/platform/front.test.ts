/** The HTTP side of a process from its first moment: what it answers while it starts, afterwards, and when it is told to stop meanwhile. */
import { createAuth, createMemoryIdempotencyStore, type Readiness } from '@leasehold/http';
import { seededRng, silentLog } from '@leasehold/kernel';
import { createMetrics } from '@leasehold/observability';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { createFront } from './front.ts';

function setUp() {
  const clock = manualClock();
  const auth = createAuth({ keys: { kind: 'secret', secret: 'a shared secret of more than 32 bytes' }, clock });
  const front = createFront({
    ...{ auth, clock },
    title: 'Leasehold',
    version: '1.2.3',
    log: silentLog,
    metrics: createMetrics(),
    rng: seededRng(1),
    health: () => true,
  });
  const ask = async (path: string) => {
    const answer = await front.app.fetch(new Request(`http://localhost${path}`));
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const ready = async (): Promise<Readiness> => ({ ready: true, backends: { minio: { state: 'up', latency_ms: 3 } } });
  const open = () => front.open({ routes: [], idempotency: createMemoryIdempotencyStore(clock), ready });
  return { clock, front, ask, open };
}

test('while it starts it is alive and not ready, and says what it waits for', async () => {
  const { clock, front, ask } = setUp();
  expect(await ask('/health')).toEqual({ status: 200, body: { status: 'ok' } });
  expect(await ask('/ready')).toMatchObject({ status: 503, body: { ready: false, reason: 'starting', backends: {} } });
  front.waitFor('starting, the store is away (no answer)');
  await clock.advance(1_000);
  expect((await ask('/ready')).body).toMatchObject({ reason: 'starting, the store is away (no answer)' });
  front.waitFor(undefined);
  await clock.advance(1_000);
  expect((await ask('/ready')).body).toMatchObject({ reason: 'starting' });
  expect(front.app.routes).toEqual([]);
});

test('once the services are there it is ready as they say', async () => {
  const { ask, open, front } = setUp();
  open();
  expect(await ask('/ready')).toEqual({
    status: 200,
    body: { status: 'ready', backends: { minio: { state: 'up', latency_ms: 3 } } },
  });
  expect(front.app.openapi().info).toMatchObject({ title: 'Leasehold', version: '1.2.3' });
  expect(front.app.log).toBe(silentLog);
});

test('what was told to stop while it started is told to the services that come up then', async () => {
  const { ask, open, front } = setUp();
  front.app.drain();
  open();
  expect(await ask('/ready')).toMatchObject({ status: 503, body: { reason: 'draining' } });
});

test('told to take no more, it refuses every page but those about itself, also once the services are there', async () => {
  const { ask, open, front } = setUp();
  front.app.refuse();
  for (const come of [() => undefined, open]) {
    come();
    expect((await ask('/openapi.json')).status).toBe(503);
    expect((await ask('/health')).status).toBe(200);
    expect((await ask('/ready')).body).toMatchObject({ reason: 'draining' });
  }
});

test('told to stop afterwards, it is', async () => {
  const { ask, open, front } = setUp();
  open();
  front.app.drain();
  expect((await ask('/ready')).body).toMatchObject({ reason: 'draining' });
  expect((await ask('/openapi.json')).status).toBe(200);
  front.app.refuse();
  expect((await ask('/openapi.json')).status).toBe(503);
});
