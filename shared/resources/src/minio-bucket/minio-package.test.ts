/**
 * Why the client of the `minio` package sends none of our calls, though its signer signs them: each reason is shown on the client
 * itself. A test that fails here after an update says that a reason is gone.
 */
import { type CannedReply, type CannedRoutes, createCannedServer } from '@leasehold/testing/fakes/canned-server';
import { Client } from 'minio';
import { afterEach, expect, test, vi } from 'vitest';
import { createBucketCalls } from './bucket-calls.ts';
import { createS3Client } from './client.ts';

const never = new AbortController().signal;
const open: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
  vi.restoreAllMocks();
});

const KEYS = { accessKey: 'key', secretKey: 'secret', region: 'us-east-1' };

async function bothOn(routes: CannedRoutes) {
  const server = await createCannedServer(routes);
  const [endPoint = '', port] = server.host.split(':');
  const theirs = new Client({ endPoint, port: Number(port), useSSL: false, ...KEYS });
  const ours = createS3Client({ endpoint: server.host, useTls: false, ...KEYS });
  open.push(() => ours.close(), server.close);
  return { server, theirs, calls: createBucketCalls(ours) };
}

test('a tag that looks like a number becomes one, whose text is lost: an owner `007` would be `7`', async () => {
  const body =
    '<Tagging><TagSet><Tag><Key>owner</Key><Value>007</Value></Tag><Tag><Key>12.50</Key><Value>1</Value></Tag></TagSet></Tagging>';
  const { theirs, calls } = await bothOn({ 'GET /tenant-a?tagging=': { body }, 'GET /tenant-a?tagging': { body } });
  expect(await theirs.getBucketTagging('tenant-a')).toEqual([
    { Key: 'owner', Value: 7 },
    { Key: 12.5, Value: 1 },
  ]);
  expect(await calls.tags('tenant-a', never)).toEqual({ owner: '007', '12.50': '1' });
});

test('a name with spaces around it is read as another name: what it names could not be deleted', async () => {
  const listed =
    '<IsTruncated>false</IsTruncated><Version><Key> a </Key><VersionId>v</VersionId><LastModified>2026-01-01T00:00:00Z</LastModified><Size>1</Size></Version>';
  const body = `<ListVersionsResult>${listed}</ListVersionsResult>`;
  const { theirs, calls } = await bothOn({ 'GET /tenant-a': { body } });
  const names: unknown[] = [];
  for await (const item of theirs.listObjects('tenant-a', '', true, { IncludeVersion: true })) names.push(item.name);
  expect(names).toEqual(['a']);
  expect((await calls.versions('tenant-a', 10, {}, never)).items).toEqual([{ key: ' a ', versionId: 'v' }]);
});

test('of a store that says to wait, neither its code nor how long is told: every call is concerned', async () => {
  const told = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const busy: CannedReply = {
    status: 503,
    body: '<Error><Code>SlowDown</Code></Error>',
    headers: { 'retry-after': '7' },
  };
  const { server, theirs, calls } = await bothOn({ 'PUT /tenant-a': busy });
  const error: unknown = await theirs.setBucketVersioning('tenant-a', { Status: 'Enabled' }).catch((caught) => caught);
  expect(error).toBeInstanceOf(Error);
  expect(Object.keys(error as Error)).toEqual([]);
  expect(String(error)).not.toMatch(/SlowDown|7/);
  expect(server.asked, 'it asks again by itself, on a timer of its own').toHaveLength(2);
  expect(told).toHaveBeenCalledOnce();
  await expect(calls.setVersioning('tenant-a', true, never)).rejects.toMatchObject({
    class: 'Unavailable',
    retryAfterMs: 7_000,
  });
});

test('a call that was given up goes on to its end: there is nothing to abort it with', async () => {
  const { server, theirs, calls } = await bothOn({ 'PUT /tenant-a': {} });
  const stop = new AbortController();
  stop.abort(new Error('given up'));
  const call = theirs.setBucketVersioning as (...all: readonly unknown[]) => Promise<void>;
  await call.call(theirs, 'tenant-a', { Status: 'Enabled' }, stop.signal).catch(() => undefined);
  expect(server.effects()).toHaveLength(1);
  await expect(calls.setVersioning('tenant-a', true, stop.signal)).rejects.toThrow('given up');
  expect(server.effects()).toHaveLength(1);
});

test('the admin API, without which there is no quota, is not in it', () => {
  const named = (part: RegExp) =>
    Object.getOwnPropertyNames(Object.getPrototypeOf(Client.prototype)).filter((name) => part.test(name));
  expect(named(/tagging/i).length).toBeGreaterThan(0);
  expect(named(/quota|admin|usage/i)).toEqual([]);
});
