/**
 * SQLite's result codes as faults. What SQLite says of a statement stays in the cause, because it can quote values.
 */
import { bug, conflict, type Fault, invalid, unavailable } from '@leasehold/kernel';
import type { SqlFailure } from './protocol.ts';

const PRIMARY = 0xff;
const CONSTRAINT = 19;
const TOO_BIG = 18;
/** BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, AUTH, NOTADB. */
const AWAY = new Set([5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 23, 26]);

export function sqliteFault(failure: SqlFailure, options: { readonly unknownOutcome?: boolean } = {}): Fault {
  const cause = new Error(failure.message);
  const primary = failure.errcode === undefined ? undefined : failure.errcode & PRIMARY;
  if (primary === CONSTRAINT) {
    return conflict('the row conflicts with one already stored', { code: 'SqliteConstraint', cause });
  }
  if (primary === TOO_BIG) return invalid('a value is too big for the store', { code: 'ValueTooBig', cause });
  if (primary !== undefined && AWAY.has(primary)) {
    return unavailable(`the SQLite file cannot be used (result code ${failure.errcode})`, {
      code: 'StoreUnavailable',
      backend: 'sqlite',
      cause,
      ...(options.unknownOutcome ? { unknownOutcome: true } : {}),
    });
  }
  return bug(`SQLite refused a statement (result code ${failure.errcode ?? 'none'}): ${failure.message}`, cause);
}

export const fileClosed = (): Fault =>
  unavailable('the SQLite file is closed', { code: 'StoreUnavailable', backend: 'sqlite' });
