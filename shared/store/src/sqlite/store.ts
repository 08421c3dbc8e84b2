/**
 * The embedded store: facts, hints, directory and leases in one SQLite file with one writer.
 *
 * 1. Implements S1 to S5; here hints and entries are even written in the same transaction as the facts that need them.
 * 2. Expiry is by the clock handed in, checked by each read.
 * Leaves to `lockFolder` (@leasehold/sqlite) that no other process uses the file.
 */
import type { Clock } from '@leasehold/kernel';
import { openSqlite, type Read, type SqliteFile, type SqlValue, type Statement } from '@leasehold/sqlite';
import { checkCommit, checkPartition, pageLimit } from '../bounds.ts';
import { makeCursor, parseCursor } from '../cursor.ts';
import { prefixEnd } from '../key-range.ts';
import type { CommitRequest, DueHint, Page, Row, Slice, Snapshot, Store } from '../port.ts';
import { commitUnit, refusedOutcome } from './commit.ts';
import { listEntries } from './directory.ts';
import { createSqliteLeases } from './leases.ts';
import { pageOf } from './page.ts';
import { STORE_MIGRATIONS } from './schema.ts';

export interface SqliteStoreOptions {
  readonly path: string;
  readonly clock: Clock;
  /** False where several processes may open the file. Default true: the caller holds the folder's lock. */
  readonly exclusive?: boolean;
}

const ALIVE = '(expires_at_ms IS NULL OR expires_at_ms > ?)';

function readSlice(read: Read, partition: string, slice: Slice, nowMs: number): readonly Row[] {
  const select = 'SELECT key, value FROM facts WHERE partition = ?';
  if ('key' in slice) return read<Row>(`${select} AND key = ? AND ${ALIVE}`, [partition, slice.key, nowMs]);
  const end = prefixEnd(slice.prefix);
  return end === undefined
    ? read<Row>(`${select} AND key >= ? AND ${ALIVE}`, [partition, slice.prefix, nowMs])
    : read<Row>(`${select} AND key >= ? AND key < ? AND ${ALIVE}`, [partition, slice.prefix, end, nowMs]);
}

function loadSnapshot(file: SqliteFile, partition: string, slices: readonly Slice[], nowMs: number): Snapshot {
  return file.snapshot((read) => {
    const [head] = read<{ version: number }>('SELECT version FROM partitions WHERE partition = ?', [partition]);
    const rows = new Map<string, string>();
    if (!head) return { version: 0, rows };
    for (const slice of slices) {
      for (const { key, value } of readSlice(read, partition, slice, nowMs)) rows.set(key, value);
    }
    return { version: head.version, rows };
  });
}

type ScanPage = Parameters<Store['scan']>[1];

function scanRows(file: SqliteFile, partition: string, page: ScanPage, nowMs: number): Page<Row> {
  const limit = pageLimit(page.limit);
  const after = page.cursor === undefined ? undefined : parseCursor(page.cursor, ['string'])[0];
  const end = prefixEnd(page.prefix);
  const conditions = ['partition = ?', 'key >= ?', ALIVE];
  const params: SqlValue[] = [partition, page.prefix, nowMs];
  if (end !== undefined) {
    conditions.push('key < ?');
    params.push(end);
  }
  if (after !== undefined) {
    conditions.push(page.reverse ? 'key < ?' : 'key > ?');
    params.push(after);
  }
  const order = page.reverse ? 'DESC' : 'ASC';
  const rows = file.read<Row>(
    `SELECT key, value FROM facts WHERE ${conditions.join(' AND ')} ORDER BY key ${order} LIMIT ?`,
    [...params, limit + 1],
  );
  return pageOf(
    rows.map(({ key, value }) => ({ key, value })),
    limit,
    (row) => makeCursor([row.key]),
  );
}

function dueHints(file: SqliteFile, query: Parameters<Store['due']>[0]): Page<DueHint> {
  const limit = pageLimit(query.limit);
  const columns = 'due_at_ms AS dueAtMs, kind, partition, version';
  const order = 'ORDER BY due_at_ms, kind, partition, version LIMIT ?';
  const rows =
    query.cursor === undefined
      ? file.read<DueHint>(`SELECT ${columns} FROM hints WHERE due_at_ms <= ? ${order}`, [query.untilMs, limit + 1])
      : file.read<DueHint>(
          `SELECT ${columns} FROM hints
           WHERE due_at_ms <= ? AND (due_at_ms, kind, partition, version) > (?, ?, ?, ?) ${order}`,
          [query.untilMs, ...parseCursor(query.cursor, ['number', 'string', 'string', 'number']), limit + 1],
        );
  return pageOf(
    rows.map(({ kind, dueAtMs, partition, version }) => ({ kind, dueAtMs, partition, version })),
    limit,
    (hint) => makeCursor([hint.dueAtMs, hint.kind, hint.partition, hint.version]),
  );
}

const clearHint = (hint: DueHint): Statement => ({
  sql: 'DELETE FROM hints WHERE due_at_ms = ? AND kind = ? AND partition = ? AND version = ?',
  params: [hint.dueAtMs, hint.kind, hint.partition, hint.version],
});

/** @throws `Conflict` (`SchemaTooNew`) for a file of a newer release, `Unavailable` when it cannot be opened. */
export async function createSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { path, clock, exclusive = true } = options;
  const file = await openSqlite({ path, migrations: STORE_MIGRATIONS });
  let serial = 0;
  const commit = async (request: CommitRequest) => {
    checkCommit(request);
    serial += 1;
    const outcome = await file.attempt(commitUnit(request, clock.now(), serial));
    return outcome.kind === 'applied'
      ? { kind: 'committed' as const, version: request.expectedVersion + 1 }
      : refusedOutcome(request, outcome.guard);
  };
  return {
    kind: 'sqlite',
    exclusive,
    load: async (partition, slices, signal) => {
      signal?.throwIfAborted();
      checkPartition(partition);
      return loadSnapshot(file, partition, slices, clock.now());
    },
    commit: async (request, signal) => {
      signal?.throwIfAborted();
      return commit(request);
    },
    scan: async (partition, page, signal) => {
      signal?.throwIfAborted();
      return scanRows(file, partition, page, clock.now());
    },
    due: async (query, signal) => {
      signal?.throwIfAborted();
      return dueHints(file, query);
    },
    clear: async (hints, signal) => {
      signal?.throwIfAborted();
      if (hints.length > 0) await file.write(hints.map(clearHint));
    },
    list: async (directory, page, signal) => {
      signal?.throwIfAborted();
      return listEntries(file, directory, page, clock.now());
    },
    leases: createSqliteLeases(file, clock),
    ping: async (signal) => {
      signal?.throwIfAborted();
      await file.check();
    },
    close: () => file.close(),
  };
}
