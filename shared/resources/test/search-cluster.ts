/**
 * A provider of indices over a search cluster that answers from a table, without a server, and the resources and indices that the
 * tests of it speak of.
 */
import type { Absent, Ref } from '@leasehold/engine';
import { bound } from '@leasehold/kernel';
import type { CannedRoutes } from '@leasehold/testing/fakes/canned-server';
import { createElasticsearchTable, indexTold, WITHOUT_POLICIES } from '@leasehold/testing/fakes/elasticsearch-canned';
import { hastyScope } from '@leasehold/testing/suites/provider-steps';
import { createCluster } from '../src/elasticsearch-index/abilities.ts';
import { createIndexProvider } from '../src/elasticsearch-index/provider.ts';
import type { IndexSeen } from '../src/elasticsearch-index/spec.ts';
import { clientOver } from './client-over.ts';

export const DAY_MS = 86_400_000;
export const refOf = (part: string): Ref => ({
  kind: 'elasticsearch-index',
  name: `acme_${part}`,
  tenantId: 'acme',
  generation: 2,
  tier: 'starter',
});
export const [logs, marketplace] = [refOf('logs'), refOf('marketplace')];
export const OK = { body: { acknowledged: true } };
export const WRITES = { acme_logs: { is_write_index: true } };
export const SERIES = 'GET /acme_logs,acme_logs-*';
const SINGLE = 'GET /acme_marketplace,acme_all_assets,acme_searchable';

/** An index of the series, ours. */
export const one = (more: object = {}): object => indexTold({ part: 'logs', ...more });

export function searchCluster(routes: CannedRoutes = {}) {
  const table = createElasticsearchTable(routes);
  const client = clientOver(table.ask);
  const [timeoutMs, parallelism] = [bound('t', 1), bound('p', 1)];
  const provider = createIndexProvider({ client, cluster: createCluster(client), timeoutMs, parallelism });
  const effects = () => table.asked.filter(({ method, path }) => method !== 'GET' && path !== '/_analyze');
  return {
    table,
    provider,
    spec: provider.spec.parse({}),
    effects,
    /** `METHOD /path?query` of every call. */
    asked: () => table.asked.map(({ method, path }) => `${method} ${path}`),
    /** `METHOD /path` of what changes something. */
    lines: () => effects().map(({ method, path }) => `${method} ${path.split('?')[0]}`),
  };
}

/** A resource as it is seen on such a cluster. */
export const looked = async (ref: Ref, routes: CannedRoutes, atMs = 0): Promise<IndexSeen | Absent> =>
  searchCluster(routes).provider.observe(ref, hastyScope(atMs));

/** The series as it is seen where these indices are found, on a cluster without policies. */
export const series = (found: object, more: CannedRoutes = {}, atMs = 0) =>
  looked(logs, { ...WITHOUT_POLICIES, [SERIES]: { body: found }, ...more }, atMs);

/** The single index as it is seen where these are found. */
export const single = (found: object, more: CannedRoutes = {}) =>
  looked(marketplace, { [SINGLE]: { body: found }, ...more });

/** The cluster's health and routing table, as they tell one index's primary. */
export const primaryTold = (index: string, shard: object, health = 'red'): CannedRoutes => ({
  'GET /_cluster/health': { body: { status: health, number_of_data_nodes: 2 } },
  [`GET /_cluster/state/routing_table/${index}`]: {
    body: { routing_table: { indices: { [index]: { shards: { 0: [{ primary: true, ...shard }] } } } } },
  },
});
