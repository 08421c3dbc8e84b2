/**
 * The file of an embedded keyspace: an SQLite database with the base tables and one record of settings and mark. Owns its
 * layout; leaves what should be in it to the embedded provider.
 *
 * 1. A new file is built without a journal under a hidden name, flushed off the event loop and linked to its name: it is
 *    there whole or not at all. Later changes are one SQLite transaction each, at synchronous FULL.
 */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { buildingPath, claimFile, flush } from '../embedded/files.ts';
import { quoteName, type TableShape } from './tables.ts';

export interface EmbeddedRecord {
  readonly tenantId: string;
  readonly generation: number;
  readonly schemaVersion: number;
  readonly replication: Readonly<Record<string, number>>;
  readonly durableWrites: boolean;
}

export interface EmbeddedContent {
  /** undefined: a database that is not ours. */
  readonly record: EmbeddedRecord | undefined;
  readonly tables: Readonly<Record<string, readonly string[]>>;
}

const RECORD_TABLE = 'leasehold_keyspace';
const CREATE_RECORD = `CREATE TABLE ${RECORD_TABLE} (id INTEGER PRIMARY KEY CHECK (id = 1), record TEXT NOT NULL)`;
const SQLITE_TYPES: Readonly<Record<string, string>> = { bigint: 'INTEGER', smallint: 'INTEGER', counter: 'INTEGER' };

export const sqliteType = (cql: string): string => SQLITE_TYPES[cql] ?? 'TEXT';

export function createTableSql(shape: TableShape): string {
  const columns = Object.entries(shape.columns).map(([name, type]) => `${quoteName(name)} ${sqliteType(type)}`);
  const key = shape.key.replaceAll(/[()]/g, '');
  return `CREATE TABLE ${quoteName(shape.name)} (${[...columns, `PRIMARY KEY (${key})`].join(', ')}) WITHOUT ROWID`;
}

/** @throws a system error that `isTakenName` knows, where the name is taken. */
export async function createEmbeddedFile(
  path: string,
  record: EmbeddedRecord,
  statements: readonly string[],
): Promise<void> {
  const building = buildingPath(path);
  await mkdir(dirname(path), { recursive: true });
  const database = new DatabaseSync(building);
  try {
    database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN');
    database.exec(CREATE_RECORD);
    for (const statement of statements) database.exec(statement);
    putRecord(database, record);
    database.exec('COMMIT');
  } finally {
    database.close();
  }
  await flush(building);
  await claimFile(building, path);
}

/** A database that others made becomes ours; its tables stay as they are. */
export const markEmbeddedFile = (path: string, record: EmbeddedRecord): void =>
  changeEmbeddedFile(path, record, [CREATE_RECORD]);

export function changeEmbeddedFile(path: string, record: EmbeddedRecord, statements: readonly string[]): void {
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA synchronous = FULL; BEGIN IMMEDIATE');
    for (const statement of statements) database.exec(statement);
    putRecord(database, record);
    database.exec('COMMIT');
  } finally {
    database.close();
  }
}

const putRecord = (database: DatabaseSync, record: EmbeddedRecord): void => {
  const put = database.prepare(`INSERT OR REPLACE INTO ${RECORD_TABLE} (id, record) VALUES (1, ?)`);
  put.run(JSON.stringify(record));
};

/** The content of an existing file; a file that is no database of ours has no record and no tables. */
export function readEmbeddedFile(path: string): EmbeddedContent {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    const columns = database.prepare(
      `SELECT m.name AS "table", c.name AS "column" FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table'`,
    );
    const tables: Record<string, string[]> = {};
    for (const row of columns.all()) {
      const name = String(row.table);
      tables[name] = [...(tables[name] ?? []), String(row.column)];
    }
    const { [RECORD_TABLE]: ours, ...base } = tables;
    if (ours === undefined) return { record: undefined, tables: base };
    const row = database.prepare(`SELECT record FROM ${RECORD_TABLE} WHERE id = 1`).get();
    return { record: row === undefined ? undefined : (JSON.parse(String(row.record)) as EmbeddedRecord), tables: base };
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === NOT_A_DATABASE) {
      return { record: undefined, tables: {} };
    }
    throw error;
  } finally {
    database?.close();
  }
}

const NOT_A_DATABASE = 26;
