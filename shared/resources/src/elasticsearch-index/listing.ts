/**
 * What the cluster says of indices, of series' policies and templates, and of documents: calls that read, and their answers as
 * values. Judges nothing.
 */
import { asFault } from '@leasehold/kernel';
import { readBlocked } from './blocked-listing.ts';
import type { ElasticsearchClient } from './client.ts';
import { type IndexMark, parseMeta } from './mark.ts';
import { seriesOf } from './names.ts';
import type { PolicyLifecycle } from './spec.ts';

export interface FoundIndex {
  readonly index: string;
  readonly mark: IndexMark | undefined;
  /** All of `_meta`, others' words included. */
  readonly meta: Readonly<Record<string, unknown>>;
  /** By alias: whether it writes here. */
  readonly aliases: Readonly<Record<string, boolean>>;
  readonly fields: Readonly<Record<string, string>>;
  /** Whether fields that nobody named are indexed: `true`, `false`, `strict`, `runtime`. */
  readonly dynamic: string;
  /** The cluster's policy for it. */
  readonly policy: string | null;
  readonly createdAtMs: number;
  readonly refreshSeconds: number | null;
  readonly replicas: string;
  readonly isClosed: boolean;
  /** `write`, `read`, `read_only`, `read_only_allow_delete`, `metadata`. */
  readonly blocks: readonly string[];
  /** The data stream that it is a part of. */
  readonly dataStream: string | undefined;
  readonly analysers: readonly string[];
  readonly filters: readonly string[];
}

export interface Content {
  readonly documents: number;
  readonly bytes: number;
}

export interface FoundPolicy {
  readonly mark: IndexMark | undefined;
  /** As the cluster has it. */
  readonly raw: Readonly<Record<string, unknown>>;
  readonly lifecycle: PolicyLifecycle | null;
}

export interface FoundTemplate {
  readonly mark: IndexMark | undefined;
  /** The mark that successors get. */
  readonly gives: IndexMark | undefined;
  /** As the cluster has it. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** Series' policies and templates by name. */
export interface Makers {
  readonly policies: ReadonlyMap<string, FoundPolicy>;
  readonly templates: ReadonlyMap<string, FoundTemplate>;
}

const FIELDS = [
  '*.aliases',
  '*.data_stream',
  '*.mappings._meta',
  '*.mappings.dynamic',
  '*.mappings.properties.*.type',
  '*.settings.index.blocks',
  '*.settings.index.verified_before_close',
  '*.settings.index.creation_date',
  '*.settings.index.refresh_interval',
  '*.settings.index.auto_expand_replicas',
  '*.settings.index.number_of_replicas',
  '*.settings.index.analysis.analyzer',
  '*.settings.index.lifecycle.name',
].join(',');

export interface RawIndex {
  readonly data_stream?: string;
  readonly aliases?: Readonly<Record<string, { readonly is_write_index?: boolean }>>;
  readonly mappings?: {
    readonly _meta?: unknown;
    readonly dynamic?: unknown;
    readonly properties?: Record<string, { readonly type?: string }>;
  };
  readonly settings?: { readonly index?: Readonly<Record<string, unknown>> };
}

/**
 * @param target names, aliases or patterns, joined by `,`; what is not there is left out. One index whose metadata are blocked,
 *   whoever's, makes the cluster refuse them all: they are then read from its state.
 */
export async function readIndices(
  client: ElasticsearchClient,
  target: string,
  signal: AbortSignal,
): Promise<readonly FoundIndex[]> {
  const query = { ignore_unavailable: 'true', allow_no_indices: 'true', expand_wildcards: 'all', filter_path: FIELDS };
  const raw = await client.call({ name: 'read-indices', method: 'GET', path: `/${target}`, query }, signal).then(
    ({ json }) => json as Readonly<Record<string, RawIndex>>,
    (error: unknown) => unlessBlocked(error) ?? readBlocked(client, target, signal),
  );
  return Object.entries(raw)
    .map(([index, each]) => foundIndex(index, each))
    .sort((a, b) => (a.index < b.index ? -1 : 1));
}

/** @throws what is no block of an index. */
function unlessBlocked(error: unknown): undefined {
  if (asFault(error).code !== 'IndexBlocked') throw error;
}

function foundIndex(index: string, raw: RawIndex): FoundIndex {
  const { aliases = {}, mappings = {}, settings = {} } = raw;
  const own = settings.index ?? {};
  const analyzers = ((own['analysis'] ?? {}) as { readonly analyzer?: Record<string, { filter?: unknown }> }).analyzer;
  const fields = Object.entries(mappings.properties ?? {});
  const expand = String(own['auto_expand_replicas'] ?? 'false');
  return {
    index,
    mark: parseMeta(mappings._meta),
    meta: (mappings._meta ?? {}) as Readonly<Record<string, unknown>>,
    aliases: Object.fromEntries(Object.entries(aliases).map(([name, alias]) => [name, alias.is_write_index === true])),
    fields: Object.fromEntries(fields.map(([name, field]) => [name, field.type ?? 'object'])),
    dynamic: String(mappings.dynamic ?? 'true'),
    policy: (own['lifecycle'] as { readonly name?: string } | undefined)?.name ?? null,
    createdAtMs: Number(own['creation_date'] ?? 0),
    refreshSeconds: seconds(own['refresh_interval']),
    isClosed: String(own['verified_before_close'] ?? 'false') === 'true',
    blocks: blocksIn(own['blocks']),
    dataStream: raw.data_stream,
    replicas: expand === 'false' ? String(own['number_of_replicas'] ?? '') : expand,
    analysers: Object.keys(analyzers ?? {}),
    filters: Object.values(analyzers ?? {}).flatMap(({ filter }) => (Array.isArray(filter) ? filter.map(String) : [])),
  };
}

const blocksIn = (blocks: unknown): readonly string[] =>
  Object.entries((blocks ?? {}) as Readonly<Record<string, unknown>>)
    .filter(([, on]) => String(on) === 'true')
    .map(([name]) => name)
    .sort();

function seconds(interval: unknown): number | null {
  const match = /^(\d+)s$/.exec(String(interval ?? ''));
  return match ? Number(match[1]) : null;
}

/** Names of all indices, series and aliases, whoever made them, in one call. */
export async function readNames(client: ElasticsearchClient, signal: AbortSignal): Promise<readonly string[]> {
  const query = { expand_wildcards: 'all' };
  const raw = await client.call({ name: 'list-indices', method: 'GET', path: '/_alias', query }, signal).then(
    ({ json }) => json as Readonly<Record<string, RawIndex>>,
    (error: unknown) => unlessBlocked(error) ?? readBlocked(client, '*', signal),
  );
  const indices = Object.entries(raw);
  return [...new Set(indices.flatMap(([index, { aliases = {} }]) => [seriesOf(index), ...Object.keys(aliases)]))];
}

/** Documents and bytes by index; what has gone is left out. */
export async function readContents(
  client: ElasticsearchClient,
  target: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Content>> {
  const filter = 'indices.*.primaries.docs.count,indices.*.primaries.store.size_in_bytes';
  const query = { ignore_unavailable: 'true', expand_wildcards: 'all', filter_path: filter };
  const path = `/${target}/_stats/docs,store`;
  const { json } = await client.call({ name: 'read-contents', method: 'GET', path, query }, signal);
  type Raw = {
    readonly primaries?: { readonly docs?: { count?: number }; readonly store?: { size_in_bytes?: number } };
  };
  const indices = (json as { readonly indices?: Readonly<Record<string, Raw>> } | undefined)?.indices ?? {};
  return new Map(
    Object.entries(indices).map(([index, { primaries = {} }]) => [
      index,
      { documents: primaries.docs?.count ?? 0, bytes: primaries.store?.size_in_bytes ?? 0 },
    ]),
  );
}

/** @param name one series' name; undefined: all. */
export async function readMakers(
  client: ElasticsearchClient,
  name: string | undefined,
  signal: AbortSignal,
): Promise<Makers> {
  const below = name === undefined ? '' : `/${name}`;
  const [policies, templates] = await Promise.all([
    client.call({ name: 'read-policies', method: 'GET', path: `/_ilm/policy${below}`, expect: [404] }, signal),
    client.call({ name: 'read-templates', method: 'GET', path: `/_index_template${below}`, expect: [404] }, signal),
  ]);
  type RawPolicies = Readonly<Record<string, { readonly policy?: unknown }>>;
  type RawTemplates = { readonly index_templates?: readonly { name: string; index_template: RawTemplate }[] };
  const listed = templates.status < 300 ? ((templates.json as RawTemplates).index_templates ?? []) : [];
  return {
    policies: new Map(
      Object.entries(policies.status < 300 ? (policies.json as RawPolicies) : {}).map(([each, raw]) => [
        each,
        foundPolicy(raw.policy),
      ]),
    ),
    templates: new Map(listed.map(({ name: each, index_template: raw }) => [each, foundTemplate(raw)])),
  };
}

interface RawTemplate extends Readonly<Record<string, unknown>> {
  readonly _meta?: unknown;
  readonly template?: { readonly mappings?: { readonly _meta?: unknown } };
}

const foundTemplate = (raw: RawTemplate): FoundTemplate => ({
  mark: parseMeta(raw._meta),
  gives: parseMeta(raw.template?.mappings?._meta),
  raw,
});

function foundPolicy(policy: unknown): FoundPolicy {
  type Raw = {
    readonly _meta?: unknown;
    readonly phases?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  const { _meta, phases = {} } = (policy ?? {}) as Raw;
  const { rollover } = (phases['hot']?.['actions'] ?? {}) as { readonly rollover?: Readonly<Record<string, unknown>> };
  const lifecycle = {
    rolloverAfterDays: amountIn(rollover?.['max_age'], UNITS_A_DAY),
    rolloverAfterGigabytes: amountIn(rollover?.['max_primary_shard_size'], UNITS_A_GIGABYTE),
    // At an age that is not understood it deletes all the same.
    deleteAfterDays: phases['delete'] === undefined ? null : (amountIn(phases['delete']['min_age'], UNITS_A_DAY) ?? 0),
  };
  return { mark: parseMeta(_meta), lifecycle, raw: (policy ?? {}) as Readonly<Record<string, unknown>> };
}

/** https://www.elastic.co/docs/reference/elasticsearch/rest-apis/api-conventions#api-conventions-time-units */
const UNITS_A_DAY: Readonly<Record<string, number>> = {
  d: 1,
  h: 24,
  m: 24 * 60,
  s: 24 * 3600,
  ms: 24 * 3600e3,
  micros: 24 * 3600e6,
  nanos: 24 * 3600e9,
};
const UNITS_A_GIGABYTE: Readonly<Record<string, number>> = {
  pb: 1024 ** -2,
  tb: 1024 ** -1,
  gb: 1,
  mb: 1024,
  kb: 1024 ** 2,
  b: 1024 ** 3,
};

function amountIn(text: unknown, units: Readonly<Record<string, number>>): number | null {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(String(text)) ?? [];
  const each = units[unit];
  return each === undefined ? null : Number(digits) / each;
}
