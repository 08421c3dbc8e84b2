/**
 * Whether the writer's file can be worked with, as a state that lasts from what was seen last. Owns when which look of
 * probe.ts is due; runs in the writer's thread.
 *
 * 1. What somebody else has written into the file is looked at as a whole before anything is written upon it.
 * 2. A damaged file stays damaged until its content is found whole again, and is then opened anew.
 * 3. After a disk that was full or failed, room is proved by a write and not by what the file system says of itself.
 */
import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { FILE_GONE, watchFile } from './file-watch.ts';
import { findDamage, findRoom, writeProbe } from './probe.ts';
import type { SqlFailure, WriterData, WriterReply } from './protocol.ts';
import { isDamage, isDisk } from './result-code.ts';
import { asFailure } from './statements.ts';

/** A file of at most this size is read as a whole once after its opening: it may have been damaged while nobody looked. */
const READ_WHOLE_BYTES = 64 * 1024 * 1024;

/** How long the writer waits for another process that has the file locked. */
export const BUSY_MS = 5_000;

export interface Soundness {
  /** Before a batch: why it must not be tried. */
  before(): SqlFailure | undefined;
  /** After a batch, with what failed in it. */
  after(failures: readonly SqlFailure[]): void;
  check(doubted: boolean, reopen: () => void): WriterReply;
}

export function createSoundness({ path, migrations }: WriterData, db: () => DatabaseSync): Soundness {
  const watch = watchFile(path);
  let damage: SqlFailure | undefined;
  let unread = statSync(path).size <= READ_WHOLE_BYTES;
  let shaken = false;
  const readWhole = (): SqlFailure | undefined => {
    watch.remember();
    unread = false;
    damage = findDamage(path);
    return damage;
  };
  const before = (): SqlFailure | undefined => {
    const sight = watch.look();
    if (sight === 'gone') return FILE_GONE;
    return sight === 'touched' && damage === undefined ? readWhole() : damage;
  };
  const after = (failures: readonly SqlFailure[]): void => {
    watch.remember();
    const found = failures.find(isDamage);
    if (found !== undefined) unread = true;
    damage ??= found;
    shaken ||= failures.some(isDisk);
  };
  const tryOut = (): SqlFailure | undefined => {
    const crowded = findRoom(path, shaken);
    if (crowded) {
      shaken ||= isDisk(crowded);
      return crowded;
    }
    try {
      writeProbe(db(), migrations.length, BUSY_MS);
      shaken = false;
      watch.remember();
      return undefined;
    } catch (error) {
      const failure = asFailure(error);
      after([failure]);
      return failure;
    }
  };
  const check = (doubted: boolean, reopen: () => void): WriterReply => {
    const sight = watch.look();
    if (sight === 'gone') return { kind: 'unsound', failure: FILE_GONE };
    const wasDamaged = damage !== undefined;
    const isDue = wasDamaged ? sight === 'touched' || unread : sight === 'touched' || doubted || unread;
    if (isDue) readWhole();
    if (damage !== undefined) return { kind: 'unsound', failure: damage };
    const reopened = wasDamaged || sight === 'touched' || doubted;
    if (reopened) reopen();
    const failure = tryOut();
    return failure ? { kind: 'unsound', failure } : { kind: 'sound', reopened };
  };
  return { before, after, check };
}
