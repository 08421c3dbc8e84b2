/** What a file that cannot be worked with says (SqliteFile.check), that nothing is written upon it, and that its end is seen. */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqlite, type SqliteFile } from './file.ts';

const TABLE = 'CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)';

let folder: string;
let path: string;
let file: SqliteFile;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leasehold-trouble-'));
  path = join(folder, 'notes.sqlite');
  file = await openSqlite({ path, migrations: [TABLE] });
});
afterEach(async () => {
  await file.close().catch(() => undefined);
  rmSync(folder, { recursive: true, force: true });
});

const note = (id: number, length = 1_000) => ({
  sql: 'INSERT INTO notes (id, text) VALUES (?, ?)',
  params: [id, 'x'.repeat(length)],
});
const fill = async (from: number, to: number) => {
  for (let id = from; id <= to; id++) await file.write([note(id)]);
};
const count = () => Number(file.read('SELECT count(*) AS n FROM notes')[0]?.['n']);
const says = (what: RegExp) => ({
  class: 'Unavailable',
  code: 'StoreUnavailable',
  message: expect.stringMatching(what),
});

/** What is in the write-ahead log goes into the file itself, so that damage to the file matters. */
const fold = () => {
  const db = new DatabaseSync(path);
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
};

const spoil = (target: string, at: number, bytes: number) => {
  const fd = openSync(target, 'r+');
  writeSync(fd, Buffer.alloc(bytes, 0xa5), 0, bytes, at);
  closeSync(fd);
};

test('a file that is well says so, again and again, and keeps what it holds', async () => {
  await fill(1, 20);
  for (let time = 0; time < 3; time++) await file.check();
  fold();
  await file.check();
  await fill(21, 22);
  expect(count()).toBe(22);
});

test.each([
  ['its head, of which the write-ahead log has a copy', 0, 4_096],
  ['its head alone', 0, 100],
  ['its middle', 8_192, 40_000],
  ['its end', 30_000, 60_000],
])(
  'garbage in %s is found without anybody reading there; nothing is written upon it; restored, the file is used again',
  async (_, at, bytes) => {
    await fill(1, 100);
    await file.check();
    fold();
    const backup = readFileSync(path);
    spoil(path, at, bytes);
    await expect(file.write([note(500)])).rejects.toMatchObject(says(/notes\.sqlite is damaged/));
    await expect(file.check()).rejects.toMatchObject(says(/notes\.sqlite is damaged/));
    await expect(file.check()).rejects.toMatchObject(says(/damaged/));
    writeFileSync(path, backup);
    await file.check();
    expect(count()).toBe(100);
    await file.write([note(501)]);
    expect(count()).toBe(101);
  },
);

test('garbage that came while nobody had the file open is found by the first look', async () => {
  await fill(1, 200);
  await file.close();
  spoil(path, 100_000, 20_000);
  file = await openSqlite({ path, migrations: [TABLE] });
  await expect(file.check()).rejects.toMatchObject(says(/damaged/));
});

test('a write-ahead log that was emptied is no file to write upon', async () => {
  await fill(1, 50);
  truncateSync(`${path}-wal`, 0);
  await expect(file.write([note(500)])).rejects.toMatchObject({ class: 'Unavailable' });
  await expect(file.check()).rejects.toMatchObject({ class: 'Unavailable' });
});

test.each([
  ['deleted', () => rmSync(path)],
  [
    'replaced by another',
    () => {
      copyFileSync(path, `${path}.copy`);
      renameSync(`${path}.copy`, path);
    },
  ],
  ['without its write-ahead log', () => rmSync(`${path}-wal`)],
])('a file that was %s takes nothing more: what it accepted would end with the process', async (_, harm) => {
  await fill(1, 10);
  harm();
  await expect(file.write([note(11)])).rejects.toMatchObject(says(/notes\.sqlite was deleted or replaced/));
  await expect(file.check()).rejects.toMatchObject(says(/deleted or replaced/));
});

test('a file that was moved away and comes back is used again, with everything it had accepted', async () => {
  await fill(1, 10);
  renameSync(path, `${path}.away`);
  await expect(file.check()).rejects.toMatchObject(says(/deleted or replaced/));
  renameSync(`${path}.away`, path);
  await file.check();
  await fill(11, 12);
  expect(count()).toBe(12);
});

test('a file that another process holds locked is told as that', async () => {
  const other = new DatabaseSync(path, { timeout: 0 });
  other.exec('BEGIN IMMEDIATE');
  await expect(file.check()).rejects.toMatchObject(says(/locked by another process/));
  other.exec('ROLLBACK');
  other.close();
  await file.check();
});

/** A disk of a few megabytes, where the machine lets us make one; the process on a full disk is tried end to end anyway. */
const mayMount = process.platform === 'linux' && process.getuid?.() === 0;

test.runIf(mayMount)(
  'a full disk is told before a write fails of it, refuses what does not fit, and is over when there is room',
  async () => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    expect(spawnSync('sh', ['-c', `mount -t tmpfs -o size=2m tmpfs ${disk}`]).status).toBe(0);
    try {
      const crowded = await openSqlite({ path: join(disk, 'notes.sqlite'), migrations: [TABLE] });
      await crowded.write([note(1)]);
      const ballast = join(disk, 'ballast');
      spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4k']);
      await expect(crowded.check()).rejects.toMatchObject(says(/notes\.sqlite cannot grow: the disk is full/));
      await expect(crowded.write([note(2, 400_000)])).rejects.toMatchObject({
        ...says(/disk is full/),
        unknownOutcome: false,
      });
      expect(crowded.read('SELECT count(*) AS n FROM notes')).toEqual([{ n: 1 }]);
      rmSync(ballast);
      await crowded.check();
      await crowded.write([note(2, 400_000)]);
      await crowded.close();
    } finally {
      spawnSync('sh', ['-c', `umount -l ${disk}`]);
    }
  },
);
