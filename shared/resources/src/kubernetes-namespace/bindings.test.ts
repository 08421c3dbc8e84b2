/** What others have given the tenant's group goes while it has no access, and is theirs to give otherwise. */
import type { Ref } from '@leasehold/engine';
import type { CannedRoutes } from '@leasehold/testing/fakes/canned-server';
import {
  ACME,
  createCannedKubernetes,
  failed,
  namespaceObject,
  notFound,
} from '@leasehold/testing/fakes/kubernetes-canned';
import { scope } from '@leasehold/testing/suites/provider-steps';
import { afterEach, expect, test } from 'vitest';
import { createKubernetesBackend } from './backend.ts';
import type { KubernetesNamespaceSeen } from './spec.ts';

const ref: Ref = { kind: 'kubernetes-namespace', name: 'tenant-acme', tenantId: 'acme', generation: 2, tier: 'free' };
const GROUP = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'leasehold:tenant-acme' };
const OTHER = { ...GROUP, name: 'operators' };
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' };
const binding = (name: string, subjects: unknown) => ({ metadata: { name, resourceVersion: '9' }, roleRef, subjects });
const NOTHING_ELSE = Object.fromEntries(Object.values(ACME).map((path) => [`GET ${path}`, notFound('it')]));

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function serverOf(routes: CannedRoutes) {
  const server = await createCannedKubernetes();
  const { backend, providers } = createKubernetesBackend({ kubeconfig: server.kubeconfig });
  open.push(() => backend.close(), server.close);
  server.route({
    ...NOTHING_ELSE,
    [`GET ${ACME.namespace}`]: { body: namespaceObject(ref.name, 'acme') },
    ...routes,
  });
  const [provider] = providers;
  const quota = { cpuCores: 2, memoryGb: 4, storageGb: 10, pods: 5, services: 3, gpus: 0 };
  const shut = provider.spec.parse({ quota, access: 'withdrawn' });
  const granted = provider.spec.parse({ quota });
  const look = async () => (await provider.observe(ref, scope())) as KubernetesNamespaceSeen;
  const paths = (seen: KubernetesNamespaceSeen, spec = shut) =>
    provider.plan(ref, spec, seen).flatMap(({ path, from }) => (path === '/access/bindings' ? [from] : []));
  return { server, provider, shut, granted, look, paths };
}

test('bindings for the tenant’s group beside ours are seen, also beyond a page, and count only without access', async () => {
  const pages = [
    {
      kind: 'RoleBindingList',
      metadata: { continue: 'more' },
      items: [binding('acme-tenant', [GROUP]), binding('by-hand', [GROUP])],
    },
    {
      kind: 'RoleBindingList',
      metadata: {},
      items: [binding('mixed', [OTHER, GROUP]), binding('theirs', [OTHER]), binding('empty', null)],
    },
  ];
  const { server, look, paths, granted } = await serverOf({
    [`GET ${ACME.bindings}`]: pages.map((body) => ({ body })),
  });
  const seen = await look();
  expect(seen.bindings).toEqual([
    { name: 'by-hand', resourceVersion: '9', others: [] },
    { name: 'mixed', resourceVersion: '9', others: [OTHER] },
  ]);
  expect(paths(seen)).toEqual([['by-hand', 'mixed']]);
  expect(paths(seen, granted)).toEqual([]);
  expect(server.lines().filter((line) => line.includes('continue='))).toHaveLength(1);
});

test('a user, a service account and a group of another tenant are not the tenant’s group', async () => {
  const items = [
    binding('user', [{ ...GROUP, kind: 'User' }]),
    binding('account', [{ kind: 'ServiceAccount', name: GROUP.name, namespace: ref.name }]),
    binding('longer', [{ ...GROUP, name: `${GROUP.name}-2` }]),
  ];
  const { look, paths } = await serverOf({
    [`GET ${ACME.bindings}`]: { body: { kind: 'RoleBindingList', metadata: {}, items } },
  });
  const seen = await look();
  expect([seen.bindings, seen.notes, paths(seen)]).toEqual([undefined, undefined, []]);
});

test('what names the group alone is deleted, what names others too loses the group', async () => {
  const items = [binding('by-hand', [GROUP]), binding('mixed', [OTHER, GROUP])];
  const { server, provider, look, shut } = await serverOf({
    [`GET ${ACME.bindings}`]: { body: { kind: 'RoleBindingList', metadata: {}, items } },
    [`DELETE ${ACME.bindings}/by-hand`]: { body: { kind: 'Status' } },
    [`PATCH ${ACME.bindings}/mixed`]: { body: { kind: 'RoleBinding' } },
    [`PATCH ${ACME.access}`]: { body: { kind: 'RoleBinding' } },
  });
  const changes = provider.plan(ref, shut, await look()).filter(({ path }) => path === '/access/bindings');
  await provider.ensure(ref, shut, changes, scope());
  const sent = server.effects().filter(({ path }) => !path.startsWith(ACME.access));
  expect(sent.map(({ method, path }) => `${method} ${path.split('/').at(-1)}`)).toEqual([
    'DELETE by-hand',
    'PATCH mixed',
  ]);
  expect(sent[1]?.body).toEqual({ metadata: { resourceVersion: '9' }, subjects: [OTHER] });
});

test('who may not list them is told so with a note; no list and no namespace for it are none', async () => {
  const denied = await serverOf({ [`GET ${ACME.bindings}`]: failed(403, 'Forbidden', 'cannot list resource') });
  const seen = await denied.look();
  expect([seen.bindings, seen.notes]).toEqual([undefined, [expect.stringMatching(/^BindingsUnseen: /)]]);
  const empty = await serverOf({
    [`GET ${ACME.bindings}`]: { body: { kind: 'RoleBindingList', metadata: {}, items: null } },
  });
  expect(await empty.look()).not.toHaveProperty('bindings');
});
