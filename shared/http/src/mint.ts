/**
 * Makes tokens with the shared secret: the admin token of a first start, a service's own token, tests. A JWKS issuer makes
 * its own.
 */
import type { Clock } from '@leasehold/kernel';
import type { Role } from './access.ts';

export interface TokenRequest {
  readonly sub: string;
  readonly roles: readonly Role[];
  readonly tenantId?: string;
  readonly ttlMs: number;
  readonly issuer?: string;
  readonly audience?: string;
}

/** @returns a signed JWT (HS256) that expires `ttlMs` after the clock's now. */
export async function mintToken(secret: string, request: TokenRequest, clock: Clock): Promise<string> {
  const { SignJWT } = await import('jose');
  const now = Math.floor(clock.now() / 1000);
  const token = new SignJWT({
    roles: [...request.roles],
    ...(request.tenantId !== undefined && { tenant_id: request.tenantId }),
  })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(request.sub)
    .setIssuedAt(now)
    .setExpirationTime(now + Math.floor(request.ttlMs / 1000));
  if (request.issuer !== undefined) token.setIssuer(request.issuer);
  if (request.audience !== undefined) token.setAudience(request.audience);
  return token.sign(new TextEncoder().encode(secret));
}
