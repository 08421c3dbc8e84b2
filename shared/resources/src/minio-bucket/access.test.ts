/** What a bucket's policy gives while access is granted and while it is withdrawn, on a store over HTTP. */
import { isAbsent } from '@leasehold/engine';
import { bound } from '@leasehold/kernel';
import { createFakeS3, type FakeS3Options, s3Error } from '@leasehold/testing/fakes/s3';
import { converge, scope } from '@leasehold/testing/suites/provider-steps';
import { afterEach, expect, test } from 'vitest';
import { labelled } from '../../test/labelled.ts';
import { createBucketCalls } from './bucket-calls.ts';
import { createS3Client } from './client.ts';
import { createBucketProvider } from './provider.ts';
import type { Vendor } from './spec.ts';

const REF = { kind: 'minio-bucket', name: 'tenant-acme', tenantId: 'acme', generation: 1, tier: 'free' };
const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A bucket of ours with the policy in it. */
async function bucketWith(policy: string | undefined, vendor: Vendor = 'minio', options: FakeS3Options = {}) {
  const store = await createFakeS3(options);
  const client = createS3Client({
    endpoint: store.endpoint,
    useTls: false,
    accessKey: 'key',
    secretKey: 'secret',
    around: labelled,
  });
  open.push(async () => client.close(), store.close);
  // The fake store has no admin API: a quota is MinIO's own affair.
  const calls = { ...createBucketCalls(client), quotaBytes: async () => null };
  const few = bound('few', 100);
  const provider = createBucketProvider({
    ...{ calls, vendor, timeoutMs: few, parallelism: few, bucketLimit: few },
  });
  const granted = provider.spec.parse({});
  const withdrawn = provider.spec.parse({ access: 'withdrawn' });
  await converge(provider, REF, granted);
  const bucket = store.buckets.get(REF.name);
  if (bucket === undefined) throw new Error('no bucket');
  bucket.policy = policy;
  const plan = async (spec: typeof granted) => {
    const seen = await provider.observe(REF, scope());
    return provider.plan(REF, spec, seen).map(({ path, from, to }) => [path, from, to]);
  };
  return { store, bucket, provider, granted, withdrawn, plan };
}

const READ = {
  Sid: 'Anybody',
  Effect: 'Allow',
  Principal: '*',
  Action: 's3:GetObject',
  Resource: 'arn:aws:s3:::tenant-acme/*',
};
const THEIRS = { Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: 'arn:aws:s3:::tenant-acme/x' };
const OURS = {
  Sid: 'LeaseholdAccessWithdrawn',
  Effect: 'Deny',
  Principal: { AWS: ['*'] },
  Action: ['s3:*'],
  Resource: ['arn:aws:s3:::tenant-acme', 'arn:aws:s3:::tenant-acme/*'],
};
const policyOf = (...Statement: readonly object[]) => ({ Version: '2012-10-17', Id: 'of people: ä', Statement });
const written = (...statements: readonly object[]) => JSON.stringify(policyOf(...statements));

test('a policy of others is their affair while access is granted', async () => {
  const { plan, granted } = await bucketWith(written(READ, THEIRS));
  expect(await plan(granted)).toEqual([]);
});

test('while access is withdrawn what a policy allows is denied in front of it, and given back as it was', async () => {
  const { bucket, provider, plan, granted, withdrawn } = await bucketWith(written(THEIRS, READ));
  expect(await plan(withdrawn)).toEqual([['/access/policy', ['Anybody'], 'denied']]);
  await converge(provider, REF, withdrawn);
  expect(JSON.parse(bucket.policy ?? '')).toEqual(policyOf(OURS, THEIRS, READ));
  expect(await plan(withdrawn)).toEqual([]);
  expect(await plan(granted)).toEqual([['/access/policy', 'denied', null]]);
  await converge(provider, REF, granted);
  expect(JSON.parse(bucket.policy ?? '')).toEqual(policyOf(THEIRS, READ));
});

test('a policy put by hand while access is withdrawn is denied again', async () => {
  const { bucket, provider, plan, withdrawn } = await bucketWith(written(READ));
  await converge(provider, REF, withdrawn);
  bucket.policy = written({ ...READ, Sid: undefined });
  expect(await plan(withdrawn)).toEqual([['/access/policy', ['statement 1'], 'denied']]);
  await converge(provider, REF, withdrawn);
  expect(JSON.parse(bucket.policy)).toMatchObject({ Statement: [{ Sid: OURS.Sid }, { Effect: 'Allow' }] });
});

test('a policy of our denial alone goes as a whole when access is granted', async () => {
  const { bucket, provider, plan, granted, withdrawn } = await bucketWith(written(OURS));
  expect(await plan(withdrawn)).toEqual([]);
  await converge(provider, REF, granted);
  expect(bucket.policy).toBeUndefined();
});

test('where no policy gives anything nothing is written, and only what allows is told', async () => {
  for (const policy of [undefined, written(), written(THEIRS)]) {
    const { store, provider, plan, withdrawn } = await bucketWith(policy);
    expect(await plan(withdrawn)).toEqual([]);
    await converge(provider, REF, withdrawn);
    expect(store.asked.filter(({ method, query }) => method !== 'GET' && query.has('policy'))).toEqual([]);
  }
});

test.each([
  ['says less', { Action: ['s3:GetObject'] }],
  ['leaves out the objects', { Resource: ['arn:aws:s3:::tenant-acme'] }],
  ['leaves out the bucket', { Resource: ['arn:aws:s3:::tenant-acme/*'] }],
  ['speaks of somebody', { Principal: { AWS: ['arn:aws:iam::1:user/a'] } }],
  ['has a condition', { Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }],
  ['allows', { Effect: 'Allow' }],
])('a statement with the name of ours that %s is none of ours, and is written anew', async (_how, over) => {
  const { bucket, provider, plan, withdrawn } = await bucketWith(written({ ...OURS, ...over }, READ));
  expect((await plan(withdrawn)).map(([path]) => path)).toEqual(['/access/policy']);
  await converge(provider, REF, withdrawn);
  expect(JSON.parse(bucket.policy ?? '')).toEqual(policyOf(OURS, READ));
});

test('our denial is known in whatever way a store writes it', async () => {
  const { plan, withdrawn } = await bucketWith(
    JSON.stringify({ Version: '2012-10-17', Statement: [{ ...OURS, Principal: '*', Action: 's3:*' }, READ] }),
  );
  expect(await plan(withdrawn)).toEqual([]);
});

test('one statement that is no list is read like a list of one', async () => {
  const { bucket, provider, plan, withdrawn } = await bucketWith(JSON.stringify({ Statement: READ }));
  expect(await plan(withdrawn)).toEqual([['/access/policy', ['Anybody'], 'denied']]);
  await converge(provider, REF, withdrawn);
  expect(JSON.parse(bucket.policy ?? '')).toEqual({ Statement: [OURS, READ] });
});

test('a store without policies has none that gives anything', async () => {
  const { plan, withdrawn } = await bucketWith(written(READ), 'generic', { lacking: ['policy'] });
  expect(await plan(withdrawn)).toEqual([]);
});

test('on another store than MinIO a policy that gives access is left and named: a denial could bind the mesh', async () => {
  const { bucket, provider, plan, granted, withdrawn } = await bucketWith(written(READ), 'generic');
  expect(await plan(granted)).toEqual([]);
  await expect(converge(provider, REF, withdrawn)).rejects.toMatchObject({
    class: 'Conflict',
    code: 'PolicyStands',
    message: expect.stringMatching(/tenant-acme gives access \(Anybody\): take it away by hand/),
  });
  expect(bucket.policy).toBe(written(READ));
  expect(await plan(withdrawn)).toHaveLength(1);
});

test('a policy that cannot be read counts as one that gives access, and is left', async () => {
  const isHidden = (query: URLSearchParams) => query.has('policy');
  const refusing: FakeS3Options = {
    before: ({ query }) => (isHidden(query) ? s3Error(403, 'AccessDenied') : undefined),
  };
  for (const [policy, options] of [
    [undefined, refusing],
    ['not JSON', {}],
    ['[]', {}],
    ['{"Statement":["no statement"]}', {}],
  ] as const) {
    const { store, provider, plan, granted, withdrawn } = await bucketWith(policy, 'minio', options);
    expect(await plan(granted)).toEqual([]);
    expect(await plan(withdrawn)).toEqual([['/access/policy', ['a policy that cannot be read'], 'denied']]);
    await expect(converge(provider, REF, withdrawn)).rejects.toMatchObject({ code: 'PolicyStands' });
    expect(store.asked.filter(({ method, query }) => method !== 'GET' && query.has('policy'))).toEqual([]);
  }
});

test('a bucket that is denied to everybody is deleted like any other', async () => {
  const { store, provider, withdrawn } = await bucketWith(written(READ));
  await converge(provider, REF, withdrawn);
  store.put(REF.name, 'a');
  await provider.delete(REF, scope());
  expect(isAbsent(await provider.observe(REF, scope()))).toBe(true);
});
