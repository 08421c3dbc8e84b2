/**
 * What the cluster really knows of a keyspace, beside what its schema tables list. A node that was killed in the middle of a
 * CREATE can come back with a table that its schema tables list and that no statement can use, until it is created again.
 *
 * V1. What is listed and not known is judged only after a second look: the two answers are of different moments.
 * V2. It counts as missing only where that is safe: every such table carries this tenant's mark, and there is no other node
 *     that may know it. Otherwise the keyspace is `Unavailable` (`SchemaHidden`) until the nodes agree or somebody looks.
 * V3. A server without DESCRIBE (before 4.0) is believed as it lists.
 */
import type { Ref } from '@leasehold/engine';
import { asFault, unavailable } from '@leasehold/kernel';
import { isMissing, isSyntax } from './fault.ts';
import { parseMark } from './mark.ts';
import type { CassandraSession } from './session.ts';
import { quoteName } from './tables.ts';

export type LiveTables = ReadonlySet<string> | 'all-that-is-listed';

/** Tables that statements can use; none when the keyspace itself cannot be used. */
export async function liveTables(session: CassandraSession, name: string, signal: AbortSignal): Promise<LiveTables> {
  try {
    const rows = await session.describe('describe-keyspace', `DESCRIBE KEYSPACE ${quoteName(name)}`, signal);
    return new Set(rows.filter((row) => row.type === 'table').map((row) => row.name));
  } catch (error) {
    const fault = asFault(error);
    if (isMissing(fault)) return new Set();
    if (isSyntax(fault)) return 'all-that-is-listed';
    throw error;
  }
}

const hiddenOf = (listed: Iterable<string>, live: LiveTables): readonly string[] =>
  live === 'all-that-is-listed' ? [] : [...listed].filter((table) => !live.has(table));

export interface Listed {
  readonly session: CassandraSession;
  readonly baseTables: ReadonlySet<string>;
  /** Comments by table. */
  readonly comments: ReadonlyMap<string, string>;
}

/** @returns the tables to be left out. @throws `Unavailable` (`SchemaHidden`). */
export async function hiddenTables(
  { session, baseTables, comments }: Listed,
  ref: Ref,
  live: LiveTables,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (hiddenOf(comments.keys(), live).length === 0) return [];
  const hidden = hiddenOf(comments.keys(), await liveTables(session, ref.name, signal));
  if (hidden.length === 0) return [];
  const isOurs = (table: string): boolean =>
    baseTables.has(table) && parseMark(comments.get(table) ?? '')?.tenantId === ref.tenantId;
  const peers = await session.rows('read-peers', 'SELECT peer FROM system.peers LIMIT 1', [], signal);
  if (peers.length === 0 && hidden.every(isOurs)) return hidden;
  throw unavailable(`cassandra lists ${hidden.join(', ')} in ${ref.name} but knows no such table`, {
    code: 'SchemaHidden',
    backend: 'cassandra',
  });
}
