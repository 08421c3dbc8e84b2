import { createCipheriv, pbkdf2Sync } from 'node:crypto';
import { expect, test } from 'vitest';
import { diffInventory } from './difference.ts';
import { openSealed, signedHeaders } from './minio-admin.ts';

test('equal trees have no difference, whatever the order of their keys (1)', () => {
  expect(diffInventory({ a: { x: 1, y: [1, 2] }, b: {} }, { b: {}, a: { y: [1, 2], x: 1 } })).toEqual([]);
});

test('what appeared, went or changed is named once, by its path (2)', () => {
  const before = { minio: { buckets: { 'a/b': { tags: null }, kept: { tags: 1 } } } };
  const after = { minio: { buckets: { kept: { tags: 2 }, 'new~': { tags: { deep: true } } } } };
  expect(diffInventory(before, after)).toEqual([
    { kind: 'gone', path: '/minio/buckets/a~1b', before: { tags: null } },
    { kind: 'changed', path: '/minio/buckets/kept/tags', before: 1, after: 2 },
    { kind: 'appeared', path: '/minio/buckets/new~0', after: { tags: { deep: true } } },
  ]);
});

test('order in a list counts', () => {
  expect(diffInventory({ a: [1, 2] }, { a: [2, 1] })).toHaveLength(1);
});

/** The sealing of one short body as the server does it with PBKDF2 and AES. */
function sealed(secret: string, text: string): Buffer {
  const [salt, nonce] = [Buffer.alloc(32, 1), Buffer.alloc(8, 2)];
  const key = pbkdf2Sync(secret, salt, 8_192, 32, 'sha256');
  const at = (fragment: number): Buffer => Buffer.concat([nonce, Buffer.from([fragment, 0, 0, 0])]);
  const first = createCipheriv('aes-256-gcm', key, at(0));
  first.final();
  const cipher = createCipheriv('aes-256-gcm', key, at(1));
  cipher.setAAD(Buffer.concat([Buffer.from([0x80]), first.getAuthTag()]));
  const body = Buffer.concat([cipher.update(text), cipher.final()]);
  return Buffer.concat([salt, Buffer.from([2]), nonce, body, cipher.getAuthTag()]);
}

test('a sealed answer opens with its secret, and neither with another nor after a changed byte', () => {
  const answer = sealed('secret', '{"a":1}');
  expect(openSealed('secret', answer).toString()).toBe('{"a":1}');
  expect(() => openSealed('other', answer)).toThrow();
  const changed = Buffer.from(answer);
  changed.writeUInt8(changed.readUInt8(45) ^ 1, 45);
  expect(() => openSealed('secret', changed)).toThrow();
});

test('a signature depends on call, query and secret, and shows none of the secret', () => {
  const login = { endpoint: '127.0.0.1:9000', accessKey: 'key', secretKey: 'hidden-secret' };
  const at = '20260101T000000Z';
  const signed = signedHeaders(login, '/minio/admin/v3/list-users', '', at);
  expect(signed).toEqual(signedHeaders(login, '/minio/admin/v3/list-users', '', at));
  expect(signed).not.toEqual(signedHeaders(login, '/minio/admin/v3/list-users', 'a=1', at));
  expect(JSON.stringify(signed)).not.toContain('hidden-secret');
});
