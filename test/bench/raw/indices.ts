/**
 * A tenant's indices by plain REST: each made by one PUT with its settings, its mapping and its aliases. The servers of the
 * tests have no lifecycle policies, so there is no policy and no template to be made.
 */
import type { Env } from '../../support/installation.ts';
import { each, type How } from './how.ts';

const keyword = { type: 'keyword' };
const date = { type: 'date' };
const double = { type: 'double' };
const kept = { type: 'object', enabled: false };
const text = {
  type: 'text',
  analyzer: 'leasehold_text',
  fields: { exact: { type: 'keyword', ignore_above: 256 } },
};
const asset = {
  id: keyword,
  name: text,
  description: text,
  owner_id: keyword,
  status: keyword,
  tags: keyword,
  created_at: date,
  updated_at: date,
};

const SINGLE = {
  marketplace: {
    ...asset,
    category: keyword,
    price_usd: double,
    rating: double,
    sales: { type: 'long' },
    published: { type: 'boolean' },
  },
  ml_models: { ...asset, framework: keyword, version: keyword, task: keyword, accuracy: double, metrics: kept },
};
const SERIES = {
  user_activity: {
    '@timestamp': date,
    user_id: keyword,
    session_id: keyword,
    action: keyword,
    resource: keyword,
    client_ip: { type: 'ip' },
    details: kept,
  },
  logs: {
    '@timestamp': date,
    level: keyword,
    service: keyword,
    message: text,
    trace_id: keyword,
    span_id: keyword,
    details: kept,
  },
  analytics: { '@timestamp': date, metric: keyword, value: double, unit: keyword, dimensions: kept },
};

/** `folding`: the server has the token filter for it. */
const settingsOf = (folding: boolean) => ({
  index: {
    number_of_shards: 1,
    number_of_replicas: 0,
    auto_expand_replicas: '0-1',
    refresh_interval: '1s',
    analysis: {
      analyzer: {
        leasehold_text: {
          type: 'custom',
          tokenizer: 'standard',
          filter: ['lowercase', ...(folding ? ['asciifolding'] : [])],
        },
      },
    },
  },
});

export interface RawIndices {
  make(tenantId: string, tier: string, how: How): Promise<void>;
  remove(tenantId: string): Promise<void>;
  /** Every index of tenants whose ids begin so, whoever made it. */
  clear(prefix: string): Promise<void>;
}

export async function connectElasticsearch(env: Env): Promise<RawIndices> {
  const url = env['STACK_ELASTICSEARCH_URL'] ?? '';
  const send = async (method: string, path: string, body?: object): Promise<boolean> => {
    const answer = await fetch(url + path, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const answered = await answer.text();
    if (answer.ok || path.startsWith('/_analyze')) return answer.ok;
    throw new Error(`${method} ${path}: ${answer.status} ${answered.slice(0, 300)}`);
  };
  const folding = await send('POST', '/_analyze', { tokenizer: 'standard', filter: ['asciifolding'], text: 'x' });
  const settings = settingsOf(folding);
  const indicesOf = (tenantId: string) => [
    ...Object.entries(SINGLE).map(([part, properties]) => ({
      index: `${tenantId}_${part}`,
      properties,
      aliases: { [`${tenantId}_all_assets`]: {}, [`${tenantId}_searchable`]: {} },
    })),
    ...Object.entries(SERIES).map(([part, properties]) => ({
      index: `${tenantId}_${part}-000001`,
      properties,
      aliases: { [`${tenantId}_${part}`]: { is_write_index: true } },
    })),
  ];
  return {
    make: (tenantId, tier, how) =>
      each(indicesOf(tenantId), how, async ({ index, properties, aliases }) => {
        const _meta = { leasehold: { tenant: tenantId, generation: 1, tier } };
        await send('PUT', `/${index}`, { settings, mappings: { _meta, dynamic: false, properties }, aliases });
      }),
    remove: async (tenantId) => {
      const names = indicesOf(tenantId).map(({ index }) => index);
      await send('DELETE', `/${names.join(',')}?ignore_unavailable=true`);
    },
    clear: async (prefix) => {
      const answer = await fetch(`${url}/${prefix}*/_settings?filter_path=*.settings.index.uuid`);
      for (const index of Object.keys((await answer.json()) as object)) await send('DELETE', `/${index}`);
    },
  };
}
