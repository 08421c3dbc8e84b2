/**
 * Finds the tenants that a request names, from the raw input, so that a foreign one is hidden before anything is checked
 * or loaded. What cannot be a tenant id counts as a foreign one.
 */
import { asciiLower, parseOwnedId } from '@leasehold/kernel';
import type { Tenancy, TenantSource } from './access.ts';

export interface RawInput {
  readonly params: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

export const sourcesOf = (tenancy: Tenancy): readonly TenantSource[] => {
  if (tenancy === 'none' || tenancy === 'list' || tenancy === 'loaded') return [];
  return typeof tenancy === 'string' ? [tenancy as TenantSource] : tenancy;
};

/** Whether the body has to be read before the caller can be judged. */
export const namesInBody = (tenancy: Tenancy): boolean =>
  sourcesOf(tenancy).some((source) => source.startsWith('body:'));

/** In the order of the sources; an absent source names nobody. */
export function namedTenants(tenancy: Tenancy, input: RawInput): readonly string[] {
  const named: string[] = [];
  for (const source of sourcesOf(tenancy)) {
    const [place, name] = source.split(':', 2) as [string, string];
    const value = valueAt(place, name, input);
    if (value === undefined || value === null) continue;
    named.push(place === 'id' ? (parseOwnedId(String(value))?.owner ?? '') : textOf(value));
  }
  return named;
}

function valueAt(place: string, name: string, { params, query, body }: RawInput): unknown {
  if (place === 'query') return query[name];
  if (place !== 'body') return params[name];
  return typeof body === 'object' && body !== null && Object.hasOwn(body, name)
    ? (body as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? asciiLower(String(value)) : '';
