import { silentMetrics } from '@leasehold/observability';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { type AppOptions, DEFAULT_BOUNDS, type Readiness } from './app-options.ts';
import { createHealth } from './health.ts';

const READY: Readiness = { ready: true, backends: { minio: { state: 'up', latency_ms: 2 } } };

function setUp(ready: (signal: AbortSignal) => Promise<Readiness> = async () => READY) {
  const clock = manualClock();
  const state = { looks: 0, alive: true };
  const health = createHealth(
    {
      clock,
      metrics: silentMetrics,
      health: () => state.alive,
      ready: (signal: AbortSignal) => {
        state.looks += 1;
        return ready(signal);
      },
    } as unknown as AppOptions,
    DEFAULT_BOUNDS,
  );
  return { clock, health, state };
}

test('1: a process that works is healthy; one that cannot any more should be restarted', () => {
  const { health, state } = setUp();
  expect(health.health()).toMatchObject({ status: 200, body: '{"status":"ok"}' });
  state.alive = false;
  expect(() => health.health()).toThrow(expect.objectContaining({ code: 'unavailable', status: 503 }));
});

test('1: who is ready says so, with each backend', async () => {
  const answer = await setUp().health.ready();
  expect([answer.status, JSON.parse(String(answer.body))]).toEqual([
    200,
    { status: 'ready', backends: { minio: { state: 'up', latency_ms: 2 } } },
  ]);
});

test.each([
  [{ reason: 'the store is away' }, 'the store is away'],
  [{}, 'starting'],
])('1: who is not says why: %j', async (more, reason) => {
  const backends = { minio: { state: 'down', latency_ms: null } } as const;
  await expect(setUp(async () => ({ ready: false, backends, ...more })).health.ready()).rejects.toMatchObject({
    code: 'unavailable',
    message: `Not ready: ${reason}.`,
    options: { extra: { ready: false, reason, backends } },
  });
});

test('1: who drains is not ready, whatever the backends say', async () => {
  const { health } = setUp();
  health.drain();
  await expect(health.ready()).rejects.toMatchObject({ options: { extra: { reason: 'draining' } } });
});

test('2: one look answers for its time, however many ask, and no longer', async () => {
  const { clock, health, state } = setUp();
  await Promise.all([health.ready(), health.ready()]);
  await clock.advance(DEFAULT_BOUNDS.readyMs.value - 1);
  await health.ready();
  expect(state.looks).toBe(1);
  await clock.advance(1);
  await health.ready();
  expect(state.looks).toBe(2);
});

test('2: a look that failed answers nobody after those who waited for it', async () => {
  let fails = true;
  const { health, state } = setUp(async () => {
    if (fails) throw new Error('broken');
    return READY;
  });
  await expect(health.ready()).rejects.toThrow('broken');
  fails = false;
  expect((await health.ready()).status).toBe(200);
  expect(state.looks).toBe(2);
});

test('2: a look is told to end at its bound, with what did not answer; one that ended leaves no timer', async () => {
  let reason: unknown;
  const { clock, health } = setUp(
    (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
          reject(signal.reason);
        });
      }),
  );
  const late = expect(health.ready()).rejects.toMatchObject({ code: 'unavailable' });
  await clock.advance(DEFAULT_BOUNDS.readyWaitMs.value - 1);
  expect(reason).toBeUndefined();
  await clock.advance(1);
  await late;
  expect(reason).toMatchObject({ message: 'The store or the bus did not answer within 1900 ms.' });
  const quick = setUp();
  await quick.health.ready();
  await quick.clock.settle();
  expect(quick.clock.sleepers()).toBe(0);
});

test('metrics are told as what they are', async () => {
  const answer = await setUp().health.metrics();
  expect([answer.status, answer.headers['content-type']]).toEqual([200, silentMetrics.contentType]);
});
