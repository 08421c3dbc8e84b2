/** The writer's thread (1 to 4 of writer.ts) without a thread: what it answers to each message, and what holds then. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { WriterReply, WriterRequest, WriteUnit } from './protocol.ts';
import { serveWriter, type WriterPort } from './writer.ts';

const thread = {
  replies: [] as WriterReply[],
  hear: undefined as ((request: WriterRequest) => void) | undefined,
  isClosed: false,
  data: { path: '', migrations: [] as string[], cachePages: 10 },
};
const port: WriterPort = {
  postMessage: (reply) => void thread.replies.push(reply),
  on: (_, hear) => {
    thread.hear = hear;
  },
  close: () => {
    thread.isClosed = true;
  },
};

const TABLE = 'CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leasehold-writer-'));
  thread.data = { path: join(folder, 'notes.sqlite'), migrations: [TABLE], cachePages: 10 };
});
afterEach(() => {
  ask({ kind: 'close' });
  rmSync(folder, { recursive: true, force: true });
});

function start(migrations: readonly string[] = [TABLE]) {
  thread.replies.length = 0;
  thread.hear = undefined;
  thread.isClosed = false;
  thread.data = { ...thread.data, migrations: [...migrations] };
  serveWriter(thread.data, port);
  return thread.replies.at(-1);
}

function ask(request: WriterRequest): WriterReply | undefined {
  thread.hear?.(request);
  if (request.kind === 'close') thread.hear = undefined;
  return thread.replies.at(-1);
}

const note = (id: number, text: string | null = 'x') => ({
  sql: 'INSERT INTO notes VALUES (?, ?)',
  params: [id, text],
});
const unit = (...statements: WriteUnit['statements']): WriteUnit => ({ statements });
const batch = (...units: readonly WriteUnit[]) => ask({ kind: 'batch', units });
const look = (sql: string) => {
  const db = new DatabaseSync(thread.data.path, { readOnly: true });
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
};
const ids = () => look('SELECT id FROM notes ORDER BY id').map((row) => row['id']);

test('it opens the file durably, makes what is missing, and says so', () => {
  expect(start()).toEqual({ kind: 'open' });
  expect(look('PRAGMA user_version')).toEqual([{ user_version: 1 }]);
  expect(look('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
});

test('it makes only what a file of an earlier release lacks, each step once', () => {
  start();
  batch(unit(note(1)));
  ask({ kind: 'close' });
  expect(start([TABLE, 'ALTER TABLE notes ADD COLUMN extra TEXT'])).toEqual({ kind: 'open' });
  expect(look('SELECT * FROM notes')).toEqual([{ id: 1, text: 'x', extra: null }]);
  expect(look('PRAGMA user_version')).toEqual([{ user_version: 2 }]);
});

test('a step that fails leaves the file as it was, and is told', () => {
  start();
  ask({ kind: 'close' });
  expect(start([TABLE, 'CREATE TABLE other (id INTEGER)', 'nonsense'])).toMatchObject({
    kind: 'open-failed',
    failure: { message: expect.stringContaining('nonsense') },
  });
  expect(look('PRAGMA user_version')).toEqual([{ user_version: 1 }]);
  expect(look("SELECT name FROM sqlite_schema WHERE name = 'other'")).toEqual([]);
});

test('a file of a newer release is left alone', () => {
  start([TABLE, 'CREATE TABLE other (id INTEGER)']);
  ask({ kind: 'close' });
  expect(start()).toEqual({ kind: 'newer', found: 2 });
  expect([thread.hear, look('PRAGMA user_version')]).toEqual([undefined, [{ user_version: 2 }]]);
});

test('1: a unit that fails undoes itself alone, and is told in its place', () => {
  start();
  expect(batch(unit(note(1)), unit(note(2), note(3, null)), unit(note(4)))).toMatchObject({
    kind: 'done',
    answers: [{ kind: 'applied' }, { kind: 'failed', failure: { errcode: 1299 } }, { kind: 'applied' }],
  });
  expect(ids()).toEqual([1, 4]);
});

test('1: each statement of a unit has its result', () => {
  start();
  const found = { sql: 'SELECT id FROM notes' };
  expect(batch(unit(note(1), note(2), found, { sql: 'DELETE FROM notes' }))).toEqual({
    kind: 'done',
    answers: [
      {
        kind: 'applied',
        results: [
          { rows: [], changes: 1 },
          { rows: [], changes: 1 },
          { rows: [{ id: 1 }, { id: 2 }], changes: 2 },
          { rows: [], changes: 2 },
        ],
      },
    ],
  });
});

test.each<readonly [string, 'applied' | 'refused']>([
  ['SELECT 1', 'applied'],
  ['SELECT -1', 'applied'],
  ["SELECT 'no'", 'applied'],
  ['SELECT 0', 'refused'],
  ['SELECT NULL', 'refused'],
  ['SELECT 1 WHERE 0', 'refused'],
])('a unit whose guard is %s is %s', async (sql, kind) => {
  start();
  const answer = batch({ guard: { sql }, statements: [note(1)] }, unit(note(2)));
  expect(answer).toMatchObject({ kind: 'done', answers: [{ kind }, { kind: 'applied' }] });
  expect(ids()).toEqual(kind === 'applied' ? [1, 2] : [2]);
});

test('a refusal tells what the guard read, and sees what those before it in the batch wrote', () => {
  start();
  const guard = { sql: 'SELECT count(*) = ? AS fits, count(*) AS n FROM notes', params: [0] };
  expect(batch({ guard, statements: [note(1)] }, { guard, statements: [note(2)] })).toMatchObject({
    answers: [{ kind: 'applied' }, { kind: 'refused', guard: { fits: 0, n: 1 } }],
  });
});

test('a guard that SQLite refuses fails its unit alone', () => {
  start();
  expect(batch({ guard: { sql: 'SELECT nothing' }, statements: [note(1)] }, unit(note(2)))).toMatchObject({
    kind: 'done',
    answers: [{ kind: 'failed', failure: { errcode: 1 } }, { kind: 'applied' }],
  });
  expect(ids()).toEqual([2]);
});

test('3: a unit that ends the whole transaction fails the batch, and nothing of it holds', () => {
  start();
  batch(unit(note(1)));
  expect(
    batch(unit(note(2)), unit({ sql: 'INSERT OR ROLLBACK INTO notes VALUES (1, 1)' }), unit(note(3))),
  ).toMatchObject({
    kind: 'batch-failed',
    duringCommit: false,
    failure: { errcode: 1555 },
  });
  expect(ids()).toEqual([1]);
  expect(batch(unit(note(4)))).toMatchObject({ kind: 'done' });
});

test('2: a batch whose COMMIT fails is told as that, and is undone', () => {
  start([TABLE, 'CREATE TABLE kids (id INTEGER REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED)']);
  expect(batch(unit({ sql: 'INSERT INTO kids VALUES (9)' }))).toMatchObject({
    kind: 'batch-failed',
    duringCommit: true,
  });
  expect(look('SELECT * FROM kids')).toEqual([]);
  expect(batch(unit(note(1)))).toMatchObject({ kind: 'done' });
});

test('a file that another holds locked fails the batch before anything of it', () => {
  start();
  expect(ask({ kind: 'check', doubted: false })).toEqual({ kind: 'sound', reopened: false });
  expect(ask({ kind: 'check', doubted: true })).toEqual({ kind: 'sound', reopened: true });
  expect(batch(unit(note(1)))).toMatchObject({ kind: 'done' });
});

test('4: nothing is written to a file that is no longer under its name', () => {
  start();
  rmSync(thread.data.path);
  expect(batch(unit(note(1)))).toMatchObject({ kind: 'batch-failed', failure: { gone: true }, duringCommit: false });
});

test('4: nothing is written to a file that somebody else has damaged, until it is whole again', () => {
  start();
  batch(unit(...Array.from({ length: 100 }, (_, at) => note(at, 'x'.repeat(1_000)))));
  ask({ kind: 'close' });
  start();
  expect(ask({ kind: 'check', doubted: false })).toEqual({ kind: 'sound', reopened: false });
  const backup = readFileSync(thread.data.path);
  const damaged = Buffer.from(backup);
  damaged.fill(0xa5, 8_192, 48_192);
  writeFileSync(thread.data.path, damaged);
  const refused = { kind: 'batch-failed', duringCommit: false, failure: { errcode: 11 } };
  expect([batch(unit(note(200))), batch(unit(note(201)))]).toMatchObject([refused, refused]);
  writeFileSync(thread.data.path, backup);
  expect(ask({ kind: 'check', doubted: false })).toEqual({ kind: 'sound', reopened: true });
  expect(batch(unit(note(202)))).toMatchObject({ kind: 'done' });
  expect(ids()).toHaveLength(101);
});

test('told to close it folds its log back into the file, and ends', () => {
  start();
  batch(unit(note(1)));
  ask({ kind: 'close' });
  expect(thread.isClosed).toBe(true);
  expect(look('SELECT id FROM notes')).toEqual([{ id: 1 }]);
});

test('a place where no file can be made is told', () => {
  thread.data = { ...thread.data, path: join(folder, 'nowhere', 'notes.sqlite') };
  expect(start()).toMatchObject({ kind: 'open-failed', failure: { errcode: 14 } });
});
