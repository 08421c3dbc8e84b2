/** Statements of the schema, quoted, and the columns that migrations come to. */
import { expect, test } from 'vitest';
import { columnType, createTableCql, type Migration, quoteName, quoteText, replicationCql } from './tables.ts';

const shape = { name: 't', columns: { a: 'text', b: 'int' }, key: '(a), b', options: ['gc_grace_seconds = 5'] };
const MIGRATIONS: readonly Migration[] = [
  { version: 1, steps: [{ kind: 'table', table: shape }] },
  { version: 2, steps: [{ kind: 'column', table: 't', column: 'c', type: 'bigint' }] },
];

test('names and texts are quoted, whatever is in them', () => {
  expect([quoteName('a"b'), quoteText("it's"), quoteText('')]).toEqual(['"a""b"', "'it''s'", "''"]);
});

test('a table is made with its columns, key, options and comment', () => {
  expect(createTableCql('k"s', shape, "ten'ant")).toBe(
    `CREATE TABLE "k""s"."t" ("a" text, "b" int, PRIMARY KEY ((a), b)) WITH gc_grace_seconds = 5 AND comment = 'ten''ant'`,
  );
});

test('replication names each data centre with its copies', () => {
  expect(replicationCql({ eu: 3, "u's": 2 })).toBe("{'class': 'NetworkTopologyStrategy', 'eu': 3, 'u''s': 2}");
});

test.each([
  ['t', 'a', 'text'],
  ['t', 'b', 'int'],
  ['t', 'c', 'bigint'],
  ['t', 'd', undefined],
  ['other', 'a', undefined],
  ['other', 'c', undefined],
])('the type of %s.%s is %s', (table, column, type) => {
  expect(columnType(MIGRATIONS, table, column)).toBe(type);
});
