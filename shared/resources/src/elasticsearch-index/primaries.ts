/**
 * Where the first copies of indices' shards are, as the cluster's routing table has it: which of them no node holds, and which are
 * only on their way.
 *
 * 1. That nothing holds a shard is what the cluster has settled of it: it found no copy, or may place none. Whatever else it says of
 *    one that is not started (it reads what nodes have, waits for one, does others first) is a cluster that is coming back.
 * 2. Who may not see the routing table sees nothing missing.
 */
import { type Fault, unavailable } from '@leasehold/kernel';
import type { ElasticsearchClient } from './client.ts';
import { targetsOf } from './targets.ts';

/** Names of indices. */
export interface Primaries {
  readonly lost: ReadonlySet<string>;
  readonly recovering: ReadonlySet<string>;
}

export const ALL_HELD: Primaries = { lost: new Set(), recovering: new Set() };

interface Shard {
  readonly primary?: boolean;
  readonly state?: string;
  readonly unassigned_info?: { readonly allocation_status?: string };
}

const HELD: readonly string[] = ['STARTED', 'RELOCATING'];
const SETTLED: readonly string[] = ['no_valid_shard_copy', 'deciders_no'];
const HIDDEN = [403, 404];
const FIELDS = ['primary', 'state', 'unassigned_info.allocation_status']
  .map((field) => `routing_table.indices.*.shards.*.${field}`)
  .join(',');

/** @param indices names or patterns. */
export async function readPrimaries(
  client: ElasticsearchClient,
  indices: readonly string[],
  signal: AbortSignal,
): Promise<Primaries> {
  let found = ALL_HELD;
  for (const target of targetsOf(indices)) {
    const { lost, recovering } = await readSome(client, target, signal);
    found = { lost: found.lost.union(lost), recovering: found.recovering.union(recovering) };
  }
  return found;
}

async function readSome(client: ElasticsearchClient, target: string, signal: AbortSignal): Promise<Primaries> {
  const query = { ignore_unavailable: 'true', expand_wildcards: 'all', filter_path: FIELDS };
  const path = `/_cluster/state/routing_table/${target}`;
  const { status, json } = await client.call(
    { name: 'read-shards', method: 'GET', path, query, expect: HIDDEN },
    signal,
  );
  type Table = Readonly<Record<string, { readonly shards?: Readonly<Record<string, readonly Shard[]>> }>>;
  const told = json as { readonly routing_table?: { readonly indices?: Table } } | undefined;
  const indices = status < 300 ? Object.entries(told?.routing_table?.indices ?? {}) : [];
  const having = (fits: (shard: Shard) => boolean): ReadonlySet<string> =>
    new Set(
      indices
        .filter(([, { shards = {} }]) =>
          Object.values(shards)
            .flat()
            .some((shard) => isMissing(shard) && fits(shard)),
        )
        .map(([index]) => index),
    );
  return { lost: having(isSettled), recovering: having((shard) => !isSettled(shard)) };
}

const isMissing = ({ primary, state = '' }: Shard): boolean => primary === true && !HELD.includes(state);

/** A shard that a node begins to hold keeps what was said of it while none did. */
const isSettled = ({ state, unassigned_info: info }: Shard): boolean =>
  state === 'UNASSIGNED' && SETTLED.includes(info?.allocation_status ?? '');

/** 1. As it is seen now, nothing can be said of what is in them, and nothing is to be repaired. */
export const recoveringFault = (indices: readonly string[]): Fault =>
  unavailable(`elasticsearch is still bringing back ${indices.join(', ')}`, {
    code: 'ShardsRecovering',
    backend: 'elasticsearch',
    away: true,
  });
