/** A tenant's objects and rights, against files that were written by hand from the contract. */
import { readFileSync } from 'node:fs';
import type { Ref } from '@leasehold/engine';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import {
  type Manifest,
  markManifest,
  namespaceManifest,
  PARTS,
  type Part,
  partManifest,
  partPath,
  wantedFacts,
} from './manifests.ts';
import { type ApiObject, seenNamespace } from './observation.ts';
import { kubernetesNamespaceSpec, planNamespace } from './spec.ts';

const ref: Ref = {
  kind: 'kubernetes-namespace',
  name: 'tenant-acme',
  tenantId: 'acme',
  generation: 3,
  tier: 'starter',
};
const quota = { cpuCores: 8, memoryGb: 16, storageGb: 100, pods: 20, services: 10, gpus: 0 };
const specOf = (more: object) => kubernetesNamespaceSpec.parse({ quota, podSecurity: 'restricted', ...more });
const KIND: Readonly<Record<Part, string>> = {
  quota: 'ResourceQuota',
  limits: 'LimitRange',
  network: 'NetworkPolicy',
  role: 'Role',
  access: 'RoleBinding',
};

function golden(name: string): ReadonlyMap<string, ApiObject> {
  const text = readFileSync(new URL(`./fixtures/${name}.yaml`, import.meta.url), 'utf8');
  const objects = parseAllDocuments(text).map((document) => document.toJS() as ApiObject);
  return new Map(objects.map((one) => [String(one['kind']), one]));
}

const open = specOf({ network: { namespaces: ['platformq', 'monitoring'] } });
const closed = specOf({ access: 'withdrawn', network: { internet: false } });

test('each object of a tenant is the one of the contract, field by field', () => {
  const files = golden('tenant');
  expect(namespaceManifest(ref, open)).toEqual(files.get('Namespace'));
  for (const part of PARTS) expect(partManifest(part, ref, open, 'platformq'), part).toEqual(files.get(KIND[part]));
  expect(files.size, 'nothing of the file is left over').toBe(PARTS.length + 1);
});

test('without the Internet no address is allowed at all, and withdrawn access names nobody', () => {
  const files = golden('closed');
  expect(partManifest('network', ref, closed, 'platformq')).toEqual(files.get('NetworkPolicy'));
  expect(partManifest('access', ref, closed, 'platformq')).toEqual(files.get('RoleBinding'));
});

test.each([
  ['tenant', open],
  ['closed', closed],
])('a namespace that holds the objects of the file %s is as it should be', (name, spec) => {
  const files = new Map([...golden('tenant'), ...golden(name)]);
  const parts = Object.fromEntries(PARTS.map((part) => [part, files.get(KIND[part])]));
  const seen = seenNamespace(ref, files.get('Namespace') as ApiObject, parts);
  expect(seen.mark).toBe('ours');
  expect(planNamespace(ref, spec, seen, wantedFacts(ref, spec, 'platformq'))).toEqual([]);
});

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** As the server's authorizer reads rules, wildcards included. */
const mayDo = (rules: readonly Rule[], verb: string, group: string, resource: string): boolean =>
  rules.some(
    ({ apiGroups, resources, verbs }) =>
      [group, '*'].some((one) => apiGroups.includes(one)) &&
      [resource, '*'].some((one) => resources.includes(one)) &&
      [verb, '*'].some((one) => verbs.includes(one)),
  );

const CHANGES = ['create', 'delete', 'deletecollection', 'patch', 'update', 'bind', 'escalate', 'impersonate'];
const RBAC = 'rbac.authorization.k8s.io';
const BOUNDS: readonly (readonly [string, string])[] = [
  ['', 'resourcequotas'],
  ['', 'resourcequotas/status'],
  ['', 'limitranges'],
  ['', 'namespaces'],
  ['', 'namespaces/finalize'],
  ['', 'secrets'],
  ['', 'serviceaccounts'],
  ['', 'serviceaccounts/token'],
  ['', 'nodes'],
  ['networking.k8s.io', 'networkpolicies'],
  [RBAC, 'roles'],
  [RBAC, 'rolebindings'],
  [RBAC, 'clusterroles'],
  [RBAC, 'clusterrolebindings'],
];

test.each(BOUNDS)('3 a tenant changes nothing of what binds it: %s/%s', (group, resource) => {
  const { rules } = partManifest('role', ref, open, 'platformq') as unknown as { readonly rules: readonly Rule[] };
  expect(CHANGES.filter((verb) => mayDo(rules, verb, group, resource))).toEqual([]);
  expect(mayDo(rules, 'create', '', 'pods'), 'and does its work').toBe(true);
});

test('3 secrets are not even read', () => {
  const { rules } = partManifest('role', ref, open, 'platformq') as unknown as { readonly rules: readonly Rule[] };
  expect(['get', 'list', 'watch'].filter((verb) => mayDo(rules, verb, '', 'secrets'))).toEqual([]);
});

test('each object lies where the API serves its kind', () => {
  expect(PARTS.map((part) => partPath(part, ref))).toEqual([
    '/api/v1/namespaces/tenant-acme/resourcequotas/acme-quota',
    '/api/v1/namespaces/tenant-acme/limitranges/acme-limits',
    '/apis/networking.k8s.io/v1/namespaces/tenant-acme/networkpolicies/acme-network',
    '/apis/rbac.authorization.k8s.io/v1/namespaces/tenant-acme/roles/acme-tenant',
    '/apis/rbac.authorization.k8s.io/v1/namespaces/tenant-acme/rolebindings/acme-tenant',
  ]);
});

test('a mark by adoption says whose and which version it is, and nothing of security or tier', () => {
  expect(markManifest(ref, { uid: 'u-1', resourceVersion: '77' })).toEqual({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: 'tenant-acme',
      uid: 'u-1',
      resourceVersion: '77',
      labels: { 'tenant-id': 'acme', 'managed-by': 'leasehold' },
      annotations: { 'leasehold.io/generation': '3' },
    },
  } satisfies Manifest);
});
