/**
 * A provider of namespaces over an API server that answers from a table, in which nothing of the tenant `acme` is unless a test says
 * so. Owns the closing of both after each test.
 */
import type { Absent, Ref } from '@leasehold/engine';
import type { CannedRoutes } from '@leasehold/testing/fakes/canned-server';
import { ACME, createCannedKubernetes, namespaceObject, notFound } from '@leasehold/testing/fakes/kubernetes-canned';
import { scope } from '@leasehold/testing/suites/provider-steps';
import { afterEach } from 'vitest';
import { createKubernetesBackend } from '../src/kubernetes-namespace/backend.ts';
import type { KubernetesNamespaceSeen } from '../src/kubernetes-namespace/spec.ts';
import { labelled } from './labelled.ts';

export const ref: Ref = {
  kind: 'kubernetes-namespace',
  name: 'tenant-acme',
  tenantId: 'acme',
  generation: 2,
  tier: 'free',
};
const quota = { cpuCores: 2, memoryGb: 4, storageGb: 10, pods: 5, services: 3, gpus: 0 };

const NOTHING_THERE = Object.fromEntries(Object.values(ACME).map((path) => [`GET ${path}`, notFound('it')]));
const APPLIED = Object.fromEntries(Object.values(ACME).map((path) => [`PATCH ${path}`, { body: { kind: 'Applied' } }]));

/** The official package is loaded within the first call, which takes long on a busy machine. */
const LOADING_MS = 60_000;

/** The tenant's namespace, ours. */
export const there = (more: object = {}): CannedRoutes => ({
  [`GET ${ACME.namespace}`]: { body: namespaceObject(ref.name, 'acme', more) },
});

/** Call once in a test file. */
export function cannedClusters() {
  const open: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0)) await close();
  });
  return async (routes: CannedRoutes = {}) => {
    const server = await createCannedKubernetes();
    const { backend, providers } = createKubernetesBackend({
      kubeconfig: server.kubeconfig,
      around: labelled,
      timeoutMs: LOADING_MS,
    });
    open.push(() => backend.close(), server.close);
    server.route({ ...NOTHING_THERE, ...APPLIED, ...routes });
    const [provider] = providers;
    const spec = provider.spec.parse({ quota });
    const shut = provider.spec.parse({ quota, access: 'withdrawn' });
    const look = async () => (await provider.observe(ref, scope())) as KubernetesNamespaceSeen;
    const paths = (seen: KubernetesNamespaceSeen | Absent, wanted = shut) =>
      provider.plan(ref, wanted, seen).map(({ path }) => path);
    return { server, backend, provider, spec, shut, look, paths };
  };
}
