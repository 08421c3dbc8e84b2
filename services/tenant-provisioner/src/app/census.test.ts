/** How many tenants and objects there are, as far as the directory and this process's own commits say. */
import { silentLog } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { create, openScene } from '../domain/scene.ts';
import { createCensus } from './census.ts';
import { summaryOf, type TenantSummary } from './summary.ts';

const censusOf = (entries: Readonly<Record<string, TenantSummary>>) =>
  createCensus({
    store: {
      list: async () => ({
        items: Object.entries(entries).map(([name, summary]) => ({ name, summary: JSON.stringify(summary) })),
      }),
    } as never,
    clock: { now: () => 0, sleep: async () => undefined },
    log: silentLog,
    metrics: { tenants: { replace: () => undefined } } as never,
  });

const holding = (count: number): TenantSummary => ({
  tier: 'free',
  status: 'completed',
  objects: { 'minio-bucket': count },
});

test('what counts against a ceiling is what the others hold of the kind, not the tenant itself', async () => {
  const census = censusOf({ a: holding(2), b: holding(3), old: { tier: 'free', status: 'completed' } });
  await census.count(new AbortController().signal);
  expect(census.heldByOthers('minio-bucket', 'a')).toBe(4);
  expect(census.heldByOthers('minio-bucket', 'new')).toBe(6);
  expect(census.heldByOthers('cassandra-keyspace', 'a')).toBe(1);
  census.note('b', { tier: 'free', status: 'deleted', objects: {} });
  expect(census.heldByOthers('minio-bucket', 'a')).toBe(1);
  expect(census.total()).toBe(2);
});

test('Y1: an object counts from the wish for it; what was refused before anything was made makes room', () => {
  const scene = openScene();
  scene.event(create());
  expect(summaryOf(scene.state).objects).toEqual({ 'cassandra-keyspace': 1, 'minio-bucket': 1 });
  scene.patch([{ id: 'minio-bucket', status: 'failed' }]);
  expect(summaryOf(scene.state).objects).toEqual({ 'cassandra-keyspace': 1 });
});
