/**
 * What a tenant's namespace on Kubernetes should be, and the differences from what is seen. Pure.
 *
 * 1. Every difference of who may act in the namespace is below `/access`: withdrawn access is a binding without subjects.
 * 2. Quantities are compared by value (`2` is `2000m`), and only those that the spec names: what others limit beside ours
 *    stays.
 * 3. A namespace on its way out is neither there nor gone: nothing of it is repaired, and it is made anew when it has gone.
 */
import type { Absent, Change, Ref, SeenBase, Weakening } from '@leasehold/engine';
import { isAbsent } from '@leasehold/engine';
import { canonicalJson } from '@leasehold/kernel';
import { z } from 'zod';
import { differences, isRecord, pointer } from '../edge/difference.ts';
import { markChanges, wholeChange } from '../edge/ownership.ts';
import { weakening, weighed } from '../edge/weakening.ts';
import type { OtherBinding } from './bindings.ts';
import { bytesText, quantityValue, unitsText } from './quantity.ts';

const GIB = 2 ** 30;

export const POD_SECURITY = ['privileged', 'baseline', 'restricted'] as const;
export type PodSecurity = (typeof POD_SECURITY)[number];

/** What the tenant's tier allows in sum, as https://kubernetes.io/docs/concepts/policy/resource-quotas/ counts it. */
export interface QuotaSpec {
  readonly cpuCores: number;
  readonly memoryGb: number;
  readonly storageGb: number;
  readonly pods: number;
  readonly services: number;
  readonly gpus: number;
}

/** What a container gets that does not say what it needs: without it, a quota refuses such a container. */
export interface ContainerDefaults {
  readonly cpuCores: number;
  readonly memoryMb: number;
}

export interface NetworkSpec {
  /** Pods may reach what is outside of the cluster. */
  readonly internet: boolean;
  /** Other namespaces whose pods may call in and be called. */
  readonly namespaces: readonly string[];
}

export interface KubernetesNamespaceSpec {
  readonly access: 'granted' | 'withdrawn';
  readonly quota: QuotaSpec;
  /** Of no effect: what an earlier release gave as default limits. Kept, because such a release beside this one reads it. */
  readonly containerLimits: ContainerDefaults;
  readonly containerRequests: ContainerDefaults;
  readonly podSecurity: PodSecurity;
  readonly network: NetworkSpec;
}

/** The settings of a namespace in the words of the API, quantities in one way of writing. */
export interface NamespaceFacts {
  readonly tier: string;
  readonly podSecurity: string | null;
  /** `hard` of the quota; null: there is none. */
  readonly quota: Readonly<Record<string, string>> | null;
  readonly limits: unknown;
  readonly network: unknown;
  readonly role: unknown;
  readonly access: { readonly role: string; readonly subjects: readonly string[] } | null;
}

export interface KubernetesNamespaceSeen extends SeenBase, NamespaceFacts {
  readonly tier: string;
  readonly uid: string;
  /** A quota is there that does not bind everything, and counts as none. */
  readonly hasScopedQuota: boolean;
  /** What of the quota is taken, as the server counts it. */
  readonly used?: Readonly<Record<string, string>>;
  /** Being deleted; its contents go first. */
  readonly terminating: boolean;
  /** Bindings of others for the tenant's group; absent: none, or not to be seen. */
  readonly bindings?: readonly OtherBinding[];
  /** Of the whole cluster, by name, of one that has no access by our binding; absent: none, or not to be seen. */
  readonly clusterBindings?: readonly string[];
}

/** Where a plan names what others give the tenant's group. */
export const BINDINGS = '/access/bindings';
export const CLUSTER_BINDINGS = '/access/clusterBindings';

const amount = z.number().min(0).max(1e9);
const count = z.int().min(0).max(1e9);
const defaults = (cpuCores: number, memoryMb: number) =>
  z.strictObject({ cpuCores: amount.default(cpuCores), memoryMb: count.min(1).default(memoryMb) }).prefault({});

export const kubernetesNamespaceSpec = z
  .strictObject({
    access: z.enum(['granted', 'withdrawn']).default('granted'),
    quota: z.strictObject({
      cpuCores: amount,
      memoryGb: amount,
      storageGb: amount,
      pods: count,
      services: count,
      gpus: count,
    }),
    containerLimits: defaults(0.5, 512),
    containerRequests: defaults(0.1, 128),
    podSecurity: z.enum(POD_SECURITY).default('baseline'),
    network: z
      .strictObject({
        internet: z.boolean().default(true),
        namespaces: z
          .array(z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/))
          .max(32)
          .default([]),
      })
      .prefault({}),
  })
  .transform((spec) => ({
    ...spec,
    // An earlier release refuses limits below the requests.
    containerLimits: {
      cpuCores: Math.max(spec.containerLimits.cpuCores, spec.containerRequests.cpuCores),
      memoryMb: Math.max(spec.containerLimits.memoryMb, spec.containerRequests.memoryMb),
    },
  })) as unknown as z.ZodType<KubernetesNamespaceSpec>;

/** A claim and its services' volumes: twice the services, as the contract has it. */
export const quotaOf = ({ quota }: KubernetesNamespaceSpec): Readonly<Record<string, string>> => ({
  'requests.cpu': unitsText(quota.cpuCores),
  'requests.memory': bytesText(quota.memoryGb * GIB),
  'requests.storage': bytesText(quota.storageGb * GIB),
  'requests.nvidia.com/gpu': String(quota.gpus),
  pods: String(quota.pods),
  services: String(quota.services),
  persistentvolumeclaims: String(2 * quota.services),
});

export const containerAmounts = ({ cpuCores, memoryMb }: ContainerDefaults) => ({
  cpu: unitsText(cpuCores),
  memory: bytesText(memoryMb * 2 ** 20),
});

/** @param wanted what the manifests of this spec come to; see `manifests.ts` */
export function planNamespace(
  ref: Ref,
  spec: KubernetesNamespaceSpec,
  seen: KubernetesNamespaceSeen | Absent,
  wanted: NamespaceFacts,
): readonly Change[] {
  if (isAbsent(seen)) return wholeChange(null, spec, 'data');
  if (seen.mark !== 'ours') return wholeChange(seen.mark, spec, 'data');
  if (seen.terminating) return wholeChange('terminating', spec, 'data');
  return [
    ...differences('/tier', seen.tier, wanted.tier),
    ...weighed(differences('/podSecurity', seen.podSecurity, wanted.podSecurity), laxer),
    ...quotaChanges(seen, wanted.quota ?? {}),
    ...weighed(differences('/limits', seen.limits, wanted.limits), ({ from, ...change }) =>
      othersIn('the LimitRange')({ ...change, from: withoutFormerDefaults(from, spec) }),
    ),
    ...weighed(differences('/network', seen.network, wanted.network), othersIn('the NetworkPolicy')),
    ...weighed(differences('/role', seen.role, wanted.role), othersIn('the Role')),
    ...weighed(differences('/access', seen.access, wanted.access), othersIn('the RoleBinding')),
    ...(spec.access === 'withdrawn' ? bindingChanges(seen) : []),
    ...markChanges(ref, seen),
  ];
}

/** What others have given the tenant's group goes while it has no access, and is theirs to give otherwise. */
const bindingChanges = ({ bindings = [], clusterBindings = [] }: KubernetesNamespaceSeen): readonly Change[] => [
  ...differences(
    BINDINGS,
    bindings.map(({ name }) => name),
    [],
  ),
  ...differences(CLUSTER_BINDINGS, clusterBindings, []),
];

function quotaChanges(
  { quota, used = {} }: KubernetesNamespaceSeen,
  wanted: Readonly<Record<string, string>>,
): readonly Change[] {
  if (quota === null) return [{ path: '/quota', from: null, to: wanted, weight: 'settings' }];
  return Object.entries(wanted).flatMap(([resource, limit]) =>
    weighed(differences(`/quota${pointer(resource)}`, quota[resource], limit), () => {
      const taken = used[resource] ?? '0';
      if (!((quantityValue(taken) ?? 0) > (quantityValue(limit) ?? 0))) return undefined;
      const would = `allow ${limit} of ${resource} where ${taken} are used: nothing more could be started`;
      return weakening('quota-below-use', would);
    }),
  );
}

const strictness = (level: unknown): number => POD_SECURITY.indexOf(level as PodSecurity);

const laxer = ({ from, to }: Change): Weakening | undefined =>
  strictness(to) < strictness(from)
    ? weakening('weaker-isolation', `enforce ${to} instead of ${from} pods`)
    : undefined;

/** What an earlier release gave as default limits was ours: taking it away takes nothing of others. */
function withoutFormerDefaults(limits: unknown, { containerLimits }: KubernetesNamespaceSpec): unknown {
  const former = canonicalJson(containerAmounts(containerLimits));
  if (!Array.isArray(limits)) return limits;
  return limits.map((limit: Readonly<Record<string, unknown>>) => {
    const { default: given, ...rest } = limit;
    return canonicalJson(given ?? null) === former ? rest : limit;
  });
}

/** Only what stands beside all of ours: where something of ours is missing, the tenant's own bounds come first. */
const othersIn =
  (where: string) =>
  ({ from, to }: Change): Weakening | undefined =>
    holdsMore(from, to) ? weakening('others-rule', `take out of ${where} what others added to it`) : undefined;

/** Like `hasMore`, and lists inside of rules may hold more too. */
const holdsMore = (seen: unknown, wanted: unknown): boolean =>
  covers(seen, wanted) && canonicalJson(seen) !== canonicalJson(wanted);

function covers(seen: unknown, wanted: unknown): boolean {
  if (Array.isArray(seen) && Array.isArray(wanted))
    return wanted.every((one) => seen.some((other) => covers(other, one)));
  if (!isRecord(seen) || !isRecord(wanted)) return canonicalJson(seen ?? null) === canonicalJson(wanted ?? null);
  return Object.keys(wanted).every((field) => covers(seen[field], wanted[field]));
}
