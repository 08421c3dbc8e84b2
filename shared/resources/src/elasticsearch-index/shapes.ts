/**
 * What each of a tenant's indices holds: mappings, analysers, and whether it is one index or a series behind a write alias.
 * Facts of the naming contract, not settings of a tier. A field more is a line here: it is added to indices that lack it.
 *
 * 1. Fields that are not named are kept in the document and not indexed (`dynamic: false`), so that no tenant can fill
 *    the cluster's state with field names.
 * 2. Only types, tokenizers and filters of the server's core are used, but for `asciifolding`, which is asked for first.
 */
export type FieldType = 'keyword' | 'text' | 'date' | 'double' | 'long' | 'boolean' | 'ip' | 'object';

export interface IndexShape {
  /** `series`: `{name}-000001` and successors behind the write alias `{name}`. */
  readonly form: 'single' | 'series';
  readonly fields: Readonly<Record<string, FieldType>>;
  /** Suffixes of the tenant's aliases that point here. */
  readonly aliases: readonly string[];
}

/** The analyser of every text field. */
export const ANALYSER = 'leasehold_text';
export const FOLDING = 'asciifolding';

const ASSETS = ['all_assets', 'searchable'] as const;
const ASSET: IndexShape['fields'] = {
  id: 'keyword',
  name: 'text',
  description: 'text',
  owner_id: 'keyword',
  status: 'keyword',
  tags: 'keyword',
  created_at: 'date',
  updated_at: 'date',
};

export const SHAPES = {
  marketplace: {
    form: 'single',
    aliases: ASSETS,
    fields: {
      ...ASSET,
      category: 'keyword',
      price_usd: 'double',
      rating: 'double',
      sales: 'long',
      published: 'boolean',
    },
  },
  ml_models: {
    form: 'single',
    aliases: ASSETS,
    fields: {
      ...ASSET,
      framework: 'keyword',
      version: 'keyword',
      task: 'keyword',
      accuracy: 'double',
      metrics: 'object',
    },
  },
  user_activity: {
    form: 'series',
    aliases: [],
    fields: {
      '@timestamp': 'date',
      user_id: 'keyword',
      session_id: 'keyword',
      action: 'keyword',
      resource: 'keyword',
      client_ip: 'ip',
      details: 'object',
    },
  },
  logs: {
    form: 'series',
    aliases: [],
    fields: {
      '@timestamp': 'date',
      level: 'keyword',
      service: 'keyword',
      message: 'text',
      trace_id: 'keyword',
      span_id: 'keyword',
      details: 'object',
    },
  },
  analytics: {
    form: 'series',
    aliases: [],
    fields: { '@timestamp': 'date', metric: 'keyword', value: 'double', unit: 'keyword', dimensions: 'object' },
  },
} as const satisfies Record<string, IndexShape>;

export type IndexPart = keyof typeof SHAPES;
export const INDEX_PARTS = Object.keys(SHAPES) as readonly IndexPart[];

/** A text field can be sorted and counted by its exact value too; an object is kept as it is and not indexed. */
function fieldMapping(type: FieldType, analyser: boolean): Readonly<Record<string, unknown>> {
  if (type === 'object') return { type, enabled: false };
  if (type !== 'text') return { type };
  return {
    type,
    ...(analyser ? { analyzer: ANALYSER } : {}),
    fields: { exact: { type: 'keyword', ignore_above: 256 } },
  };
}

/** The `properties` of a mapping. @param analyser whether the index has ours */
export const properties = (
  fields: Readonly<Record<string, FieldType>>,
  analyser = true,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, fieldMapping(type, analyser)]));

export const analysis = (folding: boolean): Readonly<Record<string, unknown>> => ({
  analyzer: {
    [ANALYSER]: { type: 'custom', tokenizer: 'standard', filter: ['lowercase', ...(folding ? [FOLDING] : [])] },
  },
});
