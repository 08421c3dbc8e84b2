/** Pages of what is in a bucket, as several vendors tell them, and what a deletion refuses. */
import { type CannedReply, type CannedRoutes, createCannedServer } from '@leasehold/testing/fakes/canned-server';
import { afterEach, expect, test } from 'vitest';
import { labelled } from '../../test/labelled.ts';
import { createBucketCalls } from './bucket-calls.ts';
import { createS3Client } from './client.ts';

const never = new AbortController().signal;
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function callsOf(routes: CannedRoutes) {
  const server = await createCannedServer(routes);
  const client = createS3Client({
    around: labelled,
    endpoint: server.host,
    useTls: false,
    accessKey: 'k',
    secretKey: 's',
    region: 'us-east-1',
  });
  open.push(async () => client.close(), server.close);
  return { server, calls: createBucketCalls(client) };
}

const error = (status: number, code: string): CannedReply => ({ status, body: `<Error><Code>${code}</Code></Error>` });
const queryOf = (path: string | undefined) => Object.fromEntries(new URLSearchParams(path?.split('?')[1]));

test('1 versions and markers are listed encoded, and read so only where the store says that it did', async () => {
  const names =
    '<Version><Key>a%2Bb+c</Key><VersionId>v1</VersionId></Version><DeleteMarker><Key>d</Key><VersionId></VersionId></DeleteMarker>';
  const { server, calls } = await callsOf({ 'GET /b': { body: `<L><EncodingType>URL</EncodingType>${names}</L>` } });
  const cursor = { 'key-marker': 'x', 'version-id-marker': 'y' };
  expect(await calls.versions('b', 7, cursor, never)).toEqual({
    items: [
      { key: 'a+b c', versionId: 'v1' },
      { key: 'd', versionId: 'null' },
    ],
    isTruncated: false,
  });
  expect(queryOf(server.asked[0]?.path)).toEqual({ versions: '', 'encoding-type': 'url', 'max-keys': '7', ...cursor });
  server.route({ 'GET /b': { body: `<L>${names}</L>` } });
  expect((await calls.versions('b', 7, {}, never)).items[0]?.key).toBe('a%2Bb+c');
});

test.each([
  [
    '<IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker><NextVersionIdMarker>v</NextVersionIdMarker>',
    true,
    { 'key-marker': 'k', 'version-id-marker': 'v' },
  ],
  ['<IsTruncated> true </IsTruncated><NextKeyMarker>k</NextKeyMarker>', true, { 'key-marker': 'k' }],
  ['<IsTruncated>true</IsTruncated>', true, undefined],
  ['<IsTruncated>false</IsTruncated><NextKeyMarker>k</NextKeyMarker>', false, undefined],
  ['', false, undefined],
])('a page that says %s goes on: %j, at %j', async (more, isTruncated, next) => {
  const { calls } = await callsOf({ 'GET /b': { body: `<L>${more}</L>` } });
  const page = await calls.versions('b', 7, {}, never);
  expect([page.isTruncated, page.next]).toEqual([isTruncated, next]);
});

test('unfinished uploads are listed in pages of their own', async () => {
  const upload = '<Upload><Key>a</Key><UploadId>u1</UploadId></Upload><Upload><Key>b</Key></Upload>';
  const more =
    '<IsTruncated>true</IsTruncated><NextKeyMarker>b</NextKeyMarker><NextUploadIdMarker>u2</NextUploadIdMarker>';
  const { server, calls } = await callsOf({ 'GET /b': { body: `<L>${upload}${more}</L>` } });
  expect(await calls.uploads('b', { 'key-marker': 'x' }, never)).toEqual({
    items: [
      { key: 'a', uploadId: 'u1' },
      { key: 'b', uploadId: '' },
    ],
    isTruncated: true,
    next: { 'key-marker': 'b', 'upload-id-marker': 'u2' },
  });
  expect(queryOf(server.asked[0]?.path)).toEqual({
    uploads: '',
    'encoding-type': 'url',
    'max-uploads': '1000',
    'key-marker': 'x',
  });
});

test('a store without versions lists objects, and goes on behind the last where it names no place', async () => {
  const objects = '<Contents><Key>a</Key></Contents><Contents><Key>b</Key></Contents><IsTruncated>true</IsTruncated>';
  const { server, calls } = await callsOf({
    'GET /b': ({ path }) => (path.includes('versions=') ? error(501, 'NotImplemented') : { body: `<L>${objects}</L>` }),
  });
  expect(await calls.versions('b', 2, { marker: 'x' }, never)).toEqual({
    items: [{ key: 'a' }, { key: 'b' }],
    isTruncated: true,
    next: { marker: 'b' },
  });
  expect(queryOf(server.asked[1]?.path)).toEqual({ 'encoding-type': 'url', 'max-keys': '2', marker: 'x' });
  server.route({
    'GET /b': ({ path }) =>
      path.includes('versions=') ? error(501, 'X') : { body: `<L>${objects}<NextMarker>c</NextMarker></L>` },
  });
  expect((await calls.versions('b', 2, {}, never)).next).toEqual({ marker: 'c' });
});

test('a bucket that is gone, and what a store lacks, list nothing', async () => {
  for (const reply of [error(404, 'NoSuchBucket'), error(501, 'NotImplemented')]) {
    const { calls } = await callsOf({ 'GET /b': reply });
    expect(await calls.versions('b', 1, {}, never)).toEqual({ items: [], isTruncated: false });
    expect(await calls.uploads('b', {}, never)).toEqual({ items: [], isTruncated: false });
  }
});

test('a bulk deletion names each version, quietly, and tells what was refused', async () => {
  const refused =
    '<Error><Key>a&amp;b</Key><VersionId>v</VersionId><Code>AccessDenied</Code></Error><Error><Key>c</Key></Error>';
  const { server, calls } = await callsOf({ 'POST /b': { body: `<DeleteResult>${refused}</DeleteResult>` } });
  expect(await calls.deleteVersions('b', [{ key: 'a&b', versionId: 'v' }, { key: 'c' }], never)).toEqual([
    { key: 'a&b', versionId: 'v', code: 'AccessDenied' },
    { key: 'c', code: 'Unknown' },
  ]);
  expect(server.lines()).toEqual(['POST /b?delete=']);
  expect(server.asked[0]?.body).toBe(
    '<Delete><Quiet>true</Quiet><Object><Key>a&#38;b</Key><VersionId>v</VersionId></Object><Object><Key>c</Key></Object></Delete>',
  );
});

test.each([
  [error(404, 'NoSuchBucket'), []],
  [error(501, 'NotImplemented'), undefined],
  [error(400, 'MalformedXML'), undefined],
  [error(400, 'InvalidRequest'), undefined],
  [error(400, 'InvalidArgument'), undefined],
])('a bulk deletion answered with %o is %j', async (reply, expected) => {
  const { calls } = await callsOf({ 'POST /b': reply });
  expect(await calls.deleteVersions('b', [{ key: 'a' }], never)).toEqual(expected);
});

test.each([
  [{ status: 204 }, undefined],
  [error(404, 'NoSuchKey'), undefined],
  [error(404, 'NoSuchVersion'), undefined],
  [error(404, 'NoSuchUpload'), undefined],
  [error(404, 'NoSuchBucket'), undefined],
  [error(403, 'AccessDenied'), { code: 'AccessDenied' }],
])('one deletion answered with %o refuses with %j', async (reply, refusal) => {
  const { server, calls } = await callsOf({ 'DELETE /b/x%20y/z%3F': reply as CannedReply });
  expect(await calls.deleteVersion('b', { key: 'x y/z?', versionId: 'v 1' }, never)).toEqual(refusal);
  expect(await calls.deleteVersion('b', { key: 'x y/z?' }, never)).toEqual(refusal);
  expect(await calls.abortUpload('b', { key: 'x y/z?', uploadId: 'u' }, never)).toEqual(refusal);
  expect(server.lines().map((line) => line.split('?')[1])).toEqual(['versionId=v%201', undefined, 'uploadId=u']);
});

test('a bucket is removed, is gone, or has something in it', async () => {
  const { server, calls } = await callsOf({ 'DELETE /b': { status: 204 } });
  expect(await calls.remove('b', never)).toBe(true);
  server.route({ 'DELETE /b': error(404, 'NoSuchBucket') });
  expect(await calls.remove('b', never)).toBe(true);
  server.route({ 'DELETE /b': error(409, 'BucketNotEmpty') });
  expect(await calls.remove('b', never)).toBe(false);
});

test('a listing of buckets that tells the same page again is none, and neither is one without an end', async () => {
  const page = (token: string) =>
    `<L><Bucket><Name>a</Name></Bucket><ContinuationToken>${token}</ContinuationToken></L>`;
  const listed = (token: (turn: number) => string) => {
    let turn = 0;
    const call = async () => ({ code: undefined, headers: {}, body: page(token(turn++)) });
    return createBucketCalls({ call, close: () => undefined }).list(never);
  };
  await expect(listed(() => 't')).rejects.toMatchObject({ class: 'Unavailable', code: 'NoProgress' });
  await expect(listed(String)).rejects.toMatchObject({ class: 'Invalid', code: 'TooManyElements' });
  expect(await listed((turn) => (turn === 999 ? '' : String(turn)))).toHaveLength(1000);
});

test('rules that a store refuses with filters are said without; where both are refused the first reason is told', async () => {
  const bodies = (server: Awaited<ReturnType<typeof callsOf>>['server']) => server.effects().map(({ body }) => body);
  const { server, calls } = await callsOf({ 'PUT /b': [error(400, 'MalformedXML'), {}] });
  expect(await calls.setLifecycle('b', { xml: '<a/>' }, '<b/>', never)).toBeUndefined();
  expect(bodies(server)).toEqual(['<a/>', '<b/>']);
  const both = await callsOf({
    'PUT /b': [error(400, 'InvalidArgument'), error(400, 'MalformedXML'), error(400, 'InvalidRequest')],
  });
  await expect(both.calls.setLifecycle('b', { xml: '<a/>' }, '<b/>', never)).rejects.toThrow('InvalidRequest');
  expect(bodies(both.server)).toEqual(['<a/>', '<b/>', '<a/>']);
  const only = await callsOf({ 'PUT /b': error(400, 'MalformedXML') });
  await expect(only.calls.setLifecycle('b', { xml: '<a/>' }, undefined, never)).rejects.toThrow('MalformedXML');
  expect(bodies(only.server)).toEqual(['<a/>']);
  const lacking = await callsOf({ 'PUT /b': error(501, 'NotImplemented'), 'DELETE /b': error(501, 'NotImplemented') });
  expect(await lacking.calls.setLifecycle('b', { xml: '<a/>' }, '<b/>', never)).toBe('lacking');
  expect(await lacking.calls.setLifecycle('b', { xml: '' }, undefined, never)).toBe('lacking');
  const none = await callsOf({ 'DELETE /b': error(404, 'NoSuchLifecycleConfiguration') });
  expect(await none.calls.setLifecycle('b', { xml: '' }, undefined, never)).toBeUndefined();
});

test('a bucket of ours that is there already is told, and where no place is taken it is made without one', async () => {
  const { server, calls } = await callsOf({ 'PUT /b': error(409, 'BucketAlreadyOwnedByYou') });
  expect(await calls.create('b', never)).toBe(false);
  server.route({ 'PUT /b': [error(400, 'InvalidLocationConstraint'), error(409, 'BucketAlreadyOwnedByYou')] });
  expect(await calls.create('b', never)).toBe(false);
  server.route({ 'PUT /b': [error(400, 'IllegalLocationConstraintException'), {}] });
  expect(await calls.create('b', never)).toBe(true);
});

test('a bucket whose versions nobody tells is asked for its place', async () => {
  const { server, calls } = await callsOf({ 'GET /b?versioning=': error(501, 'X'), 'GET /b?location=': {} });
  expect(await calls.versioning('b', never)).toBe('lacking');
  server.route({ 'GET /b?location=': error(404, 'NoSuchBucket') });
  expect(await calls.versioning('b', never)).toBeUndefined();
  for (const [told, versioning] of [
    ['Enabled', 'enabled'],
    ['Suspended', 'suspended'],
    ['', 'off'],
  ] as const) {
    server.route({ 'GET /b?versioning=': { body: `<V><Status>${told}</Status></V>` } });
    expect(await calls.versioning('b', never)).toBe(versioning);
  }
});

test('what a store says of a refusal is told without its hosts, in as many characters as people read', async () => {
  const refusal = async (said: string) => {
    const body = `<Error><Code>AccessDenied</Code><Message>${said}</Message></Error>`;
    const { calls } = await callsOf({ 'DELETE /b/k': { status: 403, body } });
    return (await calls.deleteVersion('b', { key: 'k' }, never))?.message;
  };
  expect(await refusal('held by http://s3.example:9000/locks and 10.0.0.7:9000')).toBe(
    'held by (address) and (address)',
  );
  expect(await refusal('a&#10;b')).toBe('a b');
  expect(await refusal('')).toBeUndefined();
  expect(await refusal(`${'x'.repeat(190)} http://s3.example:9000/locks`)).toBe(`${'x'.repeat(190)} (address)`);
  expect(await refusal('x'.repeat(300))).toBe('x'.repeat(200));
});
