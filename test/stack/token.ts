/**
 * Pulsar tokens: JSON Web Tokens signed with HS256, made here rather than by a JVM that takes seconds to start. Pulsar
 * reads the role from `sub`; without `exp` a token lasts as long as its key, which is one fresh stack.
 */
import { createHmac } from 'node:crypto';

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** @param expiresAtSeconds seconds since the epoch; absent: never. */
export function signToken(role: string, key: Uint8Array, expiresAtSeconds?: number): string {
  const claims = expiresAtSeconds === undefined ? { sub: role } : { sub: role, exp: expiresAtSeconds };
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}
