/** Looks at a file: room by what the file system says or by a write (1), damage by a connection of its own (2), a write that changes nothing. */
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findDamage, findRoom, writeProbe } from './probe.ts';

let folder: string;
let path: string;
let db: DatabaseSync;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leasehold-probe-'));
  path = join(folder, 'notes.sqlite');
  db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA user_version = 3; CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)');
  const insert = db.prepare('INSERT INTO notes (text) VALUES (?)');
  for (let id = 0; id < 100; id++) insert.run('x'.repeat(1_000));
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
});
afterEach(() => {
  if (db.isOpen) db.close();
  rmSync(folder, { recursive: true, force: true });
});

const spoil = (at: number, bytes: number) => {
  const fd = openSync(path, 'r+');
  writeSync(fd, Buffer.alloc(bytes, 0xa5), 0, bytes, at);
  closeSync(fd);
};

test.each([false, true])(
  '1: where there is room it is found, and nothing is left of the look (by hand: %j)',
  (byHand) => {
    expect(findRoom(path, byHand)).toBeUndefined();
    expect(existsSync(`${path}.room`)).toBe(false);
  },
);

test('1: what cannot be written beside it is told with its reason, even where the file system has room', () => {
  mkdirSync(`${path}.room`);
  expect(findRoom(path, false)).toBeUndefined();
  expect(findRoom(path, true)).toMatchObject({ errcode: 10, message: expect.stringContaining('EISDIR') });
});

test('1: a folder that is gone is told as a disk that failed', () => {
  expect(findRoom(join(folder, 'nowhere', 'notes.sqlite'), false)).toMatchObject({
    errcode: 10,
    message: expect.stringContaining('ENOENT'),
  });
});

test('a whole file has no damage, also while its writer has it open', () => {
  expect(findDamage(path)).toBeUndefined();
});

test.each([
  ['its head', 0, 100, 26],
  ['a page in its middle', 8_192, 4_096, 11],
])('2: garbage in %s is damage', (_, at, bytes, errcode) => {
  spoil(at, bytes);
  expect(findDamage(path)).toMatchObject({ errcode });
});

test('2: a head that is garbage in the file is damage though the write-ahead log has a copy', () => {
  db.exec('PRAGMA user_version = 4');
  spoil(0, 100);
  expect(findDamage(path)).toMatchObject({ errcode: 26 });
});

test('what is no database, and what is not there, is no file to work with', () => {
  writeFileSync(join(folder, 'text'), 'no database at all, and longer than a head '.repeat(10));
  expect(findDamage(join(folder, 'text'))?.errcode).toBe(26);
  expect(findDamage(join(folder, 'nothing'))?.errcode).toBe(14);
});

test('a probing write changes nothing, and leaves the connection as patient as it was', () => {
  writeProbe(db, 3, 4_321);
  expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: 3 });
  expect(db.prepare('PRAGMA busy_timeout').get()).toEqual({ timeout: 4_321 });
  expect(db.isTransaction).toBe(false);
});

test('a probing write that finds the file locked says so after a second, and leaves nothing open', () => {
  const other = new DatabaseSync(path);
  other.exec('BEGIN IMMEDIATE');
  expect(() => writeProbe(db, 3, 4_321)).toThrow(expect.objectContaining({ errcode: 5 }));
  expect(db.isTransaction).toBe(false);
  expect(db.prepare('PRAGMA busy_timeout').get()).toEqual({ timeout: 4_321 });
  other.exec('ROLLBACK');
  other.close();
  writeProbe(db, 3, 4_321);
});

test('a probing write to a file that may not be written is undone', () => {
  const reading = new DatabaseSync(path, { readOnly: true });
  expect(() => writeProbe(reading, 3, 100)).toThrow(expect.objectContaining({ errcode: 8 }));
  expect(reading.isTransaction).toBe(false);
  reading.close();
});
