/** A namespace as the API tells it, read as facts: whose it is, and what of it counts. */
import type { Ref } from '@leasehold/engine';
import { expect, test } from 'vitest';
import { type ApiObject, ownerIn, seenNamespace } from './observation.ts';

const ref: Ref = { kind: 'kubernetes-namespace', name: 'tenant-acme', tenantId: 'acme', generation: 2, tier: 'free' };
const OURS = { 'tenant-id': 'acme', 'tenant-tier': 'gold', 'managed-by': 'leasehold' };
const GENERATION = { 'leasehold.io/generation': '2' };
const namespace = (metadata: object): ApiObject => ({ metadata: { name: 'tenant-acme', ...metadata } });
const object = (more: object): ApiObject => ({ metadata: { name: 'x' }, ...more });
const seen = (parts: object = {}, metadata: object = { labels: OURS, annotations: GENERATION }) =>
  seenNamespace(ref, namespace(metadata), parts);

test.each([
  ['marked', OURS, GENERATION, 'ours', 2],
  ['marked by a later generation', OURS, { 'leasehold.io/generation': '7' }, 'ours', 7],
  ['of another tenant', { ...OURS, 'tenant-id': 'other' }, GENERATION, 'foreign', 2],
  ['named for another tenant without a mark', { 'tenant-id': 'other' }, {}, 'foreign', undefined],
  ['named for the tenant without a mark', { 'tenant-id': 'acme' }, {}, 'none', undefined],
  ['bare', undefined, undefined, 'none', undefined],
  ['without the tenant', { 'managed-by': 'leasehold' }, GENERATION, 'none', undefined],
  ['without a generation', OURS, {}, 'none', undefined],
  ['of no generation', OURS, { 'leasehold.io/generation': '0' }, 'none', undefined],
  ['of half a generation', OURS, { 'leasehold.io/generation': '1.5' }, 'none', undefined],
  ['of a generation in words', OURS, { 'leasehold.io/generation': 'two' }, 'none', undefined],
  ['managed by others', { ...OURS, 'managed-by': 'argocd' }, GENERATION, 'foreign', undefined],
  ['managed by nobody', { 'tenant-id': 'acme' }, GENERATION, 'none', undefined],
])('a namespace %s', (_how, labels, annotations, mark, generation) => {
  const told = { ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) };
  const found = seen({}, told);
  expect([found.mark, found.generation]).toEqual([mark, generation]);
  expect(ownerIn(namespace(told))?.generation).toBe(generation);
});

test('what is not there reads as none, and what the server adds is left out', () => {
  expect(seen({}, {})).toEqual({
    mark: 'none',
    uid: '',
    terminating: false,
    tier: '',
    podSecurity: null,
    quota: null,
    hasScopedQuota: false,
    used: {},
    limits: null,
    network: null,
    role: null,
    access: null,
  });
  const labels = { ...OURS, 'pod-security.kubernetes.io/enforce': 'restricted', 'kubernetes.io/metadata.name': 'x' };
  const given = { uid: 'u', deletionTimestamp: 'now', labels, annotations: GENERATION };
  expect(seen({}, given)).toMatchObject({ uid: 'u', terminating: true, tier: 'gold', podSecurity: 'restricted' });
});

test('quantities are brought to one way of writing, in the quota, its use and the limits', () => {
  const quota = object({
    spec: { hard: { pods: '5k', 'requests.memory': '4096Mi' } },
    status: { used: { pods: '1000m' } },
  });
  const limits = object({
    spec: { limits: [{ type: 'Container', max: null, defaultRequest: { cpu: '0.1', memory: '131072Ki' } }] },
  });
  expect(seen({ quota, limits })).toMatchObject({
    quota: { pods: '5000', 'requests.memory': '4Gi' },
    used: { pods: '1' },
    limits: [{ type: 'Container', max: null, defaultRequest: { cpu: '100m', memory: '128Mi' } }],
  });
  expect(seen({ quota: object({}), limits: object({ spec: {} }) })).toMatchObject({ quota: {}, used: {}, limits: [] });
});

test.each([
  [{ scopes: ['Terminating'] }, true],
  [{ scopeSelector: { matchExpressions: [] } }, true],
  [{ scopes: [] }, false],
  [{}, false],
])('a quota with %j binds some pods alone: %j', (more, isScoped) => {
  const quota = object({ spec: { hard: { pods: '5' }, ...more } });
  expect(seen({ quota })).toMatchObject({ hasScopedQuota: isScoped, quota: isScoped ? null : { pods: '5' } });
});

test('who may act is told by sort and name, in order', () => {
  const subjects = [
    { kind: 'User', name: 'eve' },
    { kind: 'Group', name: 'leasehold:tenant-acme' },
    { kind: 'Group', name: 'a' },
  ];
  const access = object({ roleRef: { kind: 'Role', name: 'acme-tenant' }, subjects });
  expect(seen({ access }).access).toEqual({
    role: 'acme-tenant',
    subjects: ['User/eve', 'a', 'leasehold:tenant-acme'],
  });
  const admin = object({ roleRef: { kind: 'ClusterRole', name: 'admin' } });
  expect(seen({ access: admin }).access).toEqual({ role: 'ClusterRole/admin', subjects: [] });
});

test('an empty list or map may come as null, and reads as empty', () => {
  const none = { labels: null, annotations: null } as object;
  expect(seen({}, none)).toMatchObject({ mark: 'none', tier: '' });
  expect(ownerIn(namespace(none))).toBeUndefined();
  const roleRef = { kind: 'Role', name: 'acme-tenant' };
  expect(
    seen({
      quota: object({ spec: { hard: null, scopes: null, scopeSelector: null }, status: { used: null } }),
      limits: object({ spec: { limits: null } }),
      network: object({ spec: null }),
      role: object({ rules: null }),
      access: object({ roleRef, subjects: null }),
    }),
  ).toMatchObject({
    quota: {},
    hasScopedQuota: false,
    used: {},
    limits: [],
    network: null,
    role: null,
    access: { role: 'acme-tenant', subjects: [] },
  });
  expect(seen({ limits: object({ spec: null }) })).toMatchObject({ limits: [] });
});
