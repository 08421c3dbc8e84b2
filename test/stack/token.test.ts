import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { signToken } from './token.ts';

test('a token names its role and algorithm, and its signature covers both', () => {
  const key = Buffer.from('your-256-bit-secret');
  const [header = '', claims = '', signature] = signToken('admin', key).split('.');
  expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'HS256', typ: 'JWT' });
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({ sub: 'admin' });
  expect(signature).toBe(createHmac('sha256', key).update(`${header}.${claims}`).digest('base64url'));
});

test('a token has an end only when one is asked for', () => {
  const claims = signToken('tenant', Buffer.alloc(32), 1_900_000_000).split('.')[1] ?? '';
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({ sub: 'tenant', exp: 1_900_000_000 });
});
