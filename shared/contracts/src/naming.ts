/**
 * Names of everything a tenant owns. Other services find a tenant's resources by these names, so they are facts, not
 * settings.
 *
 * N1. Injective: two tenants, kinds or parts never share a name on one backend. It holds because a tenant id has no `_` and
 *     no `.`, and because every template of a kind has its own prefix or suffix.
 * N2. No name made from a valid tenant id is longer than its backend bears.
 */
import { TENANT_ID_MAX, tenantIdSchema } from './tenant.ts';

interface NamePart {
  /** `{id}` is the tenant id, `{id_}` the same with `-` replaced by `_`, `{pulsar}` the platform's Pulsar tenant. */
  readonly template: string;
}

interface KindNames {
  readonly backend: string;
  /** Longest name the backend takes, in characters. */
  readonly limit: number;
  readonly parts: Readonly<Record<string, NamePart>>;
}

const sameShape = (names: readonly string[], template: (part: string) => string): Record<string, NamePart> =>
  Object.fromEntries(names.map((part) => [part, { template: template(part) }]));

/** The part of a kind that has only one. */
export const MAIN_PART = 'main';

export const RESOURCE_NAMES = {
  'cassandra-keyspace': { backend: 'cassandra', limit: 48, parts: { main: { template: 'tenant_{id_}' } } },
  'minio-bucket': { backend: 'minio', limit: 63, parts: { main: { template: 'tenant-{id}' } } },
  'pulsar-namespace': {
    backend: 'pulsar',
    limit: 255,
    parts: { main: { template: '{pulsar}/{id}' }, data: { template: '{pulsar}/{id}.data' } },
  },
  'ignite-cache': {
    backend: 'ignite',
    limit: 200,
    parts: sameShape(
      ['sessions', 'marketplace', 'ml_models', 'feature_store', 'analytics', 'graph_cache'],
      (part) => `${part}_{id}`,
    ),
  },
  'elasticsearch-index': {
    backend: 'elasticsearch',
    limit: 255,
    parts: sameShape(['marketplace', 'ml_models', 'user_activity', 'logs', 'analytics'], (part) => `{id}_${part}`),
  },
  'kubernetes-namespace': { backend: 'kubernetes', limit: 63, parts: { main: { template: 'tenant-{id}' } } },
  'openproject-project': { backend: 'openproject', limit: 100, parts: { main: { template: 'tenant-{id}' } } },
} as const satisfies Record<string, KindNames>;

export type ResourceKind = keyof typeof RESOURCE_NAMES;
export const RESOURCE_KINDS = Object.keys(RESOURCE_NAMES) as readonly ResourceKind[];

export const isResourceKind = (kind: string): kind is ResourceKind => Object.hasOwn(RESOURCE_NAMES, kind);

export const backendOf = (kind: ResourceKind): string => RESOURCE_NAMES[kind].backend;

/** The parts that a kind consists of, `main` alone for most. */
export const partsOf = (kind: ResourceKind): readonly string[] => Object.keys(RESOURCE_NAMES[kind].parts);

/**
 * The name of one resource.
 * @param tenantId a valid tenant id: callers have it from `tenantIdSchema`
 * @throws RangeError for a kind without that part or an id that is too long: a bug of the caller
 */
export function resourceName(kind: ResourceKind, part: string, tenantId: string, pulsarTenant = 'platformq'): string {
  const names: KindNames = RESOURCE_NAMES[kind];
  const found = names.parts[part];
  if (!found) throw new RangeError(`${kind} has no part ${JSON.stringify(part)}`);
  if (tenantId.length > TENANT_ID_MAX) throw new RangeError(`tenant id of ${tenantId.length} characters`);
  return found.template
    .replace('{id}', tenantId)
    .replace('{id_}', tenantId.replaceAll('-', '_'))
    .replace('{pulsar}', pulsarTenant);
}

export interface NameOwner {
  readonly tenantId: string;
  readonly part: string;
}

/** Whose a name would be (N1); `undefined` where no valid tenant id gives it. The inverse of `resourceName`. */
export function ownerOfName(kind: ResourceKind, name: string, pulsarTenant = 'platformq'): NameOwner | undefined {
  const names: KindNames = RESOURCE_NAMES[kind];
  for (const [part, { template }] of Object.entries(names.parts)) {
    const [before = '', after = ''] = template.replace('{pulsar}', pulsarTenant).split(/\{id_?\}/);
    if (!name.startsWith(before) || !name.endsWith(after)) continue;
    const inner = name.slice(before.length, name.length - after.length);
    const tenantId = template.includes('{id_}') ? inner.replaceAll('_', '-') : inner;
    const valid = tenantIdSchema.safeParse(tenantId).data === tenantId;
    if (valid && resourceName(kind, part, tenantId, pulsarTenant) === name) return { tenantId, part };
  }
  return undefined;
}
