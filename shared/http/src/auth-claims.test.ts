import { SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { handClock, SECRET, START_MS } from '../test/fixture.ts';
import { createAuth } from './auth.ts';
import type { ProblemError } from './problem.ts';

const seconds = START_MS / 1000;
const key = new TextEncoder().encode(SECRET);
const sign = (claims: Record<string, unknown>, secret: Uint8Array = key, alg = 'HS256') =>
  new SignJWT({ sub: 'ada', exp: seconds + 60, ...claims }).setProtectedHeader({ alg }).sign(secret);
const auth = (over: object = {}) =>
  createAuth({ keys: { kind: 'secret', secret: SECRET }, clock: handClock(), ...over });
const ask = (header: string | undefined, over: object = {}) =>
  auth(over)
    .authenticate(header)
    .catch((error: ProblemError) => error);
const askWith = async (claims: Record<string, unknown>, over: object = {}) => ask(`Bearer ${await sign(claims)}`, over);

test('without a header a caller is told what is needed, and the challenge names no error', async () => {
  expect(await ask(undefined)).toMatchObject({
    code: 'unauthenticated',
    message: 'This needs a token: send Authorization: Bearer <JWT>.',
    options: { headers: { 'www-authenticate': 'Bearer realm="leasehold"' } },
  });
});

test('a token that is refused is told why, in words and in the challenge', async () => {
  expect(await askWith({ exp: seconds - 60 })).toMatchObject({
    code: 'unauthenticated',
    status: 401,
    message: 'The token is refused: it has expired.',
    options: {
      headers: {
        'www-authenticate': 'Bearer realm="leasehold", error="invalid_token", error_description="it has expired"',
      },
    },
  });
});

test.each<[string, Record<string, unknown>, string]>([
  ['a sub that is no text', { sub: 7 }, 'claim sub'],
  ['an empty sub', { sub: '' }, 'its claim sub is no text of 1 to 256 characters'],
  ['a sub that is too long', { sub: 'x'.repeat(257) }, 'its claim sub is no text of 1 to 256 characters'],
  ['roles that are no list', { roles: { 0: 'service' } }, 'its claim roles is no list of texts'],
  ['a role that is no text', { roles: ['service', 7] }, 'its claim roles is no list of texts'],
  ['roles of null', { roles: null }, 'its claim roles is no list of texts'],
  ['a tenant that is no text', { tenant_id: 7 }, 'its claim tenant_id is no text'],
  ['an exp that is no number', { exp: 'soon' }, 'claim exp'],
  ['an nbf to come', { nbf: seconds + 60 }, 'claim nbf is missing or not what is expected'],
])('a token with %s is refused', async (_label, claims, why) => {
  const error = await askWith(claims);
  expect(error).toMatchObject({ code: 'unauthenticated', message: expect.stringContaining(why) });
});

test.each<[Record<string, unknown>, object]>([
  [{}, { sub: 'ada', roles: [] }],
  [{ sub: 'x'.repeat(256) }, { sub: 'x'.repeat(256) }],
  [{ roles: [] }, { roles: [] }],
  [{ roles: ['cook', 'service', 'tenant-user'] }, { roles: ['service', 'tenant-user'] }],
  [{ tenant_id: 'ACME' }, { tenantId: 'acme' }],
  [{ nbf: seconds + 4 }, { sub: 'ada' }],
  [{ exp: seconds - 4 }, { expiresAtMs: START_MS - 4_000 }],
])('the claims %j are taken', async (claims, principal) => {
  expect(await askWith(claims)).toMatchObject(principal);
});

test.each([null, ''])('a tenant of %j is none', async (tenant_id) => {
  expect(await askWith({ tenant_id })).not.toHaveProperty('tenantId');
});

test.each([
  ['bearer TOKEN', true],
  ['Bearer   TOKEN', true],
  ['TOKEN', false],
  ['BearerTOKEN', false],
  ['Bearer TOKEN.x', false],
  ['Bearer TOKEN ', false],
  [' Bearer TOKEN', false],
  ['Basic TOKEN', false],
  ['Bearer a.b', false],
  ['Bearer ', false],
  ['', false],
])('the header %j is of the form of a bearer token: %s', async (form, isOne) => {
  const seen = await ask(form.replace('TOKEN', await sign({})));
  if (isOne) expect(seen).toMatchObject({ sub: 'ada' });
  else expect(seen).toMatchObject({ message: 'The token is refused: it is not of the form Bearer <JWT>.' });
});

test('a header of its bound is looked at, a character more is not', async () => {
  const token = await sign({});
  const padded = (length: number) => `Bearer${' '.repeat(length - 6 - token.length)}${token}`;
  expect(await ask(padded(8_192))).toMatchObject({ sub: 'ada' });
  expect(await ask(padded(8_193))).toMatchObject({ message: expect.stringContaining('not of the form') });
});

test('T1: another algorithm of the same secret is refused as one that is not configured', async () => {
  const token = await sign({}, key, 'HS512');
  expect(await ask(`Bearer ${token}`)).toMatchObject({
    message: 'The token is refused: its algorithm is not the one configured here.',
  });
});

test('issuer and audience are asked for where they are configured, and any does where they are not', async () => {
  const claims = { iss: 'here', aud: ['mesh', 'other'] };
  expect(await askWith(claims)).toMatchObject({ sub: 'ada' });
  expect(await askWith(claims, { issuer: 'here', audience: 'mesh' })).toMatchObject({ sub: 'ada' });
  expect(await askWith(claims, { issuer: 'there' })).toMatchObject({
    message: 'The token is refused: its claim iss is missing or not what is expected.',
  });
  expect(await askWith(claims, { audience: 'us' })).toMatchObject({
    message: 'The token is refused: its claim aud is missing or not what is expected.',
  });
});

test('T4: a refusal is remembered by nobody, and each token is its own', async () => {
  const one = auth();
  const refused = `Bearer ${await sign({}, new TextEncoder().encode('z'.repeat(40)))}`;
  for (const _ of [1, 2]) {
    await expect(one.authenticate(refused)).rejects.toMatchObject({
      message: 'The token is refused: its signature does not match.',
    });
  }
  const [ada, bob] = [await sign({}), await sign({ sub: 'bob' })];
  for (const _ of [1, 2]) {
    expect((await one.authenticate(`Bearer ${ada}`)).sub).toBe('ada');
    expect((await one.authenticate(`Bearer ${bob}`)).sub).toBe('bob');
  }
});

test('what cannot be a configuration does not start: a secret of 31 bytes, a URL that is none', () => {
  const withSecret = (secret: string) => () => auth({ keys: { kind: 'secret', secret } });
  expect(withSecret('x'.repeat(32))).not.toThrow();
  expect(withSecret('ü'.repeat(16))).not.toThrow();
  expect(withSecret('x'.repeat(31))).toThrow(
    expect.objectContaining({ class: 'Invalid', code: 'WeakSecret', message: expect.stringContaining('31 bytes') }),
  );
  expect(() => auth({ keys: { kind: 'jwks', url: 'nowhere' } })).toThrow(
    expect.objectContaining({ class: 'Invalid', code: 'BadJwksUrl' }),
  );
});

test('T3: keys that cannot be had say when to come again', async () => {
  expect(await ask(`Bearer ${await sign({})}`, { keys: { kind: 'jwks', url: 'http://127.0.0.1:1/' } })).toMatchObject({
    code: 'unavailable',
    options: { retryAfterMs: 5_000 },
  });
});
