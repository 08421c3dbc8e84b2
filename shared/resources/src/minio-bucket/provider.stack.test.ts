/**
 * Buckets on a real MinIO: the provider contract with its own client package as raw eyes, and a bucket that takes pages to empty.
 */
import type { Ref } from '@leasehold/engine';
import { type AroundCall, type Drift, providerSuite } from '@leasehold/testing/suites/provider';
import { address, behindProxy, refMaker, variable } from '@leasehold/testing/suites/provider-stack';
import { converge, scope } from '@leasehold/testing/suites/provider-steps';
import { Client } from 'minio';
import { expect, test } from 'vitest';
import { createMinioBackend } from './backend.ts';
import { createBucketCalls } from './bucket-calls.ts';
import { createS3Client } from './client.ts';

const settings = () => ({
  endpoint: variable('STACK_MINIO_ENDPOINT'),
  accessKey: variable('STACK_MINIO_ACCESS_KEY'),
  secretKey: variable('STACK_MINIO_SECRET_KEY'),
  useTls: false,
});
const { host, port } = address(variable('STACK_MINIO_ENDPOINT'));
const { accessKey, secretKey } = settings();
const raw = new Client({ endPoint: host, port, useSSL: false, accessKey, secretKey, region: 'us-east-1' });
const ref = refMaker('minio-bucket', (id) => `tenant-${id}`);
const calls = createBucketCalls(createS3Client(settings()));
const signal = new AbortController().signal;

const oneRule = { ID: 'leasehold-temp', Status: 'Enabled', Filter: { Prefix: 'temp/' }, Expiration: { Days: 9 } };
const tags = (one: Ref, tier: string) => ({
  'tenant-id': one.tenantId,
  tier,
  'leasehold-generation': '1',
  theirs: 'x',
});

const drifts: readonly Drift[] = [
  {
    path: '/versioning',
    weight: 'settings',
    tamper: (one) => raw.setBucketVersioning(one.name, { Status: 'Suspended' }),
  },
  { path: '/quotaBytes', weight: 'settings', tamper: (one) => calls.setQuotaBytes(one.name, 5_000_000, signal) },
  {
    path: '/lifecycleDays/temp',
    weight: 'settings',
    async tamper(one) {
      const xml = await calls.lifecycle(one.name, signal);
      await calls.setLifecycle(one.name, xml.replace('<Days>1</Days>', '<Days>9</Days>'), signal);
    },
  },
];

const made: Ref[] = [];
const fresh = (label: string): Ref => {
  const one = ref(label);
  made.push(one);
  return one;
};

async function sweep(): Promise<void> {
  for (const one of made.splice(0)) {
    if (!(await raw.bucketExists(one.name))) continue;
    const versions = await calls.versions(one.name, 1000, signal);
    if (versions.length > 0) await calls.deleteVersions(one.name, versions, signal);
    for (const upload of await calls.uploads(one.name, signal)) await calls.abortUpload(one.name, upload, signal);
    await raw.removeBucket(one.name);
  }
}

providerSuite('bucket on MinIO', async (around: AroundCall) => {
  const { backend, providers } = createMinioBackend({ ...settings(), around });
  const provider = providers[0];
  const proxied = (mode: 'mute' | 'cut') =>
    behindProxy(settings().endpoint, mode, (at) =>
      createMinioBackend({ ...settings(), endpoint: at, timeoutMs: mode === 'mute' ? 200 : 3000 }),
    );
  return {
    provider,
    ref: fresh,
    spec: provider.spec.parse({ quotaBytes: 10_000_000 }),
    otherTier: {
      tier: 'enterprise',
      spec: provider.spec.parse({ quotaBytes: 20_000_000, lifecycleDays: { cache: 14, logs: 90, oldVersions: 90 } }),
    },
    drifts,
    async makeForeign(one) {
      await raw.makeBucket(one.name);
      await raw.setBucketTagging(one.name, { owner: 'somebody' });
    },
    async isForeignIntact(one) {
      const found = (await raw.getBucketTagging(one.name)) as readonly unknown[];
      const versioning = await raw.getBucketVersioning(one.name);
      return JSON.stringify(found).includes('somebody') && !JSON.stringify(versioning).includes('Enabled');
    },
    removeForeign: (one) => raw.removeBucket(one.name),
    unmarked: {
      async make(one) {
        await raw.makeBucket(one.name);
        await raw.setBucketTagging(one.name, { owner: 'somebody' });
        await raw.putObject(one.name, 'theirs', 'kept');
      },
      claim: (one) => raw.setBucketTagging(one.name, { owner: 'somebody', 'tenant-id': 'somebody-else' }),
      async isKept(one) {
        const tags = JSON.stringify(await raw.getBucketTagging(one.name));
        return tags.includes('somebody') && (await raw.statObject(one.name, 'theirs')).size === 4;
      },
    },
    makeHalf: (one) => raw.makeBucket(one.name),
    async putData(one) {
      for (const text of ['first', 'second']) await raw.putObject(one.name, 'a/x & <y>+ä %41.txt', text);
      await raw.putObject(one.name, '007', 'a key that looks like a number');
      await raw.removeObject(one.name, 'a/x & <y>+ä %41.txt');
      await raw.initiateNewMultipartUpload(one.name, 'unfinished/ä?', {});
    },
    remains: async (one) => ((await raw.bucketExists(one.name)) ? [one.name] : []),
    mute: () => proxied('mute'),
    refusing: () => proxied('cut'),
    async cleanup() {
      await sweep();
      await backend.close();
    },
  };
});

test('rules and tags of others survive a repair, and what MinIO lacks is a note', async () => {
  const { backend, providers } = createMinioBackend(settings());
  const [provider] = providers;
  const one = fresh('others');
  const spec = provider.spec.parse({});
  await converge(provider, one, spec);
  await raw.setBucketTagging(one.name, tags(one, 'gold'));
  const theirs = { ...oneRule, ID: 'theirs', Filter: { Prefix: 'theirs/' } };
  await raw.setBucketLifecycle(one.name, { Rule: [oneRule, theirs] } as never);
  await converge(provider, one, spec);
  expect(await provider.observe(one, scope())).toMatchObject({
    tags: { theirs: 'x', tier: 'free' },
    notes: ['IncompleteUploadsUnsupported'],
  });
  expect(JSON.stringify(await raw.getBucketLifecycle(one.name))).toContain('theirs/');
  await sweep();
  await backend.close();
});

test('M3 a bucket of several pages is emptied, and stops between pages when aborted', async () => {
  const stop = new AbortController();
  let pages = 0;
  const { backend, providers } = createMinioBackend({
    ...settings(),
    around: async (call, run) => {
      const answer = await run();
      if (call.name === 'delete-versions' && ++pages === 1) stop.abort(new Error('enough'));
      return answer;
    },
  });
  const [provider] = providers;
  const one = fresh('pages');
  await converge(provider, one, provider.spec.parse({}));
  const names = Array.from({ length: 1100 }, (_, index) => `object-${index}`);
  for (let start = 0; start < names.length; start += 50) {
    await Promise.all(names.slice(start, start + 50).map((name) => raw.putObject(one.name, name, 'x')));
  }
  await expect(provider.delete(one, { ...scope(), signal: stop.signal })).rejects.toThrow('enough');
  expect(await raw.bucketExists(one.name)).toBe(true);
  await provider.delete(one, scope());
  expect(await raw.bucketExists(one.name)).toBe(false);
  expect(pages).toBeGreaterThan(1);
  await backend.close();
});
