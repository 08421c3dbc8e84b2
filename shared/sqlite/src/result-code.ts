/**
 * SQLite's primary result codes (https://www.sqlite.org/rescode.html) by name. Loads nothing: the writer's thread uses it too.
 */
import type { SqlFailure } from './protocol.ts';

export const CODE = {
  permission: 3,
  busy: 5,
  locked: 6,
  noMemory: 7,
  readOnly: 8,
  interrupted: 9,
  io: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  protocol: 15,
  tooBig: 18,
  constraint: 19,
  refused: 23,
  notADatabase: 26,
} as const;

/** The extended code of a write that failed, as against a sync. */
export const IO_WRITE = 778;

const PRIMARY = 0xff;

export const primaryOf = ({ errcode }: SqlFailure): number | undefined =>
  errcode === undefined ? undefined : errcode & PRIMARY;

/** The content cannot be trusted, whatever asks for it. */
export const isDamage = (failure: SqlFailure): boolean =>
  primaryOf(failure) === CODE.corrupt || primaryOf(failure) === CODE.notADatabase;

/** It is the disk that failed, or is full. */
export const isDisk = (failure: SqlFailure): boolean =>
  primaryOf(failure) === CODE.full || primaryOf(failure) === CODE.io;
