import { ABSENT, type Ref } from '@leasehold/engine';
import { expect, test } from 'vitest';
import { PARTS, partManifest, wantedFacts } from './manifests.ts';
import { seenNamespace } from './observation.ts';
import { kubernetesNamespaceSpec, planNamespace } from './spec.ts';

const ref: Ref = {
  kind: 'kubernetes-namespace',
  name: 'tenant-acme',
  tenantId: 'acme',
  generation: 1,
  tier: 'starter',
};
const quota = { cpuCores: 8, memoryGb: 16, storageGb: 100, pods: 20, services: 10, gpus: 0 };
const spec = kubernetesNamespaceSpec.parse({ quota });
const wanted = wantedFacts(ref, spec, 'platformq');

/** The manifests as the server would answer them, whatever it adds. */
function answered(changed: Partial<Record<(typeof PARTS)[number], unknown>> = {}) {
  const parts = Object.fromEntries(
    PARTS.map((part) => [part, part in changed ? changed[part] : partManifest(part, ref, spec, 'platformq')]),
  );
  const namespace = {
    metadata: {
      name: ref.name,
      uid: 'u-1',
      labels: {
        'tenant-id': 'acme',
        'tenant-tier': 'starter',
        'managed-by': 'leasehold',
        'pod-security.kubernetes.io/enforce': 'baseline',
        'kubernetes.io/metadata.name': ref.name,
      },
      annotations: { 'leasehold.io/generation': '1' },
    },
  };
  return seenNamespace(ref, namespace, parts as unknown as Parameters<typeof seenNamespace>[2]);
}

test('what the manifests make is converged', () => {
  expect(planNamespace(ref, spec, answered(), wanted)).toEqual([]);
});

test('the quota of a tier is what the contract tells', () => {
  expect(wanted.quota).toEqual({
    'requests.cpu': '8',
    'requests.memory': '16Gi',
    'requests.storage': '100Gi',
    'requests.nvidia.com/gpu': '0',
    pods: '20',
    services: '10',
    persistentvolumeclaims: '20',
  });
});

test('2 what others limit beside ours is no difference; what they change of ours is, by its name', () => {
  const hard = { ...wanted.quota, pods: '500', 'count/secrets': '10', 'requests.memory': '16384Mi' };
  const changes = planNamespace(ref, spec, answered({ quota: { metadata: { name: 'q' }, spec: { hard } } }), wanted);
  expect(changes).toEqual([{ path: '/quota/pods', from: '500', to: '20', weight: 'settings' }]);
});

test('1 withdrawn access differs below /access alone', () => {
  const withdrawn = kubernetesNamespaceSpec.parse({ quota, access: 'withdrawn' });
  const changes = planNamespace(ref, withdrawn, answered(), wantedFacts(ref, withdrawn, 'platformq'));
  expect(changes.map(({ path }) => path)).toEqual(['/access/subjects']);
});

test('an object that is missing is one difference with its own path', () => {
  for (const part of PARTS) {
    const changes = planNamespace(ref, spec, answered({ [part]: undefined }), wanted);
    expect(changes.map(({ path }) => path)).toEqual([`/${part}`]);
  }
});

test('what is absent is made as a whole, as data', () => {
  expect(planNamespace(ref, spec, ABSENT, wanted)).toMatchObject([{ path: '', weight: 'data' }]);
});

test('requests of any size are taken, and nothing gives a container a limit that it has not asked for', () => {
  const large = kubernetesNamespaceSpec.parse({ quota, containerRequests: { cpuCores: 2, memoryMb: 4096 } });
  expect(wantedFacts(ref, large, 'platformq').limits).toEqual([
    { type: 'Container', defaultRequest: { cpu: '2', memory: '4Gi' } },
  ]);
  expect(large.containerLimits, 'an earlier release beside this one takes it').toEqual({ cpuCores: 2, memoryMb: 4096 });
});

test('default limits of an earlier release go without a word, those of others with one', () => {
  const limited = (memory: string) => {
    const limits = [
      { type: 'Container', default: { cpu: '500m', memory }, defaultRequest: { cpu: '100m', memory: '128Mi' } },
    ];
    return planNamespace(ref, spec, answered({ limits: { metadata: { name: 'l' }, spec: { limits } } }), wanted);
  };
  expect(limited('512Mi').map(({ path, weakens }) => [path, weakens])).toEqual([['/limits', undefined]]);
  expect(limited('1Gi').map(({ path, weakens }) => [path, weakens?.kind])).toEqual([['/limits', 'others-rule']]);
});
