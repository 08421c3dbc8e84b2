/**
 * The connection to the broker's admin API, and the provider that uses it. Constructing it opens nothing.
 */
import type { Backend, Provider } from '@leasehold/engine';
import { bound } from '@leasehold/kernel';
import { createPulsarAdmin, type PulsarSettings } from './admin.ts';
import { createNamespaceProvider } from './provider.ts';
import type { NamespaceSeen, NamespaceSpec } from './spec.ts';

export interface PulsarBackendOptions extends PulsarSettings {
  /** The Pulsar tenant that holds the platform's namespaces. Shipped: `platformq`. */
  readonly pulsarTenant?: string;
  /** Topics that the cluster bears. */
  readonly topicLimit?: number;
  /** A whole call of the provider. Shipped: 60 s. */
  readonly operationTimeoutMs?: number;
}

export interface PulsarBackend {
  readonly backend: Backend;
  readonly providers: readonly [Provider<NamespaceSpec, NamespaceSeen>];
}

export function createPulsarBackend(options: PulsarBackendOptions): PulsarBackend {
  const admin = createPulsarAdmin(options);
  const provider = createNamespaceProvider({
    admin,
    pulsarTenant: options.pulsarTenant ?? 'platformq',
    timeoutMs: bound('pulsar-namespace-ms', options.operationTimeoutMs ?? 60_000),
    parallelism: bound('pulsar-namespace-parallelism', 8),
    topicLimit: bound('pulsar-topics', options.topicLimit ?? 100_000),
  });
  const backend: Backend = {
    name: 'pulsar',
    embedded: false,
    probe: async (signal) => {
      await admin.call({ name: 'probe', method: 'GET', path: '/brokers/health?topicVersion=V2' }, signal);
    },
    close: async () => admin.close(),
  };
  return { backend, providers: [provider] };
}
