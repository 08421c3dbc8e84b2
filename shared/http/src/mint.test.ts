import { decodeJwt, decodeProtectedHeader } from 'jose';
import { expect, test } from 'vitest';
import { handClock, SECRET, START_MS } from '../test/fixture.ts';
import { createAuth } from './auth.ts';
import { mintToken } from './mint.ts';

const seconds = START_MS / 1000;

test('a token says who, which roles, from when to when, and nothing that was not asked for', async () => {
  const token = await mintToken(SECRET, { sub: 'ada', roles: ['service'], ttlMs: 90_500 }, handClock());
  expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', typ: 'JWT' });
  expect(decodeJwt(token)).toEqual({ sub: 'ada', roles: ['service'], iat: seconds, exp: seconds + 90 });
});

test('tenant, issuer and audience are in it where they are given, and it is taken for them', async () => {
  const clock = handClock();
  const request = { sub: 'ada', roles: [], tenantId: 'acme', ttlMs: 60_000, issuer: 'here', audience: 'mesh' };
  const token = await mintToken(SECRET, request, clock);
  expect(decodeJwt(token)).toMatchObject({ tenant_id: 'acme', iss: 'here', aud: 'mesh' });
  const auth = createAuth({ keys: { kind: 'secret', secret: SECRET }, issuer: 'here', audience: 'mesh', clock });
  expect(await auth.authenticate(`Bearer ${token}`)).toMatchObject({ sub: 'ada', tenantId: 'acme' });
});
