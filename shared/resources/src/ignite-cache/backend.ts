/**
 * The connection to the Ignite cluster, and the provider that uses it. Constructing it opens nothing.
 */
import type { Backend, Provider } from '@leasehold/engine';
import { bound } from '@leasehold/kernel';
import { createIgniteLink, type LinkSettings } from './link.ts';
import { createCacheProvider } from './provider.ts';
import type { CacheSeen, CacheSpec } from './spec.ts';
import { createTemplates } from './templates.ts';

export interface IgniteBackendOptions extends LinkSettings {
  /** Caches that the cluster bears in groups. */
  readonly cacheLimit?: number;
  /** A whole call of the provider. Shipped: 60 s. */
  readonly operationTimeoutMs?: number;
}

export interface IgniteBackend {
  readonly backend: Backend;
  readonly providers: readonly [Provider<CacheSpec, CacheSeen>];
}

export function createIgniteBackend(options: IgniteBackendOptions): IgniteBackend {
  const link = createIgniteLink(options);
  const provider = createCacheProvider({
    link,
    templates: createTemplates(link),
    timeoutMs: bound('ignite-cache-ms', options.operationTimeoutMs ?? 60_000),
    parallelism: bound('ignite-cache-parallelism', 12),
    cacheLimit: bound('ignite-caches', options.cacheLimit ?? 6000),
  });
  const backend: Backend = {
    name: 'ignite',
    embedded: false,
    probe: async (signal) => {
      await link.names(signal);
    },
    close: () => link.close(),
  };
  return { backend, providers: [provider] };
}
