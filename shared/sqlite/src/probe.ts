/**
 * Looks that find out whether a SQLite file can be worked with: room on its disk, its content, a write that reaches the disk.
 * Runs in the writer's thread, because each of them may wait for the disk.
 *
 * 1. A small write may find a place inside the write-ahead log when the disk is full, so room is looked for beside the file.
 * 2. The content is read through a connection of its own: the writer's knows pages that are no longer what the disk holds.
 */
import { closeSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { SqlFailure } from './protocol.ts';
import { CODE } from './result-code.ts';

/** What the next writes may need at once. A bound is made in the owner's thread: this one loads nothing. */
const ROOM_BYTES = 256 * 1024;
/** Whoever asks wants an answer within a second or two; a writer has more patience. */
const PROBE_BUSY_MS = 1_000;

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const NO_WRITING = new Set(['EROFS', 'EACCES', 'EPERM']);

function systemFailure(error: unknown): SqlFailure {
  const code = String((error as { code?: unknown }).code ?? 'none');
  const errcode = NO_ROOM.has(code) ? CODE.full : NO_WRITING.has(code) ? CODE.readOnly : CODE.io;
  return { message: `no file can be written beside it: ${code}`, errcode };
}

/** @param byHand true: a file of that size is written, whatever the file system says of itself. */
export function findRoom(path: string, byHand: boolean): SqlFailure | undefined {
  const room = `${path}.room`;
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    if (!byHand && bavail * bsize >= ROOM_BYTES) return undefined;
    const fd = openSync(room, 'w', 0o600);
    try {
      writeAll(fd, Buffer.alloc(ROOM_BYTES, 1));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    return undefined;
  } catch (error) {
    return systemFailure(error);
  } finally {
    removeQuietly(room);
  }
}

/** A disk that fills up takes a part of what it is given. */
function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.byteLength; ) at += writeSync(fd, bytes, at);
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // A file that stays is overwritten by the next look.
  }
}

/** Whether the content holds: as its writer sees it, and the file's own head, which the write-ahead log may still hide. */
export function findDamage(path: string): SqlFailure | undefined {
  const head = pathToFileURL(path);
  head.searchParams.set('immutable', '1');
  return (
    ask(head, 'PRAGMA schema_version', () => true) ?? ask(path, 'PRAGMA integrity_check(1)', (said) => said === 'ok')
  );
}

function ask(where: string | URL, sql: string, isGood: (said: string) => boolean): SqlFailure | undefined {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(where, { readOnly: true, timeout: PROBE_BUSY_MS });
    const [row] = db.prepare(sql).all();
    const said = String(Object.values(row ?? {})[0]);
    return isGood(said) ? undefined : { message: said, errcode: CODE.corrupt };
  } catch (error) {
    const errcode = (error as { errcode?: unknown }).errcode;
    return { message: String(error), errcode: typeof errcode === 'number' ? errcode : CODE.corrupt };
  } finally {
    if (db?.isOpen) db.close();
  }
}

/** Writes what stands there already: one page and one sync, and no table of its own. `busyMs`: the connection's own patience. */
export function writeProbe(db: DatabaseSync, userVersion: number, busyMs: number): void {
  db.exec(`PRAGMA busy_timeout = ${PROBE_BUSY_MS}`);
  try {
    db.exec('BEGIN IMMEDIATE');
    db.exec(`PRAGMA user_version = ${userVersion}`);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  } finally {
    db.exec(`PRAGMA busy_timeout = ${busyMs}`);
  }
}
