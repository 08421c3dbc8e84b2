/**
 * What the naming contract promises of a complete tenant on Kubernetes and in OpenProject, in a table of its own and in the words
 * of the servers. OpenProject is a server of the tests' own here, which follows the documented API.
 */
import { createFakeOpenProject, type FakeOpenProject } from '@leasehold/testing/fakes/openproject';
import { openKubernetes } from './kubernetes-client.ts';
import { CUSTOM_LIMITS, type Tenant } from './tenant-facts.ts';
import type { Tree } from './tree.ts';

type Env = Readonly<Record<string, string | undefined>>;
type Check = (what: string, seen: unknown, wanted: unknown) => void;

const API_KEY = 'key-of-the-tests';

export const startOpenProject = (): Promise<FakeOpenProject> =>
  createFakeOpenProject({ apiKey: API_KEY, groups: [], roles: [] });

export function clusterSettings(env: Env, projects: FakeOpenProject): Readonly<Record<string, string>> {
  const kubeconfig = env['STACK_KUBECONFIG'];
  if (!kubeconfig) throw new Error('STACK_KUBECONFIG is not set: bring the stack up first');
  return { KUBECONFIG: kubeconfig, OPENPROJECT_URL: projects.url, OPENPROJECT_API_KEY: API_KEY };
}

interface Quota {
  readonly cpu: number;
  readonly memoryGib: number;
  readonly storageGib: number;
  readonly pods: number;
  readonly services: number;
  readonly gpus: number;
}

const quota = (cpu: number, memoryGib: number, storageGib: number, ...rest: readonly [number, number, number]) => {
  const [pods, services, gpus] = rest;
  return { cpu, memoryGib, storageGib, pods, services, gpus };
};

const QUOTAS: Readonly<Record<string, Quota>> = {
  free: quota(2, 4, 10, 5, 3, 0),
  starter: quota(8, 16, 100, 20, 10, 0),
  professional: quota(32, 64, 500, 50, 25, 2),
  enterprise: quota(128, 256, 2000, 200, 100, 8),
  custom: quota(
    CUSTOM_LIMITS.cpu_cores,
    CUSTOM_LIMITS.memory_gb,
    CUSTOM_LIMITS.storage_gb,
    CUSTOM_LIMITS.max_pods,
    CUSTOM_LIMITS.max_services,
    CUSTOM_LIMITS.gpu_count,
  ),
};

const RESTRICTED = ['free', 'starter'];
const UNITS: Readonly<Record<string, number>> = { '': 1, m: 1e-3, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };
const GIB = 2 ** 30;

/** A quantity of Kubernetes as a number. */
function amountOf(text: unknown): number {
  const [, digits, unit = ''] = /^([\d.]+)(\w*)$/.exec(String(text)) ?? [];
  return Number(digits) * (UNITS[unit] ?? Number.NaN);
}

export const namespaceOf = (id: string): string => `tenant-${id}`;

export function checkCluster(kubernetes: Tree, tenant: Tenant, check: Check): void {
  const { id, tier } = tenant;
  const wanted = QUOTAS[tier] as Quota;
  const labels = kubernetes.cluster.namespaces[namespaceOf(id)]?.labels ?? {};
  const inside = kubernetes.namespaces[namespaceOf(id)] ?? {};
  check(
    'namespace labels',
    [labels['tenant-id'], labels['tenant-tier'], labels['managed-by']],
    [id, tier, 'leasehold'],
  );
  const security = RESTRICTED.includes(tier) ? 'restricted' : 'baseline';
  check('pod security', labels['pod-security.kubernetes.io/enforce'], security);
  const hard = inside.resourcequotas?.[`${id}-quota`]?.spec?.hard ?? {};
  const seen = {
    cpu: amountOf(hard['requests.cpu']),
    memoryGib: amountOf(hard['requests.memory']) / GIB,
    storageGib: amountOf(hard['requests.storage']) / GIB,
    pods: amountOf(hard.pods),
    services: amountOf(hard.services),
    gpus: amountOf(hard['requests.nvidia.com/gpu']),
  };
  check('resource quota', seen, wanted);
  check('volume claims', amountOf(hard.persistentvolumeclaims), 2 * wanted.services);
  check('limit range', inside.limitranges?.[`${id}-limits`]?.spec?.limits?.length, 1);
  const [policy] = Object.values(inside.networkpolicies ?? {}) as Tree[];
  check('network policy', [policy?.spec?.podSelector, policy?.spec?.policyTypes], [{}, ['Ingress', 'Egress']]);
  const [binding] = Object.values(inside.rolebindings ?? {}) as Tree[];
  check('role bound', Object.keys(inside.roles ?? {}), [binding?.roleRef?.name]);
}

export function checkProject(projects: FakeOpenProject, { id }: Tenant, check: Check): void {
  check('project there and open', projects.project(namespaceOf(id))?.active, true);
}

/** Whether a place in an inventory is this tenant's on Kubernetes. */
export const isClusterPlace = (path: string, id: string): boolean =>
  ['cluster/namespaces', 'namespaces'].some((under) => {
    const place = `/kubernetes/${under}/${namespaceOf(id)}`;
    return path === place || path.startsWith(`${place}/`);
  });

/** Takes away what a failed test left. */
export async function clearCluster(env: Env, ids: readonly string[]): Promise<void> {
  const { call, close } = openKubernetes(env);
  await Promise.all(ids.map((id) => call('DELETE', `/api/v1/namespaces/${namespaceOf(id)}`))).finally(close);
}
