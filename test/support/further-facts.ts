/**
 * What the naming contract promises of a complete tenant's indices and caches, in a table of its own and in the words of the
 * servers; the settings that lead a process to these servers, and the taking away of what a failed test left there.
 */
import type { Settings } from './product.ts';
import type { Tree } from './tree.ts';

type Env = Readonly<Record<string, string | undefined>>;
type Check = (what: string, seen: unknown, wanted: unknown) => void;

const need = (env: Env, name: string): string => {
  const value = env[name];
  if (!value) throw new Error(`${name} is not set: bring the stack up first`);
  return value;
};

export function furtherSettings(env: Env): Settings {
  const { hostname, port } = new URL(`tcp://${need(env, 'STACK_IGNITE_ADDRESS')}`);
  return {
    ELASTICSEARCH_HOST: need(env, 'STACK_ELASTICSEARCH_URL'),
    IGNITE_HOST: hostname,
    IGNITE_PORT: port,
    IGNITE_USERNAME: need(env, 'STACK_IGNITE_USERNAME'),
    IGNITE_PASSWORD: need(env, 'STACK_IGNITE_PASSWORD'),
  };
}

/** Backups, atomicity. */
const CACHES: Readonly<Record<string, readonly [number, 'atomic' | 'transactional']>> = {
  sessions: [1, 'atomic'],
  marketplace: [2, 'transactional'],
  ml_models: [1, 'atomic'],
  feature_store: [1, 'atomic'],
  analytics: [0, 'atomic'],
  graph_cache: [1, 'transactional'],
};
const SINGLE = ['marketplace', 'ml_models'];
const SERIES = ['user_activity', 'logs', 'analytics'];
const PARTITIONED = 2;

export const cachesOf = (id: string): readonly string[] => Object.keys(CACHES).map((part) => `${part}_${id}`);
export const indicesOf = (id: string): readonly string[] => [
  ...SINGLE.map((part) => `${id}_${part}`),
  ...SERIES.map((part) => `${id}_${part}-000001`),
];

export function checkCaches(ignite: Tree, id: string, check: Check): void {
  for (const [part, [backups, atomicity]] of Object.entries(CACHES)) {
    const cache = ignite.caches[`${part}_${id}`];
    check(`cache ${part}`, [cache?.mode, cache?.backups, cache?.atomicity], [PARTITIONED, backups, atomicity]);
    const groups = [`tenants-b${backups}`, `tenants-b${backups}-${atomicity}`];
    check(`cache ${part} in a group of ${groups[0]}`, groups.includes(cache?.group), true);
  }
}

export function checkIndices(
  elasticsearch: Tree,
  tenant: { readonly id: string; readonly tier: string },
  check: Check,
): void {
  const { id, tier } = tenant;
  for (const index of indicesOf(id)) {
    const seen = elasticsearch.indices[index];
    check(`index ${index} shards`, seen?.settings?.number_of_shards, '1');
    check(`index ${index} copies`, seen?.settings?.auto_expand_replicas, '0-1');
    check(`index ${index} takes no name of a field from a document`, seen?.mappings?.dynamic, 'false');
    const mark = seen?.mappings?._meta?.leasehold;
    check(`index ${index} mark`, [mark?.tenant, mark?.tier], [id, tier]);
  }
  for (const part of SINGLE) {
    const aliases = Object.keys(elasticsearch.indices[`${id}_${part}`]?.aliases ?? {}).sort();
    check(`aliases of ${part}`, aliases, [`${id}_all_assets`, `${id}_searchable`]);
  }
  for (const part of SERIES) {
    const aliases = elasticsearch.indices[`${id}_${part}-000001`]?.aliases;
    check(`write alias of ${part}`, aliases, { [`${id}_${part}`]: { is_write_index: true } });
  }
}

/** Whether a place in an inventory is one of this tenant's here. */
export const isFurtherPlace = (path: string, id: string): boolean =>
  [
    ...cachesOf(id).map((name) => `/ignite/caches/${name}`),
    ...indicesOf(id).map((name) => `/elasticsearch/indices/${name}`),
  ].some((place) => path === place || path.startsWith(`${place}/`));

export async function clearFurther(env: Env, ids: readonly string[]): Promise<void> {
  const indices = ids.flatMap(indicesOf).join(',');
  await fetch(`${need(env, 'STACK_ELASTICSEARCH_URL')}/${indices}?ignore_unavailable=true`, { method: 'DELETE' });
}
