/**
 * An Elasticsearch cluster's indices with their aliases, mappings and lasting settings, documents counted, and its composable
 * templates, from plain REST.
 */
import type { Json } from '@leasehold/kernel';
import { variable } from './variable.ts';

type Tree = { [key: string]: Json };

const CALL_MS = 30_000;
/** What an index has of its own moment and place. */
const PASSING = ['creation_date', 'uuid', 'version', 'provided_name', 'routing'];

/** @param env STACK_ELASTICSEARCH_URL. */
export async function elasticsearchInventory(env: Readonly<Record<string, string | undefined>>): Promise<Json> {
  const url = variable(env, 'STACK_ELASTICSEARCH_URL');
  const ask = async (path: string): Promise<Tree> => {
    const answer = await fetch(url + path, { signal: AbortSignal.timeout(CALL_MS) });
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${(await answer.text()).slice(0, 300)}`);
    return (await answer.json()) as Tree;
  };
  const [indices, { index_templates: templates }, { indices: contents = {} }] = await Promise.all([
    ask('/*?expand_wildcards=all'),
    ask('/_index_template'),
    ask('/_stats/docs?expand_wildcards=all'),
  ]);
  const documents = contents as Readonly<
    Record<string, { readonly primaries: { readonly docs: { readonly count: number } } }>
  >;
  return {
    indices: Object.fromEntries(
      Object.entries(indices).map(([name, index]) => [
        name,
        { ...lasting(index as Tree), documents: documents[name]?.primaries.docs.count ?? 0 },
      ]),
    ),
    templates: Object.fromEntries(
      (templates as Tree[]).map((each) => [String(each['name']), each['index_template'] ?? null]),
    ),
  };
}

function lasting({ aliases = {}, mappings = {}, settings }: Tree): Tree {
  const { index = {} } = (settings ?? {}) as { readonly index?: Tree };
  const kept = Object.entries(index).filter(([name]) => !PASSING.includes(name));
  return { aliases, mappings, settings: Object.fromEntries(kept) };
}
