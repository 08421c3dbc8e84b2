/** How many tenants and objects there are, as far as the directory and this process's own commits say. */
import { silentLog } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { create, openScene } from '../domain/scene.ts';
import { createCensus } from './census.ts';
import { summaryOf, type TenantSummary } from './summary.ts';

type Series = readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
const gauge = () => {
  let series: Series = [];
  return {
    series: () => series,
    replace: (next: Series) => {
      series = next;
    },
  };
};
let resourceDrift = gauge();
const tenantsBehind = gauge();
const leftBehind = gauge();
const standing: number[] = [];
const accessStanding = { set: (_: object, value: number) => void standing.push(value) };

const censusOf = (entries: Readonly<Record<string, TenantSummary>>) =>
  createCensus({
    blueprint: () => 'present',
    store: {
      list: async () => ({
        items: Object.entries(entries).map(([name, summary]) => ({ name, summary: JSON.stringify(summary) })),
      }),
    } as never,
    clock: { now: () => 0, sleep: async () => undefined },
    log: silentLog,
    metrics: { tenants: gauge(), resourceDrift, tenantsBehind, leftBehind, accessStanding } as never,
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

test('Y2: objects that differ are counted by kind, from this process and from others, until they are as they should be', async () => {
  resourceDrift = gauge();
  const scene = openScene();
  scene.event(create());
  scene.settle();
  const drift = [{ path: '/versioning', from: 'off', to: 'enabled', weight: 'settings' as const }];
  const told = () => Object.fromEntries(resourceDrift.series().map(({ labels, value }) => [labels['kind'], value]));
  const elsewhere = { tier: 'free', status: 'degraded', drifting: { 'minio-bucket': 1, 'cassandra-keyspace': 2 } };
  const census = censusOf({ elsewhere });
  const note = () => census.note('acme', summaryOf(scene.state));
  note();
  expect(told()).toEqual({});
  scene.patch([{ id: 'minio-bucket', drift }]);
  note();
  expect(told()).toEqual({ 'minio-bucket': 1 });
  await census.count(new AbortController().signal);
  expect(told()).toEqual({ 'minio-bucket': 2, 'cassandra-keyspace': 2 });
  scene.patch([{ id: 'minio-bucket', drift: undefined }]);
  note();
  expect(told()).toEqual({ 'minio-bucket': 1, 'cassandra-keyspace': 2 });
  scene.patch([{ id: 'cassandra-keyspace', lost: true }]);
  note();
  expect(told()['cassandra-keyspace']).toBe(3);
  census.note('elsewhere', { tier: 'free', status: 'deleted' });
  scene.patch([{ id: 'cassandra-keyspace', lost: false }]);
  note();
  expect(told()).toEqual({ 'minio-bucket': 0, 'cassandra-keyspace': 0 });
});

test('who was made of another blueprint than the file’s is counted by tier, until it is brought over', async () => {
  const on = (blueprint?: string) => ({ tier: 'free', status: 'completed', ...(blueprint ? { blueprint } : {}) });
  const census = censusOf({ current: on('present'), behind: on('earlier'), unnamed: on() });
  await census.count(new AbortController().signal);
  expect(tenantsBehind.series()).toEqual([{ labels: { tier: 'free' }, value: 2 }]);
  for (const name of ['behind', 'unnamed']) census.note(name, on('present'));
  expect(tenantsBehind.series()).toEqual([{ labels: { tier: 'free' }, value: 0 }]);
});

test('what a deletion leaves behind is counted by kind, after its end too, and who has access that should be gone', async () => {
  const left = { 'minio-bucket': 1 };
  const gone = { tier: 'free', status: 'deleted', objects: {}, left };
  const leaving = { tier: 'free', status: 'provisioning', standing: 2 };
  const census = censusOf({ gone, going: { tier: 'free', status: 'deleting', left }, leaving });
  await census.count(new AbortController().signal);
  expect([leftBehind.series(), standing.at(-1), census.total()]).toEqual([
    [{ labels: { kind: 'minio-bucket' }, value: 2 }],
    1,
    2,
  ]);
  census.note('going', { tier: 'free', status: 'deleted', objects: {} });
  census.note('leaving', { tier: 'free', status: 'suspended' });
  expect([leftBehind.series()[0]?.value, standing.at(-1)]).toEqual([1, 0]);
});
