import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { handClock, SECRET, START_MS, tokenFor } from '../test/fixture.ts';
import { createAuth } from './auth.ts';

const key = new TextEncoder().encode(SECRET);
const seconds = START_MS / 1000;
const withSecret = (over: object = {}) =>
  createAuth({ keys: { kind: 'secret', secret: SECRET }, clock: handClock(), ...over });
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => 'taken',
    (error: Error & { readonly code: string }) => `${error.code}: ${error.message}`,
  );
const sign = (claims: Record<string, unknown>, secret: Uint8Array = key) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(secret);

test('a good token becomes a principal; unknown roles are ignored, tenant ids are lower case', async () => {
  const token = await sign({ sub: 'ada', exp: seconds + 60, roles: ['tenant-admin', 'cook'], tenant_id: 'ACME' });
  expect(await withSecret().authenticate(`Bearer ${token}`)).toEqual({
    sub: 'ada',
    roles: ['tenant-admin'],
    tenantId: 'acme',
    expiresAtMs: START_MS + 60_000,
  });
});

test.each([
  ['no sub', { exp: seconds + 60 }, 'claim sub'],
  ['no exp', { sub: 'ada' }, 'claim exp'],
  ['expired', { sub: 'ada', exp: seconds - 60 }, 'has expired'],
  ['roles of the wrong shape', { sub: 'ada', exp: seconds + 60, roles: 'platform-admin' }, 'claim roles'],
])('a token with %s is refused with the reason', async (_, claims, reason) => {
  expect(await refusal(withSecret().authenticate(`Bearer ${await sign(claims)}`))).toContain(reason);
});

test('T1: another secret, alg none and a header that is no bearer token are refused', async () => {
  const auth = withSecret();
  const other = await sign({ sub: 'ada', exp: seconds + 60 }, new TextEncoder().encode('z'.repeat(40)));
  expect(await refusal(auth.authenticate(`Bearer ${other}`))).toContain('signature does not match');
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const none = `${part({ alg: 'none' })}.${part({ sub: 'ada', exp: seconds + 60 })}.AA`;
  expect(await refusal(auth.authenticate(`Bearer ${none}`))).toContain('unauthenticated');
  expect(await refusal(auth.authenticate('Basic YTpi'))).toContain('Bearer <JWT>');
});

test('T1: with a JWKS, ES256 and RS256 are taken, and the public key is no HMAC secret', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const rsa = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' };
  const keys = [jwk, { ...(await exportJWK(rsa.publicKey)), kid: 'k2', alg: 'RS256' }];
  const server = createServer((_, response) => response.end(JSON.stringify({ keys }))).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { readonly port: number };
  const auth = createAuth({ keys: { kind: 'jwks', url: `http://127.0.0.1:${port}/keys` }, clock: handClock() });
  const claims = { sub: 'ada', exp: seconds + 60 };
  const es = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(privateKey);
  const rs = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k2' }).sign(rsa.privateKey);
  const confused = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
    .sign(new TextEncoder().encode(JSON.stringify(jwk)));
  expect((await auth.authenticate(`Bearer ${es}`)).sub).toBe('ada');
  expect((await auth.authenticate(`Bearer ${rs}`)).sub).toBe('ada');
  expect(await refusal(auth.authenticate(`Bearer ${confused}`))).toContain('algorithm');
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('T3: keys that cannot be fetched are 503, and the answer names no host', async () => {
  const { privateKey } = await generateKeyPair('ES256');
  const token = await new SignJWT({ sub: 'ada', exp: seconds + 60 })
    .setProtectedHeader({ alg: 'ES256' })
    .sign(privateKey);
  const auth = createAuth({ keys: { kind: 'jwks', url: 'http://127.0.0.1:1/keys' }, clock: handClock() });
  const seen = await refusal(auth.authenticate(`Bearer ${token}`));
  expect(seen).toMatch(/^unavailable: /);
  expect(seen).not.toContain('127.0.0.1');
});

test('T4: a token that was checked is no longer taken once it has expired', async () => {
  const clock = handClock();
  const auth = createAuth({ keys: { kind: 'secret', secret: SECRET }, clock });
  const token = await tokenFor(['service']);
  await auth.authenticate(`Bearer ${token}`);
  await clock.advance(3_600_000 + 6_000);
  expect(await refusal(auth.authenticate(`Bearer ${token}`))).toContain('has expired');
});

test('issuer and audience are checked where they are configured; a weak secret does not start', async () => {
  const token = await sign({ sub: 'ada', exp: seconds + 60, iss: 'here' });
  expect(await refusal(withSecret({ issuer: 'there' }).authenticate(`Bearer ${token}`))).toContain('claim iss');
  expect(await refusal(withSecret({ audience: 'mesh' }).authenticate(`Bearer ${token}`))).toContain('claim aud');
  expect(() => createAuth({ keys: { kind: 'secret', secret: 'short' }, clock: handClock() })).toThrow(/at least 32/);
});
