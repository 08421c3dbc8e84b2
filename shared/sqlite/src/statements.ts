/**
 * Prepared statements of one connection, kept by their text, the least recently used dropped. Shared by the writer's
 * thread and the reading side; leaves transactions and error translation to them. The writer's thread loads no package for it, so the
 * kernel's cache is not used here.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SqlFailure, SqlRow, Statement, StatementResult } from './protocol.ts';

const PREPARED_STATEMENTS = 128;

export interface StatementCache {
  all(statement: Statement): readonly SqlRow[];
  run(statement: Statement): StatementResult;
}

export function createStatementCache(db: DatabaseSync): StatementCache {
  const prepared = new Map<string, { readonly statement: StatementSync; readonly returnsRows: boolean }>();
  const prepare = (sql: string) => {
    let entry = prepared.get(sql);
    if (entry) prepared.delete(sql);
    else {
      const statement = db.prepare(sql);
      entry = { statement, returnsRows: statement.columns().length > 0 };
      if (prepared.size >= PREPARED_STATEMENTS) prepared.delete(prepared.keys().next().value as string);
    }
    prepared.set(sql, entry);
    return entry;
  };
  const all = ({ sql, params = [] }: Statement) => prepare(sql).statement.all(...params) as readonly SqlRow[];
  return {
    all,
    run: (statement) => {
      const { statement: ready, returnsRows } = prepare(statement.sql);
      if (returnsRows) {
        const rows = all(statement);
        return { rows, changes: rows.length };
      }
      return { rows: [], changes: Number(ready.run(...(statement.params ?? [])).changes) };
    },
  };
}

export function asFailure(error: unknown): SqlFailure {
  const message = error instanceof Error ? error.message : String(error);
  const errcode = (error as { errcode?: unknown } | null)?.errcode;
  return typeof errcode === 'number' ? { message, errcode } : { message };
}
