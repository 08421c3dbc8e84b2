/**
 * Indices as the cluster's state has them: what is left to read where the metadata of an index are blocked
 * (`index.blocks.metadata`), which no call that tells of indices gets past.
 */
import type { ElasticsearchClient } from './client.ts';
import type { RawIndex } from './listing.ts';

interface StateIndex {
  readonly aliases?: readonly string[];
  readonly mappings?: { readonly _doc?: RawIndex['mappings'] };
  readonly settings?: RawIndex['settings'];
}

/** In the form in which the cluster tells of indices. Which index an alias writes to is not told: the latest is taken for it. */
export async function readBlocked(
  client: ElasticsearchClient,
  target: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, RawIndex>>> {
  const places = ['aliases', 'mappings._doc', 'settings.index'].map((place) => `metadata.indices.*.${place}`);
  const query = { ignore_unavailable: 'true', expand_wildcards: 'all', filter_path: places.join(',') };
  const path = `/_cluster/state/metadata/${target}`;
  const { json } = await client.call({ name: 'read-state', method: 'GET', path, query }, signal);
  const { metadata } = json as { readonly metadata?: { readonly indices?: Readonly<Record<string, StateIndex>> } };
  const indices = Object.entries(metadata?.indices ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const writers = new Map(
    indices.flatMap(([index, { aliases = [] }]) => aliases.map((alias) => [alias, index] as const)),
  );
  return Object.fromEntries(
    indices.map(([index, { aliases = [], mappings, settings = {} }]) => [
      index,
      {
        settings,
        mappings: mappings?._doc ?? {},
        aliases: Object.fromEntries(aliases.map((alias) => [alias, { is_write_index: writers.get(alias) === index }])),
      },
    ]),
  );
}
