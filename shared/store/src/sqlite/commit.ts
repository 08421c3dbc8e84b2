/**
 * A commit as one guarded write unit: version, rows, hints and directory entries hold together or not at all.
 *
 * 1. The guard compares the version (S1). Refused, it tells whether this very commit had been applied before (S4): the
 *    last commit ids of a partition are kept beside its version.
 * 2. Expired rows are removed a few at a time by every 64th commit: nothing runs while nothing happens.
 */
import type { Statement, WriteUnit } from '@leasehold/sqlite';
import { ttlSeconds } from '../bounds.ts';
import type { CommitOutcome, CommitRequest, Row } from '../port.ts';
import { writeEntry } from './directory.ts';

/** Characters kept of recent commit ids: about a dozen UUIDs. */
const RECENT_CHARACTERS = 480;
const SWEEP_EVERY = 64;
const SWEEP_ROWS = 256;

const putRow = (partition: string, row: Row, nowMs: number): Statement => ({
  sql: `INSERT INTO facts (partition, key, value, expires_at_ms) VALUES (?, ?, ?, ?)
    ON CONFLICT (partition, key) DO UPDATE SET value = excluded.value, expires_at_ms = excluded.expires_at_ms`,
  params: [partition, row.key, row.value, row.ttlMs === undefined ? null : nowMs + ttlSeconds(row) * 1_000],
});

const sweep = (nowMs: number): Statement => ({
  sql: `DELETE FROM facts WHERE rowid IN
    (SELECT rowid FROM facts WHERE expires_at_ms IS NOT NULL AND expires_at_ms <= ? LIMIT ${SWEEP_ROWS})`,
  params: [nowMs],
});

export function commitUnit(request: CommitRequest, nowMs: number, serial: number): WriteUnit {
  const { partition, expectedVersion, commitId } = request;
  const version = expectedVersion + 1;
  const statements: Statement[] = [
    {
      sql: `INSERT INTO partitions (partition, version, recent_commits) VALUES (?, ?, ?)
        ON CONFLICT (partition) DO UPDATE SET version = excluded.version,
        recent_commits = substr(excluded.recent_commits || recent_commits, 1, ${RECENT_CHARACTERS})`,
      params: [partition, version, `${commitId};`],
    },
    ...request.put.map((row) => putRow(partition, row, nowMs)),
    ...request.remove.map((key) => ({
      sql: 'DELETE FROM facts WHERE partition = ? AND key = ?',
      params: [partition, key],
    })),
    ...request.hints.map((hint) => ({
      sql: 'INSERT OR IGNORE INTO hints (due_at_ms, kind, partition, version) VALUES (?, ?, ?, ?)',
      params: [hint.dueAtMs, hint.kind, hint.partition, hint.version],
    })),
    ...request.entries.map((entry) => writeEntry(entry, nowMs)),
    ...(serial % SWEEP_EVERY === 0 ? [sweep(nowMs)] : []),
  ];
  return {
    guard: {
      sql: `SELECT coalesce(max(version), 0) = ?2 AS fits, coalesce(max(instr(recent_commits, ?3)), 0) AS applied
        FROM partitions WHERE partition = ?1`,
      params: [partition, expectedVersion, `${commitId};`],
    },
    statements,
  };
}

export function refusedOutcome(request: CommitRequest, guard: Readonly<Record<string, unknown>> | undefined) {
  const outcome: CommitOutcome =
    Number(guard?.['applied'] ?? 0) > 0
      ? { kind: 'committed', version: request.expectedVersion + 1 }
      : { kind: 'conflict' };
  return outcome;
}
