/** Signatures against the examples of the documentation: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
import { expect, test } from 'vitest';
import { queryText, type Signable, sign, targetOf } from './signature.ts';

const keys = {
  accessKey: 'AKIAIOSFODNN7EXAMPLE',
  secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
};
const at = Date.UTC(2013, 4, 24);
const bare = { method: 'GET', host: 'examplebucket.s3.amazonaws.com', path: '/', query: {}, body: '' };

const EXAMPLES: readonly (readonly [string, Signable, string, string])[] = [
  [
    'a part of an object',
    { ...bare, path: '/test.txt', headers: { range: 'bytes=0-9' } },
    'host;range;x-amz-content-sha256;x-amz-date',
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  ],
  [
    'an upload',
    {
      ...bare,
      method: 'PUT',
      path: '/test%24file.text',
      headers: { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      body: 'Welcome to Amazon S3.',
    },
    'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
    '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  ],
  [
    'rules of a bucket',
    { ...bare, query: { lifecycle: '' } },
    'host;x-amz-content-sha256;x-amz-date',
    'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  ],
  [
    'a listing',
    { ...bare, query: { prefix: 'J', 'max-keys': '2' } },
    'host;x-amz-content-sha256;x-amz-date',
    '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  ],
];

test.each(EXAMPLES)('%s is signed as documented', async (_what, request, signed, signature) => {
  const headers = await sign(request, keys, at);
  expect(headers).toMatchObject({ 'x-amz-date': '20130524T000000Z', ...request.headers });
  expect(headers['authorization']).toBe(
    `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=${signed}, Signature=${signature}`,
  );
});

test('a query is written in the order of its encoded names, everything but what is unreserved encoded', () => {
  expect(queryText({ b: "x y+/'(*)", a: '', ä: '~._-', B: '&=' })).toBe(
    '%C3%A4=~._-&B=%26%3D&a=&b=x%20y%2B%2F%27%28%2A%29',
  );
});

test('a name that is no UTF-8 is signed as it is written, and so is one that looks like a way up', async () => {
  const signatureOf = async (path: string, marker: string) => {
    const headers = await sign({ ...bare, path, query: { 'key-marker': marker, versions: '' } }, keys, at);
    return headers['authorization']?.split('Signature=')[1];
  };
  expect(targetOf({ path: '/a%FF', query: { versions: '', 'key-marker': '\udcff' } })).toBe(
    '/a%FF?key-marker=%FF&versions=',
  );
  expect(await signatureOf('/a%FF', '\udcff')).toBe('5783c03e340f31817a16beb6584ba4b394eb154941ab74b1faf53df2b46baf72');
  expect(await signatureOf('/a/../b//c', 'x')).toBe('42557e144b093bc72620166fab4193278a3eac076a395b0254511f0b3f47efa9');
});
