/** A store that lists its buckets in pages is read to the end: what is missing in a list would read as lost. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { labelled } from '../../test/labelled.ts';
import { createBucketCalls } from './bucket-calls.ts';
import { createS3Client } from './client.ts';

const bucket = (name: string) => `<Bucket><Name>${name}</Name></Bucket>`;
const listing = (names: readonly string[], token = '') =>
  `<ListAllMyBucketsResult><Buckets>${names.map(bucket).join('')}</Buckets>${token}</ListAllMyBucketsResult>`;

test('buckets are listed page by page, each asked for by the token of the one before', async () => {
  const asked: (string | null)[] = [];
  const server = createServer((request, response) => {
    const token = new URL(request.url ?? '/', 'http://local').searchParams.get('continuation-token');
    asked.push(token);
    const next = '<ContinuationToken>a&amp;b=</ContinuationToken>';
    response.end(token === null ? listing(['one', 'two'], next) : listing(['three']));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = createS3Client({
    around: labelled,
    endpoint: `127.0.0.1:${port}`,
    useTls: false,
    accessKey: 'key',
    secretKey: 'secret',
  } as Parameters<typeof createS3Client>[0]);
  expect(await createBucketCalls(client).list(new AbortController().signal)).toEqual(['one', 'two', 'three']);
  expect(asked).toEqual([null, 'a&b=']);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
