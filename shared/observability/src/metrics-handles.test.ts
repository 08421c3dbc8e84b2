import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createMetrics, silentMetrics } from './metrics.ts';

const linesOf = async (metrics: { render(): Promise<string> }, start: string) =>
  (await metrics.render()).split('\n').filter((line) => line.startsWith(start));
const quiet = { processMetrics: false } as const;

test('a counter adds one, or what it is told, none too', async () => {
  const metrics = createMetrics(quiet);
  const labels = { topic: 't', outcome: 'done' };
  metrics.events.inc(labels);
  metrics.events.inc(labels, 2.5);
  metrics.events.inc(labels, 0);
  expect(await linesOf(metrics, 'leasehold_events_total{')).toEqual([
    'leasehold_events_total{topic="t",outcome="done"} 3.5',
  ]);
});

test('a number that is none changes nothing, of whatever kind', async () => {
  const metrics = createMetrics(quiet);
  metrics.events.inc({ topic: 't', outcome: 'x' }, Number.POSITIVE_INFINITY);
  metrics.events.inc({ topic: 't', outcome: 'x' }, -0.5);
  metrics.tenants.set({ tier: 'free', status: 'failed' }, Number.NaN);
  expect(await linesOf(metrics, 'leasehold_tenants{')).toEqual([]);
  metrics.tenants.replace([{ labels: { tier: 'free', status: 'failed' }, value: Number.NaN }]);
  metrics.httpRequest.observe({ route: '/x' }, Number.NaN);
  for (const name of ['leasehold_events_total{', 'leasehold_tenants{', 'leasehold_http_request_seconds_sum{']) {
    expect(await linesOf(metrics, name)).toEqual([]);
  }
});

test('a gauge is what it was set to last, below zero too', async () => {
  const metrics = createMetrics(quiet);
  metrics.outboxPending.set({}, 7);
  metrics.outboxPending.set({}, -1);
  expect(await linesOf(metrics, 'leasehold_outbox_pending')).toEqual(['leasehold_outbox_pending -1']);
});

test('a histogram has the bounds of its catalogue', async () => {
  const metrics = createMetrics(quiet);
  metrics.httpRequest.observe({ route: '/x' }, 0.3);
  const buckets = await linesOf(metrics, 'leasehold_http_request_seconds_bucket{');
  const bounds = buckets.map((line) => /le="([^"]+)"/.exec(line)?.[1]);
  expect(bounds).toEqual([
    '0.001',
    '0.0025',
    '0.005',
    '0.01',
    '0.025',
    '0.05',
    '0.1',
    '0.25',
    '0.5',
    '1',
    '2.5',
    '10',
    '+Inf',
  ]);
  expect(buckets.map((line) => line.split(' ').at(-1)).join('')).toBe('0000000011111');
});

test('each label of each metric is there, `none` where it was not told, and has a cap of its own', async () => {
  const metrics = createMetrics({ ...quiet, labelCap: 1 });
  metrics.events.inc({ topic: 'a', outcome: '' });
  metrics.events.inc({ topic: 'b', outcome: '' });
  metrics.eventLag.observe({ topic: 'b' }, 1);
  expect(await linesOf(metrics, 'leasehold_events_total{')).toEqual([
    'leasehold_events_total{topic="a",outcome="none"} 1',
    'leasehold_events_total{topic="other",outcome="none"} 1',
  ]);
  expect(await linesOf(metrics, 'leasehold_event_lag_seconds_count{')).toEqual([
    'leasehold_event_lag_seconds_count{topic="b"} 1',
  ]);
});

test('metrics live in the registry that is handed in, beside what else is there', async () => {
  const registry = new Registry();
  const metrics = createMetrics({ ...quiet, registry });
  expect(registry.getSingleMetric('leasehold_outbox_pending')).toBeDefined();
  expect([await metrics.render(), metrics.contentType]).toEqual([await registry.metrics(), registry.contentType]);
  expect(await metrics.render()).not.toContain('nodejs_');
});

test('silent metrics take whatever the others take', () => {
  const real = createMetrics(quiet);
  for (const [name, handle] of Object.entries(real)) {
    if (typeof handle !== 'object') continue;
    const silent = silentMetrics[name as keyof typeof silentMetrics] as unknown as Record<string, () => void>;
    for (const method of Object.keys(handle)) expect(silent[method], `${name}.${method}`).not.toThrow();
  }
  expect(silentMetrics.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
});
