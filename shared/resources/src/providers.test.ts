/** What each kind of resource declares of itself: the engine, the lanes and placement go by it. */
import { bound } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { createCassandraBackend } from './cassandra-keyspace/backend.ts';
import { createElasticsearchBackend } from './elasticsearch-index/backend.ts';
import { createIgniteBackend } from './ignite-cache/backend.ts';
import { createKubernetesBackend } from './kubernetes-namespace/backend.ts';
import { createMinioBackend } from './minio-bucket/backend.ts';
import { createOpenProjectBackend } from './openproject-project/backend.ts';
import { createPulsarBackend } from './pulsar-namespace/backend.ts';

const keys = { accessKey: 'k', secretKey: 's' };
/** Constructing opens nothing: none of these is there. */
const BACKENDS = [
  createCassandraBackend({ hosts: ['none'], localDataCenter: 'dc1', replication: { dc1: 1 } }),
  createMinioBackend({ endpoint: 'none.example:9000', useTls: false, ...keys }),
  createPulsarBackend({ adminUrl: 'http://none.example:8080' }),
  createElasticsearchBackend({ url: 'http://none.example:9200' }),
  createIgniteBackend({ host: 'none.example', port: 10_800 }),
  createKubernetesBackend({ kubeconfig: '/none' }),
  createOpenProjectBackend({ url: 'http://none.example', apiKey: 'k' }),
];

/** Kind, backend, whether it holds data that must not be lost, whether access to it can be withdrawn, whether one listing tells all. */
const DECLARED = [
  ['cassandra-keyspace', 'cassandra', true, false, true],
  ['minio-bucket', 'minio', true, true, undefined],
  ['pulsar-namespace', 'pulsar', false, true, undefined],
  ['elasticsearch-index', 'elasticsearch', true, false, true],
  ['ignite-cache', 'ignite', false, false, undefined],
  ['kubernetes-namespace', 'kubernetes', true, true, undefined],
  ['openproject-project', 'openproject', true, true, undefined],
];

test('kinds, their backends, and what is to be feared of each', () => {
  const declared = BACKENDS.map(({ backend, providers: [provider] }) => {
    expect([backend.name, backend.embedded, provider.embedded]).toEqual([provider.backend, false, false]);
    const { kind, holdsData, hasAccess, observesInBulk } = provider;
    return [kind, backend.name, holdsData, hasAccess, observesInBulk];
  });
  expect(declared).toEqual(DECLARED);
});

test('what one object costs, and what a cluster bears, before anything was seen', () => {
  const told = BACKENDS.map(({ providers: [{ bounds }] }) => {
    const { ceiling } = bounds;
    return ceiling && [ceiling.name, ceiling.cost, ceiling.limit];
  });
  expect(told).toEqual([
    ['cassandra-tables', 5, bound('cassandra-tables', 1000)],
    ['minio-buckets', 1, bound('minio-buckets', 500_000)],
    ['pulsar-topics', 10, bound('pulsar-topics', 100_000)],
    undefined,
    ['ignite-caches', 1, bound('ignite-caches', 6000)],
    ['kubernetes-namespaces', 1, bound('kubernetes-namespaces', 10_000)],
    ['openproject-projects', 1, expect.objectContaining({ name: 'openproject-projects' })],
  ]);
});

test('how long a whole call of each may take, how many at once, and which go through a lane', () => {
  const told = BACKENDS.map(({ providers: [{ kind, bounds }] }) => [
    kind,
    bounds.timeoutMs.value,
    bounds.parallelism.value,
    'lane' in bounds ? bounds.lane : undefined,
  ]);
  expect(told.map(([kind, ms, , lane]) => [kind, ms, lane])).toEqual([
    ['cassandra-keyspace', 60_000, 'cassandra-ddl'],
    ['minio-bucket', 300_000, undefined],
    ['pulsar-namespace', 60_000, undefined],
    ['elasticsearch-index', 60_000, undefined],
    ['ignite-cache', 60_000, undefined],
    ['kubernetes-namespace', 180_000, undefined],
    ['openproject-project', 180_000, undefined],
  ]);
  for (const [kind, , parallelism] of told) expect(Number(parallelism), String(kind)).toBeGreaterThan(1);
});
