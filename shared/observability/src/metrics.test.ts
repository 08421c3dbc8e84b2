import { expect, test } from 'vitest';
import { CATALOGUE, type MetricDefinition } from './catalogue.ts';
import { createMetrics, silentMetrics } from './metrics.ts';

const definitions = Object.values(CATALOGUE) as readonly MetricDefinition[];

test('names tell kinds: _total a counter, _seconds a histogram with growing buckets, all others gauges', () => {
  for (const { name, kind, buckets } of definitions) {
    const expected = name.endsWith('_total') ? 'counter' : name.endsWith('_seconds') ? 'histogram' : 'gauge';
    expect(kind, name).toBe(expected);
    expect(buckets?.length ?? 0, name).toBe(kind === 'histogram' ? new Set(buckets).size : 0);
    expect(
      [...(buckets ?? [])].sort((a, b) => a - b),
      name,
    ).toEqual([...(buckets ?? [])]);
  }
  expect(new Set(definitions.map(({ name }) => name)).size).toBe(definitions.length);
});

test('no label names a tenant or a user', () => {
  for (const label of definitions.flatMap(({ labels }) => labels)) expect(label).not.toMatch(/tenant|user|account/);
});

test('beyond its cap a label becomes `other`, and known values stay themselves', async () => {
  const metrics = createMetrics({ labelCap: 2, processMetrics: false });
  for (const topic of ['a', 'b', 'c', 'd', 'a']) metrics.events.inc({ topic, outcome: 'done' });
  const text = await metrics.render();
  expect(text).toContain('leasehold_events_total{topic="a",outcome="done"} 2');
  expect(text).toContain('leasehold_events_total{topic="other",outcome="done"} 2');
  expect(text).not.toContain('topic="c"');
});

test('a gauge that is replaced forgets what is not named; what falls together is added', async () => {
  const metrics = createMetrics({ processMetrics: false });
  metrics.tenants.replace([{ labels: { tier: 'free', status: 'completed' }, value: 4 }]);
  metrics.tenants.replace([
    { labels: { tier: 'starter', status: 'failed' }, value: 1 },
    { labels: { tier: 'starter', status: 'failed' }, value: 2 },
  ]);
  const lines = (await metrics.render()).split('\n').filter((line) => line.startsWith('leasehold_tenants{'));
  expect(lines).toEqual(['leasehold_tenants{tier="starter",status="failed"} 3']);
});

test('a number that is none is dropped, never thrown', async () => {
  const metrics = createMetrics({ processMetrics: false });
  metrics.computeCost.inc({ provider: 'aws', resource_type: 'gpu' }, Number.NaN);
  metrics.computeCost.inc({ provider: 'aws', resource_type: 'gpu' }, -1);
  metrics.outboxPending.set({}, Number.POSITIVE_INFINITY);
  metrics.httpRequest.observe({ route: '/x' }, Number.NaN);
  expect(await metrics.render()).not.toContain('provider="aws"');
});

test('two metrics of one process do not collide unless they share a registry, and node tells of itself', async () => {
  const [one, two] = [createMetrics(), createMetrics({ processMetrics: false })];
  one.outboxPending.set({}, 1);
  expect(await two.render()).toContain('leasehold_outbox_pending 0');
  expect(await one.render()).toContain('nodejs_eventloop_lag_seconds');
});

test('silent metrics take everything and tell nothing', async () => {
  silentMetrics.events.inc({ topic: 'a', outcome: 'b' });
  silentMetrics.tenants.replace([]);
  expect(await silentMetrics.render()).toBe('');
});
