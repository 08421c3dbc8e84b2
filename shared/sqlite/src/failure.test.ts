/** SQLite's result codes as faults, by the numbers of https://www.sqlite.org/rescode.html, extended ones included. */
import { describe, expect, test } from 'vitest';
import { fileClosed, sqliteFault } from './failure.ts';
import { isDamage, isDisk } from './result-code.ts';

const fault = (errcode: number | undefined, duringCommit?: boolean) =>
  sqliteFault(
    { message: 'near "secret": said SQLite', ...(errcode === undefined ? {} : { errcode }) },
    { file: '/var/data/notes.sqlite', ...(duringCommit === undefined ? {} : { duringCommit }) },
  );

const LOCKED = /locked by another process/;
const READ_ONLY = /read-only/;
const DAMAGED = /is damaged/;

describe.each<readonly [name: string, errcode: number, told: RegExp, surelyNot: boolean]>([
  ['PERM', 3, READ_ONLY, false],
  ['BUSY', 5, LOCKED, true],
  ['BUSY_SNAPSHOT', 517, LOCKED, true],
  ['LOCKED', 6, LOCKED, true],
  ['NOMEM', 7, /want of memory/, false],
  ['READONLY', 8, READ_ONLY, true],
  ['READONLY_DIRECTORY', 1544, READ_ONLY, true],
  ['INTERRUPT', 9, /middle of a statement/, false],
  ['IOERR', 10, /the disk failed/, false],
  ['IOERR_FSYNC', 1034, /the disk failed/, false],
  ['IOERR_WRITE', 778, /the disk failed/, true],
  ['CORRUPT', 11, DAMAGED, false],
  ['CORRUPT_INDEX', 779, DAMAGED, false],
  ['FULL', 13, /the disk is full/, true],
  ['CANTOPEN', 14, /cannot be opened/, false],
  ['PROTOCOL', 15, LOCKED, false],
  ['AUTH', 23, READ_ONLY, false],
  ['NOTADB', 26, DAMAGED, false],
])('%s (%i)', (_, errcode, told, surelyNot) => {
  test('the store is away, the file is named without its folder, and no statement is quoted', () => {
    expect(fault(errcode)).toMatchObject({
      class: 'Unavailable',
      code: 'StoreUnavailable',
      backend: 'sqlite',
      unknownOutcome: false,
      message: expect.stringMatching(told),
    });
    expect(fault(errcode).message).toMatch(/^the file notes\.sqlite /);
    expect(fault(errcode).message).not.toContain('secret');
    expect(fault(errcode).cause).toMatchObject({ message: 'near "secret": said SQLite' });
  });

  test(surelyNot ? 'a COMMIT that failed of it did not hold' : 'a COMMIT that failed of it may have held', () => {
    expect(fault(errcode, true).unknownOutcome).toBe(!surelyNot);
    expect(fault(errcode, false).unknownOutcome).toBe(false);
  });
});

test.each([
  ['CONSTRAINT', 19, { class: 'Conflict', code: 'SqliteConstraint' }],
  ['CONSTRAINT_PRIMARYKEY', 1555, { class: 'Conflict', code: 'SqliteConstraint' }],
  ['TOOBIG', 18, { class: 'Invalid', code: 'ValueTooBig' }],
  ['ERROR', 1, { class: 'Bug', message: expect.stringContaining('1') }],
  ['MISMATCH', 20, { class: 'Bug', message: expect.stringContaining('20') }],
  ['no code at all', undefined, { class: 'Bug', message: expect.stringContaining('none') }],
])('%s is no fault of the file', (_, errcode, expected) => {
  expect(fault(errcode)).toMatchObject(expected);
  expect(fault(errcode, true).unknownOutcome).toBe(false);
});

test('a file that is no longer under its name says so, whatever the code', () => {
  const gone = sqliteFault({ message: 'gone', gone: true }, { file: 'notes.sqlite' });
  expect(gone).toMatchObject({ class: 'Unavailable', message: expect.stringMatching(/deleted or replaced/) });
});

test('a closed file is away', () => {
  expect(fileClosed()).toMatchObject({ class: 'Unavailable', code: 'StoreUnavailable', backend: 'sqlite' });
});

test('damage is what concerns the content, the disk what concerns the disk, extended codes too', () => {
  const codes = [5, 8, 10, 11, 13, 26, 522, 779, 1034, 19, undefined];
  const those = (is: typeof isDamage) =>
    codes.filter((errcode) => is({ message: '', ...(errcode === undefined ? {} : { errcode }) }));
  expect([those(isDamage), those(isDisk)]).toEqual([
    [11, 26, 779],
    [10, 13, 522, 1034],
  ]);
});
