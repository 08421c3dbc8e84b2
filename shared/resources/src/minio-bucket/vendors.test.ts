/** S3 stores that are not MinIO: their words for what is not there, what they lack, the rules of others, and failures that are theirs. */
import { createFakeS3, type FakeS3Options, s3Error } from '@leasehold/testing/fakes/s3';
import { converge, scope } from '@leasehold/testing/suites/provider-steps';
import { afterEach, expect, test } from 'vitest';
import { labelled } from '../../test/labelled.ts';
import { createMinioBackend } from './backend.ts';
import type { Vendor } from './spec.ts';

const REF = { kind: 'minio-bucket', name: 'tenant-acme', tenantId: 'acme', generation: 1, tier: 'free' };
const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function storeOf(options: FakeS3Options = {}, vendor: Vendor = 'generic') {
  const store = await createFakeS3(options);
  const keys = { accessKey: 'key', secretKey: 'secret' };
  const { backend, providers } = createMinioBackend({
    endpoint: store.endpoint,
    useTls: false,
    vendor,
    ...keys,
    around: labelled,
  });
  open.push(() => backend.close(), store.close);
  const [provider] = providers;
  return { store, backend, provider, spec: provider.spec.parse({}) };
}

const WORDS: readonly (readonly [string, string])[] = [
  ['NoSuchTagSet', 'NoSuchLifecycleConfiguration'],
  ['NoSuchTagSetError', 'NoSuchLifecycleConfiguration'],
  ['NoSuchTagSetError', 'NoSuchLifecycle'],
  ['NoSuchTagging', 'LifecycleConfigurationNotFoundError'],
];

for (const [tagging, lifecycle] of WORDS) {
  test(`a tenant is made, kept and deleted on a store that says ${tagging} and ${lifecycle}`, async () => {
    const { store, provider, spec } = await storeOf({ none: { tagging, lifecycle } });
    await converge(provider, REF, spec);
    expect(provider.plan(REF, spec, await provider.observe(REF, scope()))).toEqual([]);
    store.put(REF.name, 'a');
    await provider.delete(REF, scope());
    expect(store.buckets.size).toBe(0);
  });
}

test('a bucket without tags is seen as such, never as absent; a page of a proxy is neither', async () => {
  const { store, provider } = await storeOf({ none: { tagging: 'NoSuchTagSetError', lifecycle: 'NoSuchLifecycle' } });
  const bare = { tags: undefined, lifecycle: undefined, versioning: '', objects: [], uploads: [] };
  store.buckets.set(REF.name, bare);
  store.put(REF.name, 'theirs');
  expect(await provider.observe(REF, scope())).toMatchObject({ mark: 'none', tags: {} });
  const behind = await storeOf({ before: () => ({ status: 404, body: '<html>not here</html>' }) });
  await expect(behind.provider.observe(REF, scope())).rejects.toMatchObject({ code: 'RefusedByBackend' });
});

for (const [feature, note] of [
  ['versioning', 'VersioningUnsupported'],
  ['lifecycle', 'LifecycleUnsupported'],
] as const) {
  test(`a store without ${feature} holds a tenant, and a note tells so`, async () => {
    const { store, provider, spec } = await storeOf({ lacking: [feature, 'versions', 'uploads'] });
    await converge(provider, REF, spec);
    const seen = await provider.observe(REF, scope());
    expect(seen).toMatchObject({ mark: 'ours', notes: [note, 'QuotaUnsupported'] });
    expect(provider.plan(REF, spec, seen)).toEqual([]);
    for (const name of ['a', 'b\u0001']) store.put(REF.name, name);
    await provider.delete(REF, scope());
    expect(store.buckets.size).toBe(0);
    expect(await provider.observe(REF, scope())).toEqual({ absent: true });
  });

  test(`a store that shows no ${feature} and refuses to set it is asked once, not for ever`, async () => {
    const { store, provider, spec } = await storeOf({
      before: ({ method, query }) => (method === 'PUT' && query.has(feature) ? { status: 405 } : undefined),
    });
    await converge(provider, REF, spec);
    const seen = await provider.observe(REF, scope());
    expect(seen).toMatchObject({ notes: [note, 'QuotaUnsupported'] });
    expect(provider.plan(REF, spec, seen)).toEqual([]);
    expect(store.asked.filter(({ method, query }) => method === 'PUT' && query.has(feature))).toHaveLength(1);
  });
}

test('a store without tags holds no mark: it is the store that is told of, not the tenant', async () => {
  const { provider, spec } = await storeOf({ lacking: ['tagging'] });
  const told = { class: 'Unavailable', code: 'FeatureMissing', away: true };
  await expect(provider.observe(REF, scope())).rejects.toMatchObject(told);
  await expect(provider.ensure(REF, spec, provider.plan(REF, spec, { absent: true }), scope())).rejects.toMatchObject(
    told,
  );
});

const XMLNS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const PLAIN =
  '<Rule><ID>archive</ID><Prefix>archive/</Prefix><Status>Enabled</Status><Expiration><Days>90</Days></Expiration></Rule>';

test('a rule of an operator with a prefix of its own stays, on a store that takes one form of rules', async () => {
  const { store, provider, spec } = await storeOf({ rules: 'one-form' });
  await converge(provider, REF, spec);
  const bucket = store.buckets.get(REF.name);
  if (bucket === undefined) throw new Error('no bucket');
  bucket.lifecycle = `<LifecycleConfiguration ${XMLNS}>${PLAIN}</LifecycleConfiguration>`;
  await converge(provider, REF, spec);
  expect(provider.plan(REF, spec, await provider.observe(REF, scope()))).toEqual([]);
  expect(bucket.lifecycle).toContain(
    '<ID>archive</ID><Filter><Prefix>archive/</Prefix></Filter><Status>Enabled</Status>',
  );
  expect(bucket.lifecycle).toContain('<Expiration><Days>90</Days></Expiration></Rule>');
  expect(bucket.lifecycle).toContain('leasehold-temp');
});

test('a store that knows no filters gets rules without, ours and theirs', async () => {
  const { store, provider, spec } = await storeOf({ rules: 'no-filters' });
  await converge(provider, REF, spec);
  const bucket = store.buckets.get(REF.name);
  expect(bucket?.lifecycle).toContain('<ID>leasehold-temp</ID><Status>Enabled</Status><Prefix>temp/</Prefix>');
  expect(provider.plan(REF, spec, await provider.observe(REF, scope()))).toEqual([]);
});

test('what AWS keeps beside the rules is said again when they are written', async () => {
  const header = 'x-amz-transition-default-minimum-object-size';
  const rules = `<LifecycleConfiguration>${PLAIN}</LifecycleConfiguration>`;
  const { store, provider, spec } = await storeOf({
    before: ({ method, query }) =>
      method === 'GET' && query.has('lifecycle') && store.buckets.get(REF.name)?.tags !== undefined
        ? { status: 200, body: rules, headers: { [header]: 'varies_by_storage_class' } }
        : undefined,
  });
  await converge(provider, REF, spec);
  await converge(provider, REF, spec);
  const written = store.asked.filter(({ method, query }) => method === 'PUT' && query.has('lifecycle')).at(-1);
  expect(written?.headers[header]).toBe('varies_by_storage_class');
  expect(written?.headers.authorization).toContain(header);
});

test('a refusal of our rules says what the store said, without the name of a host', async () => {
  const words = '<Message>Rule 3 is not valid at s3.internal.example:9000/x</Message>';
  const { provider, spec } = await storeOf({
    before: ({ method, query }) =>
      method === 'PUT' && query.has('lifecycle') ? s3Error(400, 'InvalidRequest', words) : undefined,
  });
  await expect(converge(provider, REF, spec)).rejects.toMatchObject({
    class: 'Invalid',
    message: 'minio answered 400 to set-lifecycle: InvalidRequest: Rule 3 is not valid at ...',
  });
});

test('a bucket of ours that the store calls taken is ours, one of another account is not', async () => {
  let isOurs = true;
  const { store, provider, spec } = await storeOf({
    before: ({ method, bucket, query }) => {
      if (method !== 'PUT' || query.size > 0) return undefined;
      const made = { tags: undefined, lifecycle: undefined, versioning: '', objects: [], uploads: [] };
      if (isOurs) store.buckets.set(bucket, made);
      return s3Error(409, 'BucketAlreadyExists');
    },
  });
  const changes = provider.plan(REF, spec, { absent: true });
  await expect(provider.ensure(REF, spec, changes, scope())).rejects.toMatchObject({
    code: 'AppearedMeanwhile',
    backend: 'minio',
  });
  store.buckets.clear();
  isOurs = false;
  await expect(provider.ensure(REF, spec, changes, scope())).rejects.toMatchObject({
    class: 'Conflict',
    code: 'NameTaken',
    backend: 'minio',
  });
});

test('a store that is not MinIO and is said to be one is told of as such, at the probe and at each call', async () => {
  const { backend, provider, spec } = await storeOf({}, 'minio');
  const told = { class: 'Unavailable', code: 'NotMinio', away: true, message: expect.stringContaining('S3_VENDOR') };
  await expect(backend.probe(new AbortController().signal)).rejects.toMatchObject(told);
  await expect(converge(provider, REF, spec)).rejects.toMatchObject(told);
});

test('a clock that differs is the machine\u2019s, and says what to do', async () => {
  const { provider } = await storeOf({ before: () => s3Error(403, 'RequestTimeTooSkewed') });
  await expect(provider.observe(REF, scope())).rejects.toMatchObject({
    class: 'Unavailable',
    code: 'ClockSkewed',
    away: true,
    message: expect.stringContaining('NTP'),
  });
});

test('a store that asks to slow down is waited for as long as it says', async () => {
  const { provider } = await storeOf({
    before: () => ({ ...s3Error(503, 'SlowDown'), headers: { 'retry-after': '7' } }),
  });
  await expect(provider.observe(REF, scope())).rejects.toMatchObject({ away: true, retryAfterMs: 7000 });
});

test('a failure under a good status is a failure', async () => {
  const { provider } = await storeOf({ before: () => ({ ...s3Error(200, 'InternalError') }) });
  await expect(provider.observe(REF, scope())).rejects.toMatchObject({ class: 'Unavailable' });
});

test('a bucket that goes between two calls is looked for again, not a failure of the tenant', async () => {
  const { provider, spec } = await storeOf({
    before: ({ method, query }) =>
      method === 'PUT' && query.has('tagging') ? s3Error(404, 'NoSuchBucket') : undefined,
  });
  await expect(converge(provider, REF, spec)).rejects.toMatchObject({
    class: 'Conflict',
    code: 'GoneMeanwhile',
    backend: 'minio',
  });
});
