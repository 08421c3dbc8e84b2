/**
 * SQLite's result codes as faults that say which file, what is wrong with it, and what to do. What SQLite says of a statement
 * stays in the cause, because it can quote values.
 */
import { basename } from 'node:path';
import { bug, conflict, type Fault, invalid, unavailable } from '@leasehold/kernel';
import type { SqlFailure } from './protocol.ts';
import { CODE, IO_WRITE, primaryOf } from './result-code.ts';

const LOCKED = 'is locked by another process: end whatever else has it open';
const CLOSED_TO_US = 'cannot be written: it, its folder or its file system is read-only';
const IS_DAMAGED = 'is damaged: put a backup in its place while the process is stopped';

/** By primary result code: what is wrong, after the file's name. */
const AWAY: ReadonlyMap<number, string> = new Map([
  [CODE.permission, CLOSED_TO_US],
  [CODE.busy, LOCKED],
  [CODE.locked, LOCKED],
  [CODE.noMemory, 'cannot be used for want of memory'],
  [CODE.readOnly, CLOSED_TO_US],
  [CODE.interrupted, 'was left in the middle of a statement'],
  [CODE.io, 'cannot be read or written: the disk failed (I/O error)'],
  [CODE.corrupt, IS_DAMAGED],
  [CODE.full, 'cannot grow: the disk is full; free some room, and it goes on by itself'],
  [CODE.cannotOpen, 'cannot be opened: it or its folder is missing, or closed to this user'],
  [CODE.protocol, LOCKED],
  [CODE.refused, CLOSED_TO_US],
  [CODE.notADatabase, IS_DAMAGED],
]);
const GONE =
  'was deleted or replaced while it was in use: put the very file back, or restart with a backup in its place';

/** A COMMIT that failed by these has not written its last frame, without which nothing of it counts. */
const SURELY_NOT = new Set<number>([CODE.busy, CODE.locked, CODE.readOnly, CODE.full]);

const isSurelyNot = (failure: SqlFailure): boolean =>
  failure.errcode === IO_WRITE || SURELY_NOT.has(primaryOf(failure) ?? 0);

export interface FaultContext {
  /** Path of the file; only its last part is told. */
  readonly file: string;
  /** The COMMIT was what failed. */
  readonly duringCommit?: boolean;
}

export function sqliteFault(failure: SqlFailure, { file, duringCommit = false }: FaultContext): Fault {
  const cause = new Error(failure.message);
  const primary = primaryOf(failure);
  if (primary === CODE.constraint) {
    return conflict('the row conflicts with one already stored', { code: 'SqliteConstraint', cause });
  }
  if (primary === CODE.tooBig) return invalid('a value is too big for the store', { code: 'ValueTooBig', cause });
  const what = failure.gone ? GONE : primary === undefined ? undefined : AWAY.get(primary);
  if (what === undefined)
    return bug(`SQLite refused a statement (result code ${failure.errcode ?? 'none'}): ${failure.message}`, cause);
  return unavailable(`the file ${basename(file)} ${what}`, {
    code: 'StoreUnavailable',
    backend: 'sqlite',
    cause,
    ...(duringCommit && !isSurelyNot(failure) ? { unknownOutcome: true } : {}),
  });
}

export const fileClosed = (): Fault =>
  unavailable('the SQLite file is closed', { code: 'StoreUnavailable', backend: 'sqlite' });
