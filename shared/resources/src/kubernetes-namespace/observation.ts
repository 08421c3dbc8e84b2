/**
 * A namespace's objects, as the API answers them, read as facts. Pure. What the server adds for itself (status, uids, times,
 * labels of its own) is left out. An empty
 * list or map may come as null.
 */
import type { Ref } from '@leasehold/engine';
import { markOf, type Owner } from '../edge/ownership.ts';
import { GENERATION, LABEL, MANAGER, type Part } from './manifests.ts';
import { canonicalQuantities } from './quantity.ts';
import type { KubernetesNamespaceSeen } from './spec.ts';

export interface ApiObject {
  readonly metadata: {
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly spec?: unknown;
  readonly status?: { readonly conditions?: readonly { readonly status: string; readonly message?: string }[] };
  readonly [field: string]: unknown;
}

type PartObjects = Readonly<Partial<Record<Part, ApiObject | undefined>>>;

/** undefined: not marked by us, or by something that only looks like it. */
export function ownerIn({ metadata }: ApiObject): Owner | undefined {
  const [labels, annotations] = [metadata.labels ?? {}, metadata.annotations ?? {}];
  const tenantId = labels[LABEL.tenant];
  const generation = Number(annotations[GENERATION]);
  const marked = labels[LABEL.managedBy] === MANAGER && Number.isSafeInteger(generation) && generation > 0;
  return marked && tenantId !== undefined ? { tenantId, generation } : undefined;
}

/** Another manager's name on the label of ours says that it looks after the namespace. */
const isManagedByOthers = ({ metadata }: ApiObject): boolean =>
  (metadata.labels?.[LABEL.managedBy] ?? MANAGER) !== MANAGER;

export function seenNamespace(ref: Ref, namespace: ApiObject, parts: PartObjects): KubernetesNamespaceSeen {
  const owner = ownerIn(namespace);
  const labels = namespace.metadata.labels ?? {};
  return {
    mark: isManagedByOthers(namespace) ? 'foreign' : markOf(owner, ref, labels[LABEL.tenant]),
    ...(owner === undefined ? {} : { generation: owner.generation }),
    uid: namespace.metadata.uid ?? '',
    terminating: namespace.metadata.deletionTimestamp !== undefined,
    tier: labels[LABEL.tier] ?? '',
    podSecurity: labels[LABEL.enforce] ?? null,
    quota: quotaIn(parts.quota),
    hasScopedQuota: isScoped(parts.quota),
    used: usedIn(parts.quota),
    limits: limitsIn(parts.limits),
    network: parts.network?.spec ?? null,
    role: parts.role?.['rules'] ?? null,
    access: accessIn(parts.access),
  };
}

type Quantities = Readonly<Record<string, string>>;

function quotaIn(object: ApiObject | undefined): Quantities | null {
  const { hard } = (object?.spec ?? {}) as { readonly hard?: Quantities };
  return object === undefined || isScoped(object) ? null : canonicalQuantities(hard ?? {});
}

function usedIn(object: ApiObject | undefined): Quantities {
  const { used } = (object?.status ?? {}) as { readonly used?: Quantities };
  return canonicalQuantities(used ?? {});
}

/** A quota with scopes counts some pods alone, and no server changes that. */
function isScoped(object: ApiObject | undefined): boolean {
  type Scoped = { readonly scopes?: readonly string[] | null; readonly scopeSelector?: object | null };
  const { scopes, scopeSelector } = (object?.spec ?? {}) as Scoped;
  return (scopes ?? []).length > 0 || (scopeSelector ?? undefined) !== undefined;
}

function limitsIn(object: ApiObject | undefined): unknown {
  if (object === undefined) return null;
  type Limit = Readonly<Record<string, unknown>>;
  const { limits } = (object.spec ?? {}) as { readonly limits?: readonly Limit[] | null };
  return (limits ?? []).map((limit) =>
    Object.fromEntries(
      Object.entries(limit).map(([field, value]) => [
        field,
        typeof value === 'object' && value !== null ? canonicalQuantities(value as Quantities) : value,
      ]),
    ),
  );
}

function accessIn(object: ApiObject | undefined): KubernetesNamespaceSeen['access'] {
  if (object === undefined) return null;
  const { roleRef, subjects } = object as unknown as {
    readonly roleRef: { readonly kind: string; readonly name: string };
    readonly subjects?: readonly { readonly kind: string; readonly name: string }[] | null;
  };
  return {
    role: roleRef.kind === 'Role' ? roleRef.name : `${roleRef.kind}/${roleRef.name}`,
    subjects: (subjects ?? []).map(({ kind, name }) => (kind === 'Group' ? name : `${kind}/${name}`)).sort(),
  };
}
