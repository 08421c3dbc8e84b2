/**
 * A search cluster that answers from a table: indices, policies and templates of the tenant `acme` as the cluster would tell them.
 */
import {
  type CannedReply,
  type CannedRoutes,
  type CannedServer,
  type CannedTable,
  createCannedServer,
  createCannedTable,
} from './canned-server.ts';

/** As the cluster tells a failure. */
export const esError = (status: number, type: string, reason = type): CannedReply => ({
  status,
  body: { error: { root_cause: [], type, reason }, status },
});

const MISSING = esError(404, 'resource_not_found_exception');

export const esMark = (more: object = {}) => ({
  leasehold: { tenant: 'acme', generation: 2, tier: 'starter', ...more },
});

/** A cluster of one node with policies and folding, in which nothing of the tenant's is. */
export const EMPTY_CLUSTER: CannedRoutes = {
  'GET /_ilm/status': { body: { operation_mode: 'RUNNING' } },
  'POST /_analyze': { body: { tokens: [] } },
  'GET /_cluster/health': {
    body: {
      status: 'green',
      number_of_data_nodes: 1,
      active_shards: 10,
      initializing_shards: 2,
      unassigned_shards: 3,
      relocating_shards: 50,
    },
  },
  'GET /_cluster/settings': { body: { defaults: { cluster: { max_shards_per_node: '1000' } } } },
  'GET /acme_logs,acme_logs-*': { body: {} },
  'GET /acme_analytics,acme_analytics-*': { body: {} },
  'GET /acme_marketplace,acme_all_assets,acme_searchable': { body: {} },
  'GET /_ilm/policy/acme_logs': MISSING,
  'GET /_index_template/acme_logs': MISSING,
};

export const WITHOUT_POLICIES: CannedRoutes = { 'GET /_ilm/status': esError(400, 'illegal_argument_exception') };

export const createCannedElasticsearch = (routes: CannedRoutes = {}): Promise<CannedServer> =>
  createCannedServer({ ...EMPTY_CLUSTER, ...routes }, { 'x-elastic-product': 'Elasticsearch' });

/** The same without a server. */
export const createElasticsearchTable = (routes: CannedRoutes = {}): CannedTable =>
  createCannedTable({ ...EMPTY_CLUSTER, ...routes });

const FIELDS: Readonly<Record<string, object>> = {
  logs: {
    '@timestamp': { type: 'date' },
    level: { type: 'keyword' },
    service: { type: 'keyword' },
    message: { type: 'text' },
    trace_id: { type: 'keyword' },
    span_id: { type: 'keyword' },
    details: { type: 'object' },
  },
  analytics: {
    '@timestamp': { type: 'date' },
    metric: { type: 'keyword' },
    value: { type: 'double' },
    unit: { type: 'keyword' },
    dimensions: {},
  },
  marketplace: {
    id: { type: 'keyword' },
    name: { type: 'text' },
    description: { type: 'text' },
    owner_id: { type: 'keyword' },
    status: { type: 'keyword' },
    tags: { type: 'keyword' },
    created_at: { type: 'date' },
    updated_at: { type: 'date' },
    category: { type: 'keyword' },
    price_usd: { type: 'double' },
    rating: { type: 'double' },
    sales: { type: 'long' },
    published: { type: 'boolean' },
  },
};

export interface IndexTold {
  readonly part: keyof typeof FIELDS;
  readonly aliases?: Readonly<Record<string, object>>;
  readonly meta?: object | undefined;
  readonly createdAtMs?: number;
  /** Over those of an index that is as it should be. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly mappings?: object;
  readonly dataStream?: string;
}

/** An index as `GET /index` tells it. */
export const indexTold = (told: IndexTold): object => ({
  ...(told.dataStream === undefined ? {} : { data_stream: told.dataStream }),
  aliases: told.aliases ?? {},
  mappings: {
    dynamic: 'false',
    ...('meta' in told ? { _meta: told.meta } : { _meta: esMark() }),
    properties: FIELDS[told.part],
    ...told.mappings,
  },
  settings: {
    index: {
      creation_date: String(told.createdAtMs ?? 0),
      refresh_interval: '1s',
      auto_expand_replicas: '0-1',
      number_of_replicas: '0',
      analysis: { analyzer: { leasehold_text: { type: 'custom', filter: ['lowercase', 'asciifolding'] } } },
      ...told.settings,
    },
  },
});

export const policyTold = (phases: object, meta: object | undefined = esMark()): object => ({
  acme_logs: { version: 1, policy: { _meta: meta, phases } },
});

export const templateTold = (meta: object | undefined = esMark(), gives: object | undefined = esMark()): object => ({
  index_templates: [
    {
      name: 'acme_logs',
      index_template: { index_patterns: ['acme_logs-*'], _meta: meta, template: { mappings: { _meta: gives } } },
    },
  ],
});
