import { bound, type Log, silentLog } from '@leasehold/kernel';
import type { SqliteFile, Statement } from '@leasehold/sqlite';
import { expect, test } from 'vitest';
import { busBounds } from './bounds.ts';
import { createHousekeeping } from './embedded-housekeeping.ts';

const row = (id: number) => ({ id, topic_id: 1, floor: 0 });
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A file by hand: what is written is remembered, what is read is nothing. */
function setUp(log: Log = silentLog) {
  const written: (readonly Statement[])[] = [];
  const state = { write: async (): Promise<void> => undefined };
  const file = {
    read: () => [],
    write: (statements: readonly Statement[]) => {
      written.push(statements);
      return state.write();
    },
  } as unknown as SqliteFile;
  const clock = { now: () => 0, sleep: async () => undefined };
  const house = createHousekeeping(file, clock, log, busBounds({ trimEvery: bound('bus.trimEvery', 3) }));
  return { house, written, state };
}

test('1: a topic is trimmed after so many publishes to it, and after as many again', async () => {
  const { house, written } = setUp();
  for (const topic of ['a', 'a', 'b', 'b']) house.published(topic);
  await settle();
  expect(written).toHaveLength(0);
  house.published('a');
  await settle();
  expect(written).toHaveLength(1);
  for (let time = 0; time < 2; time++) house.published('a');
  await settle();
  expect(written).toHaveLength(1);
  house.published('a');
  house.published('b');
  await settle();
  expect(written).toHaveLength(3);
});

test('1: a floor is raised after so many acks of its subscription, counted apart from publishes', async () => {
  const { house, written } = setUp();
  for (let time = 0; time < 2; time++) {
    house.acked(row(1));
    house.acked(row(2));
    house.published('a');
  }
  await settle();
  expect(written).toHaveLength(0);
  house.acked(row(1));
  expect(written.map((statements) => statements[0]?.params)).toEqual([[1, 1]]);
});

test('2: a failure is told, and the next round does the work', async () => {
  const told: string[] = [];
  const { house, state, written } = setUp({ ...silentLog, warn: (line) => void told.push(line) });
  state.write = () => Promise.reject(new Error('disk full'));
  for (let time = 0; time < 3; time++) house.acked(row(1));
  await house.done();
  expect(told).toEqual(['old messages could not be trimmed']);
  state.write = async () => undefined;
  for (let time = 0; time < 3; time++) house.acked(row(1));
  await house.done();
  expect([told.length, written.length]).toEqual([1, 2]);
});

test('whoever waits for its end waits for everything under way', async () => {
  const { house, state } = setUp();
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let at = 0;
  state.write = () => gates[at++]?.promise ?? Promise.resolve();
  for (let time = 0; time < 3; time++) house.acked(row(1));
  for (let time = 0; time < 3; time++) house.acked(row(2));
  let done = false;
  const ending = house.done().then(() => {
    done = true;
  });
  gates[1]?.resolve();
  await settle();
  expect(done).toBe(false);
  gates[0]?.resolve();
  await ending;
  expect(done).toBe(true);
});
