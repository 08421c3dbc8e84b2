/**
 * Directories in the embedded store: names with their summaries, in the order of the names.
 *
 * 1. The highest version wins, whatever the order of writing.
 * 2. Entries that expire lie among the facts, in a partition of their own that no service names: there rows have a time to live and
 *    are swept, and a file of an earlier release needs no change.
 */
import type { SqliteFile, Statement } from '@leasehold/sqlite';
import { pageLimit, ttlSeconds } from '../bounds.ts';
import { makeCursor, parseCursor } from '../cursor.ts';
import type { DirectoryEntry, Page, Store } from '../port.ts';
import { pageOf } from './page.ts';

const expiringPartition = (directory: string): string => `directory/${directory}`;

/** Digits before the summary of an entry that expires: texts of versions compare as the versions do. */
const VERSION_DIGITS = 16;

/** Puts it there, or takes it away where it leaves. */
export function writeEntry(entry: DirectoryEntry, nowMs: number): Statement {
  const { directory, name, summary, version } = entry;
  if (entry.leaves)
    return {
      sql: 'DELETE FROM directory WHERE directory = ? AND name = ? AND version < ?',
      params: [directory, name, version],
    };
  if (entry.ttlMs === undefined)
    return {
      sql: `INSERT INTO directory (directory, name, summary, version) VALUES (?, ?, ?, ?)
        ON CONFLICT (directory, name) DO UPDATE SET summary = excluded.summary, version = excluded.version
        WHERE excluded.version > version`,
      params: [directory, name, summary, version],
    };
  const value = `${String(version).padStart(VERSION_DIGITS, '0')}${summary}`;
  return {
    sql: `INSERT INTO facts (partition, key, value, expires_at_ms) VALUES (?, ?, ?, ?)
      ON CONFLICT (partition, key) DO UPDATE SET value = excluded.value, expires_at_ms = excluded.expires_at_ms
      WHERE substr(excluded.value, 1, ${VERSION_DIGITS}) > substr(value, 1, ${VERSION_DIGITS})`,
    params: [expiringPartition(directory), name, value, nowMs + ttlSeconds(entry) * 1_000],
  };
}

export function listEntries(
  file: SqliteFile,
  directory: string,
  page: Parameters<Store['list']>[1],
  nowMs: number,
): Page<DirectoryEntry> {
  const limit = pageLimit(page.limit);
  const after = page.cursor === undefined ? '' : parseCursor(page.cursor, ['string'])[0];
  const rows = file.read<Pick<DirectoryEntry, 'name' | 'summary' | 'version'>>(
    `SELECT name, summary, version FROM directory WHERE directory = ?1 AND name > ?2
     UNION ALL
     SELECT key AS name, substr(value, ${VERSION_DIGITS + 1}) AS summary,
       CAST(substr(value, 1, ${VERSION_DIGITS}) AS INTEGER) AS version
     FROM facts WHERE partition = ?3 AND key > ?2 AND expires_at_ms > ?4
     ORDER BY name LIMIT ?5`,
    [directory, after, expiringPartition(directory), nowMs, limit + 1],
  );
  return pageOf(
    rows.map(({ name, summary, version }) => ({ directory, name, summary, version })),
    limit,
    (entry) => makeCursor([entry.name]),
  );
}
