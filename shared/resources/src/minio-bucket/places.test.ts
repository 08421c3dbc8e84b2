/** Regions, redirects and styles: the store is believed, settings are kept, and what is wrong is the platform's affair. */
import { createFakeS3, type FakeS3Options, s3Error } from '@leasehold/testing/fakes/s3';
import { converge, scope } from '@leasehold/testing/suites/provider-steps';
import { afterEach, expect, test } from 'vitest';
import { labelled } from '../../test/labelled.ts';
import type { WholeAnswer } from '../edge/http-client.ts';
import { createAddressing } from './addressing.ts';
import { createMinioBackend } from './backend.ts';

const REF = { kind: 'minio-bucket', name: 'tenant-acme', tenantId: 'acme', generation: 1, tier: 'free' };
const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function storeOf(options: FakeS3Options) {
  const store = await createFakeS3(options);
  open.push(store.close);
  return store;
}

function providerOf(endpoint: string, region?: string) {
  const keys = { accessKey: 'key', secretKey: 'secret', ...(region === undefined ? {} : { region }) };
  const { backend, providers } = createMinioBackend({
    endpoint,
    useTls: false,
    vendor: 'generic',
    ...keys,
    around: labelled,
  });
  open.push(() => backend.close());
  return providers[0];
}

for (const given of [undefined, 'eu-central-1']) {
  test(`a tenant is made in the store's region, ${given === undefined ? 'asked of it' : 'as set'}`, async () => {
    const store = await storeOf({ region: 'eu-central-1' });
    const provider = providerOf(store.endpoint, given);
    const spec = provider.spec.parse({});
    await converge(provider, REF, spec);
    expect(provider.plan(REF, spec, await provider.observe(REF, scope()))).toEqual([]);
    const made = store.asked.filter(({ method, query }) => method === 'PUT' && query.size === 0);
    expect(made.map(({ body }) => body)).toEqual([
      '<CreateBucketConfiguration><LocationConstraint>eu-central-1</LocationConstraint></CreateBucketConfiguration>',
    ]);
    const wrong = store.asked.filter(({ region }) => region !== 'eu-central-1');
    expect(wrong.length > 0).toBe(given === undefined);
    store.asked.length = 0;
    await provider.delete(REF, scope());
    expect(store.asked.filter(({ region }) => region !== 'eu-central-1')).toEqual([]);
    expect(store.buckets.size).toBe(0);
  });
}

test('a region that is set and is not the store\u2019s is the platform\u2019s fault, and names both', async () => {
  const store = await storeOf({ region: 'eu-central-1' });
  const provider = providerOf(store.endpoint, 'eu-west-3');
  const told = { class: 'Unavailable', code: 'WrongRegion', away: true, backend: 'minio' };
  const failing = provider.observe(REF, scope());
  await expect(failing).rejects.toMatchObject(told);
  await expect(failing).rejects.toThrow(/eu-central-1.*eu-west-3.*S3_REGION/);
  await expect(
    provider.ensure(
      REF,
      provider.spec.parse({}),
      provider.plan(REF, provider.spec.parse({}), { absent: true }),
      scope(),
    ),
  ).rejects.toMatchObject(told);
});

test('a region is taken from the header alone, and from the location where a refusal says nothing', async () => {
  for (const told of ['header', 'location'] as const) {
    const store = await storeOf({
      before: ({ region, query }) => {
        if (region === 'ap-south-1' || query.has('location')) return query.has('location') ? LOCATED : undefined;
        const headers = told === 'header' ? { 'x-amz-bucket-region': 'ap-south-1' } : {};
        return { ...s3Error(403, 'SignatureDoesNotMatch'), headers };
      },
      region: 'ap-south-1',
    });
    const provider = providerOf(store.endpoint);
    expect(await provider.observe(REF, scope())).toEqual({ absent: true });
    expect(store.asked.some(({ query }) => query.has('location'))).toBe(told === 'location');
  }
});

const LOCATED = { status: 200, body: '<LocationConstraint>ap-south-1</LocationConstraint>' };

test('a store that takes no place, or calls it otherwise, makes the bucket without one', async () => {
  const store = await storeOf({
    before: ({ method, body }) =>
      method === 'PUT' && body.includes('LocationConstraint') ? s3Error(400, 'InvalidLocationConstraint') : undefined,
  });
  const provider = providerOf(store.endpoint, 'us-east-1');
  await converge(provider, REF, provider.spec.parse({}));
  expect([...store.buckets.keys()]).toEqual([REF.name]);
});

for (const status of [301, 307, 308]) {
  test(`a bucket that lives elsewhere is followed there after a ${status}, and found there at once from then on`, async () => {
    const home = await storeOf({ region: 'eu-west-1' });
    const maker = providerOf(home.endpoint, 'eu-west-1');
    await converge(maker, REF, maker.spec.parse({}));
    const front = await storeOf({
      before: ({ bucket }) =>
        bucket === '' ? undefined : { ...s3Error(status, 'PermanentRedirect', where), headers: headersFor(status) },
    });
    const where = status === 301 ? `<Endpoint>${home.endpoint}</Endpoint>` : '';
    const headersFor = (code: number): Record<string, string> =>
      code === 301
        ? { 'x-amz-bucket-region': 'eu-west-1' }
        : { location: `http://${home.endpoint}/tenant-acme?versioning=` };
    const provider = providerOf(front.endpoint);
    expect(await provider.observe(REF, scope())).toMatchObject({ mark: 'ours' });
    front.asked.length = 0;
    home.asked.length = 0;
    expect(await provider.observe(REF, scope())).toMatchObject({ mark: 'ours' });
    expect(front.asked).toEqual([]);
    expect(home.asked.map(({ host }) => host)).toEqual(home.asked.map(() => home.endpoint));
    expect(home.asked.length).toBeGreaterThan(2);
    await provider.delete(REF, scope());
    expect(home.buckets.size).toBe(0);
  });
}

test('redirects in a circle, and one that does not say where, end as the store\u2019s fault', async () => {
  const ends: string[] = [];
  const turn = (index: number): FakeS3Options => ({
    before: () => ({ status: 307, headers: { location: `http://${ends[1 - index]}/` } }),
  });
  const [one, other] = [await storeOf(turn(0)), await storeOf(turn(1))];
  ends.push(one.endpoint, other.endpoint);
  const told = { class: 'Unavailable', code: 'Redirected', away: true };
  await expect(providerOf(one.endpoint).listNames?.(scope())).rejects.toMatchObject(told);
  await expect(providerOf(one.endpoint).observe(REF, scope())).rejects.toMatchObject(told);
  expect(one.asked.length + other.asked.length).toBeLessThan(40);
  const nowhere = await storeOf({ before: () => s3Error(301, 'PermanentRedirect') });
  await expect(providerOf(nowhere.endpoint).observe(REF, scope())).rejects.toMatchObject(told);
});

const answer = (status: number, body: string, headers: WholeAnswer['headers'] = {}): WholeAnswer => {
  const { location } = headers;
  return { status, body, headers, bytes: Buffer.from(body), retryAfter: undefined, location };
};

test('A3 a store that takes the bucket in the host\u2019s name only gets it there, for all buckets', () => {
  for (const code of ['SecondLevelDomainForbidden', 'PathStyleDomainForbidden', 'InvalidPathAccess']) {
    const places = createAddressing(new URL('https://s3.vendor.example'), undefined);
    const used = places.at('one');
    expect(used).toMatchObject({ style: 'path' });
    expect(places.learn('one', used, answer(403, `<Error><Code>${code}</Code></Error>`))).toBe(true);
    for (const bucket of ['one', 'two']) {
      const place = places.at(bucket);
      expect([place.style, place.server.host]).toEqual(['virtual', `${bucket}.s3.vendor.example`]);
    }
    expect(places.at(undefined)).toMatchObject({ style: 'path' });
  }
});

test('A2 an endpoint that begins with the bucket stands for it, and never leads from TLS to plain text', () => {
  const places = createAddressing(new URL('https://s3.amazonaws.com'), undefined);
  const body = '<Error><Endpoint>one.s3.eu-west-2.amazonaws.com</Endpoint></Error>';
  expect(places.learn('one', places.at('one'), answer(301, body))).toBe(true);
  expect(places.at('one')).toMatchObject({ style: 'virtual', region: 'eu-west-2' });
  expect(places.at('one').server.href).toBe('https://one.s3.eu-west-2.amazonaws.com/');
  expect(places.learn('two', places.at('two'), answer(307, '', { location: 'http://elsewhere.example/' }))).toBe(false);
  places.forget('one');
  expect(places.at('one').server.href).toBe('https://s3.amazonaws.com/');
});

test('the region stands in the name of an endpoint of AWS', () => {
  const regionOf = (host: string) => createAddressing(new URL(`https://${host}`), undefined).at(undefined).region;
  expect(regionOf('s3.eu-south-2.amazonaws.com')).toBe('eu-south-2');
  expect(regionOf('s3.dualstack.us-gov-west-1.amazonaws.com')).toBe('us-gov-west-1');
  expect(regionOf('s3.cn-north-1.amazonaws.com.cn')).toBe('cn-north-1');
  expect(regionOf('s3-fips.ca-central-1.amazonaws.com')).toBe('ca-central-1');
  expect(regionOf('s3.amazonaws.com')).toBe('us-east-1');
});
