/**
 * The reading side of a SQLite file: one connection in the calling thread, opened anew when the content was replaced.
 *
 * 1. A read that finds the content damaged leaves a doubt behind, for the next look at the file as a whole.
 */
import { DatabaseSync } from 'node:sqlite';
import { bound } from '@leasehold/kernel';
import { fileClosed, sqliteFault } from './failure.ts';
import type { SqlRow, SqlValue } from './protocol.ts';
import { isDamage } from './result-code.ts';
import { asFailure, createStatementCache } from './statements.ts';

const READER_PAGES = bound('sqlite.readerPages', 500);

export type Read = <Row extends object = SqlRow>(sql: string, params?: readonly SqlValue[]) => readonly Row[];

export interface Reader {
  readonly read: Read;
  snapshot<T>(run: (read: Read) => T): T;
  /** Whether damage was read since the last time it was asked for. */
  takeDoubt(): boolean;
  reopen(): void;
  close(): void;
}

function connect(path: string) {
  const db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  db.exec(`PRAGMA cache_size = ${READER_PAGES.value}`);
  return { db, statements: createStatementCache(db) };
}

export function openReader(path: string): Reader {
  let connection = connect(path);
  let closed = false;
  let doubted = false;
  const guarded = <T>(run: () => T): T => {
    if (closed) throw fileClosed();
    try {
      return run();
    } catch (error) {
      if (!(error instanceof Error && 'errcode' in error)) throw error;
      const failure = asFailure(error);
      doubted ||= isDamage(failure);
      throw sqliteFault(failure, { file: path });
    }
  };
  const read: Read = <Row extends object>(sql: string, params: readonly SqlValue[] = []) =>
    guarded(() => connection.statements.all({ sql, params }) as unknown as readonly Row[]);
  const disconnect = () => {
    if (connection.db.isOpen) connection.db.close();
  };
  return {
    read,
    snapshot: <T>(run: (read: Read) => T): T =>
      guarded(() => {
        connection.db.exec('BEGIN');
        try {
          return run(read);
        } finally {
          if (connection.db.isTransaction) connection.db.exec('COMMIT');
        }
      }),
    takeDoubt: () => {
      const was = doubted;
      doubted = false;
      return was;
    },
    reopen: () =>
      guarded(() => {
        disconnect();
        connection = connect(path);
      }),
    close: () => {
      closed = true;
      disconnect();
    },
  };
}
