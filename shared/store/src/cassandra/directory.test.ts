/** Names written before their commit and confirmed after it (S3), and which entry wins where several were written. */
import { silentLog } from '@leasehold/kernel';
import {
  type CassandraBench,
  commitTo,
  onCommit,
  openCassandraBench,
  silent,
} from '@leasehold/testing/fakes/cassandra/bench';
import { responseError } from '@leasehold/testing/fakes/cassandra/cluster';
import { beforeEach, expect, test, vi } from 'vitest';
import type { DirectoryEntry, DueHint } from '../port.ts';

vi.mock('cassandra-driver', () => import('@leasehold/testing/fakes/cassandra/driver'));

let bench: CassandraBench;
const warned: unknown[] = [];
beforeEach(async () => {
  warned.length = 0;
  bench = await openCassandraBench({ ...silentLog, warn: (message: string) => void warned.push(message) });
});

const entry = (summary: string, version: number, rest: Partial<DirectoryEntry> = {}): DirectoryEntry => ({
  directory: 'tenants',
  name: 'acme',
  summary,
  version,
  ...rest,
});
const hint: DueHint = { kind: 'timer', dueAtMs: 5, partition: 'p', version: 1 };
const summaries = async () => (await bench.store.list('tenants', { limit: 10 })).items.map(({ summary }) => summary);
const tables = (from: number) => bench.cluster.asked.slice(from).map(({ cql }) => /"mesh"\.([a-z]+)/.exec(cql)?.[1]);

test('S3 hints and names are written before the commit that needs them, and confirmed only when it held', async () => {
  const from = bench.cluster.asked.length;
  await bench.store.commit(commitTo('p', 0, { hints: [hint], entries: [entry('mine', 1)] }));
  await bench.store.close();
  expect(tables(from)).toEqual(['hints', 'directory', 'facts', 'directory']);
});

test.each(['.hints', '.directory'])('S3 while %s cannot be written nothing is committed', async (on) => {
  bench.cluster.strike({ on, effect: 'not-done', error: silent });
  const lost = bench.store.commit(commitTo('p', 0, { hints: [hint], entries: [entry('mine', 1)] }));
  await expect(lost).rejects.toMatchObject({ class: 'Unavailable', away: true, unknownOutcome: false });
  expect((await bench.store.load('p', [])).version).toBe(0);
});

test('the entry of the commit that held wins over that of one that lost at the same version, written later', async () => {
  await bench.store.commit(commitTo('p', 0, { entries: [entry('held', 1)] }));
  expect(await bench.store.commit(commitTo('p', 0, { entries: [entry('lost', 1)] }))).toEqual({ kind: 'conflict' });
  expect(await summaries()).toEqual(['held']);
});

test('a commit whose outcome nobody can tell leaves its entry as proposed, and the next version wins over it', async () => {
  bench.cluster.strike(...Array.from({ length: 4 }, () => onCommit('not-done')));
  await expect(bench.store.commit(commitTo('p', 0, { entries: [entry('perhaps', 1)] }))).rejects.toMatchObject({
    unknownOutcome: true,
  });
  expect(await summaries()).toEqual(['perhaps']);
  await bench.store.commit(commitTo('p', 0, { entries: [entry('held', 1)] }));
  expect(await summaries()).toEqual(['held']);
  await bench.store.commit(commitTo('p', 1, { entries: [entry('next', 2)] }));
  expect(await summaries()).toEqual(['next']);
});

test('an entry that expires is written once: nobody is misled by one that leads nowhere', async () => {
  const from = bench.cluster.asked.length;
  await bench.store.commit(commitTo('p', 0, { entries: [entry('for a while', 1, { ttlMs: 1_001 })] }));
  await bench.store.close();
  expect(tables(from)).toEqual(['directory', 'facts']);
  expect(await summaries()).toEqual(['for a while']);
  bench.nowMs += 1_999;
  expect(await summaries()).toEqual(['for a while']);
  bench.nowMs += 1;
  expect(await summaries()).toEqual([]);
});

test('a confirmation that fails costs nobody anything: the commit held, and the entry stays as proposed', async () => {
  const error = () => responseError(0x1000, 'Cannot achieve consistency level');
  bench.cluster.strike({
    on: '.facts',
    effect: 'done',
    meanwhile: async () => bench.cluster.strike({ on: '.directory', effect: 'not-done', error }),
  });
  expect(await bench.store.commit(commitTo('p', 0, { entries: [entry('mine', 1)] }))).toMatchObject({
    kind: 'committed',
  });
  await bench.store.close();
  expect([await summaries(), warned, bench.cluster.left]).toEqual([
    ['mine'],
    ['a directory entry was not confirmed'],
    0,
  ]);
});

test('closing waits for confirmations that are under way', async () => {
  let isConfirmed = false;
  const confirm = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    isConfirmed = true;
  };
  bench.cluster.strike({
    on: '.facts',
    effect: 'done',
    meanwhile: async () => bench.cluster.strike({ on: '.directory', effect: 'done', meanwhile: confirm }),
  });
  await bench.store.commit(commitTo('p', 0, { entries: [entry('mine', 1)] }));
  expect(isConfirmed).toBe(false);
  await bench.store.close();
  expect(isConfirmed).toBe(true);
});

test('a page that is exactly full has no next one, and a name after the last is none', async () => {
  for (const [at, name] of ['c', 'a', 'b'].entries())
    await bench.store.commit(commitTo(name, 0, { entries: [entry(`${at}`, 1, { name })] }));
  const all = await bench.store.list('tenants', { limit: 3 });
  expect([all.items.map(({ name }) => name), all.next]).toEqual([['a', 'b', 'c'], undefined]);
  const two = await bench.store.list('tenants', { limit: 2 });
  const rest = await bench.store.list('tenants', { limit: 2, cursor: two.next ?? '' });
  expect([two.items.length, rest.items.map(({ name }) => name), rest.next]).toEqual([2, ['c'], undefined]);
});

test('3: a name leaves after its commit, by the later of its writes; where that fails it stays with what was said last', async () => {
  await bench.store.commit(commitTo('p', 0, { entries: [entry('here', 1)] }));
  await bench.store.close();
  const store = await bench.open();
  const from = bench.cluster.asked.length;
  await store.commit(commitTo('p', 1, { entries: [entry('over', 2, { leaves: true })] }));
  await store.close();
  expect(tables(from)).toEqual(['directory', 'facts', 'directory']);
  const [proposed, , left] = bench.cluster.asked.slice(from);
  expect([proposed?.cql.slice(0, 6), left?.cql.slice(0, 6), left?.params[0]]).toEqual(['INSERT', 'DELETE', 5n]);
  expect(await summaries()).toEqual([]);
  const error = () => responseError(0x1000, 'Cannot achieve consistency level');
  await bench.store.commit(commitTo('p', 2, { entries: [entry('again', 3)] }));
  await bench.store.close();
  bench.cluster.strike({ on: 'DELETE FROM "mesh".directory', effect: 'not-done', error });
  const other = await bench.open();
  await other.commit(commitTo('p', 3, { entries: [entry('over again', 4, { leaves: true })] }));
  await other.close();
  expect([await summaries(), warned]).toEqual([['over again'], ['a directory entry was not confirmed']]);
});

test('3: an earlier leave that comes after a later one brings back nothing that was written between them', async () => {
  const words = [
    entry('left last', 3, { leaves: true }),
    entry('left first', 1, { leaves: true }),
    entry('between', 2),
  ];
  for (const [version, word] of words.entries()) {
    const store = await bench.open();
    await store.commit(commitTo('p', version, { entries: [word] }));
    await store.close();
  }
  expect(await summaries()).toEqual([]);
});

test('3: what was written before a name left, and comes after it, brings it not back', async () => {
  let confirm = (): void => undefined;
  const late = new Promise<void>((resolve) => {
    confirm = resolve;
  });
  bench.cluster.strike({
    on: '.facts',
    effect: 'done',
    meanwhile: async () => bench.cluster.strike({ on: '.directory', effect: 'done', meanwhile: () => late }),
  });
  await bench.store.commit(commitTo('p', 0, { entries: [entry('here', 1)] }));
  const other = await bench.open();
  await other.commit(commitTo('p', 1, { entries: [entry('over', 2, { leaves: true })] }));
  await other.close();
  confirm();
  await bench.store.close();
  expect(await summaries()).toEqual([]);
});
