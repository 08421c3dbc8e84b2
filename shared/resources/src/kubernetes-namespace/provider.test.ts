/** Calls on an API server that answers from a table: what is sent when, in which order, and what its answers lead to. */
import { ABSENT, type Absent, type Change } from '@leasehold/engine';
import { goldenRequests, sentLike } from '@leasehold/testing/fakes/golden-requests';
import { ACME, failed, namespaceObject, notFound } from '@leasehold/testing/fakes/kubernetes-canned';
import { converge, hastyScope, listAll, scope } from '@leasehold/testing/suites/provider-steps';
import { expect, test } from 'vitest';
import { cannedClusters, ref, there } from '../../test/canned-cluster.ts';
import type { KubernetesNamespaceSeen } from './spec.ts';

const { namespace } = ACME;
const serverOf = cannedClusters();
const change = (path: string, from: unknown = null, to: unknown = null): Change => ({
  path,
  from,
  to,
  weight: 'settings',
});
const seenOf = (seen: KubernetesNamespaceSeen | Absent) => seen as KubernetesNamespaceSeen;

test('K1 K2 a namespace is made with its mark, then its parts, the binding after its role', async () => {
  const { server, provider, spec } = await serverOf({
    'POST /api/v1/namespaces': { status: 201, body: { kind: 'Namespace' } },
  });
  expect(await converge(provider, ref, spec)).toEqual([{ path: '', from: null, to: spec, weight: 'data' }]);
  const golden = goldenRequests(new URL('./fixtures/create.http', import.meta.url));
  const sent = server.effects();
  const [first, last] = [sent[0], sent.at(-1)].filter((one) => one !== undefined);
  expect(sentLike(golden, [first, last] as typeof sent)).toEqual(golden);
  expect(sent.slice(1, -1).map(({ path }) => path.split('?')[0])).toEqual(
    expect.arrayContaining([ACME.quota, ACME.limits, ACME.network, ACME.role]),
  );
  expect(sent).toHaveLength(6);
});

test('K1 what has the name and is not ours is refused, and nothing of it is changed', async () => {
  const labels = { 'tenant-id': 'other', 'managed-by': 'leasehold' };
  for (const [body, code] of [
    [namespaceObject(ref.name, 'acme', { labels: {} }), 'NameTaken'],
    [namespaceObject(ref.name, 'other', { labels }), 'NameTaken'],
    [namespaceObject(ref.name, 'acme', { annotations: { 'leasehold.io/generation': '3' } }), 'NewerGeneration'],
  ] as const) {
    const { server, provider, spec } = await serverOf({
      'POST /api/v1/namespaces': failed(409, 'AlreadyExists'),
      [`GET ${namespace}`]: { body },
    });
    const whole = provider.plan(ref, spec, ABSENT);
    await expect(provider.ensure(ref, spec, whole, scope())).rejects.toMatchObject({ class: 'Conflict', code });
    expect(server.effects().map(({ method }) => method)).toEqual(['POST']);
  }
});

test('K1 a namespace of ours whose answer was lost is completed by its own plan', async () => {
  const { server, provider, spec } = await serverOf({
    'POST /api/v1/namespaces': failed(409, 'AlreadyExists'),
    ...there(),
  });
  await provider.ensure(ref, spec, provider.plan(ref, spec, ABSENT), scope());
  const paths = server.effects().map(({ path }) => path.split('?')[0]);
  expect(paths.slice(1, -2)).toEqual(expect.arrayContaining([ACME.quota, ACME.limits, ACME.network, ACME.role]));
  expect(paths.slice(-2), 'the binding, then the mark').toEqual([ACME.access, namespace]);
});

test('only what a plan names is applied, and an empty plan asks nothing', async () => {
  const { server, provider, spec } = await serverOf(there());
  await provider.ensure(ref, spec, [change('/limits')], scope());
  expect(server.effects().map(({ path }) => path.split('?')[0])).toEqual([ACME.limits]);
  server.asked.length = 0;
  expect(await provider.ensure(ref, spec, [], scope())).toEqual({ namespace: 'tenant-acme' });
  expect(server.asked).toEqual([]);
});

test('a binding to another role, and a quota for some pods alone, are deleted and made anew', async () => {
  const binding = { kind: 'RoleBinding', metadata: { name: 'b' }, roleRef: { kind: 'ClusterRole', name: 'admin' } };
  const scoped = { kind: 'ResourceQuota', metadata: { name: 'q' }, spec: { hard: {}, scopes: ['Terminating'] } };
  const { server, provider, spec } = await serverOf({
    ...there(),
    [`GET ${ACME.access}`]: { body: binding },
    [`GET ${ACME.quota}`]: { body: scoped },
    [`DELETE ${ACME.access}`]: { body: { kind: 'Status', status: 'Success' } },
    [`DELETE ${ACME.quota}`]: notFound('acme-quota'),
  });
  const seen = seenOf(await provider.observe(ref, scope()));
  expect(seen).toMatchObject({
    quota: null,
    hasScopedQuota: true,
    access: { role: 'ClusterRole/admin', subjects: [] },
  });
  await provider.ensure(ref, spec, [change('/access/role'), change('/quota')], scope());
  expect(server.effects().map(({ method, path }) => `${method} ${path.split('?')[0]}`)).toEqual([
    `DELETE ${ACME.access}`,
    `DELETE ${ACME.quota}`,
    `PATCH ${ACME.quota}`,
    `PATCH ${ACME.access}`,
  ]);
});

test('a quota of ours is changed in place, and only who it binds is', async () => {
  const { server, provider, spec } = await serverOf({
    ...there(),
    [`GET ${ACME.quota}`]: { body: { kind: 'ResourceQuota', metadata: { name: 'q' }, spec: { hard: { pods: '7' } } } },
    [`GET ${ACME.access}`]: {
      body: { kind: 'RoleBinding', metadata: { name: 'b' }, roleRef: { kind: 'Role', name: 'acme-tenant' } },
    },
  });
  await provider.ensure(ref, spec, [change('/quota/pods'), change('/access/subjects')], scope());
  expect(server.effects().map(({ method }) => method)).toEqual(['PATCH', 'PATCH']);
});

test.each(['/tier', '/podSecurity', '/generation'])(
  '%s is of the namespace itself, applied after its parts',
  async (path) => {
    const { server, provider, spec } = await serverOf(there());
    await provider.ensure(ref, spec, [change(path), change('/role')], scope());
    expect(server.effects().map((one) => one.path.split('?')[0])).toEqual([ACME.role, namespace]);
  },
);

test('a namespace that goes meanwhile, or is on its way out, is told as such', async () => {
  const gone = await serverOf({ ...there(), [`PATCH ${ACME.limits}`]: notFound('tenant-acme') });
  await expect(gone.provider.ensure(ref, gone.spec, [change('/limits')], scope())).rejects.toMatchObject({
    class: 'Conflict',
    code: 'GoneMeanwhile',
    backend: 'kubernetes',
  });
  const absent = await serverOf();
  await expect(absent.provider.ensure(ref, absent.spec, [change('/limits')], scope())).rejects.toMatchObject({
    code: 'GoneMeanwhile',
    backend: 'kubernetes',
  });
  const leaving = await serverOf(there({ deletionTimestamp: '2026-01-01T00:00:00Z' }));
  const changes = leaving.provider.plan(ref, leaving.spec, await leaving.provider.observe(ref, scope()));
  expect(changes.map(({ path, from }) => [path, from])).toEqual([['', 'terminating']]);
  await expect(leaving.provider.ensure(ref, leaving.spec, [change('/limits')], scope())).rejects.toMatchObject({
    class: 'Unavailable',
    away: true,
    code: 'NamespaceTerminating',
    retryAfterMs: 2000,
  });
  expect(leaving.server.effects()).toEqual([]);
});

const marks = async (read: object, answer: object) => {
  const { server, provider, spec } = await serverOf({
    [`GET ${namespace}`]: { body: read },
    [`PATCH ${namespace}`]: answer as never,
  });
  await provider.adopt?.(ref, spec, scope());
  return server.effects();
};

test('K1 adoption marks the version that was seen, and one that changed or went is looked at again', async () => {
  const theirs = namespaceObject(ref.name, 'acme', { labels: {}, annotations: {} });
  const [sent] = await marks(theirs, { body: { kind: 'Namespace' } });
  expect(sent?.body).toMatchObject({ metadata: { uid: 'uid-of-tenant-acme', resourceVersion: '77' } });
  await expect(marks(theirs, failed(409, 'Conflict'))).rejects.toMatchObject({
    code: 'AppearedMeanwhile',
    backend: 'kubernetes',
  });
  await expect(marks(theirs, notFound('tenant-acme'))).rejects.toMatchObject({
    code: 'GoneMeanwhile',
    backend: 'kubernetes',
  });
  expect(await marks(namespaceObject(ref.name, 'acme'), {}), 'ours already').toEqual([]);
  const leaving = { labels: {}, deletionTimestamp: '2026-01-01T00:00:00Z' };
  await expect(marks(namespaceObject(ref.name, 'acme', leaving), {})).rejects.toMatchObject({
    code: 'NamespaceTerminating',
  });
  const managed = { labels: { 'managed-by': 'argocd' } };
  await expect(marks(namespaceObject(ref.name, 'acme', managed), {})).rejects.toMatchObject({
    code: 'NameTaken',
    backend: 'kubernetes',
  });
  const { provider, spec } = await serverOf();
  await expect(provider.adopt?.(ref, spec, scope())).rejects.toMatchObject({
    code: 'GoneMeanwhile',
    backend: 'kubernetes',
  });
});

test('a listing is read to its last page, each asked for by the word of the one before', async () => {
  const page = (names: readonly string[], next?: string) => ({
    body: {
      kind: 'NamespaceList',
      metadata: next === undefined ? {} : { continue: next },
      items: names.map((name) => namespaceObject(name, name.slice('tenant-'.length))),
    },
  });
  const { server, provider } = await serverOf({
    'GET /api/v1/namespaces': [page(['tenant-a', 'tenant-b'], 'to b+&'), page([], 'to c'), page(['tenant-c'])],
  });
  expect(await provider.listNames?.(scope())).toEqual(['tenant-a', 'tenant-b', 'tenant-c']);
  expect(server.lines()).toEqual([
    'GET /api/v1/namespaces?limit=250',
    'GET /api/v1/namespaces?limit=250&continue=to+b%2B%26',
    'GET /api/v1/namespaces?limit=250&continue=to+c',
  ]);
});

test('a listing that never ends is no listing, and one whose time is over is begun again', async () => {
  const { server, provider } = await serverOf({
    'GET /api/v1/namespaces': { body: { kind: 'NamespaceList', metadata: { continue: 'on' }, items: [] } },
  });
  await expect(provider.listNames?.(scope())).rejects.toMatchObject({ class: 'Invalid', code: 'TooManyElements' });
  expect(server.asked).toHaveLength(400);
  server.route({ 'GET /api/v1/namespaces': failed(410, 'Expired') });
  await expect(provider.listNames?.(scope())).rejects.toMatchObject({ class: 'Unavailable', code: 'ListingExpired' });
});

test('all of ours are seen with their parts; what only looks like ours, and what went meanwhile, is left out', async () => {
  const labels = { 'tenant-id': 'bad', 'managed-by': 'leasehold' };
  const { server, provider } = await serverOf({
    ...there(),
    'GET /api/v1/namespaces': {
      body: {
        kind: 'NamespaceList',
        metadata: {},
        items: [
          namespaceObject('tenant-bad', 'bad', { labels, annotations: { 'leasehold.io/generation': '0' } }),
          namespaceObject('tenant-acme', 'acme'),
          namespaceObject('tenant-went', 'went'),
        ],
      },
    },
    'GET /api/v1/namespaces/tenant-went': notFound('tenant-went'),
    'GET /api/v1/namespaces/tenant-went/resourcequotas/went-quota': notFound('q'),
    'GET /api/v1/namespaces/tenant-went/limitranges/went-limits': notFound('q'),
    'GET /apis/networking.k8s.io/v1/namespaces/tenant-went/networkpolicies/went-network': notFound('q'),
    'GET /apis/rbac.authorization.k8s.io/v1/namespaces/tenant-went/roles/went-tenant': notFound('q'),
    'GET /apis/rbac.authorization.k8s.io/v1/namespaces/tenant-went/rolebindings/went-tenant': notFound('q'),
    'GET /apis/rbac.authorization.k8s.io/v1/namespaces/tenant-went/rolebindings': notFound('q'),
  });
  const all = await listAll(provider);
  expect(all.map(([one, seen]) => [one, seen.mark])).toEqual([[ref, 'ours']]);
  expect(server.lines()[0]).toBe('GET /api/v1/namespaces?labelSelector=managed-by%3Dleasehold&limit=250');
});

const dying = (message?: string) => ({
  ...namespaceObject(ref.name, 'acme', { deletionTimestamp: '2026-01-01T00:00:00Z' }),
  status: {
    conditions: [{ status: 'False', message: 'all is well' }, ...(message ? [{ status: 'True', message }] : [])],
  },
});

test('K3 deletion names what was seen and ends when it is gone, looked at again every half second', async () => {
  const { server, provider } = await serverOf({
    [`GET ${namespace}`]: [
      { body: namespaceObject(ref.name, 'acme') },
      { body: dying() },
      { body: dying() },
      notFound(ref.name),
    ],
    [`DELETE ${namespace}`]: { body: { kind: 'Namespace' } },
  });
  const hasty = hastyScope();
  await provider.delete(ref, hasty);
  expect(hasty.sleptMs).toEqual([500, 500]);
  expect(server.effects().map(({ method, path, body }) => [method, path, body])).toEqual([
    ['DELETE', namespace, { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'uid-of-tenant-acme' } }],
  ]);
});

test('K3 another namespace under the name ends the wait, and one on its way out is not deleted again', async () => {
  const { server, provider } = await serverOf({
    [`GET ${namespace}`]: [{ body: dying() }, { body: namespaceObject(ref.name, 'acme', { uid: 'another' }) }],
  });
  const hasty = hastyScope();
  await provider.delete(ref, hasty);
  expect([hasty.sleptMs, server.effects()]).toEqual([[], []]);
});

test('K3 what holds a namespace back is said, also where it was said only once', async () => {
  const { server, provider } = await serverOf({
    [`GET ${namespace}`]: [{ body: dying() }, { body: dying('a finalizer of acme.io') }, { body: dying() }],
  });
  const hasty = hastyScope();
  const failing = provider.delete(ref, hasty);
  await expect(failing).rejects.toMatchObject({ class: 'Conflict', code: 'NamespaceTerminating' });
  await expect(failing).rejects.toThrow('a finalizer of acme.io');
  expect(hasty.sleptMs).toHaveLength(240);
  server.route({ [`GET ${namespace}`]: { body: dying() } });
  await expect(provider.delete(ref, hastyScope())).rejects.toThrow('still being deleted');
});

test('what is absent or others’ is not deleted', async () => {
  const nothing = await serverOf();
  await nothing.provider.delete(ref, hastyScope());
  const theirs = await serverOf(there({ labels: {} }));
  await theirs.provider.delete(ref, hastyScope());
  expect([...nothing.server.effects(), ...theirs.server.effects()]).toEqual([]);
});

test('the probe asks whether the server is ready, and whether it shows us namespaces', async () => {
  const { server, backend } = await serverOf({
    'GET /readyz': { body: 'ok' },
    'GET /api/v1/namespaces?limit=1': { body: { kind: 'NamespaceList', metadata: {}, items: [] } },
  });
  await backend.probe(scope().signal);
  expect(server.lines()).toEqual(['GET /readyz', 'GET /api/v1/namespaces?limit=1']);
  server.route({ 'GET /api/v1/namespaces?limit=1': failed(403, 'Forbidden', 'User "mesh" cannot list resource') });
  await expect(backend.probe(scope().signal)).rejects.toMatchObject({ code: 'AccessDenied' });
});

test('names that the contract does not give are refused before any call', async () => {
  const { server, provider } = await serverOf();
  for (const bad of [
    { ...ref, name: 'Tenant_acme' },
    { ...ref, tenantId: 'a/../b' },
    { ...ref, name: 'a'.repeat(64) },
  ]) {
    await expect(async () => provider.observe(bad, scope())).rejects.toMatchObject({ code: 'InvalidName' });
  }
  expect(server.asked).toEqual([]);
});
