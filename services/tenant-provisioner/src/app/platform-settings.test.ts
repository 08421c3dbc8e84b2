/** What of a resource follows from the tenant's limits and the platform: written by hand from the contract. */
import { expect, test } from 'vitest';
import { type PlatformFacts, platformSettings } from './platform-settings.ts';

const FACTS: PlatformFacts = {
  limits: {
    cpu_cores: 2,
    memory_gb: 4,
    storage_gb: 10,
    max_pods: 5,
    max_services: 3,
    gpu_count: 1,
    monthly_cost_usd: null,
  },
  topics: ['tenant-upgraded-events', 'unheard-of'],
  platformRoles: ['platform', 'auditor'],
  services: ['tenant-provisioner'],
};
const quota = (storage_gb: number) =>
  platformSettings('minio-bucket', 'main', { ...FACTS, limits: { ...FACTS.limits, storage_gb } });

test('a bucket has the storage of its limits as quota in bytes, at least one; none of nothing', () => {
  expect(quota(10)).toEqual({ quotaBytes: 10_737_418_240 });
  expect(quota(0.5)).toEqual({ quotaBytes: 536_870_912 });
  expect(quota(1e-12)).toEqual({ quotaBytes: 1 });
  expect([quota(0), quota(-1)]).toEqual([{ quotaBytes: null }, { quotaBytes: null }]);
});

test('a namespace of topics has each topic with who consumes it there, and the platform’s roles on all', () => {
  const settings = platformSettings('pulsar-namespace', 'main', FACTS);
  expect(settings).toEqual({
    topics: { 'tenant-upgraded-events': ['tenant-provisioner'], 'unheard-of': [] },
    roles: { platform: ['produce', 'consume'], auditor: ['produce', 'consume'] },
  });
  expect(platformSettings('pulsar-namespace', 'main', { ...FACTS, services: [] })['topics']).toEqual({
    'tenant-upgraded-events': [],
    'unheard-of': [],
  });
});

test('a namespace of pods has each limit as its quota', () => {
  expect(platformSettings('kubernetes-namespace', 'main', FACTS)).toEqual({
    quota: { cpuCores: 2, memoryGb: 4, storageGb: 10, pods: 5, services: 3, gpus: 1 },
  });
});

test('nothing else follows from them', () => {
  for (const [kind, part] of [
    ['minio-bucket', 'other'],
    ['cassandra-keyspace', 'main'],
    ['ignite-cache', 'sessions'],
  ] as const)
    expect(platformSettings(kind, part, FACTS)).toEqual({});
});
