/** From limits to a graph: every size that the contract takes is one that the backends take, and the rest is told (B3). */
import { limitsSchema } from '@leasehold/contracts';
import type { Provider } from '@leasehold/engine';
import { Fault } from '@leasehold/kernel';
import { createEmbeddedMinioBackend, createKubernetesBackend, createOpenProjectBackend } from '@leasehold/resources';
import { expect, test } from 'vitest';
import { readBlueprints } from '../compose.ts';
import { LIMITS } from '../domain/scene.ts';
import { type BlueprintFile, createCatalog } from './catalog.ts';

const minio = createEmbeddedMinioBackend({ dataDir: '/nowhere' });
const catalogOf = (providers: readonly Provider[], files = readBlueprints(undefined)) =>
  createCatalog({
    files,
    providers: new Map(providers.map((provider) => [provider.kind, provider])),
    pulsarTenant: 'platformq',
    platformRoles: [],
    services: ['tenant-provisioner'],
  });
const bucketOf = (storage_gb: number) =>
  catalogOf(minio.providers)
    .graph('custom', { ...LIMITS, storage_gb }, 'acme')
    .find(({ kind }) => kind === 'minio-bucket')?.spec;

test('from the least to the most storage that can be asked for, the bucket has a quota in whole bytes', () => {
  for (const storage_gb of [1e-12, 0.5, 10, 8_388_607]) {
    expect(limitsSchema.safeParse({ ...LIMITS, storage_gb }).success).toBe(true);
    const { quotaBytes } = bucketOf(storage_gb) as { quotaBytes: number };
    expect(Number.isSafeInteger(quotaBytes) && quotaBytes >= 1).toBe(true);
  }
  expect(bucketOf(0)).toMatchObject({ quotaBytes: null });
  expect(limitsSchema.safeParse({ ...LIMITS, storage_gb: 8_388_608 }).success).toBe(false);
});

test('B3: limits that a backend cannot take are told as the fault of who asked', () => {
  try {
    bucketOf(1e9);
    expect.unreachable('a quota over 2^53 bytes');
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    expect(error).toMatchObject({
      class: 'Invalid',
      code: 'BadLimits',
      message: expect.stringContaining('/quotaBytes'),
    });
  }
});

test('every shipped file is whole with every backend there, and the limits of a tenant are its quota on Kubernetes', () => {
  const { providers } = createKubernetesBackend({});
  const [project] = createOpenProjectBackend({ url: 'http://127.0.0.1:1', apiKey: 'none' }).providers;
  const catalog = catalogOf([...providers, project] as unknown as readonly Provider[]);
  const limits = { ...LIMITS, cpu_cores: 2.5, memory_gb: 6, storage_gb: 7, max_pods: 9, max_services: 4, gpu_count: 1 };
  const spec = catalog.graph('custom', limits, 'acme').find(({ kind }) => kind === 'kubernetes-namespace')?.spec;
  expect(spec).toMatchObject({
    quota: { cpuCores: 2.5, memoryGb: 6, storageGb: 7, pods: 9, services: 4, gpus: 1 },
    podSecurity: 'baseline',
  });
});

test('B1: a setting that a backend does not take is told with its file and place', () => {
  const files = readBlueprints(undefined).map((file) =>
    file.name === 'free.yaml' ? { ...file, content: withPodSecurity(file.content, 'strict') } : file,
  );
  expect(() => catalogOf(createKubernetesBackend({}).providers as unknown as readonly Provider[], files)).toThrow(
    /free\.yaml: \/resources\/\d+\/spec\/podSecurity: /,
  );
});

function withPodSecurity(content: BlueprintFile['content'], podSecurity: string): BlueprintFile['content'] {
  if (content.kind !== 'parsed') return content;
  const value = structuredClone(content.value) as { resources: { kind: string; spec?: object }[] };
  for (const resource of value.resources)
    if (resource.kind === 'kubernetes-namespace') resource.spec = { ...resource.spec, podSecurity };
  return { kind: 'parsed', value };
}
