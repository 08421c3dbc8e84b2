/**
 * The connection to the broker's admin API, and the provider that uses it. Constructing it opens nothing.
 */
import type { Backend, Provider } from '@leasehold/engine';
import { bound, unavailable } from '@leasehold/kernel';
import { createPulsarAdmin, type PulsarAdmin, type PulsarSettings } from './admin.ts';
import { createNamespaceProvider } from './provider.ts';
import type { NamespaceSeen, NamespaceSpec } from './spec.ts';

export interface PulsarBackendOptions extends PulsarSettings {
  /** The Pulsar tenant that holds the platform's namespaces. Shipped: `platformq`. */
  readonly pulsarTenant?: string;
  /** Topics that the cluster bears. */
  readonly topicLimit?: number;
  /** Topics that the services consume in each namespace, by the last part of their names. Shipped: none. */
  readonly heardTopics?: readonly string[];
  /** A whole call of the provider. Shipped: 60 s. */
  readonly operationTimeoutMs?: number;
}

export interface PulsarBackend {
  readonly backend: Backend;
  readonly providers: readonly [Provider<NamespaceSpec, NamespaceSeen>];
}

/** Whether there is a tenant whose namespaces we may see. */
async function probeTenant(admin: PulsarAdmin, tenant: string, signal: AbortSignal): Promise<void> {
  const path = `/namespaces/${encodeURIComponent(tenant)}`;
  const { status } = await admin.call({ name: 'probe-access', method: 'GET', path, expect: [404] }, signal);
  if (status !== 404) return;
  throw unavailable(`pulsar has no tenant ${tenant}`, { code: 'TenantMissing', backend: 'pulsar', away: true });
}

export function createPulsarBackend(options: PulsarBackendOptions): PulsarBackend {
  const { pulsarTenant = 'platformq', heardTopics = [] } = options;
  const admin = createPulsarAdmin(options);
  const provider = createNamespaceProvider({
    admin,
    pulsarTenant,
    timeoutMs: bound('pulsar-namespace-ms', options.operationTimeoutMs ?? 60_000),
    parallelism: bound('pulsar-namespace-parallelism', 8),
    heardTopics,
    topicLimit: bound('pulsar-topics', options.topicLimit ?? 100_000),
  });
  const backend: Backend = {
    name: 'pulsar',
    embedded: false,
    probe: async (signal) => {
      await admin.call({ name: 'probe', method: 'GET', path: '/brokers/health?topicVersion=V2' }, signal);
      await admin.cluster(signal);
      await probeTenant(admin, pulsarTenant, signal);
    },
    close: async () => admin.close(),
  };
  return { backend, providers: [provider] };
}
