/** Prepared statements by their text: kept, the least recently used dropped, and what each gives. */
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { asFailure, createStatementCache } from './statements.ts';

function setUp() {
  const db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)');
  const prepared: string[] = [];
  const counting = {
    prepare: (sql: string) => {
      prepared.push(sql);
      return db.prepare(sql);
    },
  } as unknown as DatabaseSync;
  return { cache: createStatementCache(counting), prepared };
}

test('a query gives its rows and their number, a change how many it changed, and one that returns rows both', () => {
  const { cache } = setUp();
  const insert = { sql: 'INSERT INTO notes VALUES (?, ?), (?, ?)', params: [1, 'a', 2, 'b'] };
  expect(cache.run(insert)).toEqual({ rows: [], changes: 2 });
  expect(cache.run({ sql: 'SELECT id FROM notes ORDER BY id' })).toEqual({ rows: [{ id: 1 }, { id: 2 }], changes: 2 });
  const update = { sql: 'UPDATE notes SET text = ? WHERE id = ? RETURNING text', params: ['c', 1] };
  expect(cache.run(update)).toEqual({ rows: [{ text: 'c' }], changes: 1 });
  expect(cache.run({ sql: 'DELETE FROM notes WHERE id > 9' })).toEqual({ rows: [], changes: 0 });
  expect(cache.all({ sql: 'SELECT text FROM notes WHERE id = ?', params: [2] })).toEqual([{ text: 'b' }]);
});

test('a statement is prepared once, by whichever way it is asked', () => {
  const { cache, prepared } = setUp();
  for (let time = 0; time < 3; time++) {
    cache.all({ sql: 'SELECT 1' });
    cache.run({ sql: 'SELECT 1' });
  }
  expect(prepared).toEqual(['SELECT 1']);
});

test('of more than 128 the one that was not used longest is prepared again', () => {
  const { cache, prepared } = setUp();
  const ask = (number: number) => cache.all({ sql: `SELECT ${number}` });
  for (let number = 0; number < 128; number++) ask(number);
  ask(0);
  expect(prepared).toHaveLength(128);
  ask(128);
  ask(0);
  expect(prepared).toHaveLength(129);
  ask(1);
  expect(prepared.slice(129)).toEqual(['SELECT 1']);
});

test('what was thrown crosses the thread as its message and its code, where it has one', () => {
  expect(asFailure(Object.assign(new Error('full'), { errcode: 13 }))).toEqual({ message: 'full', errcode: 13 });
  expect(asFailure(Object.assign(new Error('odd'), { errcode: 'x' }))).toEqual({ message: 'odd' });
  expect([asFailure('text'), asFailure(null), asFailure(undefined)]).toEqual([
    { message: 'text' },
    { message: 'null' },
    { message: 'undefined' },
  ]);
});
