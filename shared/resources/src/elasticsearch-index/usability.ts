/**
 * Making a tenant's indices usable again. Owns which blocks are lifted and which are waited for.
 *
 * U1. A block that somebody set is taken away, and a closed index opened, like any setting that was changed: neither touches a document.
 * U2. What the cluster set itself for a full disk, and a primary that no node holds, is the cluster's to mend: taken away by us it
 *     would fill the disk. It is waited for, as a backend that is away, after all else is done.
 * U3. Blocks are lifted one at a time: of an index whose metadata are blocked, the cluster takes a change of that block alone.
 */
import type { Change, Ref } from '@leasehold/engine';
import { type Fault, unavailable } from '@leasehold/kernel';
import { isAt, pointer, touches } from '../edge/difference.ts';
import type { ElasticsearchClient } from './client.ts';
import { CLOSED, DISK_FULL, type IndexSeen } from './spec.ts';
import { targetsOf } from './targets.ts';

/** Those that keep out the very calls which lift the others come first. */
const LIFTED = ['metadata', 'read_only', 'read', 'write'] as const;
/** Blocks that keep an index from being deleted. */
const KEEPS = ['metadata', 'read_only'] as const;

/** U1, U3. */
export async function makeUsable(
  client: ElasticsearchClient,
  { blocks = {} }: IndexSeen,
  changes: readonly Change[],
  signal: AbortSignal,
): Promise<void> {
  for (const block of LIFTED)
    if (touches(changes, `/blocks${pointer(block)}`)) await lift(client, block, blocks[block] ?? [], signal);
  if (touches(changes, '/open')) await open(client, blocks[CLOSED] ?? [], signal);
}

export async function makeDeletable(
  client: ElasticsearchClient,
  { blocks = {} }: IndexSeen,
  signal: AbortSignal,
): Promise<void> {
  for (const block of KEEPS) await lift(client, block, blocks[block] ?? [], signal);
}

async function lift(
  client: ElasticsearchClient,
  block: string,
  indices: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const body = { index: { blocks: { [block]: null } } };
  for (const target of targetsOf(indices))
    await client.call({ name: 'lift-block', method: 'PUT', path: `/${target}/_settings`, body }, signal);
}

async function open(client: ElasticsearchClient, indices: readonly string[], signal: AbortSignal): Promise<void> {
  for (const target of targetsOf(indices))
    await client.call({ name: 'open-indices', method: 'POST', path: `/${target}/_open` }, signal);
}

/** U2. */
export function waitedFor(ref: Ref, changes: readonly Change[]): Fault | undefined {
  const named = (path: string) =>
    changes.filter((change) => isAt(change, path)).flatMap(({ from }) => from as string[]);
  const full = named(`/blocks${pointer(DISK_FULL)}`);
  const lost = named('/shards');
  const options = { backend: 'elasticsearch', away: true };
  if (full.length > 0) {
    const text = `elasticsearch takes no documents for ${ref.name}: a disk is full, and it blocks ${full.join(', ')} until there is room`;
    return unavailable(text, { ...options, code: 'DiskFull' });
  }
  if (lost.length === 0) return undefined;
  return unavailable(`elasticsearch has no node that holds ${lost.join(', ')}`, {
    ...options,
    code: 'ShardsUnassigned',
  });
}
