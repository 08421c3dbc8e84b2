/**
 * Namespaces on a real API server: the provider contract with the official client as raw eyes, what the server's own quota and
 * access control make of what we set, and a namespace that something holds back.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AuthenticationV1TokenRequest,
  AuthorizationV1Api,
  type Cluster,
  CoreV1Api,
  KubeConfig,
  KubernetesObjectApi,
  NetworkingV1Api,
  PatchStrategy,
  RbacAuthorizationV1Api,
} from '@kubernetes/client-node';
import type { Ref } from '@leasehold/engine';
import { type AroundCall, type Drift, providerSuite } from '@leasehold/testing/suites/provider';
import { behindProxy, refMaker, variable } from '@leasehold/testing/suites/provider-stack';
import { converge, listAll, scope } from '@leasehold/testing/suites/provider-steps';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createKubernetesBackend } from './backend.ts';

const CHART_RULES = join(import.meta.dirname, '../../../../deploy/helm/leasehold/rules/tenants.yaml');
const kubeconfig = variable('STACK_KUBECONFIG');
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
const core = config.makeApiClient(CoreV1Api);
const rbac = config.makeApiClient(RbacAuthorizationV1Api);
const networking = config.makeApiClient(NetworkingV1Api);
const objects = KubernetesObjectApi.makeApiClient(config);
const server = config.getCurrentCluster()?.server ?? '';
const fresh = refMaker('kubernetes-namespace', (id) => `tenant-${id}`);
const made: string[] = [];
const ref = (label: string): Ref => {
  const one = fresh(label);
  made.push(one.name);
  return one;
};

/** The server takes them away in its own time. */
afterAll(async () => {
  const { items } = await core.listNamespace();
  const left = items.map(({ metadata }) => metadata?.name ?? '').filter((name) => made.includes(name));
  for (const name of left) await core.deleteNamespace({ name });
});

const quota = { cpuCores: 2, memoryGb: 4, storageGb: 10, pods: 5, services: 3, gpus: 0 };
const spec = { quota, network: { namespaces: ['monitoring'] } };
const other = {
  quota: { cpuCores: 128, memoryGb: 256, storageGb: 2000, pods: 200, services: 100, gpus: 8 },
  podSecurity: 'restricted',
  network: { internet: false, namespaces: ['monitoring'] },
};

const merge = (apiVersion: string, kind: string, one: Ref, name: string, body: object) =>
  objects.patch(
    { apiVersion, kind, metadata: { name, namespace: one.name }, ...body },
    undefined,
    undefined,
    'somebody',
    undefined,
    PatchStrategy.MergePatch,
  );
const drift = (path: string, tamper: Drift['tamper']): Drift => ({ path, weight: 'settings', tamper });
const RBAC = 'rbac.authorization.k8s.io/v1';

const drifts: readonly Drift[] = [
  drift('/podSecurity', (one) =>
    merge('v1', 'Namespace', one, one.name, {
      metadata: { name: one.name, labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
    }),
  ),
  drift('/tier', (one) =>
    merge('v1', 'Namespace', one, one.name, { metadata: { name: one.name, labels: { 'tenant-tier': 'gold' } } }),
  ),
  drift('/quota/pods', (one) =>
    merge('v1', 'ResourceQuota', one, `${one.tenantId}-quota`, { spec: { hard: { pods: '500' } } }),
  ),
  drift('/quota', (one) => core.deleteNamespacedResourceQuota({ name: `${one.tenantId}-quota`, namespace: one.name })),
  drift('/quota', async (one) => {
    const name = `${one.tenantId}-quota`;
    await core.deleteNamespacedResourceQuota({ name, namespace: one.name });
    const scoped = { hard: { pods: '5' }, scopes: ['NotTerminating'] };
    await core.createNamespacedResourceQuota({ namespace: one.name, body: { metadata: { name }, spec: scoped } });
  }),
  drift('/limits', (one) => core.deleteNamespacedLimitRange({ name: `${one.tenantId}-limits`, namespace: one.name })),
  drift('/network/egress', (one) =>
    merge('networking.k8s.io/v1', 'NetworkPolicy', one, `${one.tenantId}-network`, { spec: { egress: [{}] } }),
  ),
  drift('/network', (one) =>
    networking.deleteNamespacedNetworkPolicy({ name: `${one.tenantId}-network`, namespace: one.name }),
  ),
  drift('/role', (one) =>
    merge(RBAC, 'Role', one, `${one.tenantId}-tenant`, {
      rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
    }),
  ),
  drift('/access/subjects', (one) =>
    merge(RBAC, 'RoleBinding', one, `${one.tenantId}-tenant`, {
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'strangers' }],
    }),
  ),
  drift('/access/role', async (one) => {
    const name = `${one.tenantId}-tenant`;
    await rbac.deleteNamespacedRoleBinding({ name, namespace: one.name });
    await rbac.createNamespacedRoleBinding({
      namespace: one.name,
      body: {
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'another' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: `leasehold:${one.name}` }],
      },
    });
  }),
];

const exists = async (name: string): Promise<boolean> => {
  const { items } = await core.listNamespace({ fieldSelector: `metadata.name=${name}` });
  return items.length > 0;
};

providerSuite('namespace on Kubernetes', async (around: AroundCall) => {
  const { backend, providers } = createKubernetesBackend({ kubeconfig, around });
  const provider = providers[0];
  const proxied = (mode: 'mute' | 'cut') =>
    behindProxy(server, mode, (address) => {
      const path = join(mkdtempSync(join(tmpdir(), 'kubeconfig-')), 'config');
      writeFileSync(path, readFileSync(kubeconfig, 'utf8').replace(server, `https://${address}`), { mode: 0o600 });
      return createKubernetesBackend({ kubeconfig: path, timeoutMs: mode === 'mute' ? 200 : 5000 });
    });
  return {
    provider,
    ref,
    spec: provider.spec.parse(spec),
    otherTier: { tier: 'enterprise', spec: provider.spec.parse(other) },
    withdrawn: provider.spec.parse({ ...spec, access: 'withdrawn' }),
    drifts,
    async makeForeign(one) {
      await core.createNamespace({ body: { metadata: { name: one.name, labels: { owner: 'somebody' } } } });
    },
    async isForeignIntact(one) {
      const { metadata } = await core.readNamespace({ name: one.name });
      const { items } = await core.listNamespacedResourceQuota({ namespace: one.name });
      return metadata?.labels?.['owner'] === 'somebody' && items.length === 0;
    },
    async removeForeign(one) {
      await core.deleteNamespace({ name: one.name });
    },
    unmarked: {
      async make(one) {
        await core.createNamespace({ body: { metadata: { name: one.name, labels: { owner: 'somebody' } } } });
        await core.createNamespacedConfigMap({
          namespace: one.name,
          body: { metadata: { name: 'theirs' }, data: { key: 'kept' } },
        });
      },
      async isKept(one) {
        const { metadata } = await core.readNamespace({ name: one.name });
        const { data } = await core.readNamespacedConfigMap({ name: 'theirs', namespace: one.name });
        return metadata?.labels?.['owner'] === 'somebody' && data?.['key'] === 'kept';
      },
      claim: (one) =>
        merge('v1', 'Namespace', one, one.name, {
          metadata: { name: one.name, labels: { 'tenant-id': 'somebody-else' } },
        }),
    },
    async putData(one) {
      await core.createNamespacedConfigMap({
        namespace: one.name,
        body: { metadata: { name: 'theirs' }, data: { key: 'value' } },
      });
    },
    remains: async (one) => ((await exists(one.name)) ? [one.name] : []),
    mute: () => proxied('mute'),
    refusing: () => proxied('cut'),
    // A namespace takes the server five seconds to delete: its crashes are tried side by side.
    crashesAtOnce: 6,
    cleanup: () => backend.close(),
  };
});

/** Opens a provider of its own for a test that is not of the suite. */
async function withProvider(
  use: (provider: ReturnType<typeof createKubernetesBackend>['providers'][0]) => Promise<void>,
): Promise<void> {
  const { backend, providers } = createKubernetesBackend({ kubeconfig });
  await use(providers[0]).finally(() => backend.close());
}

test('the server itself refuses what is over the quota, and lets the tenant’s group do what the role says and no more', () =>
  withProvider(async (provider) => {
    const one = ref('quota');
    const small = { ...quota, pods: 1 };
    await converge(provider, one, provider.spec.parse({ quota: small }));
    await expect
      .poll(async () => {
        const { status } = await core.readNamespacedResourceQuota({
          name: `${one.tenantId}-quota`,
          namespace: one.name,
        });
        return status?.used?.['pods'];
      })
      .toBe('0');
    const pod = (name: string) =>
      core.createNamespacedPod({
        namespace: one.name,
        body: { metadata: { name }, spec: { containers: [{ name: 'main', image: 'example/none' }] } },
      });
    const first = await pod('first');
    expect(first.spec?.containers[0]?.resources?.requests).toEqual({ cpu: '100m', memory: '128Mi' });
    await expect(pod('second')).rejects.toMatchObject({ code: 403 });
    const reviews = config.makeApiClient(AuthorizationV1Api);
    const may = async (verb: string, resource: string, namespace: string) => {
      const review = await reviews.createSubjectAccessReview({
        body: {
          spec: {
            user: 'somebody',
            groups: [`leasehold:${one.name}`],
            resourceAttributes: { namespace, verb, resource },
          },
        },
      });
      return review.status?.allowed;
    };
    expect(await may('create', 'pods', one.name)).toBe(true);
    expect(await may('get', 'secrets', one.name)).toBe(false);
    expect(await may('update', 'resourcequotas', one.name)).toBe(false);
    expect(await may('create', 'pods', 'default')).toBe(false);
    await converge(provider, one, provider.spec.parse({ quota: small, access: 'withdrawn' }));
    expect(await may('create', 'pods', one.name)).toBe(false);
    await provider.delete(one, scope());
    expect(await exists(one.name)).toBe(false);
  }));

test('a LimitRange that somebody emptied is seen and repaired', () =>
  withProvider(async (provider) => {
    const one = ref('nulls');
    const whole = provider.spec.parse({ quota });
    await converge(provider, one, whole);
    await objects.patch(
      {
        apiVersion: 'v1',
        kind: 'LimitRange',
        metadata: { name: `${one.tenantId}-limits`, namespace: one.name },
        spec: { limits: null },
      } as never,
      undefined,
      undefined,
      'somebody',
      undefined,
      PatchStrategy.MergePatch,
    );
    expect(provider.plan(one, whole, await provider.observe(one, scope())).map(({ path }) => path)).not.toEqual([]);
    await converge(provider, one, whole);
    expect(provider.plan(one, whole, await provider.observe(one, scope()))).toEqual([]);
    await provider.delete(one, scope());
  }));

test('K3 a namespace that is on its way out is waited for, and made anew once it has gone', () =>
  withProvider(async (provider) => {
    const one = ref('held');
    const wanted = provider.spec.parse(spec);
    await converge(provider, one, wanted);
    const held = { metadata: { name: 'held', finalizers: ['example.com/hold'] } };
    await core.createNamespacedConfigMap({ namespace: one.name, body: held });
    const gone = provider.delete(one, scope());
    const next = { ...one, generation: 2 };
    await expect
      .poll(async () => provider.plan(next, wanted, await provider.observe(next, scope())).map(({ from }) => from))
      .toEqual(['terminating']);
    await expect(converge(provider, next, wanted)).rejects.toMatchObject({ code: 'NamespaceTerminating' });
    await core.replaceNamespacedConfigMap({
      name: 'held',
      namespace: one.name,
      body: { metadata: { name: 'held', finalizers: [] } },
    });
    await gone;
    await converge(provider, next, wanted);
    expect(provider.plan(next, wanted, await provider.observe(next, scope()))).toEqual([]);
    await provider.delete(next, scope());
  }));

/** A kubeconfig for a service account that holds the rights of the chart and no others. */
async function underTheChartsRights(name: string): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const rules = parse(readFileSync(CHART_RULES, 'utf8')) as {
    apiGroups: string[];
    resources: string[];
    verbs: string[];
  }[];
  const namespace = 'default';
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
  await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name } } });
  await rbac.createClusterRole({ body: { metadata: { name }, rules } });
  await rbac.createClusterRoleBinding({ body: { metadata: { name }, roleRef, subjects } });
  const { status } = await core.createNamespacedServiceAccountToken({
    namespace,
    name,
    body: { spec: { audiences: [], expirationSeconds: 600 } } as unknown as AuthenticationV1TokenRequest,
  });
  const path = join(mkdtempSync(join(tmpdir(), 'kubeconfig-')), 'config');
  const user = { name: 'mesh', token: status?.token ?? '' };
  const limited = new KubeConfig();
  limited.loadFromClusterAndUser(config.getCurrentCluster() as Cluster, user);
  writeFileSync(path, limited.exportConfig(), { mode: 0o600 });
  return {
    path,
    async remove() {
      await rbac.deleteClusterRoleBinding({ name });
      await rbac.deleteClusterRole({ name });
      await core.deleteNamespacedServiceAccount({ namespace, name });
    },
  };
}

test('the rights of the chart are enough for a whole life, and reach no Secret', async () => {
  const one = ref('rights');
  const { path, remove } = await underTheChartsRights(one.name);
  const { backend, providers } = createKubernetesBackend({ kubeconfig: path });
  const [provider] = providers;
  const wanted = provider.spec.parse(spec);
  await backend.probe(scope().signal);
  await converge(provider, one, wanted);
  await merge(RBAC, 'RoleBinding', one, `${one.tenantId}-tenant`, { subjects: [] });
  await converge(provider, one, wanted);
  await converge(provider, { ...one, tier: 'enterprise' }, provider.spec.parse(other));
  await converge(provider, one, provider.spec.parse({ ...spec, access: 'withdrawn' }));
  expect(await provider.observe(one, scope())).not.toHaveProperty('notes');
  expect((await listAll(provider)).map(([{ name }]) => name)).toContain(one.name);
  const limited = new KubeConfig();
  limited.loadFromFile(path);
  await expect(limited.makeApiClient(CoreV1Api).listSecretForAllNamespaces()).rejects.toMatchObject({ code: 403 });
  await provider.delete(one, scope());
  await backend.close();
  await remove();
});
