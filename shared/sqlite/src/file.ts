/**
 * One SQLite file with one writer: queued units are committed together, reads happen in the calling thread.
 *
 * 1. A unit holds whole or not at all; its promise resolves after the COMMIT that holds it is on disk (synchronous=FULL).
 * 2. Units are applied in the order in which they were written; one that fails or is refused leaves the others alone.
 * 3. A read sees every write whose promise has resolved.
 * 4. The queue is bounded in units and bytes: beyond it a write is refused at once as `Unavailable`.
 * Leaves to its callers what the tables are; leaves to `lockFolder` that only one process uses a folder.
 */
import { closeSync, fstatSync, mkdirSync, openSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { bound, unavailable } from '@leasehold/kernel';
import { fileClosed, sqliteFault } from './failure.ts';
import { FILE_GONE } from './file-watch.ts';
import type { Statement, StatementResult, WriteOutcome, WriteUnit } from './protocol.ts';
import { openReader, type Read } from './reader.ts';
import { startWriter } from './thread.ts';
import { createWriteQueue } from './write-queue.ts';

const WRITER_PAGES = bound('sqlite.writerPages', 1_000);

export interface SqliteOptions {
  readonly path: string;
  /** Scripts in the order in which they were released; the file's `user_version` counts those applied. Append only. */
  readonly migrations: readonly string[];
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
  /**
   * Whether the file can be worked with, tried out: it is the file that was opened, its disk has room, a write reaches the
   * disk, a read is answered. What somebody else wrote into it is read as a whole. @throws `Unavailable` that says why not.
   */
  check(): Promise<void>;
  /** Finishes what is queued, then closes. */
  close(): Promise<void>;
}

/** The writer makes the file; making it here first gives it its mode, which the write-ahead log inherits. */
function touchPrivately(path: string): bigint {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fd = openSync(path, 'a', 0o600);
  try {
    return fstatSync(fd, { bigint: true }).ino;
  } finally {
    closeSync(fd);
  }
}

function touch(path: string): bigint {
  try {
    return touchPrivately(path);
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'no reason given';
    throw unavailable(`the file ${basename(path)} cannot be made or written (${why}): see to DATA_DIR and its disk`, {
      code: 'StoreUnavailable',
      backend: 'sqlite',
      cause,
    });
  }
}

/** @throws `Conflict` (`SchemaTooNew`) for a file of a newer release, `Unavailable` when it cannot be opened. */
export async function openSqlite({ path, migrations }: SqliteOptions): Promise<SqliteFile> {
  const identity = touch(path);
  // A writer that is started again must not make an empty file where the one in use was taken away.
  const start = async () => {
    if (statSync(path, { bigint: true, throwIfNoEntry: false })?.ino !== identity)
      throw sqliteFault(FILE_GONE, { file: path });
    return startWriter({ path, migrations, cachePages: WRITER_PAGES.value });
  };
  const queue = createWriteQueue({ path, first: await start(), start });
  const reader = openReader(path);
  let closing: Promise<void> | undefined;
  const attempt = (unit: WriteUnit) => (closing ? Promise.reject(fileClosed()) : queue.push(unit));
  const check = async (): Promise<void> => {
    if (closing) throw fileClosed();
    const { reopened } = await queue.check(reader.takeDoubt());
    if (reopened) reader.reopen();
    reader.read('SELECT count(*) FROM sqlite_schema');
  };
  return {
    path,
    attempt,
    check,
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
