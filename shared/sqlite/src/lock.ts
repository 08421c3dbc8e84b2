/**
 * The lock on a data folder: one process at a time, released by the kernel however that process ends.
 *
 * 1. The lock is SQLite's exclusive lock on a file of its own, that is a POSIX record lock: `kill -9` releases it. Nobody
 *    else in the process may open that file, because closing any descriptor of it would drop the lock.
 * 2. The holder's process id is in a file beside it, for the message only; it decides nothing.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { conflict, unavailable } from '@leasehold/kernel';

export interface FolderLock {
  readonly folder: string;
  release(): void;
}

const BUSY = 5;
/** Keeps the connections from being collected, should a caller drop the handle. */
const held = new Set<DatabaseSync>();

const readHolder = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').trim() || 'unknown';
  } catch {
    return 'unknown';
  }
};

/** Step by step: a recursive `mkdir` below a file system that takes no folders, such as /proc, never returns. */
function makeFolder(folder: string): void {
  const make = () => mkdirSync(folder, { mode: 0o700 });
  try {
    make();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error;
    makeFolder(dirname(folder));
    make();
  }
}

/**
 * Makes the folder if it is missing and takes its lock at once or not at all.
 * @throws `Conflict` (`DataDirInUse`) naming the holder's process id; `Unavailable` when the folder cannot be used.
 */
export function lockFolder(folder: string): FolderLock {
  const pidPath = join(folder, 'lock.pid');
  let db: DatabaseSync | undefined;
  try {
    makeFolder(folder);
    db = new DatabaseSync(join(folder, 'lock.sqlite'), { timeout: 0 });
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    writeFileSync(pidPath, `${process.pid}\n`, { mode: 0o600 });
  } catch (cause) {
    if (db?.isOpen) db.close();
    if (((cause as { errcode?: number }).errcode ?? 0) % 256 === BUSY) {
      const holder = readHolder(pidPath);
      throw conflict(`the data folder ${folder} is in use by process ${holder}: stop it or choose another DATA_DIR`, {
        code: 'DataDirInUse',
        cause,
      });
    }
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const why = /^E[A-Z]+$/.test(code) ? code : message;
    throw unavailable(`the data folder ${folder} cannot be used (${why}): DATA_DIR must be a folder to write to`, {
      code: 'DataDirUnusable',
      cause,
    });
  }
  const lock = db;
  held.add(lock);
  return {
    folder,
    release: () => {
      held.delete(lock);
      if (lock.isOpen) lock.close();
    },
  };
}
