/**
 * Who may do what: the permission model as values and one pure decision. Owns the roles and the rules of 401, 403, 404;
 * leaves tokens to auth.ts and the finding of the named tenants to tenancy.ts.
 *
 * A1. Default deny: a route states its access, and what it does not state is refused.
 * A2. Another tenant's object is hidden (404) from who belongs to a tenant, whatever the role, and it is hidden before
 *     anything is loaded, so that neither answer nor timing tells it from an object that does not exist.
 * A3. On the caller's own tenant, and for platform-wide roles, a role too weak is forbidden (403).
 */
export const ROLES = ['platform-admin', 'platform-viewer', 'tenant-admin', 'tenant-user', 'service'] as const;
export type Role = (typeof ROLES)[number];
export const isRole = (text: string): text is Role => (ROLES as readonly string[]).includes(text);

const PLATFORM_WIDE: ReadonlySet<Role> = new Set(['platform-admin', 'platform-viewer', 'service']);
/** Roles that reach every tenant; the others reach the tenant in their token alone. */
export const isPlatformWide = (role: Role): boolean => PLATFORM_WIDE.has(role);

/**
 * Where a request names its tenant.
 * - `path:x`, `query:x`, `body:x` (a top-level field): the value is the tenant id.
 * - `id:x`: the path parameter `x` is an owned id (`op_<tenant>_<serial>`), which names its tenant.
 */
export type TenantSource = `path:${string}` | `query:${string}` | `body:${string}` | `id:${string}`;

/**
 * - one source or several: every tenant that is named must be one the caller may see. A source that is absent counts as
 *   the caller's own tenant.
 * - `list`: names none; the handler leaves out what `call.scope` does not cover.
 * - `loaded`: the object has to be read before its tenant is known; the handler must call `call.admit(tenantId)`, and
 *   an answer without that is held back as a bug.
 * - `none`: the object belongs to no tenant.
 */
export type Tenancy = 'none' | 'list' | 'loaded' | TenantSource | readonly TenantSource[];

export interface Restricted {
  readonly roles: readonly [Role, ...Role[]];
  readonly tenant: Tenancy;
}

export type Access = 'public' | Restricted;

/** Shorthands for the sets that come again and again. */
export const READERS: Restricted['roles'] = [
  'platform-admin',
  'platform-viewer',
  'tenant-admin',
  'tenant-user',
  'service',
];

export interface Principal {
  readonly sub: string;
  readonly roles: readonly Role[];
  /** The tenant that the tenant roles are about. */
  readonly tenantId?: string;
  readonly expiresAtMs: number;
}

/** Who calls a public route. */
export const ANONYMOUS: Principal = { sub: '', roles: [], expiresAtMs: Number.POSITIVE_INFINITY };

export type Verdict = 'allowed' | 'forbidden' | 'hidden';

/** Which tenants a list may show. */
export type Visibility = { readonly kind: 'all' } | { readonly kind: 'tenant'; readonly tenantId: string };

/** @param named the tenants that the request names; none for an object of no tenant. */
export function authorise(roles: readonly Role[], principal: Principal, named: readonly string[]): Verdict {
  const own = named.every((tenantId) => tenantId === principal.tenantId);
  if (!own && !principal.roles.some(isPlatformWide)) return 'hidden';
  const allowed = principal.roles.some(
    (role) => roles.includes(role) && (isPlatformWide(role) || (own && principal.tenantId !== undefined)),
  );
  return allowed ? 'allowed' : 'forbidden';
}

/** What the caller's roles among `roles` reach. */
export function visibility(roles: readonly Role[], principal: Principal): Visibility | undefined {
  const granted = principal.roles.filter((role) => roles.includes(role));
  if (granted.some(isPlatformWide)) return { kind: 'all' };
  if (granted.length > 0 && principal.tenantId !== undefined) return { kind: 'tenant', tenantId: principal.tenantId };
  return undefined;
}
