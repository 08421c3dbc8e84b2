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
      const found = await calls.lifecycle(one.name, signal);
      if (found === 'lacking') throw new Error('MinIO has lifecycle rules');
      const xml = found.xml.replace('<Days>1</Days>', '<Days>9</Days>');
      await calls.setLifecycle(one.name, { xml }, undefined, signal);
    },
  },
];

const publicPolicy = (bucket: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Anybody',
        Effect: 'Allow',
        Principal: { AWS: ['*'] },
        Action: ['s3:GetObject', 's3:PutObject'],
        Resource: [`arn:aws:s3:::${bucket}/*`],
      },
    ],
  });

const made: Ref[] = [];
const fresh = (label: string): Ref => {
  const one = ref(label);
  made.push(one);
  return one;
};

async function sweep(): Promise<void> {
  for (const one of made.splice(0)) {
    if (!(await raw.bucketExists(one.name))) continue;
    const { items: versions } = await calls.versions(one.name, 1000, {}, signal);
    for (const version of versions) await calls.deleteVersion(one.name, version, signal);
    const { items: uploads } = await calls.uploads(one.name, {}, signal);
    for (const upload of uploads) await calls.abortUpload(one.name, upload, signal);
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
    withdrawn: provider.spec.parse({ quotaBytes: 10_000_000, access: 'withdrawn' }),
    give: (one) => raw.setBucketPolicy(one.name, publicPolicy(one.name)),
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

test('M3 a bucket goes whatever its objects and uploads are called', async () => {
  const { backend, providers } = createMinioBackend(settings());
  const [provider] = providers;
  const one = fresh('names');
  await converge(provider, one, provider.spec.parse({}));
  const names = [
    'data/a\u0001b.txt',
    'Icon\r',
    '\r',
    'a\nb',
    '\ufffe',
    'x\uffff',
    '&lt;',
    'a+b %41',
    '?#',
    '\u{1f600}\u001f',
  ];
  for (const name of names) {
    for (const text of ['first', 'second']) await raw.putObject(one.name, name, text);
    await raw.initiateNewMultipartUpload(one.name, name, {});
  }
  await raw.removeObject(one.name, 'Icon\r');
  await raw.removeObject(one.name, 'data/a\u0001b.txt');
  const { items } = await calls.versions(one.name, 1000, {}, signal);
  expect(new Set(items.map(({ key }) => key))).toEqual(new Set(names));
  expect(items).toHaveLength(2 * names.length + 2);
  await provider.delete(one, scope());
  expect(await raw.bucketExists(one.name)).toBe(false);
  await backend.close();
});

test('rules of every form that MinIO takes stay beside ours', async () => {
  const { backend, providers } = createMinioBackend(settings());
  const [provider] = providers;
  const one = fresh('rules');
  const spec = provider.spec.parse({});
  await converge(provider, one, spec);
  const theirs = [
    '<ID>plain</ID><Status>Enabled</Status><Prefix>plain/</Prefix><Expiration><Days>3</Days></Expiration>',
    '<ID>all</ID><Status>Disabled</Status><Expiration><Days>4</Days></Expiration>',
    '<ID>and</ID><Status>Enabled</Status><Filter><And><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan><Prefix>x/</Prefix><Tag><Key>a&amp;</Key><Value>b</Value></Tag></And></Filter><Expiration><Date>2030-01-01T00:00:00Z</Date></Expiration>',
  ];
  const xml = `<LifecycleConfiguration>${theirs.map((rule) => `<Rule>${rule}</Rule>`).join('')}</LifecycleConfiguration>`;
  await calls.setLifecycle(one.name, { xml }, undefined, signal);
  expect(await converge(provider, one, spec)).not.toEqual([]);
  expect(provider.plan(one, spec, await provider.observe(one, scope()))).toEqual([]);
  const found = await calls.lifecycle(one.name, signal);
  expect(found).toMatchObject({ xml: expect.stringContaining('<ID>leasehold-temp</ID>') });
  for (const rule of [
    '<ID>plain</ID><Status>Enabled</Status><Filter><Prefix>plain/</Prefix></Filter><Expiration><Days>3</Days></Expiration>',
    '<ID>all</ID><Status>Disabled</Status><Filter><Prefix></Prefix></Filter><Expiration><Days>4</Days></Expiration>',
    theirs[2],
  ]) {
    expect(found).toMatchObject({ xml: expect.stringContaining(`<Rule>${rule}</Rule>`) });
  }
  await sweep();
  await backend.close();
});

/** MinIO keeps actions as a set and tells them in another order each time. */
function statementsIn(policy: string): readonly unknown[] {
  const { Statement } = JSON.parse(policy) as { readonly Statement: readonly { readonly Action: readonly string[] }[] };
  return Statement.map((one) => ({ ...one, Action: [...one.Action].sort() }));
}

test('M5 what a policy gives anybody is refused while access is withdrawn, and given back to the letter; ours goes on working', async () => {
  const { backend, providers } = createMinioBackend(settings());
  const [provider] = providers;
  const one = fresh('policy');
  const granted = provider.spec.parse({});
  const withdrawn = provider.spec.parse({ access: 'withdrawn' });
  const anybody = async (method: string): Promise<number> => {
    const body = method === 'PUT' ? { body: 'theirs' } : {};
    return (await fetch(`http://${settings().endpoint}/${one.name}/secret.txt`, { method, ...body })).status;
  };
  const open = async () => [await anybody('GET'), await anybody('PUT')];
  await converge(provider, one, granted);
  await raw.putObject(one.name, 'secret.txt', 'a secret');
  expect(await open()).toEqual([403, 403]);
  await raw.setBucketPolicy(one.name, publicPolicy(one.name));
  const before = await raw.getBucketPolicy(one.name);
  expect(await open()).toEqual([200, 200]);
  await converge(provider, one, withdrawn);
  expect(await open()).toEqual([403, 403]);
  await raw.putObject(one.name, 'ours', 'written all the same');
  expect((await raw.statObject(one.name, 'ours')).size).toBe(20);
  await raw.setBucketPolicy(one.name, publicPolicy(one.name));
  expect(await open(), 'given back by hand').toEqual([200, 200]);
  await converge(provider, one, withdrawn);
  expect(await open()).toEqual([403, 403]);
  await converge(provider, one, granted);
  expect(statementsIn(await raw.getBucketPolicy(one.name))).toEqual(statementsIn(before));
  expect(await open()).toEqual([200, 200]);
  await converge(provider, one, withdrawn);
  await provider.delete(one, scope());
  expect(await raw.bucketExists(one.name)).toBe(false);
  await backend.close();
});
