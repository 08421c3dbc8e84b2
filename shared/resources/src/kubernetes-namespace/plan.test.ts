/** What differs of a namespace and what a repair of it would weaken; what a tier's file may say. */
import { ABSENT, type Change, type Ref } from '@leasehold/engine';
import { expect, test } from 'vitest';
import { type PARTS, partAfter, partManifest, wantedFacts } from './manifests.ts';
import { kubernetesNamespaceSpec, planNamespace } from './spec.ts';

const ref: Ref = { kind: 'kubernetes-namespace', name: 'tenant-acme', tenantId: 'acme', generation: 2, tier: 'free' };
const quota = { cpuCores: 2, memoryGb: 4, storageGb: 10, pods: 5, services: 3, gpus: 0 };
const spec = kubernetesNamespaceSpec.parse({ quota });
const wanted = wantedFacts(ref, spec, 'platformq');
const settled = {
  mark: 'ours',
  generation: 2,
  uid: 'u',
  terminating: false,
  hasScopedQuota: false,
  ...wanted,
} as const;
const plan = (over: object) =>
  planNamespace(ref, spec, { ...settled, ...over }, wanted).map(({ path, weakens }) => [path, weakens?.kind]);

test('what is as it should be differs in nothing', () => {
  expect(plan({})).toEqual([]);
});

test('what is absent, another’s or on its way out is a change as a whole, of data, from what it is', () => {
  const whole = (from: unknown) => [{ path: '', from, to: spec, weight: 'data' }];
  expect(planNamespace(ref, spec, ABSENT, wanted)).toEqual(whole(null));
  const seen = (over: object) => planNamespace(ref, spec, { ...settled, ...over }, wanted);
  expect(seen({ mark: 'none' })).toEqual(whole('none'));
  expect(seen({ mark: 'foreign' })).toEqual(whole('foreign'));
  expect(seen({ terminating: true })).toEqual(whole('terminating'));
  expect(seen({ quota: null })).toEqual([{ path: '/quota', from: null, to: wanted.quota, weight: 'settings' }]);
});

test.each([
  [{ tier: 'gold' }, [['/tier', undefined]]],
  [{ generation: 1 }, [['/generation', undefined]]],
  [{ podSecurity: null }, [['/podSecurity', undefined]]],
  [{ podSecurity: 'privileged' }, [['/podSecurity', undefined]]],
  [{ podSecurity: 'restricted' }, [['/podSecurity', 'weaker-isolation']]],
  [{ quota: null }, [['/quota', undefined]]],
])('%j', (over, expected) => {
  expect(plan(over)).toEqual(expected);
});

test.each([
  ['5', undefined],
  ['6', 'quota-below-use'],
  ['4', undefined],
  ['some', undefined],
])('3 a smaller quota of pods where %s are used weakens %s', (pods, kind) => {
  expect(plan({ quota: { ...wanted.quota, pods: '9' }, used: { pods } })).toEqual([['/quota/pods', kind]]);
  expect(plan({ quota: { ...wanted.quota, pods: '9' }, used: { services: '9' } })).toEqual([
    ['/quota/pods', undefined],
  ]);
});

test('3 a use in another way of writing is compared by value', () => {
  const more = { ...wanted.quota, 'requests.memory': '16Gi' };
  expect(plan({ quota: more, used: { 'requests.memory': '4294967297' } })).toEqual([
    ['/quota/requests.memory', 'quota-below-use'],
  ]);
  expect(plan({ quota: more, used: { 'requests.memory': '4096Mi' } })).toEqual([['/quota/requests.memory', undefined]]);
});

const network = wanted.network as { readonly egress: readonly { readonly to: readonly object[] }[] };
test.each([
  [
    'one peer more in a rule',
    {
      network: {
        ...network,
        egress: [{ to: [...(network.egress[0]?.to ?? []), { ipBlock: {} }] }, ...network.egress.slice(1)],
      },
    },
    [['/network/egress', 'others-rule']],
  ],
  ['a rule more', { network: { ...network, egress: [...network.egress, {}] } }, [['/network/egress', 'others-rule']]],
  ['a rule for all, that covers ours', { network: { ...network, egress: [{}] } }, [['/network/egress', undefined]]],
  ['no direction', { network: { ...network, policyTypes: ['Ingress'] } }, [['/network/policyTypes', undefined]]],
  [
    'some pods alone',
    { network: { ...network, podSelector: { matchLabels: { a: 'b' } } } },
    [['/network/podSelector/matchLabels', undefined]],
  ],
  ['no policy', { network: null }, [['/network', undefined]]],
  ['no role', { role: null }, [['/role', undefined]]],
  ['rules in another order', { role: [...(wanted.role as object[])].reverse() }, [['/role', 'others-rule']]],
  ['a right less', { role: (wanted.role as object[]).slice(1) }, [['/role', undefined]]],
  [
    'a verb more in a rule',
    { role: (wanted.role as { verbs: string[] }[]).map((one) => ({ ...one, verbs: [...one.verbs, 'x'] })) },
    [['/role', 'others-rule']],
  ],
  ['no limits', { limits: null }, [['/limits', undefined]]],
])('a namespace with %s', (_how, over, expected) => {
  expect(plan(over)).toEqual(expected);
});

test.each([
  { quota: { ...quota, cpuCores: -1 } },
  { quota: { ...quota, pods: 1.5 } },
  { quota: { ...quota, memoryGb: 1e10 } },
  { quota: { ...quota, more: 1 } },
  { quota: { cpuCores: 1 } },
  { quota, podSecurity: 'strict' },
  { quota, access: 'some' },
  { quota, containerRequests: { memoryMb: 0 } },
  { quota, network: { namespaces: ['Bad'] } },
  { quota, network: { namespaces: ['-bad'] } },
  { quota, network: { namespaces: ['a'.repeat(64)] } },
  { quota, network: { namespaces: Array.from({ length: 33 }, (_, index) => `n${index}`) } },
  { quota, typo: 1 },
])('a tier’s file that says %j is refused', (bad) => {
  expect(kubernetesNamespaceSpec.safeParse(bad).success).toBe(false);
});

test('a tier’s file says the quota, and the rest is the shipped', () => {
  expect(spec).toEqual({
    access: 'granted',
    quota,
    containerLimits: { cpuCores: 0.5, memoryMb: 512 },
    containerRequests: { cpuCores: 0.1, memoryMb: 128 },
    podSecurity: 'baseline',
    network: { internet: true, namespaces: [] },
  });
  const namespaces = ['a', 'a'.repeat(63), ...Array.from({ length: 30 }, (_, index) => `n${index}`)];
  expect(kubernetesNamespaceSpec.parse({ quota, network: { namespaces } }).network.namespaces).toEqual(namespaces);
});

const change = (path: string): Change => ({ path, from: null, to: null, weight: 'settings' });

test('of a quota and a policy, what a plan leaves alone is sent as it is seen; every other part is sent whole', () => {
  const held = {
    ...settled,
    quota: { ...wanted.quota, pods: '9', 'count/secrets': '1' },
    network: { policyTypes: [] },
  };
  const sent = (part: (typeof PARTS)[number], over: object, ...paths: readonly string[]) =>
    partAfter(part, partManifest(part, ref, spec, 'platformq'), { ...held, ...over }, paths.map(change));
  const whole = (part: (typeof PARTS)[number]) => partManifest(part, ref, spec, 'platformq');
  expect(sent('quota', {}, '/quota/services')['spec']).toEqual({ hard: { ...wanted.quota, pods: '9' } });
  expect(sent('quota', {}, '/quota/pods')['spec']).toEqual({ hard: wanted.quota });
  expect(sent('quota', {}, '/quota')).toEqual(whole('quota'));
  expect(sent('quota', { quota: null }, '/quota/pods')).toEqual(whole('quota'));
  expect(sent('network', {}, '/network')).toEqual(whole('network'));
  expect(sent('network', {}, '/network/policyTypes')['spec']).toEqual({ policyTypes: ['Ingress', 'Egress'] });
  expect(sent('network', { network: null }, '/network/policyTypes')).toEqual(whole('network'));
  for (const part of ['limits', 'role', 'access'] as const) expect(sent(part, {}, `/${part}/x`)).toEqual(whole(part));
});
