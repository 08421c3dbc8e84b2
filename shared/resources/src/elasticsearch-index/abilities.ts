/**
 * What a cluster can do and how full it is, asked of the cluster itself: nothing is assumed from its version or vendor.
 *
 * A1. A feature that is lacking or forbidden has a way without: the mesh rolls series over itself, text is not folded.
 * A2. Room is counted in shards, as the cluster counts them: `cluster.max_shards_per_node` for each data node, every copy
 *     of an index one shard. It is looked at again after two seconds; a cluster that does not tell has no ceiling here.
 */
import type { ProviderBounds, Scope } from '@leasehold/engine';
import { bound } from '@leasehold/kernel';
import type { ElasticsearchClient } from './client.ts';

export interface Abilities {
  /** Lifecycle policies (ILM). */
  readonly policies: boolean;
  /** The token filter `asciifolding`. */
  readonly folding: boolean;
}

export interface Cluster {
  abilities(signal: AbortSignal): Promise<Abilities>;
  /** Looks at the room if the last look is old. */
  look(scope: Pick<Scope, 'clock' | 'signal'>): Promise<void>;
  /** Whether some index has a primary that no node holds, as last seen. */
  isRed(): boolean;
  /** As last seen; undefined before the first look. */
  ceiling(): ProviderBounds['ceiling'];
}

const ROOM_MS = 2000;
const UNKNOWN = [400, 401, 403, 404, 405];
const HIDDEN = [401, 403];

export function createCluster(client: ElasticsearchClient): Cluster {
  let known: Abilities | undefined;
  let room: Room = { red: false, ceiling: undefined };
  let seenAtMs: number | undefined;
  return {
    async abilities(signal) {
      known ??= await askAbilities(client, signal);
      return known;
    },
    async look({ clock, signal }) {
      const now = clock.now();
      if (seenAtMs !== undefined && now - seenAtMs < ROOM_MS && now >= seenAtMs) return;
      room = await askRoom(client, signal);
      seenAtMs = now;
    },
    isRed: () => room.red,
    ceiling: () => room.ceiling,
  };
}

async function askAbilities(client: ElasticsearchClient, signal: AbortSignal): Promise<Abilities> {
  const body = { tokenizer: 'standard', filter: ['asciifolding'], text: 'é' };
  const [policies, folding] = await Promise.all([
    client.call({ name: 'ask-policies', method: 'GET', path: '/_ilm/status', expect: UNKNOWN }, signal),
    client.call(
      { name: 'ask-folding', method: 'POST', path: '/_analyze', kind: 'read', body, expect: UNKNOWN },
      signal,
    ),
  ]);
  return { policies: policies.status < 300, folding: folding.status < 300 };
}

interface Room {
  readonly red: boolean;
  readonly ceiling: ProviderBounds['ceiling'];
}

async function askRoom(client: ElasticsearchClient, signal: AbortSignal): Promise<Room> {
  const query = { include_defaults: 'true', filter_path: '*.cluster.max_shards_per_node' };
  const [health, limits] = await Promise.all([
    client.call({ name: 'read-health', method: 'GET', path: '/_cluster/health', expect: HIDDEN }, signal),
    client.call({ name: 'read-limits', method: 'GET', path: '/_cluster/settings', query, expect: HIDDEN }, signal),
  ]);
  const red = health.status < 300 && (health.json as { readonly status?: string }).status === 'red';
  if (health.status >= 300 || limits.status >= 300) return { red, ceiling: undefined };
  return { red, ceiling: ceilingIn(health.json as Readonly<Record<string, number>>, limits.json) };
}

function ceilingIn(shards: Readonly<Record<string, number>>, limits: unknown): ProviderBounds['ceiling'] {
  const nodes = shards['number_of_data_nodes'] ?? 0;
  const each = perNode(limits);
  if (each === undefined || nodes === 0) return undefined;
  const counted = ['active_shards', 'initializing_shards', 'unassigned_shards'] as const;
  return {
    name: 'elasticsearch-shards',
    cost: Math.min(nodes, 2),
    limit: bound('elasticsearch-shards', each * nodes),
    used: counted.reduce((sum, field) => sum + (shards[field] ?? 0), 0),
  };
}

function perNode(json: unknown): number | undefined {
  type Level = { readonly cluster?: { readonly max_shards_per_node?: string } };
  const levels = json as Readonly<Partial<Record<'transient' | 'persistent' | 'defaults', Level>>>;
  const { transient, persistent, defaults } = levels;
  const text = [transient, persistent, defaults].find((level) => level?.cluster)?.cluster?.max_shards_per_node;
  const value = Number(text);
  return text === undefined || !Number.isSafeInteger(value) || value < 1 ? undefined : value;
}
