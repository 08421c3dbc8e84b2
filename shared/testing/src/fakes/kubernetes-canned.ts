/**
 * An API server that answers from a table, and a kubeconfig that leads to it: tenants' namespaces as the server would tell them.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CannedReply, type CannedServer, createCannedServer } from './canned-server.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';

/** Where the objects of the tenant `acme` lie, and what of the whole cluster is looked at for it. */
export const ACME = {
  namespace: '/api/v1/namespaces/tenant-acme',
  quota: '/api/v1/namespaces/tenant-acme/resourcequotas/acme-quota',
  limits: '/api/v1/namespaces/tenant-acme/limitranges/acme-limits',
  network: '/apis/networking.k8s.io/v1/namespaces/tenant-acme/networkpolicies/acme-network',
  role: `${RBAC}/namespaces/tenant-acme/roles/acme-tenant`,
  access: `${RBAC}/namespaces/tenant-acme/rolebindings/acme-tenant`,
  bindings: `${RBAC}/namespaces/tenant-acme/rolebindings`,
  clusterBindings: `${RBAC}/clusterrolebindings`,
} as const;

export interface CannedKubernetes extends CannedServer {
  readonly kubeconfig: string;
}

export async function createCannedKubernetes(): Promise<CannedKubernetes> {
  const server = await createCannedServer();
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  const kubeconfig = join(folder, 'config');
  await writeFile(kubeconfig, kubeconfigText(server.url));
  return {
    ...server,
    kubeconfig,
    close: async () => {
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

const kubeconfigText = (url: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'mesh' } }],
    clusters: [{ name: 'here', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'mesh', user: { token: 'the-token' } }],
  });

/** As the server says that a named object is not there. */
export const notFound = (name: string): CannedReply => failed(404, 'NotFound', `"${name}" not found`, { name });

export const failed = (status: number, reason: string, message = reason, details?: object): CannedReply => ({
  status,
  body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, ...(details ? { details } : {}) },
});

/** @param more of the namespace's metadata */
export const namespaceObject = (name: string, tenantId: string, more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name,
    uid: `uid-of-${name}`,
    resourceVersion: '77',
    labels: { 'tenant-id': tenantId, 'tenant-tier': 'free', 'managed-by': 'leasehold' },
    annotations: { 'leasehold.io/generation': '2' },
    ...more,
  },
});
