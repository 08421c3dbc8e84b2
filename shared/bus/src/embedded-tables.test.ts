/** What the statements of the embedded bus leave on disk (1 to 4 of embedded-tables.ts): ids, floors, what may go, and how much is kept. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqlite, type SqliteFile } from '@leasehold/sqlite';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import * as tables from './embedded-tables.ts';

const TOPIC = 'persistent://a/b/c';
const OTHER = 'persistent://a/b/d';
const WEEK_MS = 604_800_000;

let folder: string;
let file: SqliteFile;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leasehold-tables-'));
  file = await openSqlite({ path: join(folder, 'bus.sqlite'), migrations: tables.MIGRATIONS });
});
afterAll(async () => {
  await file.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  const all = ['acks', 'subscriptions', 'messages', 'topics', 'namespaces'];
  await file.write(all.map((name) => ({ sql: `DELETE FROM ${name}` })));
});

async function publish(text: string, atMs: number, topic = TOPIC): Promise<number> {
  const row = { topic, namespace: 'a/b', key: undefined, properties: '{}', publishedAtMs: atMs };
  const results = await file.write(tables.publish({ ...row, payload: new Uint8Array(Buffer.from(text)) }));
  return Number(results.at(-1)?.rows[0]?.['seq']);
}
async function subscribe(name: string, topic = TOPIC): Promise<tables.SubscriptionRow> {
  await file.write([tables.makeTopic(topic, 'a/b'), tables.makeSubscription(topic, name)]);
  return tables.readSubscription(file, topic, name) ?? expect.unreachable();
}
const ack = (row: tables.SubscriptionRow, ...seqs: readonly number[]) =>
  file.write(seqs.map((seq) => tables.ack(row.id, seq)));
const floorOf = (name: string) => tables.readSubscription(file, TOPIC, name)?.floor;
const texts = (topic = TOPIC) =>
  file
    .read<{ payload: Uint8Array }>(
      'SELECT payload FROM messages m JOIN topics t ON t.id = m.topic_id WHERE t.name = ? ORDER BY seq',
      [topic],
    )
    .map(({ payload }) => Buffer.from(payload).toString());
const bytesOf = (topic = TOPIC) => file.read('SELECT bytes FROM topics WHERE name = ?', [topic])[0]?.['bytes'];
async function trim(nowMs: number, limit = 100): Promise<readonly string[]> {
  const statements = tables.trim(file, TOPIC, nowMs, WEEK_MS, limit);
  if (statements) await file.write(statements);
  return texts();
}

test('1: ids grow over all topics, and none is used again after its message is gone', async () => {
  const first = await publish('a', 0);
  expect([await publish('b', 0, OTHER), await publish('c', 0)]).toEqual([first + 1, first + 2]);
  await file.write([{ sql: 'DELETE FROM messages' }]);
  expect(await publish('d', 0)).toBe(first + 3);
});

test('2: the floor goes up to just below the oldest message that is not acked, and never down', async () => {
  const seqs = [await publish('a', 0), await publish('b', 0), await publish('c', 0)] as const;
  const row = await subscribe('s');
  await ack(row, seqs[0], seqs[2]);
  await file.write(tables.raiseFloor(row.topic_id, row.id));
  expect(floorOf('s')).toBe(seqs[0]);
  expect(tables.readUnacked(file, row, seqs[0], 10).map(({ seq }) => seq)).toEqual([seqs[1]]);
  await ack(row, seqs[1]);
  await file.write(tables.raiseFloor(row.topic_id, row.id));
  expect([floorOf('s'), file.read('SELECT count(*) AS n FROM acks')]).toEqual([seqs[2], [{ n: 0 }]]);
  await file.write([{ sql: 'DELETE FROM messages' }]);
  await file.write(tables.raiseFloor(row.topic_id, row.id));
  expect(floorOf('s')).toBe(seqs[2]);
});

test('2: acks and floors are those of one subscription; of another topic nothing counts', async () => {
  const seq = await publish('a', 0);
  await publish('elsewhere', 0, OTHER);
  const [one, two] = [await subscribe('one'), await subscribe('two')];
  await subscribe('one', OTHER);
  await ack(one, seq);
  await file.write(tables.raiseFloorsOf(TOPIC, file));
  expect([floorOf('one'), floorOf('two'), tables.readSubscription(file, OTHER, 'one')?.floor]).toEqual([
    seq,
    seq - 1,
    0,
  ]);
  expect([tables.readUnacked(file, one, seq, 10), tables.readUnacked(file, two, seq - 1, 10).length]).toEqual([[], 1]);
});

test('messages are read after a place, oldest first, as many as are asked for', async () => {
  const seqs = [await publish('a', 0), await publish('b', 0), await publish('c', 0)] as const;
  const row = await subscribe('s');
  expect(tables.readUnacked(file, row, seqs[0], 1).map(({ seq }) => seq)).toEqual([seqs[1]]);
  expect(tables.readUnacked(file, row, 0, 10).map(({ seq }) => seq)).toEqual([...seqs]);
});

test('3: what is older than its retention goes, to the millisecond, where nobody subscribes or all have acked it', async () => {
  await file.write([tables.makeNamespace('a/b', 1_000)]);
  const old = await publish('old', 0);
  await publish('young', 1);
  expect(await trim(1_000)).toEqual(['old', 'young']);
  const slow = await subscribe('slow');
  expect(await trim(1_001)).toEqual(['old', 'young']);
  await ack(slow, old);
  expect(await trim(1_001)).toEqual(['old', 'young']);
  await file.write(tables.raiseFloorsOf(TOPIC, file));
  expect(await trim(1_001)).toEqual(['young']);
});

test('3: the slowest of the subscriptions decides', async () => {
  await file.write([tables.makeNamespace('a/b', 0)]);
  const seqs = [await publish('a', 0), await publish('b', 0)] as const;
  const [quick, slow] = [await subscribe('quick'), await subscribe('slow')];
  await ack(quick, ...seqs);
  await ack(slow, seqs[0]);
  await file.write(tables.raiseFloorsOf(TOPIC, file));
  expect(await trim(10)).toEqual(['b']);
});

test('3: a topic’s own retention goes before its namespace’s, and without either it is a week', async () => {
  await publish('a', 0);
  expect(await trim(WEEK_MS)).toEqual(['a']);
  await file.write([tables.makeNamespace('a/b', 5_000), tables.lengthenRetention(TOPIC, 10_000)]);
  expect(await trim(10_000)).toEqual(['a']);
  expect(await trim(10_001)).toEqual([]);
  await publish('b', 0);
  await file.write([{ sql: 'UPDATE topics SET retention_ms = NULL' }, { sql: 'DELETE FROM namespaces' }]);
  expect(await trim(WEEK_MS)).toEqual(['b']);
  expect(await trim(WEEK_MS + 1)).toEqual([]);
});

test('a retention that was set is only made longer', async () => {
  await file.write([tables.makeNamespace('a/b', 5_000), tables.makeNamespace('a/b', 3_000)]);
  await publish('a', 0);
  await file.write([tables.lengthenRetention(TOPIC, 9_000), tables.lengthenRetention(TOPIC, 2_000)]);
  expect(file.read('SELECT retention_ms FROM namespaces UNION ALL SELECT retention_ms FROM topics')).toEqual([
    { retention_ms: 5_000 },
    { retention_ms: 9_000 },
  ]);
  await file.write([tables.makeNamespace('a/b', 8_000)]);
  expect(file.read('SELECT retention_ms FROM namespaces')).toEqual([{ retention_ms: 8_000 }]);
});

test('3: as many go at once as the bound, the oldest first; where none may go there is nothing to do', async () => {
  await file.write([tables.makeNamespace('a/b', 0)]);
  for (const text of ['a', 'b', 'c']) await publish(text, 0);
  expect(await trim(10, 2)).toEqual(['c']);
  expect(await trim(10, 2)).toEqual([]);
  expect(tables.trim(file, TOPIC, 10, WEEK_MS, 2)).toBeUndefined();
  expect(tables.trim(file, 'persistent://a/b/none', 10, WEEK_MS, 2)).toBeUndefined();
});

test('4: the bytes of a topic are those of the messages that are kept, and a full one takes what fills it and no more', async () => {
  await file.write([tables.makeNamespace('a/b', 0)]);
  await publish('12345', 0);
  await publish('123', 10);
  await publish('elsewhere', 0, OTHER);
  expect([bytesOf(), bytesOf(OTHER)]).toEqual([8, 9]);
  await trim(5);
  expect([texts(), bytesOf(), bytesOf(OTHER)]).toEqual([['123'], 3, 9]);
  const mayTake = async (bytes: number, topic = TOPIC) => {
    const guard = tables.hasRoom(topic, bytes, 10);
    return (await file.attempt({ guard, statements: [] })).kind;
  };
  expect([await mayTake(7), await mayTake(8)]).toEqual(['applied', 'refused']);
  expect([await mayTake(10, 'persistent://a/b/new'), await mayTake(11, 'persistent://a/b/new')]).toEqual([
    'applied',
    'refused',
  ]);
});

test('topics and subscriptions are made once', async () => {
  const [one, again] = [await subscribe('s'), await subscribe('s')];
  expect(again).toEqual(one);
  expect(tables.readSubscription(file, TOPIC, 'none')).toBeUndefined();
  expect(tables.readSubscription(file, OTHER, 's')).toBeUndefined();
});
