/** Calls on an S3 store that answers from a table: where they go, what is an answer, and what of a failure is learnt. */
import { type CannedReply, type CannedRoutes, createCannedServer } from '@leasehold/testing/fakes/canned-server';
import { afterEach, expect, test } from 'vitest';
import { NONE } from './answers.ts';
import { createS3Client, type MinioSettings, type S3Call } from './client.ts';

const never = new AbortController().signal;
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function storeOf(routes: CannedRoutes, more: Partial<MinioSettings> = {}) {
  const server = await createCannedServer(routes);
  const keys = { accessKey: 'key', secretKey: 'secret' };
  const clock = { now: () => Date.UTC(2026, 1, 3, 4, 5, 6), sleep: async () => undefined };
  const client = createS3Client({ endpoint: server.host, useTls: false, clock, ...keys, ...more });
  open.push(async () => client.close(), server.close);
  return { server, call: (request: S3Call) => client.call(request, never) };
}

const error = (status: number, code: string, more = '', headers = {}): CannedReply => ({
  status,
  body: `<Error><Code>${code}</Code>${more}</Error>`,
  headers,
});
const READ: S3Call = { name: 'read', method: 'GET', bucket: 'b' };

test('a request is signed for its region and time, says the digest of its body, and its query in order', async () => {
  const { server, call } = await storeOf({ 'PUT /b/x%20y': {} }, { region: 'eu-west-1' });
  const request: S3Call = { name: 'w', method: 'PUT', bucket: 'b', path: '/x%20y', query: { z: 'a b', a: '' } };
  await call({ ...request, headers: { 'x-amz-x': '1' }, body: (region) => `<R>${region}</R>` });
  const [sent] = server.asked;
  expect(sent).toMatchObject({ path: '/b/x%20y?a=&z=a%20b', body: '<R>eu-west-1</R>' });
  expect(sent?.headers).toMatchObject({
    'x-amz-date': '20260203T040506Z',
    'content-md5': 'BeV1mzuwsNkdBIpLdY9Hgg==',
    'content-length': '16',
    'x-amz-x': '1',
  });
  expect(sent?.headers['authorization']).toMatch(
    /Credential=key\/20260203\/eu-west-1\/s3\/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-x, /,
  );
});

test('a request without a body says that it has none, and no digest', async () => {
  const { server, call } = await storeOf({ 'GET /b': {}, 'DELETE /b': {} });
  await call(READ);
  await call({ ...READ, method: 'DELETE' });
  expect(server.asked.map(({ headers }) => [headers['content-length'], headers['content-md5']])).toEqual([
    ['0', undefined],
    ['0', undefined],
  ]);
});

test('2 a failure that is expected is an answer, with the store’s own code beside the word for it', async () => {
  const { call } = await storeOf({ 'GET /b': error(404, 'NoSuchTagSet') });
  expect(await call({ ...READ, expect: [NONE] })).toMatchObject({ code: NONE, said: 'NoSuchTagSet' });
  await expect(call(READ)).rejects.toMatchObject({ class: 'Invalid', code: 'RefusedByBackend' });
});

test.each([
  ['<Error><Code>InternalError</Code></Error>', true],
  ['<?xml version="1.0" encoding="UTF-8"?>\n<Error ><Code>InternalError</Code></Error>', true],
  ['<Errors><Code>InternalError</Code></Errors>', false],
  ['<Ok><Error><Code>InternalError</Code></Error></Ok>', false],
])('a failure under a good status is told by its root: %s is one: %j', async (body, isFailure) => {
  const { call } = await storeOf({ 'PUT /b': { body } });
  const ended = call({ ...READ, method: 'PUT' }).then(
    () => 'good',
    (fault) => [fault.class, fault.unknownOutcome],
  );
  expect(await ended).toEqual(isFailure ? ['Unavailable', true] : 'good');
});

test('3 a region that a refusal names is used from then on, for all buckets', async () => {
  const routes = {
    'GET /b': [error(400, 'AuthorizationHeaderMalformed', '<Region>eu-west-3</Region>'), {}],
    'GET /c': {},
  };
  const { server, call } = await storeOf(routes);
  await call(READ);
  await call({ ...READ, bucket: 'c' });
  const regions = server.asked.map(({ headers }) => /\/([^/]+)\/s3\//.exec(headers['authorization'] ?? '')?.[1]);
  expect(regions).toEqual(['us-east-1', 'eu-west-3', 'eu-west-3']);
});

test.each([
  ['<LocationConstraint>EU</LocationConstraint>', 'eu-west-1'],
  ['<LocationConstraint>eu-north-1</LocationConstraint>', 'eu-north-1'],
])('3 a refusal that names no region is asked behind: %s is %s', async (body, region) => {
  const routes = { 'GET /b': [error(403, 'SignatureDoesNotMatch'), {}], 'GET /b?location=': { body } };
  const { server, call } = await storeOf(routes);
  await call(READ);
  const regions = server.asked.map(({ headers }) => /\/([^/]+)\/s3\//.exec(headers['authorization'] ?? '')?.[1]);
  expect(regions).toEqual(['us-east-1', 'us-east-1', region]);
});

test('3 where the store is where it was asked, its refusal stands, and it is asked once a call', async () => {
  const refusal = {
    'GET /b': error(403, 'SignatureDoesNotMatch'),
    'GET /b?location=': { body: '<LocationConstraint/>' },
  };
  const { server, call } = await storeOf(refusal);
  await expect(call(READ)).rejects.toMatchObject({ code: 'AccessDenied' });
  expect(server.lines()).toEqual(['GET /b', 'GET /b?location=']);
  server.route({ 'GET /b?location=': error(403, 'AccessDenied') });
  await expect(call(READ)).rejects.toMatchObject({ code: 'AccessDenied' });
  server.asked.length = 0;
  await expect(call({ ...READ, bucket: undefined, path: '/' } as unknown as S3Call)).rejects.toBeDefined();
  expect(server.lines(), 'without a bucket there is nothing to ask').toEqual(['GET /']);
});

test('3 a plain refusal is asked behind of nobody, and a region that is set is believed', async () => {
  const { server, call } = await storeOf({ 'GET /b': error(403, 'AccessDenied') });
  await expect(call(READ)).rejects.toMatchObject({ code: 'AccessDenied' });
  const set = await storeOf({ 'GET /b': error(403, 'SignatureDoesNotMatch') }, { region: 'us-east-1' });
  await expect(set.call(READ)).rejects.toMatchObject({ code: 'AccessDenied' });
  expect([...server.lines(), ...set.server.lines()]).toEqual(['GET /b', 'GET /b']);
  const header = { 'x-amz-bucket-region': 'eu-west-1' };
  set.server.route({ 'GET /b': error(403, 'AccessDenied', '', header) });
  await expect(set.call(READ)).rejects.toMatchObject({ code: 'WrongRegion' });
  set.server.route({ 'GET /b': error(403, 'AccessDenied', '', { 'x-amz-bucket-region': 'us-east-1' }) });
  await expect(set.call(READ), 'its own region named').rejects.toMatchObject({ code: 'AccessDenied' });
});

test('3 answers that lead on without an end are followed five times', async () => {
  let turn = 0;
  const { server, call } = await storeOf({
    'GET /b': () => error(400, 'AuthorizationHeaderMalformed', `<Region>eu-west-${++turn}</Region>`),
  });
  await expect(call(READ)).rejects.toMatchObject({ code: 'WrongRegion' });
  expect(server.asked).toHaveLength(5);
});

test('a bucket that is gone lives nowhere: the next call asks at home', async () => {
  const away = await createCannedServer({ 'GET /b': error(404, 'NoSuchBucket') });
  open.push(away.close);
  const { server, call } = await storeOf({
    'GET /b': { status: 307, headers: { location: `${away.url}/b` } },
  });
  for (let turn = 0; turn < 2; turn++) await call({ ...READ, expect: ['NoSuchBucket'] });
  expect([server.asked.length, away.asked.length]).toEqual([2, 2]);
});
