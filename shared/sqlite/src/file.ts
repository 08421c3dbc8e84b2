/**
 * One SQLite file with one writer: queued units are committed together, reads happen in the calling thread.
 *
 * 1. A unit holds whole or not at all; its promise resolves after the COMMIT that holds it is on disk (synchronous=FULL).
 * 2. Units are applied in the order in which they were written; one that fails or is refused leaves the others alone.
 * 3. A read sees every write whose promise has resolved.
 * 4. The queue is bounded in units and bytes: beyond it a write is refused at once as `Unavailable`.
 * Leaves to its callers what the tables are; leaves to `lockFolder` that only one process uses a folder.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { asFault, bound, type Log, silentLog, unavailable } from '@leasehold/kernel';
import { fileClosed, sqliteFault } from './failure.ts';
import type { SqlRow, SqlValue, Statement, StatementResult, UnitAnswer, WriteOutcome, WriteUnit } from './protocol.ts';
import { asFailure, createStatementCache } from './statements.ts';
import { startWriter, type WriterThread } from './thread.ts';

export const BATCH_UNITS = bound('sqlite.batchUnits', 256);
export const BATCH_BYTES = bound('sqlite.batchBytes', 4 * 1024 * 1024);
export const QUEUE_UNITS = bound('sqlite.queueUnits', 20_000);
export const QUEUE_BYTES = bound('sqlite.queueBytes', 32 * 1024 * 1024);
const READER_PAGES = bound('sqlite.readerPages', 500);
const WRITER_PAGES = bound('sqlite.writerPages', 1_000);

export type Read = <Row extends object = SqlRow>(sql: string, params?: readonly SqlValue[]) => readonly Row[];

export interface SqliteOptions {
  readonly path: string;
  /** Scripts in the order in which they were released; the file's `user_version` counts those applied. Append only. */
  readonly migrations: readonly string[];
  readonly log?: Log;
}

export interface SqliteFile {
  readonly path: string;
  /**
   * Applies all statements or none. One result for each statement.
   * @throws `Conflict` (`SqliteConstraint`), `Unavailable` (`StoreUnavailable`; `unknownOutcome` when it may have held),
   * `Invalid` (`ValueTooBig`), `Bug` for a statement that SQLite refuses.
   */
  write(statements: readonly Statement[]): Promise<readonly StatementResult[]>;
  /** As `write`, if the unit's guard says yes; `refused` carries what the guard read. */
  attempt(unit: WriteUnit): Promise<WriteOutcome>;
  /** Rows of a query, read at once in the calling thread. */
  readonly read: Read;
  /** Several reads of one moment. `run` is synchronous. */
  snapshot<T>(run: (read: Read) => T): T;
  /** Finishes what is queued, then closes. */
  close(): Promise<void>;
}

interface Queued {
  readonly unit: WriteUnit;
  readonly bytes: number;
  readonly resolve: (outcome: WriteOutcome) => void;
  readonly reject: (error: unknown) => void;
}

function unitBytes(unit: WriteUnit): number {
  let bytes = 64;
  for (const { params = [] } of unit.statements) {
    for (const value of params) {
      bytes += typeof value === 'string' ? value.length * 2 : value instanceof Uint8Array ? value.byteLength : 8;
    }
  }
  return bytes;
}

/** The writer makes the file; making it here first gives it its mode, which the write-ahead log inherits. */
function touchPrivately(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
}

function openReader(path: string) {
  const db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  db.exec(`PRAGMA cache_size = ${READER_PAGES.value}`);
  const statements = createStatementCache(db);
  const guarded = <T>(run: () => T): T => {
    if (!db.isOpen) throw fileClosed();
    try {
      return run();
    } catch (error) {
      if (error instanceof Error && 'errcode' in error) throw sqliteFault(asFailure(error));
      throw error;
    }
  };
  const read: Read = <Row extends object>(sql: string, params: readonly SqlValue[] = []) =>
    guarded(() => statements.all({ sql, params }) as unknown as readonly Row[]);
  return {
    read,
    snapshot: <T>(run: (read: Read) => T): T =>
      guarded(() => {
        db.exec('BEGIN');
        try {
          return run(read);
        } finally {
          db.exec('COMMIT');
        }
      }),
    close: () => {
      if (db.isOpen) db.close();
    },
  };
}

function settleBatch(batch: readonly Queued[], answers: readonly UnitAnswer[]): void {
  batch.forEach((queued, index) => {
    const answer = answers[index] as UnitAnswer;
    if (answer.kind === 'failed') queued.reject(sqliteFault(answer.failure));
    else queued.resolve(answer);
  });
}

function createQueue(start: () => Promise<WriterThread>, first: WriterThread, log: Log) {
  let writer = first;
  let queue: Queued[] = [];
  let queuedBytes = 0;
  let draining: Promise<void> | undefined;
  const takeBatch = (): readonly Queued[] => {
    let bytes = 0;
    let count = 0;
    while (count < queue.length && count < BATCH_UNITS.value && (count === 0 || bytes < BATCH_BYTES.value)) {
      bytes += (queue[count] as Queued).bytes;
      count += 1;
    }
    const batch = queue.slice(0, count);
    queue = queue.slice(count);
    queuedBytes -= bytes;
    return batch;
  };
  const drain = async () => {
    // A microtask later, so that what one turn of the event loop writes shares one fsync.
    await Promise.resolve();
    while (queue.length > 0) {
      const batch = takeBatch();
      try {
        if (writer.dead) writer = await start();
        settleBatch(batch, await writer.apply(batch.map(({ unit }) => unit)));
      } catch (error) {
        const fault = asFault(error);
        log.warn('a batch of writes failed', { code: fault.code, units: batch.length, reason: fault.message });
        for (const { reject } of batch) reject(fault);
      }
    }
    draining = undefined;
  };
  return {
    push: (unit: WriteUnit) =>
      new Promise<WriteOutcome>((resolve, reject) => {
        const bytes = unitBytes(unit);
        if (queue.length >= QUEUE_UNITS.value || (queue.length > 0 && queuedBytes + bytes > QUEUE_BYTES.value)) {
          const limit = queue.length >= QUEUE_UNITS.value ? QUEUE_UNITS : QUEUE_BYTES;
          const message = `too many writes wait for the disk (${limit.name} ${limit.value})`;
          reject(unavailable(message, { code: 'StoreUnavailable', backend: 'sqlite', retryAfterMs: 1_000 }));
          return;
        }
        queue.push({ unit, bytes, resolve, reject });
        queuedBytes += bytes;
        draining ??= drain();
      }),
    close: async () => {
      await draining;
      await writer.close();
    },
  };
}

/** @throws `Conflict` (`SchemaTooNew`) for a file of a newer release, `Unavailable` when it cannot be opened. */
export async function openSqlite({ path, migrations, log = silentLog }: SqliteOptions): Promise<SqliteFile> {
  try {
    touchPrivately(path);
  } catch (cause) {
    throw unavailable('the SQLite file cannot be made', { code: 'StoreUnavailable', backend: 'sqlite', cause });
  }
  const start = () => startWriter({ path, migrations, cachePages: WRITER_PAGES.value });
  const queue = createQueue(start, await start(), log);
  const reader = openReader(path);
  let closing: Promise<void> | undefined;
  const attempt = (unit: WriteUnit) => (closing ? Promise.reject(fileClosed()) : queue.push(unit));
  return {
    path,
    attempt,
    write: async (statements) => {
      const outcome = await attempt({ statements });
      return outcome.kind === 'applied' ? outcome.results : [];
    },
    read: reader.read,
    snapshot: reader.snapshot,
    // The reader goes first: only the last connection to leave folds the write-ahead log back into the file.
    close: () => {
      closing ??= queue.close().finally(() => undefined);
      reader.close();
      return closing;
    },
  };
}
