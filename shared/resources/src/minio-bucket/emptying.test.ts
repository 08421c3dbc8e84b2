/** A bucket is emptied whatever its objects are called, and what cannot go is counted and never asked for without end. */
import { createFakeS3, type FakeS3, type FakeS3Options, s3Error } from '@leasehold/testing/fakes/s3';
import { converge, scope } from '@leasehold/testing/suites/provider-steps';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { labelled } from '../../test/labelled.ts';
import { createMinioBackend } from './backend.ts';
import type { BucketCalls } from './bucket-calls.ts';
import { createVersionWalk, type Held, hold } from './emptying.ts';

const REF = { kind: 'minio-bucket', name: 'tenant-acme', tenantId: 'acme', generation: 1, tier: 'free' };
const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** @param options `before` counts once the bucket is made. */
async function madeOn(options: FakeS3Options = {}) {
  let isMade = false;
  const before: FakeS3Options['before'] = (one) => (isMade ? options.before?.(one) : undefined);
  const store = await createFakeS3({ ...options, before });
  const keys = { accessKey: 'key', secretKey: 'secret' };
  const { backend, providers } = createMinioBackend({
    around: labelled,
    endpoint: store.endpoint,
    useTls: false,
    vendor: 'generic',
    ...keys,
  });
  open.push(() => backend.close(), store.close);
  await converge(providers[0], REF, providers[0].spec.parse({}));
  store.asked.length = 0;
  isMade = true;
  return { store, provider: providers[0] };
}

const count = (store: FakeS3, method: string) => store.asked.filter((one) => one.method === method).length;

const AWKWARD = [
  'data/a\u0001b.txt',
  'nul\u0000',
  'Icon\r',
  'two\r\nlines',
  'tab\t',
  'form\u000cfeed',
  'escape\u001b[0m',
  '\ufffe',
  'x\uffff',
  '\u0085\u2028',
  'a+b c%20d%',
  '&lt;Key&gt; &amp;#13; <Key>',
  ']]>',
  '"\'',
  '/leading',
  '//',
  'a//b',
  './x',
  '../../etc/passwd',
  '..',
  '?versionId=null#x',
  'e\u{1f600}\u0007',
  'ä'.repeat(512),
  ' ',
];

for (const isEncoding of [true, false]) {
  const where = isEncoding ? 'percent-encodes' : 'lists names as they are';
  test(`M3 a bucket goes whatever its objects are called, on a store that ${where}`, async () => {
    const { store, provider } = await madeOn({ isEncoding, pageSize: 7 });
    for (const name of AWKWARD) store.put(REF.name, name);
    for (const bytes of [[0xff], [0x61, 0xed, 0xa0, 0x80], [0xc3], [0xf4, 0x90, 0x80, 0x80, 0x01]]) {
      store.put(REF.name, Uint8Array.from(bytes));
    }
    const uploads = AWKWARD.map((name, index) => ({
      name: Buffer.from(name).toString('latin1'),
      uploadId: `u${index}`,
    }));
    store.buckets.get(REF.name)?.uploads.push(...uploads);
    const bucket = store.buckets.get(REF.name);
    await provider.delete(REF, scope());
    expect(bucket?.objects).toEqual([]);
    expect(bucket?.uploads).toEqual([]);
    expect([...store.buckets.keys()]).toEqual([]);
  });
}

test('M3 any bytes at all can be the name of an object', async () => {
  const { store, provider } = await madeOn();
  const names = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(names, async (some) => {
      await converge(provider, REF, provider.spec.parse({}));
      for (const name of some) store.put(REF.name, name);
      const bucket = store.buckets.get(REF.name);
      await provider.delete(REF, scope());
      expect(bucket?.objects).toEqual([]);
      expect(store.buckets.size).toBe(0);
    }),
    { numRuns: 50 },
  );
});

test('E1 what is held is counted with its reason, and everything else goes', async () => {
  const { store, provider } = await madeOn({ pageSize: 3 });
  for (let index = 0; index < 20; index++) {
    store.put(REF.name, `${index}`, index % 4 === 0 ? 'AccessDenied' : undefined);
  }
  store.put(REF.name, 'alone\u0001', 'ObjectLocked');
  await expect(provider.delete(REF, scope())).rejects.toMatchObject({
    class: 'Conflict',
    code: 'ObjectsHeld',
    message:
      '6 objects of bucket tenant-acme cannot be deleted: AccessDenied (5, the store says: 0 is held ), ObjectLocked (1)',
  });
  expect(store.buckets.get(REF.name)?.objects).toHaveLength(6);
  expect(count(store, 'DELETE')).toBeLessThanOrEqual(1);
});

test('E2 what a store calls deleted and lists all the same is given up, and named', async () => {
  const deaf = (method: string) => method === 'POST' || method === 'DELETE';
  const { store, provider } = await madeOn({
    before: ({ method, query }) => {
      if (!deaf(method) || query.has('lifecycle')) return undefined;
      return query.size === 0 ? s3Error(409, 'BucketNotEmpty') : { status: 200, body: '<DeleteResult/>' };
    },
  });
  for (const name of ['a', 'b', 'c\u0001']) store.put(REF.name, name);
  await expect(provider.delete(REF, scope())).rejects.toMatchObject({
    code: 'ObjectsHeld',
    message: '3 objects of bucket tenant-acme cannot be deleted: deleted, says the store, and still listed (3)',
  });
  expect(store.asked.length).toBeLessThan(30);
});

test('E2 a store that refuses the bulk call, or knows none, is asked for each', async () => {
  for (const refusal of [s3Error(400, 'MalformedXML'), s3Error(501, 'NotImplemented'), { status: 405 }]) {
    const { store, provider } = await madeOn({
      before: ({ query }) => (query.has('delete') ? refusal : undefined),
    });
    for (let index = 0; index < 30; index++) store.put(REF.name, `${index}`);
    await provider.delete(REF, scope());
    expect(store.buckets.size).toBe(0);
  }
});

test('E2 a passing failure of one object in a bulk answer is tried again', async () => {
  let failures = 0;
  const { store, provider } = await madeOn({
    before: ({ query }) => {
      if (!query.has('delete')) return undefined;
      failures += 1;
      const body =
        '<DeleteResult><Error><Key>a</Key><VersionId>v1</VersionId><Code>SlowDown</Code></Error></DeleteResult>';
      return { status: 200, body };
    },
  });
  store.put(REF.name, 'a');
  await provider.delete(REF, scope());
  expect(failures).toBe(1);
  expect(store.buckets.size).toBe(0);
});

const endless = {
  'no marker at all': '<ListVersionsResult><IsTruncated>true</IsTruncated></ListVersionsResult>',
  'a marker that stands':
    '<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>a</NextKeyMarker></ListVersionsResult>',
};

for (const [what, body] of Object.entries(endless)) {
  test(`E3 a listing that says that there is more, with ${what}, fails at once`, async () => {
    const { store, provider } = await madeOn({
      before: ({ query }) => (query.has('versions') ? { status: 200, body } : undefined),
    });
    await expect(provider.delete(REF, scope())).rejects.toMatchObject({ class: 'Unavailable', code: 'NoProgress' });
    expect(store.asked.length).toBeLessThan(20);
  });
}

test('E3 a listing whose markers move for ever without an object ends within a bound', async () => {
  let page = 0;
  const { store, provider } = await madeOn({
    before: ({ query }) => {
      if (!query.has('versions')) return undefined;
      page += 1;
      const next = `<NextKeyMarker>${page}</NextKeyMarker>`;
      return { status: 200, body: `<ListVersionsResult><IsTruncated>true</IsTruncated>${next}</ListVersionsResult>` };
    },
  });
  await expect(provider.delete(REF, scope())).rejects.toMatchObject({ code: 'NoProgress' });
  expect(page).toBeGreaterThan(10);
  expect(store.asked.length).toBeLessThan(200);
});

test('a bucket that is called not empty and lists nothing is given up after a few rounds', async () => {
  const { store, provider } = await madeOn({
    before: ({ method, query }) =>
      method === 'DELETE' && query.size === 0 ? s3Error(409, 'BucketNotEmpty') : undefined,
  });
  await expect(provider.delete(REF, scope())).rejects.toMatchObject({ code: 'BucketNotEmpty' });
  expect(count(store, 'DELETE')).toBe(5);
});

test('emptying stops with the signal, between two calls of single objects too', async () => {
  const stop = new AbortController();
  const { store, provider } = await madeOn({
    before: ({ method, name }) => {
      if (method === 'DELETE' && name !== '') stop.abort(new Error('enough'));
      return undefined;
    },
  });
  for (let index = 0; index < 100; index++) store.put(REF.name, `\u0001${index}`);
  await expect(provider.delete(REF, { ...scope(), signal: stop.signal })).rejects.toThrow('enough');
  expect(stop.signal.aborted).toBe(true);
  expect(store.buckets.get(REF.name)?.objects.length).toBeGreaterThan(80);
});

test('what stays is added up by the store’s code, with the first of its words', () => {
  const held: Held = new Map();
  hold(held, 'AccessDenied', { count: 1 });
  hold(held, 'AccessDenied', { count: 2, message: 'locked' });
  hold(held, 'AccessDenied', { count: 3, message: 'later' });
  hold(held, 'Other', { count: 4, message: 'else' });
  expect([...held]).toEqual([
    ['AccessDenied', { count: 6, message: 'locked' }],
    ['Other', { count: 4, message: 'else' }],
  ]);
});

test('E2 as many objects as are remembered are each tried so often, and not once more when the bucket is emptied again', async () => {
  const all = Array.from({ length: 10_000 }, (_, at) => ({ key: `k${String(at).padStart(5, '0')}`, versionId: '1' }));
  const tries = { bulk: 0, alone: 0 };
  // It says that each is deleted, and lists it all the same.
  const calls = {
    versions: async (_bucket: string, most: number, cursor: { readonly from?: number }) => {
      const from = cursor.from ?? 0;
      const isTruncated = from + most < all.length;
      return {
        items: all.slice(from, from + most),
        isTruncated,
        ...(isTruncated ? { next: { from: from + most } } : {}),
      };
    },
    deleteVersions: async (_bucket: string, some: readonly unknown[]) => {
      tries.bulk += some.length;
      return [];
    },
    deleteVersion: async () => {
      tries.alone += 1;
    },
  } as unknown as BucketCalls;
  const walk = createVersionWalk(calls, 'b');
  const signal = new AbortController().signal;
  await walk.run(signal);
  // What ends the listing is tried alone when the bucket is emptied again.
  expect(tries).toEqual({ bulk: 10_000, alone: 9_000 });
  for (let again = 0; again < 2; again++) {
    const { held } = await walk.run(signal);
    expect([held.get('StillListed')?.count, tries]).toEqual([10_000, { bulk: 10_000, alone: 10_000 }]);
  }
});
