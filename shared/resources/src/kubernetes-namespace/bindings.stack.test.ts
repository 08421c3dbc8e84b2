/**
 * Rights of a suspended tenant's group on a real API server, given by others: what is taken back, what is left to the next look and
 * what is named.
 */
import { KubeConfig, KubernetesObjectApi, RbacAuthorizationV1Api } from '@kubernetes/client-node';
import { isAbsent } from '@leasehold/engine';
import { refMaker, variable } from '@leasehold/testing/suites/provider-stack';
import { converge, scope } from '@leasehold/testing/suites/provider-steps';
import { expect, test } from 'vitest';
import { createKubernetesApi } from './api.ts';
import { createKubernetesBackend } from './backend.ts';
import { withdrawOthers } from './bindings.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';
const kubeconfig = variable('STACK_KUBECONFIG');
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
const rbac = config.makeApiClient(RbacAuthorizationV1Api);
const objects = KubernetesObjectApi.makeApiClient(config);
const ref = refMaker('kubernetes-namespace', (id) => `tenant-${id}`);
const quota = { cpuCores: 2, memoryGb: 4, storageGb: 10, pods: 5, services: 3, gpus: 0 };

/** Opens a provider of its own for a test. */
async function withProvider(
  use: (provider: ReturnType<typeof createKubernetesBackend>['providers'][0]) => Promise<void>,
): Promise<void> {
  const { backend, providers } = createKubernetesBackend({ kubeconfig });
  await use(providers[0]).finally(() => backend.close());
}

test('rights that somebody gives the tenant’s group by hand go while it has no access, those of others stay', () =>
  withProvider(async (provider) => {
    const one = ref('byhand');
    const shut = provider.spec.parse({ quota, access: 'withdrawn' });
    await converge(provider, one, shut);
    const group = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: `leasehold:${one.name}` };
    const give = (name: string, subjects: (typeof group)[]) =>
      objects.create({
        apiVersion: RBAC,
        kind: 'RoleBinding',
        metadata: { name, namespace: one.name },
        roleRef: { apiGroup: group.apiGroup, kind: 'ClusterRole', name: 'admin' },
        subjects,
      } as never);
    await give('by-hand', [group]);
    await give('mixed', [{ ...group, name: 'operators' }, group]);
    const paths = async () => provider.plan(one, shut, await provider.observe(one, scope())).map(({ path }) => path);
    expect(await paths()).toEqual(['/access/bindings']);
    await converge(provider, one, shut);
    expect(await paths()).toEqual([]);
    const bindings = await rbac.listNamespacedRoleBinding({
      namespace: one.name,
    });
    const left = bindings.items.map(({ metadata, subjects }) => [metadata?.name, subjects?.map(({ name }) => name)]);
    expect(left).toContainEqual(['mixed', ['operators']]);
    expect(left.map(([name]) => name)).not.toContain('by-hand');
    await provider.delete(one, scope());
  }));

test('a binding that changed between the look and its deletion stays for the next look', () =>
  withProvider(async (provider) => {
    const one = ref('changed');
    const shut = provider.spec.parse({ quota, access: 'withdrawn' });
    await converge(provider, one, shut);
    const group = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: `leasehold:${one.name}` };
    const roleRef = { apiGroup: group.apiGroup, kind: 'ClusterRole', name: 'view' };
    const metadata = { name: 'by-hand' };
    await rbac.createNamespacedRoleBinding({
      namespace: one.name,
      body: { metadata, roleRef, subjects: [group] },
    });
    const seen = await provider.observe(one, scope());
    if (isAbsent(seen)) throw new Error('the namespace is not there');
    const stale = seen.bindings?.map((binding) => ({ ...binding, resourceVersion: '1' })) ?? [];
    const api = createKubernetesApi({ kubeconfig });
    await withdrawOthers(api, one, stale, scope().signal);
    await rbac.readNamespacedRoleBinding({ name: 'by-hand', namespace: one.name });
    await withdrawOthers(api, one, seen.bindings ?? [], scope().signal);
    expect(await provider.observe(one, scope())).not.toHaveProperty('bindings');
    await api.close();
    await provider.delete(one, scope());
  }));

test('a ClusterRoleBinding for the tenant’s group is named while the tenant has no access, and stays', () =>
  withProvider(async (provider) => {
    const one = ref('wide');
    const shut = provider.spec.parse({ quota, access: 'withdrawn' });
    const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: `leasehold:${one.name}` }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
    await rbac.createClusterRoleBinding({ body: { metadata: { name: one.name }, roleRef, subjects } });
    await converge(provider, one, provider.spec.parse({ quota }));
    await converge(provider, one, shut).catch(() => undefined);
    const changes = provider.plan(one, shut, await provider.observe(one, scope()));
    expect(changes.map(({ path, from }) => [path, from])).toEqual([['/access/clusterBindings', [one.name]]]);
    await expect(provider.ensure(one, shut, changes, scope())).rejects.toMatchObject({ code: 'ClusterBindingStands' });
    await rbac.deleteClusterRoleBinding({ name: one.name });
    expect(provider.plan(one, shut, await provider.observe(one, scope()))).toEqual([]);
    await provider.delete(one, scope());
  }));
