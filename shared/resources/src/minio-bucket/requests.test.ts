/** What a store is sent, against files that were written by hand, and what a change of one setting sends. */
import { ABSENT, type Change, type Ref } from '@leasehold/engine';
import { type CannedRoutes, createCannedServer } from '@leasehold/testing/fakes/canned-server';
import { goldenRequests, sentLike } from '@leasehold/testing/fakes/golden-requests';
import { scope } from '@leasehold/testing/suites/provider-steps';
import { afterEach, expect, test } from 'vitest';
import { labelled } from '../../test/labelled.ts';
import { createMinioBackend } from './backend.ts';
import type { Vendor } from './spec.ts';

const ref: Ref = { kind: 'minio-bucket', name: 'tenant-acme', tenantId: 'acme', generation: 4, tier: 'enterprise' };
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const error = (code: string) => `<Error><Code>${code}</Code></Error>`;
const tags = (pairs: Readonly<Record<string, string>>) =>
  `<Tagging><TagSet>${Object.entries(pairs)
    .map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`)
    .join('')}</TagSet></Tagging>`;
const OURS = { 'tenant-id': 'acme', tier: 'enterprise', 'leasehold-generation': '4' };
const BARE: CannedRoutes = {
  'PUT /tenant-acme': {},
  'GET /tenant-acme?versioning=': { body: '<VersioningConfiguration/>' },
  'GET /tenant-acme?tagging=': { status: 404, body: error('NoSuchTagSet') },
  'GET /tenant-acme?lifecycle=': { status: 404, body: error('NoSuchLifecycleConfiguration') },
  'GET /tenant-acme?policy=': { status: 404, body: error('NoSuchBucketPolicy') },
  'GET /tenant-acme': { body: '<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>' },
  'GET /minio/admin/v3/get-bucket-quota': { body: {} },
  'PUT /minio/admin/v3/set-bucket-quota': {},
};

async function storeOf(vendor: Vendor, routes: CannedRoutes = {}, more: object = {}) {
  const server = await createCannedServer({ ...BARE, ...routes });
  const keys = { accessKey: 'key', secretKey: 'secret' };
  const settings = { endpoint: server.host, useTls: false, vendor, ...keys, region: 'us-east-1', ...more };
  const { backend, providers } = createMinioBackend({ ...settings, around: labelled });
  open.push(() => backend.close(), server.close);
  return { server, backend, provider: providers[0] };
}

test('M1 a bucket on MinIO is made and set up by the calls of the file, one after the other', async () => {
  const { server, provider } = await storeOf('minio');
  const lifecycleDays = { temp: 1, cache: 14, logs: 90, oldVersions: 90 };
  const spec = provider.spec.parse({ lifecycleDays, quotaBytes: 2000 * 1024 ** 3 });
  expect(await provider.ensure(ref, spec, provider.plan(ref, spec, ABSENT), scope())).toEqual({ bucket: ref.name });
  const golden = goldenRequests(new URL('./fixtures/create-minio.http', import.meta.url));
  expect(sentLike(golden, server.effects())).toEqual(golden);
});

test('a bucket on another store is made by the calls of its own file', async () => {
  const { server, provider } = await storeOf('generic', {}, { region: 'eu-central-1' });
  const kept = { temp: null, cache: null, oldVersions: null };
  const spec = provider.spec.parse({
    versioning: 'suspended',
    lifecycleDays: { ...kept, logs: 90, incompleteUploads: 7 },
    quotaBytes: 5,
  });
  await provider.ensure(ref, spec, provider.plan(ref, spec, ABSENT), scope());
  const golden = goldenRequests(new URL('./fixtures/create-generic.http', import.meta.url));
  expect(sentLike(golden, server.effects())).toEqual(golden);
});

const RULE = (id: string) =>
  `<Rule><ID>${id}</ID><Status>Enabled</Status><Filter><Prefix>logs/</Prefix></Filter><Expiration><Days>30</Days></Expiration></Rule>`;
const settled: CannedRoutes = {
  'GET /tenant-acme?versioning=': {
    body: '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>',
  },
  'GET /tenant-acme?tagging=': { body: tags({ ...OURS, owner: '007' }) },
  'GET /tenant-acme?lifecycle=': { body: `<LifecycleConfiguration>${RULE('leasehold-logs')}</LifecycleConfiguration>` },
  'GET /minio/admin/v3/get-bucket-quota': { body: { quota: 100, size: 100, quotatype: 'hard' } },
};
const change = (path: string): Change => ({ path, from: null, to: null, weight: 'settings' });

test('what a settled bucket holds is seen, tags to the letter', async () => {
  const { provider } = await storeOf('minio', settled);
  expect(await provider.observe(ref, scope())).toEqual({
    mark: 'ours',
    generation: 4,
    versioning: 'enabled',
    lifecycleDays: { temp: null, cache: null, logs: 30, oldVersions: null, incompleteUploads: null },
    quotaBytes: 100,
    tags: { ...OURS, owner: '007' },
    notes: ['IncompleteUploadsUnsupported'],
  });
});

const NO_DAYS = { temp: null, cache: null, logs: null, oldVersions: null, incompleteUploads: null };

test.each([
  ['/versioning', [['PUT /tenant-acme?versioning=', 'Suspended']]],
  ['/lifecycleDays', [['DELETE /tenant-acme?lifecycle=', undefined]]],
  ['/quotaBytes', [['PUT /minio/admin/v3/set-bucket-quota?bucket=tenant-acme', 'quotatype']]],
  ['/generation', [['PUT /tenant-acme?tagging=', '<Value>007</Value>']]],
  ['/tags/tier', [['PUT /tenant-acme?tagging=', '<Value>enterprise</Value>']]],
] as const)('%s alone is one call, and touches nothing else', async (path, expected) => {
  const { server, provider } = await storeOf('minio', {
    ...settled,
    'PUT /tenant-acme?versioning=': {},
    'DELETE /tenant-acme?lifecycle=': { status: 204 },
    'PUT /tenant-acme?tagging=': { status: 204 },
  });
  const spec = provider.spec.parse({ versioning: 'suspended', lifecycleDays: NO_DAYS });
  await provider.ensure(ref, spec, [change(path)], scope());
  expect(server.effects().map((one) => `${one.method} ${one.path}`)).toEqual(expected.map(([line]) => line));
  for (const [at, [, text]] of expected.entries())
    if (text !== undefined) expect(JSON.stringify(server.effects()[at]?.body)).toContain(text);
});

test('a quota that goes is set to none, and a plan without a change asks nothing', async () => {
  const { server, provider } = await storeOf('minio', settled);
  await provider.ensure(ref, provider.spec.parse({}), [change('/quotaBytes')], scope());
  expect(server.effects()[0]?.body).toEqual({ quota: 0, size: 0, quotatype: '' });
  server.asked.length = 0;
  await provider.ensure(ref, provider.spec.parse({}), [], scope());
  expect(server.asked).toEqual([]);
});

test('rules that a plan leaves alone are written back as they are seen, and others’ beside ours', async () => {
  const both = `<LifecycleConfiguration>${RULE('theirs')}${RULE('leasehold-logs')}</LifecycleConfiguration>`;
  const { server, provider } = await storeOf('minio', {
    ...settled,
    'GET /tenant-acme?lifecycle=': { body: both },
    'PUT /tenant-acme?lifecycle=': {},
  });
  const spec = provider.spec.parse({ lifecycleDays: { ...NO_DAYS, temp: 2, logs: 5 } });
  await provider.ensure(ref, spec, [change('/lifecycleDays/temp')], scope());
  const written = String(server.effects()[0]?.body);
  expect(written.match(/<ID>[^<]+|<Days>\d+/g)).toEqual([
    '<ID>theirs',
    '<Days>30',
    '<ID>leasehold-temp',
    '<Days>2',
    '<ID>leasehold-logs',
    '<Days>30',
  ]);
});

test('whose a bucket is: by its tags, whole or in part, and by what is in it', async () => {
  const markOf = async (routes: CannedRoutes) => {
    const { provider } = await storeOf('generic', routes);
    const seen = await provider.observe(ref, scope());
    return 'mark' in seen ? [seen.mark, seen.generation] : 'absent';
  };
  const tagged = (pairs: Readonly<Record<string, string>>) => ({ 'GET /tenant-acme?tagging=': { body: tags(pairs) } });
  const holding = (more: string) => ({
    'GET /tenant-acme': { body: `<ListVersionsResult>${more}</ListVersionsResult>` },
  });
  expect(await markOf({})).toEqual(['half-made', undefined]);
  expect(await markOf(holding('<Version><Key>a</Key></Version>'))).toEqual(['none', undefined]);
  expect(await markOf(holding('<DeleteMarker><Key>a</Key></DeleteMarker>'))).toEqual(['none', undefined]);
  expect(await markOf(holding('<IsTruncated>true</IsTruncated>')), 'an empty page that goes on').toEqual([
    'none',
    undefined,
  ]);
  expect(await markOf(tagged({ a: 'b' }))).toEqual(['none', undefined]);
  expect(await markOf(tagged({ ...OURS, 'leasehold-generation': '1' }))).toEqual(['ours', 1]);
  for (const bad of ['0', '-1', 'x', '1.5'])
    expect(await markOf(tagged({ ...OURS, 'leasehold-generation': bad })), bad).toEqual(['none', undefined]);
  expect(await markOf(tagged({ ...OURS, 'tenant-id': 'other' }))).toEqual(['foreign', 4]);
  expect(await markOf(tagged({ 'tenant-id': 'other' })), 'named without a mark').toEqual(['foreign', undefined]);
  expect(await markOf({ 'GET /tenant-acme?versioning=': { status: 404, body: error('NoSuchBucket') } })).toBe('absent');
});

test('adoption sets the tags of the mark beside those that are there, and nothing else', async () => {
  const { server, provider } = await storeOf('minio', {
    ...settled,
    'GET /tenant-acme?tagging=': { body: tags({ owner: 'x&#38;y', tier: 'theirs' }) },
    'PUT /tenant-acme?tagging=': {},
  });
  await provider.adopt?.(ref, provider.spec.parse({}), scope());
  expect(server.effects().map(({ path, body }) => [path, body])).toEqual([
    [
      '/tenant-acme?tagging=',
      tags({ owner: 'x&#38;y', tier: 'enterprise', 'tenant-id': 'acme', 'leasehold-generation': '4' }),
    ],
  ]);
  server.asked.length = 0;
  server.route({ 'GET /tenant-acme?tagging=': { body: tags(OURS) } });
  await provider.adopt?.(ref, provider.spec.parse({}), scope());
  expect(server.effects()).toEqual([]);
  server.route({ 'GET /tenant-acme?versioning=': { status: 404, body: error('NoSuchBucket') } });
  await expect(provider.adopt?.(ref, provider.spec.parse({}), scope())).rejects.toMatchObject({
    code: 'GoneMeanwhile',
    backend: 'minio',
  });
});

test('what a bucket uses is what the server counted; not counted yet is not known', async () => {
  const { server, provider } = await storeOf('minio', settled);
  const seen = await provider.observe(ref, scope());
  if (!('mark' in seen)) throw new Error('it is there');
  const counted = (usage: object) => server.route({ 'GET /minio/admin/v3/datausageinfo': { body: usage } });
  const used = async () => ({ ...(await provider.measure?.(ref, seen, scope())) }).usedBytes;
  counted({
    lastUpdate: '2026-01-01T00:00:00Z',
    bucketsUsageInfo: { 'tenant-acme': { size: 42 }, other: { size: 7 } },
  });
  expect(await used()).toBe(42);
  counted({ lastUpdate: '2026-01-01T00:00:00Z', bucketsUsageInfo: { other: { size: 7 } } });
  expect(await used()).toBe(0);
  counted({ lastUpdate: '2026-01-01T00:00:00Z' });
  expect(await used()).toBe(0);
  for (const never of [{}, { lastUpdate: '0001-01-01T00:00:00Z', bucketsUsageInfo: { 'tenant-acme': { size: 1 } } }]) {
    counted(never);
    expect(await used()).toBeUndefined();
  }
});

test.each([
  [{ quota: 100, size: 0 }, 100],
  [{ size: 7 }, 7],
  [{ quota: 0, size: 0, quotatype: '' }, null],
  [{}, null],
])('a quota of %j is %j bytes', async (body, bytes) => {
  const { provider } = await storeOf('minio', { ...settled, 'GET /minio/admin/v3/get-bucket-quota': { body } });
  expect(await provider.observe(ref, scope())).toMatchObject({ quotaBytes: bytes });
});

test('no quota, told as a failure, is none', async () => {
  const none = { status: 404, body: { Code: 'XMinioAdminNoSuchQuotaConfiguration', Message: 'none' } };
  const { provider } = await storeOf('minio', { ...settled, 'GET /minio/admin/v3/get-bucket-quota': none });
  expect(await provider.observe(ref, scope())).toMatchObject({ quotaBytes: null });
});

test('names that no store takes are refused before any call', async () => {
  const { server, provider } = await storeOf('generic');
  for (const name of ['ab', 'Tenant', 'a'.repeat(64), '-abc', 'abc-', 'a/b', 'a_b']) {
    const bad = { ...ref, name };
    for (const call of [
      () => provider.observe(bad, scope()),
      () => provider.delete(bad, scope()),
      () => provider.ensure(bad, provider.spec.parse({}), [change('')], scope()),
    ])
      await expect(async () => call(), name).rejects.toMatchObject({ class: 'Invalid', code: 'InvalidName' });
  }
  expect(server.asked).toEqual([]);
  expect(await provider.observe({ ...ref, name: 'a.b-3' }, scope()).catch(({ code }) => code)).not.toBe('InvalidName');
});

test('all buckets of ours are seen, in the order of the listing, whoever has others', async () => {
  const names = Array.from({ length: 10 }, (_, index) => `b${String(index).padStart(2, '0')}`);
  const listing = `<L><Buckets>${names.map((name) => `<Bucket><Name>${name}</Name></Bucket>`).join('')}</Buckets></L>`;
  const each = Object.fromEntries(
    names.flatMap((name, index) => [
      [`GET /${name}?versioning=`, { body: '<VersioningConfiguration/>' }],
      [`GET /${name}?lifecycle=`, { status: 404, body: error('NoSuchLifecycleConfiguration') }],
      [
        `GET /${name}?tagging=`,
        index === 3
          ? { body: tags({ a: 'b' }) }
          : { body: tags({ 'tenant-id': `t${index}`, 'leasehold-generation': String(index + 1), tier: 'free' }) },
      ],
    ]),
  );
  const { provider } = await storeOf('generic', { ...each, 'GET /': { body: listing } });
  const seen: unknown[] = [];
  for await (const [one, { mark }] of provider.observeAll(scope())) seen.push([one, mark]);
  expect(seen).toEqual(
    names
      .map((name, index) => [
        { kind: 'minio-bucket', name, tenantId: `t${index}`, generation: index + 1, tier: 'free' },
        'ours',
      ])
      .filter((_, index) => index !== 3),
  );
  expect(await provider.listNames?.(scope())).toEqual(names);
});
