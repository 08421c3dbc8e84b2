import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type HandClock, handClock, START_MS } from '../test/fixture.ts';
import { type Auth, createAuth } from './auth.ts';

type Alg = 'RS256' | 'ES256' | 'EdDSA';

let published: readonly JWK[];
let asked: number;
let answer: 'keys' | 'error' | 'garbage';
let server: Server;
let clock: HandClock;
let auth: Auth;
beforeEach(async () => {
  published = [];
  asked = 0;
  taken = { RS256: 0, ES256: 0, EdDSA: 0 };
  answer = 'keys';
  clock = handClock();
  server = createServer((_, response) => {
    asked += 1;
    response.statusCode = answer === 'error' ? 500 : 200;
    response.end(answer === 'garbage' ? '<html>' : JSON.stringify({ keys: published }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { readonly port: number };
  auth = createAuth({ keys: { kind: 'jwks', url: `http://127.0.0.1:${port}/keys` }, clock });
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Making a key takes long: each test takes those of the one before it from the beginning. */
const pairs: Record<Alg, ReturnType<typeof generateKeyPair>[]> = { RS256: [], ES256: [], EdDSA: [] };
let taken: Record<Alg, number>;
const keyPair = (alg: Alg) => {
  const at = taken[alg]++;
  pairs[alg][at] ??= generateKeyPair(alg, { extractable: true });
  return pairs[alg][at];
};

async function issuerKey(alg: Alg, jwk: Partial<JWK> = {}) {
  const { privateKey, publicKey } = await keyPair(alg);
  let serial = 0;
  return {
    jwk: { ...(await exportJWK(publicKey)), ...jwk },
    /** Each is another token, so that none is answered from memory. */
    token: (kid: string | null = jwk.kid ?? null, over: object = {}) =>
      new SignJWT({ sub: `ada${serial++}`, exp: START_MS / 1000 + 7_200, ...over })
        .setProtectedHeader({ alg, ...(kid === null ? {} : { kid }) })
        .sign(privateKey),
  };
}

const outcome = (token: string): Promise<string> =>
  auth.authenticate(`Bearer ${token}`).then(
    () => 'taken',
    (error: Error & { readonly code: string }) => `${error.code}: ${error.message}`,
  );

test.each<Alg>(['RS256', 'ES256', 'EdDSA'])(
  'K1: a %s token without kid is checked with every key that fits',
  async (alg) => {
    const keys = await Promise.all(
      ['a', 'b', undefined].map((kid) => issuerKey(alg, kid === undefined ? {} : { kid })),
    );
    const stranger = await issuerKey(alg);
    published = keys.map(({ jwk }) => jwk);
    for (const { token } of keys) expect(await outcome(await token(null))).toBe('taken');
    expect(await outcome(await stranger.token())).toContain('signature does not match');
  },
);

test('K1: two keys that fit, a token of either without kid: both are taken, an expired one is told as expired', async () => {
  const [one, two] = [await issuerKey('RS256'), await issuerKey('RS256')];
  published = [one.jwk, two.jwk];
  expect(await outcome(await one.token())).toBe('taken');
  expect(await outcome(await two.token())).toBe('taken');
  expect(await outcome(await two.token(undefined, { exp: START_MS / 1000 - 60 }))).toContain('has expired');
  expect(asked).toBe(1);
});

test('K1: several keys under one kid are each tried; keys for other uses and algorithms, and broken ones, are left out', async () => {
  const [one, two] = [await issuerKey('ES256', { kid: 'k' }), await issuerKey('ES256', { kid: 'k' })];
  const weak = { kty: 'RSA', kid: 'k', n: 'AQAB', e: 'AQAB' };
  const broken = { kty: 'EC', crv: 'P-256', kid: 'k', x: 'AA', y: 'AA' };
  const forEncryption = await issuerKey('ES256', { kid: 'k', use: 'enc' });
  published = [broken, weak, forEncryption.jwk, { ...one.jwk, use: 'sig' }, { ...two.jwk, alg: 'ES256' }];
  expect(await outcome(await one.token())).toBe('taken');
  expect(await outcome(await two.token())).toBe('taken');
  expect(await outcome(await forEncryption.token())).toContain('signature does not match');
});

test('K1: how many keys are tried for one token has a bound', async () => {
  const keys = await Promise.all(Array.from({ length: 33 }, () => issuerKey('ES256')));
  published = keys.map(({ jwk }) => jwk);
  expect(await outcome(await (keys[31] as (typeof keys)[number]).token())).toBe('taken');
  expect(await outcome(await (keys[32] as (typeof keys)[number]).token())).toContain('signature does not match');
});

test('K2: a new key works on its first use, under another kid, without one, and under the kid of the key before it', async () => {
  const old = await issuerKey('RS256', { kid: 'k1' });
  published = [old.jwk];
  expect(await outcome(await old.token())).toBe('taken');
  const next = await issuerKey('RS256', { kid: 'k2' });
  published = [old.jwk, next.jwk];
  expect(await outcome(await next.token())).toBe('taken');
  const nameless = await issuerKey('RS256');
  published = [nameless.jwk];
  expect(await outcome(await nameless.token())).toBe('taken');
  const same = await issuerKey('RS256', { kid: 'k2' });
  published = [same.jwk];
  expect(await outcome(await same.token())).toBe('taken');
});

test('K2: a new key works for all who come at once, with few questions to the issuer', async () => {
  const [old, next] = [await issuerKey('ES256', { kid: 'k1' }), await issuerKey('ES256', { kid: 'k2' })];
  published = [old.jwk];
  await outcome(await old.token());
  published = [next.jwk];
  const tokens = await Promise.all(Array.from({ length: 50 }, () => next.token()));
  expect(new Set(await Promise.all(tokens.map(outcome)))).toEqual(new Set(['taken']));
  expect(asked).toBeLessThanOrEqual(3);
});

test('K3: made-up keys neither hammer the issuer nor keep a new key out', async () => {
  const old = await issuerKey('ES256', { kid: 'k1' });
  const forger = await issuerKey('ES256');
  published = [old.jwk];
  await outcome(await old.token());
  for (let i = 0; i < 5; i++)
    expect(await outcome(await forger.token(`made-up-${i}`))).toContain('no key of the issuer');
  expect(asked).toBe(6);
  const next = await issuerKey('ES256', { kid: 'k2' });
  published = [old.jwk, next.jwk];
  const more = await Promise.all(Array.from({ length: 40 }, (_, i) => forger.token(`more-${i}`)));
  const seconds = await untilAnswered([...more, await next.token()].map(outcome), (answers) => {
    expect(answers.pop()).toBe('taken');
    expect(new Set(answers)).toEqual(new Set([expect.stringContaining('no key of the issuer')]));
  });
  expect([seconds, asked]).toEqual([1, 7]);
});

/** Lets the clock go on by a second until all are answered. @returns how many it took */
async function untilAnswered(asks: readonly Promise<string>[], check: (answers: string[]) => void): Promise<number> {
  let done = false;
  const all = Promise.all(asks).finally(() => {
    done = true;
  });
  let seconds = 0;
  while (!done) {
    if (clock.sleepers > 0) {
      seconds += 1;
      await clock.advance(1_000);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  check(await all);
  return seconds;
}

test('K4: a key that cannot be used, and what is no key, keep nobody from the others', async () => {
  const good = await issuerKey('RS256', { kid: 'good' });
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const weak = { ...publicKey.export({ format: 'jwk' }), kid: 'weak', alg: 'RS256' } as JWK;
  published = [null as unknown as JWK, 'key' as unknown as JWK, {} as JWK, weak, good.jwk];
  const short = (kid: string | undefined): string => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${part({ alg: 'RS256', ...(kid && { kid }) })}.${part({ sub: 'eve', exp: START_MS / 1000 + 60 })}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
  };
  expect(await outcome(await good.token())).toBe('taken');
  expect(await outcome(await good.token(null))).toBe('taken');
  expect(await outcome(short('weak'))).toContain('cannot be used here');
  expect(await outcome(short(undefined))).toMatch(/^unauthenticated: /);
});

test.each(['error', 'garbage'] as const)(
  'K4: an issuer that answers with an %s is 503, and known keys go on working',
  async (kind) => {
    const key = await issuerKey('ES256', { kid: 'k1' });
    const other = await issuerKey('ES256');
    published = [key.jwk];
    answer = kind;
    expect(await outcome(await key.token())).toMatch(/^unavailable: /);
    answer = 'keys';
    expect(await outcome(await key.token())).toBe('taken');
    answer = kind;
    expect(await outcome(await other.token('k9'))).toMatch(/^unavailable: /);
    expect(await outcome(await other.token())).toMatch(/^unavailable: /);
    expect(await outcome(await other.token('k1'))).toContain('signature does not match');
    await clock.advance(11 * 60_000);
    expect(await outcome(await key.token())).toBe('taken');
    await clock.advance(60 * 60_000);
    expect(await outcome(await key.token())).toMatch(/^unavailable: /);
  },
);

test('a key that the issuer took back is no longer taken once its set has grown old', async () => {
  const [old, next] = [await issuerKey('ES256', { kid: 'k1' }), await issuerKey('ES256', { kid: 'k2' })];
  published = [old.jwk];
  expect(await outcome(await old.token())).toBe('taken');
  published = [next.jwk];
  await clock.advance(10 * 60_000);
  expect(await outcome(await old.token())).toContain('no key of the issuer');
});
