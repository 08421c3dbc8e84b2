/**
 * The connection to the search cluster, and the provider that uses it. Constructing it opens nothing.
 */
import type { Backend, Provider } from '@leasehold/engine';
import { bound } from '@leasehold/kernel';
import { createCluster } from './abilities.ts';
import { createElasticsearchClient, type ElasticsearchSettings } from './client.ts';
import { createIndexProvider } from './provider.ts';
import type { IndexSeen, IndexSpec } from './spec.ts';

export interface ElasticsearchBackendOptions extends ElasticsearchSettings {
  /** A whole call of the provider. Shipped: 60 s. */
  readonly operationTimeoutMs?: number;
}

export interface ElasticsearchBackend {
  readonly backend: Backend;
  readonly providers: readonly [Provider<IndexSpec, IndexSeen>];
}

export function createElasticsearchBackend(options: ElasticsearchBackendOptions): ElasticsearchBackend {
  const client = createElasticsearchClient(options);
  const provider = createIndexProvider({
    client,
    cluster: createCluster(client),
    timeoutMs: bound('elasticsearch-index-ms', options.operationTimeoutMs ?? 60_000),
    parallelism: bound('elasticsearch-index-parallelism', 8),
  });
  const backend: Backend = {
    name: 'elasticsearch',
    embedded: false,
    probe: async (signal) => {
      const query = { filter_path: 'status' };
      await client.call({ name: 'probe', method: 'GET', path: '/_cluster/health', query }, signal);
    },
    close: () => client.close(),
  };
  return { backend, providers: [provider] };
}
