/** The reading side: rows, one moment, and the doubt that damage leaves behind (1). */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openReader, type Reader } from './reader.ts';

let folder: string;
let path: string;
let reader: Reader;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leasehold-reader-'));
  path = join(folder, 'notes.sqlite');
  write('PRAGMA journal_mode = WAL; CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)');
  write(
    `INSERT INTO notes (text) VALUES ${Array(100)
      .fill(`('${'x'.repeat(1_000)}')`)
      .join(',')}`,
  );
  reader = openReader(path);
});
afterEach(() => {
  reader.close();
  rmSync(folder, { recursive: true, force: true });
});

function write(sql: string) {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}
const count = () => reader.read<{ n: number }>('SELECT count(*) AS n FROM notes')[0]?.n;

test('a snapshot is of one moment while others write, and the read after it is of a later one', () => {
  const seen = reader.snapshot((read) => {
    const before = read('SELECT count(*) AS n FROM notes');
    write('DELETE FROM notes WHERE id > 50');
    return [before, read('SELECT count(*) AS n FROM notes')];
  });
  expect(seen).toEqual([[{ n: 100 }], [{ n: 100 }]]);
  expect(count()).toBe(50);
});

test('a snapshot whose caller fails throws its error, and the next one is possible', () => {
  expect(() =>
    reader.snapshot(() => {
      throw new Error('of the caller');
    }),
  ).toThrow('of the caller');
  expect(reader.snapshot((read) => read('SELECT 1 AS one'))).toEqual([{ one: 1 }]);
});

test('a statement that SQLite refuses is a bug, and leaves no doubt', () => {
  expect(() => reader.read('SELECT nothing')).toThrow(expect.objectContaining({ class: 'Bug' }));
  expect(reader.takeDoubt()).toBe(false);
});

test('1: damage that is read leaves a doubt, taken once', () => {
  const fd = openSync(path, 'r+');
  writeSync(fd, Buffer.alloc(60_000, 0xa5), 0, 60_000, 8_192);
  closeSync(fd);
  const harmed = openReader(path);
  expect(() => harmed.read('SELECT sum(length(text)) FROM notes')).toThrow(
    expect.objectContaining({ class: 'Unavailable', message: expect.stringContaining('damaged') }),
  );
  expect(() => harmed.read('SELECT nothing')).toThrow();
  expect([harmed.takeDoubt(), harmed.takeDoubt()]).toEqual([true, false]);
  harmed.close();
});

test('opened anew it reads on; closed it says so, as often as it is closed', () => {
  reader.reopen();
  expect(count()).toBe(100);
  reader.close();
  reader.close();
  const closed = expect.objectContaining({ class: 'Unavailable', message: expect.stringContaining('closed') });
  expect(() => reader.read('SELECT 1')).toThrow(closed);
  expect(() => reader.snapshot(() => 1)).toThrow(closed);
  expect(() => reader.reopen()).toThrow(closed);
});

test('it cannot write', () => {
  expect(() => reader.read('DELETE FROM notes')).toThrow(expect.objectContaining({ class: 'Unavailable' }));
  expect(count()).toBe(100);
});
