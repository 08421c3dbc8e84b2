/**
 * The objects that a tenant's namespace consists of, as the API takes them, and what they come to as facts. Pure.
 *
 * 1. Every field that the server would fill in is written here, so that what is stored is what was sent.
 * 2. The network policy names all pods and both directions: what it does not allow is denied. Allowed are the namespace
 *    itself, the cluster's name service, the platform's and the named namespaces and, where the spec says so, addresses outside
 *    of private networks.
 * 3. The role never reaches Secrets, quotas, limits, policies or roles: a tenant cannot widen its own bounds.
 */
import type { Change, Ref } from '@leasehold/engine';
import { chosen } from '../edge/difference.ts';
import { containerAmounts, type KubernetesNamespaceSpec, type NamespaceFacts, quotaOf } from './spec.ts';

export const MANAGER = 'leasehold';
export const LABEL = {
  tenant: 'tenant-id',
  tier: 'tenant-tier',
  managedBy: 'managed-by',
  enforce: 'pod-security.kubernetes.io/enforce',
  warn: 'pod-security.kubernetes.io/warn',
} as const;
export const GENERATION = 'leasehold.io/generation';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** The parts inside the namespace, by the name that a plan's paths begin with. */
export const PARTS = ['quota', 'limits', 'network', 'role', 'access'] as const;
export type Part = (typeof PARTS)[number];

interface PartPlace {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly name: (tenantId: string) => string;
}

const RBAC = 'rbac.authorization.k8s.io/v1';

const PLACES: Readonly<Record<Part, PartPlace>> = {
  quota: { apiVersion: 'v1', kind: 'ResourceQuota', plural: 'resourcequotas', name: (id) => `${id}-quota` },
  limits: { apiVersion: 'v1', kind: 'LimitRange', plural: 'limitranges', name: (id) => `${id}-limits` },
  network: {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    plural: 'networkpolicies',
    name: (id) => `${id}-network`,
  },
  role: { apiVersion: RBAC, kind: 'Role', plural: 'roles', name: (id) => `${id}-tenant` },
  access: { apiVersion: RBAC, kind: 'RoleBinding', plural: 'rolebindings', name: (id) => `${id}-tenant` },
};

/** The path of one part's object. */
export function partPath(part: Part, ref: Ref): string {
  const { apiVersion, plural, name } = PLACES[part];
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  return `${root}/namespaces/${ref.name}/${plural}/${name(ref.tenantId)}`;
}

const labelsOf = (ref: Ref) => ({
  [LABEL.tenant]: ref.tenantId,
  [LABEL.tier]: ref.tier,
  [LABEL.managedBy]: MANAGER,
});

export const namespaceManifest = (ref: Ref, spec: KubernetesNamespaceSpec): Manifest => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: ref.name,
    labels: { ...labelsOf(ref), [LABEL.enforce]: spec.podSecurity, [LABEL.warn]: 'restricted' },
    annotations: { [GENERATION]: String(ref.generation) },
  },
});

/** The mark alone, for exactly the namespace that was seen, as it was seen. */
export const markManifest = (
  ref: Ref,
  { uid, resourceVersion }: { readonly uid?: string; readonly resourceVersion?: string },
): Manifest => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: ref.name,
    uid,
    resourceVersion,
    labels: { [LABEL.tenant]: ref.tenantId, [LABEL.managedBy]: MANAGER },
    annotations: { [GENERATION]: String(ref.generation) },
  },
});

export const partManifest = (part: Part, ref: Ref, spec: KubernetesNamespaceSpec, platform: string): Manifest => ({
  apiVersion: PLACES[part].apiVersion,
  kind: PLACES[part].kind,
  metadata: { name: PLACES[part].name(ref.tenantId), namespace: ref.name, labels: labelsOf(ref) },
  ...BODIES[part](ref, spec, platform),
});

/** A part of which a plan leaves something as it is: quantities and rules that are not to be changed are sent as they are seen. */
export function partAfter(part: Part, manifest: Manifest, seen: NamespaceFacts, changes: readonly Change[]): Manifest {
  const spec = manifest['spec'] as { readonly hard?: Readonly<Record<string, string>> } | undefined;
  if (part === 'quota' && seen.quota !== null && spec?.hard) {
    const present = Object.fromEntries(Object.keys(spec.hard).map((name) => [name, seen.quota?.[name]]));
    return { ...manifest, spec: { hard: chosen<object>('/quota', present, spec.hard, changes) } };
  }
  if (part === 'network' && seen.network !== null)
    return { ...manifest, spec: chosen('/network', seen.network, manifest['spec'], changes) };
  return manifest;
}

type Body = (ref: Ref, spec: KubernetesNamespaceSpec, platform: string) => Readonly<Record<string, unknown>>;

const BODIES: Readonly<Record<Part, Body>> = {
  quota: (_ref, spec) => ({ spec: { hard: quotaOf(spec) } }),
  limits: (_ref, spec) => ({ spec: { limits: limitsOf(spec) } }),
  network: (_ref, spec, platform) => ({ spec: networkOf(spec, platform) }),
  role: () => ({ rules: ROLE_RULES }),
  access: (ref, spec) => ({
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: PLACES.role.name(ref.tenantId) },
    subjects: subjectsOf(ref, spec).map((name) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name })),
  }),
};

/** The tenant's people, as tokens for the cluster name them. */
export const tenantGroup = (ref: Ref): string => `leasehold:${ref.name}`;

/** No default limit: the server would refuse a container that asks for more than that and names no limit. */
const limitsOf = (spec: KubernetesNamespaceSpec) => [
  {
    type: 'Container',
    defaultRequest: containerAmounts(spec.containerRequests),
  },
];

/** Ranges of private and link-local addresses: reaching those is reaching into the platform's own network. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', '100.64.0.0/10'];

function networkOf({ network }: KubernetesNamespaceSpec, platform: string) {
  const names = [...new Set([platform, ...network.namespaces])].sort();
  const peers = [
    { podSelector: {} },
    ...names.map((name) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } })),
  ];
  const nameService = {
    to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
    ports: [
      { port: 53, protocol: 'UDP' },
      { port: 53, protocol: 'TCP' },
    ],
  };
  const outside = { to: [{ ipBlock: { cidr: '0.0.0.0/0', except: PRIVATE } }] };
  return {
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: peers }],
    egress: [{ to: peers }, nameService, ...(network.internet ? [outside] : [])],
  };
}

const ALL = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const READ = ['get', 'list', 'watch'];

const ROLE_RULES = [
  { apiGroups: [''], resources: ['configmaps', 'persistentvolumeclaims', 'pods', 'services'], verbs: ALL },
  { apiGroups: [''], resources: ['events', 'limitranges', 'pods/log', 'resourcequotas'], verbs: READ },
  {
    apiGroups: ['apps'],
    resources: ['daemonsets', 'deployments', 'deployments/scale', 'replicasets', 'statefulsets', 'statefulsets/scale'],
    verbs: ALL,
  },
  { apiGroups: ['batch'], resources: ['cronjobs', 'jobs'], verbs: ALL },
  { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: ALL },
  { apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: ALL },
];

/** Whoever the cluster's authentication puts into this group acts as the tenant. */
const subjectsOf = (ref: Ref, spec: KubernetesNamespaceSpec): readonly string[] =>
  spec.access === 'granted' ? [tenantGroup(ref)] : [];

/** What the manifests come to, in the shape in which a namespace is seen. */
export const wantedFacts = (ref: Ref, spec: KubernetesNamespaceSpec, platform: string): NamespaceFacts => ({
  tier: ref.tier,
  podSecurity: spec.podSecurity,
  quota: quotaOf(spec),
  limits: limitsOf(spec),
  network: networkOf(spec, platform),
  role: ROLE_RULES,
  access: { role: PLACES.role.name(ref.tenantId), subjects: subjectsOf(ref, spec) },
});
