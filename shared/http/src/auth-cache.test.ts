import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterEach, expect, test } from 'vitest';
import { handClock, SECRET, START_MS } from '../test/fixture.ts';
import { createAuth } from './auth.ts';

const SECONDS = START_MS / 1000;
/** How long after its `exp` a token is still let in, for clocks that differ. */
const SKEW_MS = 5_000;

const closings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

const taken = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

/** An issuer with one key, which it can take back; `asked` counts the questions for its keys. */
async function issuer() {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const keys: JWK[] = [{ ...(await exportJWK(publicKey)), kid: 'k1' }];
  const seen = { asked: 0 };
  const server = createServer((_, response) => {
    seen.asked += 1;
    response.end(JSON.stringify({ keys }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closings.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as { readonly port: number };
  let serial = 0;
  return {
    seen,
    url: `http://127.0.0.1:${port}/keys`,
    takeBack: () => keys.splice(0),
    /** Each is another token. */
    token: async (lifeSeconds = 7_200) =>
      `Bearer ${await new SignJWT({ sub: `ada${serial++}`, exp: SECONDS + lifeSeconds })
        .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
        .sign(privateKey)}`,
  };
}

test('T4: a token that expires while it is remembered is refused from its `exp` on, apart from the skew of clocks', async () => {
  const clock = handClock();
  const auth = createAuth({ keys: { kind: 'secret', secret: SECRET }, clock });
  const token = `Bearer ${await new SignJWT({ sub: 'ada', exp: SECONDS + 30 })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(SECRET))}`;
  const ask = () => taken(auth.authenticate(token));
  expect(await ask()).toBe(true);
  await clock.advance(30_000 + SKEW_MS - 1_000);
  expect(await ask()).toBe(true);
  await clock.advance(1_000);
  // A minute has not passed since it was checked.
  expect(await ask()).toBe(false);
});

test('T4: a token is believed for a minute without a question, and no longer', async () => {
  const clock = handClock();
  const from = await issuer();
  const auth = createAuth({ keys: { kind: 'jwks', url: from.url }, clock });
  const [first, token] = [await from.token(), await from.token()];
  await auth.authenticate(first);
  from.takeBack();
  // The set of keys is kept for ten minutes: this token is checked in the last moment of the one that holds the key.
  await clock.advance(10 * 60_000 - 1);
  expect(await auth.authenticate(token)).toMatchObject({ sub: 'ada1' });
  await clock.advance(60_000 - 1);
  expect(await taken(auth.authenticate(token))).toBe(true);
  expect(from.seen.asked).toBe(1);
  await clock.advance(1);
  expect(await taken(auth.authenticate(token))).toBe(false);
});

test('T4: of more tokens than are remembered the oldest is checked anew', async () => {
  const clock = handClock();
  const from = await issuer();
  const auth = createAuth({ keys: { kind: 'jwks', url: from.url }, clock });
  const tokens = await Promise.all(Array.from({ length: 2_001 }, () => from.token()));
  await auth.authenticate(tokens[0]);
  from.takeBack();
  await clock.advance(10 * 60_000 - 1);
  for (const token of tokens.slice(1)) await auth.authenticate(token);
  await auth.authenticate(tokens[0]);
  await clock.advance(1);
  // The first of the two thousand made room when the very first came again.
  expect(await taken(auth.authenticate(tokens[2]))).toBe(true);
  expect(await taken(auth.authenticate(tokens[1]))).toBe(false);
});
