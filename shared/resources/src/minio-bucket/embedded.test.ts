/** What a repair of an embedded bucket changes in its record, and what it leaves as somebody set it. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ABSENT, type Ref } from '@leasehold/engine';
import { scope } from '@leasehold/testing/suites/provider-steps';
import { expect, test } from 'vitest';
import { change, embeddedFolders, readRecord, writeRecord } from '../../test/embedded-folder.ts';
import { createEmbeddedMinioBackend } from './embedded.ts';

const ref: Ref = { kind: 'minio-bucket', name: 'tenant-acme', tenantId: 'acme', generation: 2, tier: 'free' };
const DAYS = { temp: 1, cache: 7, logs: 30, oldVersions: 30, incompleteUploads: 7 };
const WANTED = { versioning: 'enabled', quotaBytes: 1000, lifecycleDays: DAYS };
const WRONG = {
  versioning: 'suspended',
  quotaBytes: 5,
  lifecycleDays: { temp: 9, cache: 9, logs: 9, oldVersions: null, incompleteUploads: 9 },
};
const POLICY = { grants: ['Anybody'], denial: null };
const fresh = embeddedFolders();

async function embedded(state?: object) {
  const dataDir = await fresh();
  const { backend, providers } = createEmbeddedMinioBackend({ dataDir });
  const bucket = join(dataDir, 'minio', 'tenant-acme');
  const path = join(bucket, '.leasehold.json');
  if (state) {
    await mkdir(bucket, { recursive: true });
    await writeRecord(path, { tenantId: 'acme', generation: 1, tier: 'old', state });
  }
  const [provider] = providers;
  const parse = (more: object = {}) => provider.spec.parse({ quotaBytes: 1000, ...more });
  return { backend, provider, bucket, parse, spec: parse(), record: () => readRecord(path) };
}
const OLD_MARK = { tenantId: 'acme', generation: 1, tier: 'old' };

test('a bucket is made with its settings and mark, told with its folder, and seen with its tags', async () => {
  const { provider, spec, bucket, record } = await embedded();
  expect(await provider.ensure(ref, spec, provider.plan(ref, spec, ABSENT), scope())).toEqual({
    bucket: 'tenant-acme',
    path: bucket,
  });
  expect(await record()).toEqual({ tenantId: 'acme', generation: 2, tier: 'free', state: WANTED });
  const seen = await provider.observe(ref, scope());
  expect(seen).toMatchObject({
    mark: 'ours',
    generation: 2,
    ...WANTED,
    tags: { 'tenant-id': 'acme', tier: 'free', 'leasehold-generation': '2' },
  });
  expect(provider.plan(ref, spec, seen)).toEqual([]);
});

test.each([
  ['/versioning', { ...WRONG, versioning: 'enabled' }],
  ['/quotaBytes', { ...WRONG, quotaBytes: 1000 }],
  ['/lifecycleDays/temp', { ...WRONG, lifecycleDays: { ...WRONG.lifecycleDays, temp: 1 } }],
  ['/lifecycleDays', { ...WRONG, lifecycleDays: DAYS }],
])('a repair of %s changes that alone', async (path, state) => {
  const { provider, spec, record } = await embedded({ ...WRONG, policy: POLICY });
  await provider.ensure(ref, spec, [change(path)], scope());
  expect(await record()).toEqual({ ...OLD_MARK, state: { ...state, policy: POLICY } });
});

test.each(['/tags/tier', '/generation'])('a repair of %s writes the mark anew and nothing else', async (path) => {
  const { provider, spec, record } = await embedded(WRONG);
  await provider.ensure(ref, spec, [change(path)], scope());
  expect(await record()).toEqual({ tenantId: 'acme', generation: 2, tier: 'free', state: WRONG });
});

test.each([
  ['withdrawn', POLICY, { grants: ['Anybody'], denial: 'whole' }],
  ['granted', { grants: ['Anybody'], denial: 'whole' }, POLICY],
  ['granted', { grants: [], denial: 'whole' }, undefined],
  ['withdrawn', undefined, undefined],
] as const)('access %s turns the policy %j into %j', async (access, before, after) => {
  const { provider, parse, record } = await embedded({ ...WANTED, ...(before && { policy: before }) });
  await provider.ensure(ref, parse({ access }), [change('/access/policy')], scope());
  expect(await record()).toEqual({ ...OLD_MARK, state: { ...WANTED, ...(after && { policy: after }) } });
});

test('a folder of others is a bucket without versions and tags, and keeps what it is when it is marked', async () => {
  const { provider, spec, bucket, record } = await embedded();
  await mkdir(bucket, { recursive: true });
  expect(await provider.observe(ref, scope())).toEqual({
    mark: 'none',
    versioning: 'off',
    quotaBytes: null,
    lifecycleDays: { temp: null, cache: null, logs: null, oldVersions: null, incompleteUploads: null },
    tags: {},
  });
  await provider.adopt?.(ref, spec, scope());
  expect(await record()).toMatchObject({ tenantId: 'acme', generation: 2, tier: 'free', adopted: true });
  expect(await record()).toMatchObject({ state: { versioning: 'suspended', quotaBytes: null } });
});

test.each(['Tenant', 'ab', '-ab', 'ab-', 'a'.repeat(64), 'a_b'])('the name %j is refused', async (name) => {
  const { provider } = await embedded();
  await expect(provider.observe({ ...ref, name }, scope())).rejects.toMatchObject({ code: 'InvalidName' });
});

test('it is what it says of itself, by which the mesh treats it', async () => {
  const { provider, backend } = await embedded();
  expect(provider).toMatchObject({
    kind: 'minio-bucket',
    backend: 'minio',
    holdsData: true,
    hasAccess: true,
    isGrantUnsaid: true,
    embedded: true,
  });
  expect(backend).toMatchObject({ name: 'minio', embedded: true });
});
