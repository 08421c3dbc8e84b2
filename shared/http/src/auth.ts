/**
 * Bearer tokens: a JWT in, a principal out. Owns the checking of signatures and claims through jose, and a small cache of
 * tokens that were checked; leaves an issuer's keys to jwks.ts and what a principal may do to access.ts.
 *
 * T1. The algorithm follows from the configuration, never from the token: HS256 with a shared secret, or RS256, ES256,
 *     EdDSA with keys from the JWKS URL. `none`, and a public key used as an HMAC secret, are impossible.
 * T2. `sub` and `exp` are required; time comes from the clock that is handed in.
 * T3. A bad token is 401 with what is wrong with it; keys that cannot be fetched are 503, because the token may be good.
 * T4. A token is trusted from the cache for at most `CACHE_MS`, never beyond its `exp`.
 */
import { createHash } from 'node:crypto';
import { asciiLower, type Bound, bound, type Clock, createLru, invalid } from '@leasehold/kernel';
import type { JWTPayload, JWTVerifyOptions } from 'jose';
import { isRole, type Principal } from './access.ts';
import { createJwks } from './jwks.ts';
import { type ProblemError, problem } from './problem.ts';

const TOKEN_LENGTH: Bound = bound('token characters', 8192);
const CACHED: Bound = bound('cached tokens', 2_000);
const CACHE_MS: Bound = bound('token cache ms', 60_000);
const SECRET_BYTES: Bound = bound('shared secret bytes', 32);
const SKEW_SECONDS: Bound = bound('clock skew seconds', 5);

export type AuthKeys =
  | { readonly kind: 'secret'; readonly secret: string }
  | { readonly kind: 'jwks'; readonly url: string };

export interface AuthOptions {
  readonly keys: AuthKeys;
  readonly issuer?: string;
  readonly audience?: string;
  readonly clock: Clock;
}

export interface Auth {
  /** @param authorization the header as it came. Throws `unauthenticated` (401) or `unavailable` (503). */
  authenticate(authorization: string | undefined): Promise<Principal>;
}

/** Throws `Invalid` when the secret is shorter than 32 bytes or the URL is none. */
export function createAuth(options: AuthOptions): Auth {
  const verify = createVerify(options);
  const cache = createLru<string, { readonly principal: Principal; readonly untilMs: number }>(CACHED);
  return {
    authenticate: async (authorization) => {
      const token = bearer(authorization);
      const now = options.clock.now();
      const name = createHash('sha256').update(token).digest('base64');
      const known = cache.get(name);
      if (known !== undefined && known.untilMs > now) return known.principal;
      cache.delete(name);
      const principal = principalOf(await verify(token));
      cache.set(name, { principal, untilMs: Math.min(principal.expiresAtMs, now + CACHE_MS.value) });
      return principal;
    },
  };
}

function bearer(authorization: string | undefined): string {
  if (authorization === undefined) {
    throw problem('unauthenticated', 'This needs a token: send Authorization: Bearer <JWT>.', {
      headers: { 'www-authenticate': 'Bearer realm="leasehold"' },
    });
  }
  const match = /^Bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i.exec(authorization);
  if (match === null || authorization.length > TOKEN_LENGTH.value) throw refused('it is not of the form Bearer <JWT>');
  return match[1] as string;
}

const refused = (why: string, cause?: unknown): ProblemError =>
  problem('unauthenticated', `The token is refused: ${why}.`, {
    headers: { 'www-authenticate': `Bearer realm="leasehold", error="invalid_token", error_description="${why}"` },
    ...(cause !== undefined && { cause }),
  });

/** jose is loaded with the first token, so that it costs nothing at start. */
function createVerify({ keys, issuer, audience, clock }: AuthOptions): (token: string) => Promise<JWTPayload> {
  const secret = keys.kind === 'secret' ? new TextEncoder().encode(keys.secret) : undefined;
  if (secret !== undefined && secret.byteLength < SECRET_BYTES.value) {
    throw invalid(`the shared secret for tokens has ${secret.byteLength} bytes, expected at least 32`, {
      code: 'WeakSecret',
    });
  }
  const jwks = keys.kind === 'jwks' ? createJwks(jwksUrl(keys.url), clock) : undefined;
  return async (token) => {
    const jose = await import('jose');
    const checks: JWTVerifyOptions = {
      algorithms: secret === undefined ? ['RS256', 'ES256', 'EdDSA'] : ['HS256'],
      requiredClaims: ['sub', 'exp'],
      currentDate: new Date(clock.now()),
      clockTolerance: SKEW_SECONDS.value,
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    };
    try {
      if (secret !== undefined) return (await jose.jwtVerify(token, secret, checks)).payload;
      return await (jwks as NonNullable<typeof jwks>).verify(token, checks);
    } catch (error) {
      throw translate(error);
    }
  };
}

function jwksUrl(text: string): URL {
  if (!URL.canParse(text)) throw invalid(`the JWKS URL "${text}" is no URL`, { code: 'BadJwksUrl' });
  return new URL(text);
}

const REASONS: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'it has expired',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'its signature does not match',
  ERR_JWS_INVALID: 'it is malformed',
  ERR_JWT_INVALID: 'it is malformed',
  ERR_JOSE_ALG_NOT_ALLOWED: 'its algorithm is not the one configured here',
  ERR_JOSE_NOT_SUPPORTED: 'it asks for an algorithm or an extension that is not supported here',
  ERR_JWKS_NO_MATCHING_KEY: 'no key of the issuer matches it',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'no key of the issuer matches it',
  ERR_JWK_UNUSABLE: 'the key of the issuer that signed it cannot be used here',
};

function translate(error: unknown): ProblemError {
  const { code, claim } = error as { readonly code?: unknown; readonly claim?: unknown };
  if (code === 'ERR_JWT_CLAIM_VALIDATION_FAILED') {
    return refused(`its claim ${String(claim).replaceAll(/[^a-z_]/g, '')} is missing or not what is expected`, error);
  }
  const why = typeof code === 'string' ? REASONS[code] : undefined;
  if (why !== undefined) return refused(why, error);
  return problem('unavailable', 'The keys for checking tokens cannot be fetched.', {
    retryAfterMs: 5_000,
    cause: error,
  });
}

const SUBJECT: Bound = bound('subject characters', 256);

/** Unknown roles are ignored: another service's. A tenant id is compared in lower case, as everywhere. */
function principalOf(claims: JWTPayload): Principal {
  const { sub, exp } = claims;
  const roles: unknown = claims['roles'];
  const tenantId: unknown = claims['tenant_id'];
  if (typeof sub !== 'string' || sub === '' || sub.length > SUBJECT.value)
    throw refused('its claim sub is no text of 1 to 256 characters');
  if (typeof exp !== 'number') throw refused('its claim exp is no number');
  if (roles !== undefined && !(Array.isArray(roles) && roles.every((role) => typeof role === 'string'))) {
    throw refused('its claim roles is no list of texts');
  }
  if (tenantId !== undefined && tenantId !== null && typeof tenantId !== 'string')
    throw refused('its claim tenant_id is no text');
  return {
    sub,
    roles: ((roles as readonly string[] | undefined) ?? []).filter(isRole),
    ...(typeof tenantId === 'string' && tenantId !== '' && { tenantId: asciiLower(tenantId) }),
    expiresAtMs: exp * 1000,
  };
}
