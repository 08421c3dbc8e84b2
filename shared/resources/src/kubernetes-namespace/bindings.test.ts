/** What others have given the tenant's group goes while it has no access, and is theirs to give otherwise. */
import { ACME, failed, notFound } from '@leasehold/testing/fakes/kubernetes-canned';
import { scope } from '@leasehold/testing/suites/provider-steps';
import { expect, test } from 'vitest';
import { cannedClusters, ref, there } from '../../test/canned-cluster.ts';

const GROUP = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'leasehold:tenant-acme' };
const OTHER = { ...GROUP, name: 'operators' };
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' };
const binding = (name: string, subjects: unknown) => ({ metadata: { name, resourceVersion: '9' }, roleRef, subjects });
const listOf = (items: unknown, next?: string) => ({
  body: { kind: 'RoleBindingList', metadata: next === undefined ? {} : { continue: next }, items },
});
/** Our own, as it is while the tenant has access or none. */
const ours = (...subjects: readonly object[]) => ({
  [`GET ${ACME.access}`]: {
    body: { ...binding('acme-tenant', subjects), kind: 'RoleBinding', roleRef: { kind: 'Role', name: 'acme-tenant' } },
  },
});
const clusterOf = cannedClusters();
const serverOf = (routes: Parameters<typeof clusterOf>[0]) => clusterOf({ ...there(), ...routes });
const OTHERS = ['/access/bindings', '/access/clusterBindings'];
const ofOthers = (paths: readonly string[]) => paths.filter((path) => OTHERS.includes(path));

test('bindings for the tenant’s group beside ours are seen, also beyond a page, and count only without access', async () => {
  const pages = [
    listOf([binding('acme-tenant', [GROUP]), binding('by-hand', [GROUP])], 'more'),
    listOf([binding('mixed', [OTHER, GROUP]), binding('theirs', [OTHER]), binding('empty', null)]),
  ];
  const { server, provider, look, paths, shut, spec } = await serverOf({ [`GET ${ACME.bindings}`]: pages });
  const seen = await look();
  expect(seen.bindings).toEqual([
    { name: 'by-hand', resourceVersion: '9', others: [] },
    { name: 'mixed', resourceVersion: '9', others: [OTHER] },
  ]);
  const found = provider.plan(ref, shut, seen).filter(({ path }) => path === '/access/bindings');
  expect(found).toEqual([{ path: '/access/bindings', from: ['by-hand', 'mixed'], to: [], weight: 'settings' }]);
  expect(ofOthers(paths(seen, spec))).toEqual([]);
  expect(server.lines().filter((line) => line.startsWith(`GET ${ACME.bindings}?`))).toEqual([
    `GET ${ACME.bindings}?limit=250`,
    `GET ${ACME.bindings}?limit=250&continue=more`,
  ]);
});

test('a user, a service account and a group of another tenant are not the tenant’s group', async () => {
  const items = [
    binding('user', [{ ...GROUP, kind: 'User' }]),
    binding('account', [{ kind: 'ServiceAccount', name: GROUP.name, namespace: ref.name }]),
    binding('longer', [{ ...GROUP, name: `${GROUP.name}-2` }]),
  ];
  const { look, paths } = await serverOf({
    [`GET ${ACME.bindings}`]: listOf(items),
    [`GET ${ACME.clusterBindings}`]: listOf(items),
  });
  const seen = await look();
  expect([seen.bindings, seen.clusterBindings, seen.notes, ofOthers(paths(seen))]).toEqual([
    undefined,
    undefined,
    undefined,
    [],
  ]);
});

const TWO = {
  [`GET ${ACME.bindings}`]: listOf([binding('by-hand', [GROUP]), binding('mixed', [OTHER, GROUP])]),
  [`DELETE ${ACME.bindings}/by-hand`]: { body: { kind: 'Status' } },
  [`PATCH ${ACME.bindings}/mixed`]: { body: { kind: 'RoleBinding' } },
};
const sentTo = (effects: readonly { readonly method: string; readonly path: string }[]) =>
  effects.map(({ method, path }) => `${method} ${path.split('?')[0]?.split('/').at(-1)}`);

test('1 what names the group alone is deleted as it was seen, what names others too loses the group, and ours is left', async () => {
  const { server, provider, look, shut } = await serverOf(TWO);
  const changes = provider.plan(ref, shut, await look()).filter(({ path }) => path === '/access/bindings');
  await provider.ensure(ref, shut, changes, scope());
  const sent = server.effects();
  expect(sentTo(sent)).toEqual(['DELETE by-hand', 'PATCH mixed']);
  expect(sent.map(({ body }) => body)).toEqual([
    { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { resourceVersion: '9' } },
    { metadata: { resourceVersion: '9' }, subjects: [OTHER] },
  ]);
  expect(sent[1]?.headers['content-type']).toBe('application/merge-patch+json');
});

test('2 all that is ours comes before what others gave, and what is refused of one keeps none of the rest', async () => {
  const refusal = failed(403, 'Forbidden', 'user "mesh" is attempting to grant RBAC permissions not currently held');
  const { server, provider, look, shut } = await serverOf({ ...TWO, [`DELETE ${ACME.bindings}/by-hand`]: refusal });
  const ensured = provider.ensure(
    ref,
    shut,
    provider.plan(ref, { ...shut, podSecurity: 'restricted' }, await look()),
    scope(),
  );
  await expect(ensured).rejects.toMatchObject({ code: 'AccessDenied' });
  const sent = sentTo(server.effects());
  expect(sent.slice(-3)).toEqual(['PATCH tenant-acme', 'DELETE by-hand', 'PATCH mixed']);
  expect(sent.slice(0, -3).sort()).toEqual([
    'PATCH acme-limits',
    'PATCH acme-network',
    'PATCH acme-quota',
    'PATCH acme-tenant',
    'PATCH acme-tenant',
  ]);
});

test('2 a refusal is told rather than a server that was away, which is told where nothing was refused', async () => {
  const gone = failed(503, 'ServiceUnavailable', 'the server is shutting down');
  const refusal = failed(403, 'Forbidden', 'user "mesh" is attempting to grant RBAC permissions not currently held');
  const told = async (...answers: readonly [object, object]) => {
    const { provider, look, shut } = await serverOf({
      ...TWO,
      [`DELETE ${ACME.bindings}/by-hand`]: answers[0],
      [`PATCH ${ACME.bindings}/mixed`]: answers[1],
    });
    const changes = provider.plan(ref, shut, await look()).filter(({ path }) => path === '/access/bindings');
    return provider.ensure(ref, shut, changes, scope());
  };
  await expect(told(gone, refusal)).rejects.toMatchObject({ code: 'AccessDenied', away: false });
  await expect(told(gone, { body: { kind: 'RoleBinding' } })).rejects.toMatchObject({ away: true });
});

test('2 a binding that changed or went meanwhile is left to the next look', async () => {
  const { server, provider, look, paths, shut } = await serverOf({
    ...TWO,
    ...ours(),
    [`DELETE ${ACME.bindings}/by-hand`]: failed(409, 'Conflict', 'the ResourceVersion in the precondition differs'),
    [`PATCH ${ACME.bindings}/mixed`]: notFound('mixed'),
  });
  await provider.ensure(ref, shut, provider.plan(ref, shut, await look()), scope());
  expect(sentTo(server.effects()).slice(-2)).toEqual(['DELETE by-hand', 'PATCH mixed']);
  expect(ofOthers(paths(await look()))).toEqual(['/access/bindings']);
});

test('4 who may not list them is told so with a note; no list and no namespace for it are none', async () => {
  const denied = failed(403, 'Forbidden', 'cannot list resource');
  const neither = await serverOf({ [`GET ${ACME.bindings}`]: denied, [`GET ${ACME.clusterBindings}`]: denied });
  const seen = await neither.look();
  const unseen = (what: string) =>
    `BindingsUnseen: ${what} of others may not be listed, so that what they give is not seen`;
  expect(seen.notes).toEqual([unseen('role bindings'), unseen('cluster role bindings')]);
  expect([seen, ofOthers(neither.paths(seen))]).toEqual([
    expect.not.objectContaining({ bindings: expect.anything() }),
    [],
  ]);
  const older = await serverOf({ [`GET ${ACME.bindings}`]: listOf([]), [`GET ${ACME.clusterBindings}`]: denied });
  expect((await older.look()).notes).toEqual([unseen('cluster role bindings')]);
  const empty = await serverOf({ [`GET ${ACME.bindings}`]: listOf(null) });
  expect(await empty.look()).not.toHaveProperty('bindings');
});

const WIDE = {
  [`GET ${ACME.clusterBindings}`]: [
    listOf([binding('cluster-admin', [OTHER]), binding('all-tenants', [OTHER, GROUP])], 'more'),
    listOf([binding('everywhere', [GROUP]), binding('nobody', null)]),
  ],
};

test('3 bindings of the whole cluster are looked at while the tenant has no access by ours, and only then', async () => {
  const shut = await serverOf({ ...WIDE, ...ours(OTHER) });
  const seen = await shut.look();
  expect(seen.clusterBindings).toEqual(['all-tenants', 'everywhere']);
  expect(shut.provider.plan(ref, shut.shut, seen).filter(({ path }) => OTHERS.includes(path))).toEqual([
    { path: '/access/clusterBindings', from: ['all-tenants', 'everywhere'], to: [], weight: 'settings' },
  ]);
  expect(ofOthers(shut.paths(seen, shut.spec))).toEqual([]);
  const granted = await serverOf({ ...WIDE, ...ours(OTHER, GROUP) });
  expect(await granted.look()).not.toHaveProperty('clusterBindings');
  expect(granted.server.lines().some((line) => line.includes('clusterrolebindings'))).toBe(false);
});

test('3 they are told as what stands, by name, after all else is withdrawn, and never touched', async () => {
  const items = [...'abcdefghijkl'].map((name) => binding(name, [GROUP]));
  const { server, provider, look, shut } = await serverOf({ ...TWO, [`GET ${ACME.clusterBindings}`]: listOf(items) });
  const ensured = provider.ensure(ref, shut, provider.plan(ref, shut, await look()), scope());
  await expect(ensured).rejects.toMatchObject({
    class: 'Conflict',
    code: 'ClusterBindingStands',
    message:
      '12 ClusterRoleBindings of others give leasehold:tenant-acme rights (a, b, c, d, e, f, g, h, i, j): ' +
      'take it out of them by hand',
  });
  expect(sentTo(server.effects()).slice(-2)).toEqual(['DELETE by-hand', 'PATCH mixed']);
  expect(server.effects().filter(({ path }) => path.includes('clusterrolebindings'))).toEqual([]);
});

test('3 what was taken out by hand meanwhile is no failure, and what a plan does not name none either', async () => {
  const { provider, look, shut } = await serverOf({
    ...ours(),
    [`GET ${ACME.clusterBindings}`]: [listOf([binding('everywhere', [GROUP])]), listOf([])],
  });
  const changes = provider.plan(ref, shut, await look());
  expect(ofOthers(changes.map(({ path }) => path))).toEqual(['/access/clusterBindings']);
  await expect(provider.ensure(ref, shut, changes, scope())).resolves.toEqual({ namespace: 'tenant-acme' });
  const standing = await serverOf({ ...WIDE, ...ours() });
  const limits = provider.plan(ref, shut, await standing.look()).filter(({ path }) => path === '/limits');
  await expect(standing.provider.ensure(ref, shut, limits, scope())).resolves.toBeDefined();
});

test('a listing without end is none, and says of what there is too much', async () => {
  const endless = listOf([], 'on');
  const inside = await serverOf({ [`GET ${ACME.bindings}`]: endless });
  const tooMany = (what: string) => ({
    class: 'Invalid',
    code: 'TooManyElements',
    message: `kubernetes lists more than 10000 ${what}`,
  });
  await expect(inside.look()).rejects.toMatchObject(tooMany('role bindings in namespace tenant-acme'));
  const wide = await serverOf({ [`GET ${ACME.clusterBindings}`]: endless });
  await expect(wide.look()).rejects.toMatchObject(tooMany('cluster role bindings'));
});
