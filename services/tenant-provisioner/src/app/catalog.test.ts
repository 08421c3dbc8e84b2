/** From limits to a graph: every size that the contract takes is one that the backends take, and the rest is told (B3). */
import { limitsSchema } from '@leasehold/contracts';
import type { Provider } from '@leasehold/engine';
import { Fault } from '@leasehold/kernel';
import { createEmbeddedMinioBackend } from '@leasehold/resources';
import { expect, test } from 'vitest';
import { readBlueprints } from '../compose.ts';
import { LIMITS } from '../domain/scene.ts';
import { createCatalog } from './catalog.ts';

const minio = createEmbeddedMinioBackend({ dataDir: '/nowhere' });
const catalogOf = (providers: readonly Provider[]) =>
  createCatalog({
    files: readBlueprints(undefined),
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
