/** Whether a file can be worked with (1 to 3 of soundness.ts), as its writer asks: before a batch, after one, and when somebody looks. */
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSoundness, type Soundness } from './soundness.ts';

let folder: string;
let path: string;
let db: DatabaseSync;
let soundness: Soundness;
let reopened: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leasehold-sound-'));
  path = join(folder, 'notes.sqlite');
  db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA user_version = 1; CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)');
  const insert = db.prepare('INSERT INTO notes (text) VALUES (?)');
  for (let id = 0; id < 100; id++) insert.run('x'.repeat(1_000));
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  soundness = createSoundness({ path, migrations: ['one'], cachePages: 10 }, () => db);
  reopened = 0;
});
afterEach(() => {
  if (db.isOpen) db.close();
  rmSync(folder, { recursive: true, force: true });
});

const reopen = () => {
  reopened += 1;
  db.close();
  db = new DatabaseSync(path);
};
const check = (doubted = false) => soundness.check(doubted, reopen);
const write = () => {
  db.prepare('INSERT INTO notes (text) VALUES (?)').run('more');
  soundness.after([]);
};
const spoil = () => {
  const fd = openSync(path, 'r+');
  writeSync(fd, Buffer.alloc(40_000, 0xa5), 0, 40_000, 8_192);
  closeSync(fd);
};
const unsound = (errcode: number) => ({ kind: 'unsound', failure: { errcode } });
const DAMAGED = 11;

test('a file that its writer alone writes is sound, batch after batch and look after look, and never opened anew', () => {
  expect(soundness.before()).toBeUndefined();
  expect(check()).toEqual({ kind: 'sound', reopened: false });
  write();
  expect(soundness.before()).toBeUndefined();
  write();
  expect([check(), check(), reopened]).toEqual([
    { kind: 'sound', reopened: false },
    { kind: 'sound', reopened: false },
    0,
  ]);
});

test('1: what somebody else wrote is looked at as a whole before anything is written upon it, and refused where it is damage', () => {
  check();
  spoil();
  expect(soundness.before()).toMatchObject({ errcode: DAMAGED });
  // It stays so, without another look.
  expect(soundness.before()).toMatchObject({ errcode: DAMAGED });
  expect([check(), reopened]).toMatchObject([unsound(DAMAGED), 0]);
});

test('1: what somebody else wrote well is written upon', () => {
  check();
  const other = new DatabaseSync(path);
  other.exec("INSERT INTO notes (text) VALUES ('theirs')");
  other.close();
  expect(soundness.before()).toBeUndefined();
  write();
  expect(db.prepare('SELECT count(*) AS n FROM notes').get()).toEqual({ n: 102 });
});

test('a look opens anew what somebody else wrote, so that no page of before is believed', () => {
  check();
  const other = new DatabaseSync(path);
  other.exec("INSERT INTO notes (text) VALUES ('theirs')");
  other.close();
  expect([check(), reopened]).toEqual([{ kind: 'sound', reopened: true }, 1]);
  expect([check(), reopened]).toEqual([{ kind: 'sound', reopened: false }, 1]);
});

test('2: a damaged file is damaged until its content is whole again; then it is opened anew', () => {
  const backup = readFileSync(path);
  check();
  spoil();
  expect([check(), check()]).toMatchObject([unsound(DAMAGED), unsound(DAMAGED)]);
  writeFileSync(path, backup);
  expect(check()).toEqual({ kind: 'sound', reopened: true });
  expect(soundness.before()).toBeUndefined();
  expect([check(), reopened]).toEqual([{ kind: 'sound', reopened: false }, 1]);
});

test('2: damage that a batch met is damage, though nobody touched the file, and is looked at once more', () => {
  check();
  soundness.after([{ message: 'constraint', errcode: 19 }]);
  expect(soundness.before()).toBeUndefined();
  soundness.after([
    { message: 'malformed', errcode: 779 },
    { message: 'not a database', errcode: 26 },
  ]);
  expect(soundness.before()).toMatchObject({ errcode: 779 });
  // The content is whole: the next look finds that, and opens the file anew.
  expect([check(), reopened]).toEqual([{ kind: 'sound', reopened: true }, 1]);
  expect(soundness.before()).toBeUndefined();
});

test('damage that came while nobody had the file open is found by the first look', () => {
  spoil();
  const fresh = createSoundness({ path, migrations: ['one'], cachePages: 10 }, () => db);
  expect(fresh.check(false, reopen)).toMatchObject(unsound(DAMAGED));
});

test('a look that somebody doubts reads the whole content and opens anew', () => {
  check();
  expect([check(true), reopened]).toEqual([{ kind: 'sound', reopened: true }, 1]);
  const backup = readFileSync(path);
  spoil();
  soundness.after([]);
  // As its writer left it, for all that the system's notes tell: only who reads it all finds out.
  expect(check()).toMatchObject({ kind: 'sound' });
  expect(check(true)).toMatchObject(unsound(DAMAGED));
  writeFileSync(path, backup);
  expect(check()).toEqual({ kind: 'sound', reopened: true });
});

test('a file that is gone is told before a batch and at a look, and is not tried out', () => {
  rmSync(path);
  expect(soundness.before()).toMatchObject({ gone: true });
  expect([check(), check(true), reopened]).toMatchObject([
    { kind: 'unsound', failure: { gone: true } },
    { kind: 'unsound', failure: { gone: true } },
    0,
  ]);
});

test('a file that was replaced by its like is gone too', () => {
  copyFileSync(path, `${path}.copy`);
  rmSync(path);
  copyFileSync(`${path}.copy`, path);
  expect(check()).toMatchObject({ kind: 'unsound', failure: { gone: true } });
});

test('3: after a disk that was full, room is proved by a write, and only once it was', () => {
  check();
  // Nobody can write beside it; the file system still says that it has room.
  mkdirSync(`${path}.room`);
  expect(check()).toMatchObject({ kind: 'sound' });
  soundness.after([{ message: 'disk full', errcode: 13 }]);
  expect([check(), check()]).toMatchObject([unsound(10), unsound(10)]);
  rmdirSync(`${path}.room`);
  expect(check()).toMatchObject({ kind: 'sound' });
  mkdirSync(`${path}.room`);
  expect(check()).toMatchObject({ kind: 'sound' });
});

test('a file that another process holds locked is unsound, and sound once it is let go', () => {
  check();
  const other = new DatabaseSync(path);
  other.exec('BEGIN IMMEDIATE');
  expect(check()).toMatchObject(unsound(5));
  other.exec('ROLLBACK');
  other.close();
  expect(check()).toMatchObject({ kind: 'sound' });
});

test('a look leaves the version of the schema as it was', () => {
  check();
  expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 });
});
