/**
 * Directories: names over 16 buckets each, merged into the order of the names when listed.
 *
 * 1. The highest version wins, whatever the order of writing: a write's timestamp is made of its version.
 * 2. An entry is written before its commit, so that a fact is never without its name, and again after it with a timestamp
 *    half a version later, so that the entry of a commit that held wins over that of an attempt that lost at that version.
 * 3. A name that leaves is deleted by that second write alone: a fact whose commit was lost has its name still.
 */
import { hashText } from '@leasehold/kernel';
import { pageLimit, ttlSeconds } from '../bounds.ts';
import { makeCursor, parseCursor } from '../cursor.ts';
import type { DirectoryEntry, Page, Store } from '../port.ts';
import { mergedPage } from './merged.ts';
import { BUCKETS, quoted } from './options.ts';
import type { Session } from './session.ts';

export type EntryStage = 'proposed' | 'committed';

export function createDirectoryTable(session: Session) {
  const table = `${quoted(session.keyspace)}.directory`;
  const insert = `INSERT INTO ${table} (directory, bucket, name, summary, version) VALUES (?, ?, ?, ?, ?)
    USING TIMESTAMP ? AND TTL ?`;
  const remove = `DELETE FROM ${table} USING TIMESTAMP ? WHERE directory = ? AND bucket = ? AND name = ?`;
  const select = `SELECT name, summary, version FROM ${table} WHERE directory = ? AND bucket = ? AND name > ? LIMIT ?`;
  const bucketOf = (name: string) => hashText(name) % BUCKETS.value;

  return {
    write: async (entries: readonly DirectoryEntry[], stage: EntryStage) => {
      await Promise.all(
        entries.map((entry) => {
          const { directory, name, summary, version } = entry;
          const timestamp = BigInt(version) * 2n + (stage === 'committed' ? 1n : 0n);
          if (entry.leaves && stage === 'committed')
            return session.write({ cql: remove, params: [timestamp, directory, bucketOf(name), name] });
          const params = [directory, bucketOf(name), name, summary, BigInt(version), timestamp, ttlSeconds(entry)];
          return session.write({ cql: insert, params });
        }),
      );
    },
    list: async (
      directory: string,
      page: Parameters<Store['list']>[1],
      signal?: AbortSignal,
    ): Promise<Page<DirectoryEntry>> => {
      const limit = pageLimit(page.limit);
      const after = page.cursor === undefined ? '' : parseCursor(page.cursor, ['string'])[0];
      const read = async (bucket: number, from: string, size: number): Promise<readonly DirectoryEntry[]> => {
        const { rows } = await session.read({ cql: select, params: [directory, bucket, from, size] }, { size }, signal);
        return rows.map((row) => entryOf(directory, row));
      };
      const all = await mergedPage(read, BUCKETS.value, after, limit + 1);
      const items = all.slice(0, limit);
      const last = items.at(-1);
      return all.length > limit && last ? { items, next: makeCursor([last.name]) } : { items };
    },
  };
}

const entryOf = (directory: string, row: Record<string, unknown>): DirectoryEntry => ({
  directory,
  name: String(row['name']),
  summary: String(row['summary'] ?? ''),
  version: Number(row['version']),
});
