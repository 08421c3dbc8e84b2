/**
 * The connection to the API server, and the provider that uses it. Constructing it opens nothing.
 */
import type { Backend, Provider } from '@leasehold/engine';
import { bound } from '@leasehold/kernel';
import { type ApiSettings, createKubernetesApi } from './api.ts';
import { createKubernetesNamespaceProvider } from './provider.ts';
import type { KubernetesNamespaceSeen, KubernetesNamespaceSpec } from './spec.ts';

export interface KubernetesBackendOptions extends ApiSettings {
  /** Where the platform's services run. Shipped: `platformq`. */
  readonly platformNamespace?: string;
  /** Namespaces that the cluster bears. */
  readonly namespaceLimit?: number;
  /** A whole call of the provider; a deletion waits in it until the namespace has gone. Shipped: 3 min. */
  readonly operationTimeoutMs?: number;
}

export interface KubernetesBackend {
  readonly backend: Backend;
  readonly providers: readonly [Provider<KubernetesNamespaceSpec, KubernetesNamespaceSeen>];
}

export function createKubernetesBackend(options: KubernetesBackendOptions): KubernetesBackend {
  const api = createKubernetesApi(options);
  const provider = createKubernetesNamespaceProvider({
    api,
    platformNamespace: options.platformNamespace ?? 'platformq',
    timeoutMs: bound('kubernetes-namespace-ms', options.operationTimeoutMs ?? 180_000),
    parallelism: bound('kubernetes-namespace-parallelism', 16),
    namespaceLimit: bound('kubernetes-namespaces', options.namespaceLimit ?? 10_000),
  });
  const backend: Backend = {
    name: 'kubernetes',
    embedded: false,
    probe: async (signal) => {
      await api.call({ name: 'probe', method: 'GET', path: '/readyz', plain: true }, signal);
      // Anybody may ask whether the server is ready; whether we may see namespaces is another question.
      await api.call({ name: 'probe-access', method: 'GET', path: '/api/v1/namespaces?limit=1' }, signal);
    },
    close: () => api.close(),
  };
  return { backend, providers: [provider] };
}
