/** One writer for one file (1 to 3 of file.ts): whole units, their order, what a read sees, and whose file it is. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqlite, type SqliteFile } from './file.ts';

const TABLE = 'CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)';
const INSERT = 'INSERT INTO notes (id, text) VALUES (?, ?)';

let folder: string;
let path: string;
let file: SqliteFile;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leasehold-file-'));
  path = join(folder, 'deep', 'notes.sqlite');
  file = await openSqlite({ path, migrations: [TABLE] });
});
afterEach(async () => {
  await file.close();
  rmSync(folder, { recursive: true, force: true });
});

const note = (id: number, text: string) => ({ sql: INSERT, params: [id, text] });
const ids = () => file.read<{ id: number }>('SELECT id FROM notes ORDER BY id').map(({ id }) => id);

test('a unit that fails undoes itself alone, whatever it shares its commit with (1, 2)', async () => {
  const settled = await Promise.allSettled([
    file.write([note(1, 'a')]),
    file.write([note(2, 'b'), note(1, 'again')]),
    file.write([note(3, 'c')]),
  ]);
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(ids()).toEqual([1, 3]);
});

test('a guard sees the units before it in the same commit, and refuses its own alone (1, 2)', async () => {
  const guard = { sql: 'SELECT NOT EXISTS (SELECT 1 FROM notes WHERE id = 1)' };
  const outcomes = await Promise.all([
    file.attempt({ guard, statements: [note(1, 'first')] }),
    file.attempt({ guard, statements: [note(1, 'second')] }),
  ]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(['applied', 'refused']);
  expect(file.read('SELECT text FROM notes')).toEqual([{ text: 'first' }]);
});

test('a read sees every write whose promise has resolved, and a snapshot is of one moment (3)', async () => {
  for (let id = 1; id <= 20; id++) {
    await file.write([note(id, 'x')]);
    expect(ids()).toHaveLength(id);
  }
  const writing = file.write([note(21, 'x')]);
  const both = file.snapshot((read) => [
    read('SELECT count(*) AS n FROM notes'),
    read('SELECT count(*) AS n FROM notes'),
  ]);
  expect(both[0]).toEqual(both[1]);
  await writing;
});

test('what was written is there for the next process, which may bring more migrations', async () => {
  await file.write([note(1, 'kept')]);
  await file.close();
  file = await openSqlite({ path, migrations: [TABLE, 'ALTER TABLE notes ADD COLUMN extra TEXT'] });
  expect(file.read('SELECT text, extra FROM notes')).toEqual([{ text: 'kept', extra: null }]);
});

test('a file of a newer release is refused, and is readable by its owner only', async () => {
  expect(statSync(path).mode & 0o077).toBe(0);
  await expect(openSqlite({ path, migrations: [] })).rejects.toMatchObject({ class: 'Conflict', code: 'SchemaTooNew' });
});

test('a closed file refuses, and says so', async () => {
  await file.close();
  await expect(file.write([note(1, 'late')])).rejects.toMatchObject({ class: 'Unavailable' });
  expect(() => file.read('SELECT 1')).toThrow(/closed/);
});
