/**
 * The keys of an issuer: fetched, kept, and fetched anew when a token shows that there may be others. Owns which of them are tried
 * for a token; what a token must claim, and what a refusal says, is its caller's.
 *
 * K1. A token that several keys fit is checked with each of them, up to a bound: which one signed it only the signature tells.
 * K2. A token is refused for want of a key only by a set that was asked for after the token came: a new key works on its first use.
 * K3. The issuer is asked one question at a time, six in a row at most and one a second in the long run, whatever tokens come. A token that
 *     needs a newer set when none is left waits a second, so nobody's new key is locked out by who sends made-up ones. It does not wait for
 *     an issuer that was away when last asked, nor where a thousand wait already.
 * K4. A set that cannot be fetched is the issuer's fault, not the token's; the keys that are known go on working for an hour. A
 *     key that cannot be used here is left out, whatever is wrong with it, and keeps nobody from the others.
 */
import { type Bound, bound, type Clock } from '@leasehold/kernel';
import type { JWTPayload, JWTVerifyOptions } from 'jose';

type LocalKeys = ReturnType<typeof import('jose')['createLocalJWKSet']>;
type VerifyKey = Parameters<typeof import('jose')['jwtVerify']>[1];

const KEEP_MS: Bound = bound('key set age ms', 600_000);
/** While the issuer is away. */
const KEEP_AWAY_MS: Bound = bound('key set age without its issuer, ms', 3_600_000);
const FETCH_MS: Bound = bound('key set fetch ms', 5_000);
const SET_CHARACTERS: Bound = bound('key set characters', 1024 * 1024);
const KEYS_TRIED: Bound = bound('keys tried for a token', 32);
const FETCH_BURST: Bound = bound('key set fetches at once', 6);
const FETCH_EVERY_MS: Bound = bound('ms between key set fetches', 1_000);
const TOKENS_WAITING: Bound = bound('tokens that wait for a newer key set', 1_000);

const BAD_SIGNATURE = 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED';
/** Ours: jose says it with a TypeError, for instance of too few bits. */
const UNUSABLE_KEY = 'ERR_JWK_UNUSABLE';
const UNFIT: ReadonlySet<unknown> = new Set(['ERR_JWKS_NO_MATCHING_KEY', BAD_SIGNATURE, UNUSABLE_KEY]);
const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown } | undefined)?.code;

interface KeySet {
  readonly keys: LocalKeys;
  /** Which fetch it came from: they are counted as they begin. */
  readonly serial: number;
  readonly atMs: number;
}

type Newer = { readonly kind: 'set'; readonly set: KeySet } | { readonly kind: 'away'; readonly failure: unknown };

export interface Jwks {
  /** Rejects with jose's errors for the token's faults, with any other where the keys cannot be had. */
  verify(token: string, checks: JWTVerifyOptions): Promise<JWTPayload>;
}

export function createJwks(url: URL, clock: Clock): Jwks {
  const fetches = createFetches(url, clock);
  const current = async (): Promise<KeySet> => {
    const known = fetches.known();
    const ageMs = known === undefined ? Number.POSITIVE_INFINITY : clock.now() - known.atMs;
    if (known !== undefined && ageMs < KEEP_MS.value) return known;
    try {
      return await fetches.next(known?.serial ?? 0);
    } catch (error) {
      if (known === undefined || ageMs >= KEEP_AWAY_MS.value) throw error;
      return known;
    }
  };
  return {
    verify: async (token, checks) => {
      const before = fetches.begun();
      const set = await current();
      try {
        return await verifyWith(set.keys, token, checks);
      } catch (error) {
        if (!UNFIT.has(codeOf(error)) || set.serial > before) throw error;
        const newer = await fetches.newerThan(before);
        if (newer.kind === 'set') return await verifyWith(newer.set.keys, token, checks);
        throw (await isOfKnownKey(token, error)) ? error : newer.failure;
      }
    },
  };
}

/** It names a key that is known, and that one did not sign it: refused, whoever is away. */
async function isOfKnownKey(token: string, error: unknown): Promise<boolean> {
  const { decodeProtectedHeader } = await import('jose');
  return codeOf(error) === BAD_SIGNATURE && decodeProtectedHeader(token).kid !== undefined;
}

/** K1. What is wrong with one key, such as too few bits, is no reason to leave out the others. */
async function verifyWith(keys: LocalKeys, token: string, checks: JWTVerifyOptions): Promise<JWTPayload> {
  const { jwtVerify } = await import('jose');
  try {
    return (await jwtVerify(token, keys, checks)).payload;
  } catch (error) {
    if (codeOf(error) !== 'ERR_JWKS_MULTIPLE_MATCHING_KEYS') throw ofKey(error);
    let unfit: unknown = error;
    let tried = 0;
    for await (const key of error as AsyncIterable<VerifyKey>) {
      if (tried++ >= KEYS_TRIED.value) break;
      try {
        return (await jwtVerify(token, key, checks)).payload;
      } catch (refusal) {
        if (String(codeOf(refusal)).startsWith('ERR_JWT_')) throw refusal;
        if (codeOf(unfit) !== BAD_SIGNATURE) unfit = ofKey(refusal);
      }
    }
    throw unfit;
  }
}

/** What jose has no code for is wrong with the key: the token was found well formed before. */
const ofKey = (error: unknown): unknown =>
  String(codeOf(error)).startsWith('ERR_J')
    ? error
    : Object.assign(new Error('the key cannot be used', { cause: error }), { code: UNUSABLE_KEY });

/** Fetches of the set, one at a time, counted and paced (K3). */
function createFetches(url: URL, clock: Clock) {
  let known: KeySet | undefined;
  let begun = 0;
  let failure: unknown;
  let underWay: Promise<KeySet> | undefined;
  const take = createAllowance(clock);
  const turn = createTurn(clock);
  const begin = (): Promise<KeySet> => {
    const serial = ++begun;
    underWay = fetchKeys(url)
      .then(
        (keys) => {
          failure = undefined;
          known = { keys, serial, atMs: clock.now() };
          return known;
        },
        (error: unknown) => {
          failure = error;
          throw error;
        },
      )
      .finally(() => {
        underWay = undefined;
      });
    return underWay;
  };
  /** @returns a set of a later fetch than `serial`. Rejects where it cannot be had now. */
  const next = async (serial: number): Promise<KeySet> => {
    if (known !== undefined && known.serial > serial) return known;
    if (underWay !== undefined && begun > serial) return underWay;
    // One that began too early is waited for, so that two are never under way.
    if (underWay !== undefined) await underWay.catch(() => undefined);
    if (underWay !== undefined) return underWay;
    if (take()) return begin();
    if (failure !== undefined) throw failure;
    await turn();
    return next(serial);
  };
  return {
    known: () => known,
    begun: () => begun,
    next,
    newerThan: (serial: number): Promise<Newer> =>
      next(serial).then(
        (set): Newer => ({ kind: 'set', set }),
        (failure: unknown): Newer => ({ kind: 'away', failure }),
      ),
  };
}

/** The wait until one more may begin, which all who wait share. Rejects where too many do. */
function createTurn(clock: Clock): () => Promise<void> {
  let pause: Promise<void> | undefined;
  let waiting = 0;
  return async () => {
    if (waiting >= TOKENS_WAITING.value) throw new Error('too many tokens wait for the keys of the issuer');
    waiting += 1;
    pause ??= clock.sleep(FETCH_EVERY_MS.value).finally(() => {
      pause = undefined;
      waiting = 0;
    });
    await pause;
  };
}

/** @returns whether one more may begin now; counts it if so. */
function createAllowance(clock: Clock): () => boolean {
  let left: number = FETCH_BURST.value;
  let countedAtMs = clock.now();
  return () => {
    const now = clock.now();
    left = Math.min(FETCH_BURST.value, left + Math.max(0, now - countedAtMs) / FETCH_EVERY_MS.value);
    countedAtMs = now;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}

async function fetchKeys(url: URL): Promise<LocalKeys> {
  const { createLocalJWKSet } = await import('jose');
  const answer = await fetch(url, {
    redirect: 'manual',
    headers: { accept: 'application/json, application/jwk-set+json' },
    signal: AbortSignal.timeout(FETCH_MS.value),
  });
  if (answer.status !== 200) {
    await answer.body?.cancel();
    throw new Error(`the issuer answered ${answer.status} instead of its keys`);
  }
  const text = await answer.text();
  if (text.length > SET_CHARACTERS.value) throw new Error('the key set is too large');
  return createLocalJWKSet(withoutStrays(JSON.parse(text)) as Parameters<typeof createLocalJWKSet>[0]);
}

/** RFC 7517, 5: what is no key that can be understood is ignored, and the others stand. */
function withoutStrays(set: unknown): unknown {
  const { keys } = (set ?? {}) as { readonly keys?: unknown };
  if (!Array.isArray(keys)) return set;
  return { keys: keys.filter((key) => typeof (key as { readonly kty?: unknown } | null)?.kty === 'string') };
}
