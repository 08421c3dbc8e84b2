/** Leases on one row each (S5), where answers are lost and where this process goes by what it wrote last. */
import {
  type CassandraBench,
  LOST,
  openCassandraBench,
  silent,
  tooFewReplicas,
} from '@leasehold/testing/fakes/cassandra/bench';
import { responseError, type Strike } from '@leasehold/testing/fakes/cassandra/cluster';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { LeaseTable } from '../port.ts';

vi.mock('cassandra-driver', () => import('@leasehold/testing/fakes/cassandra/driver'));

const TTL_MS = 10_000;
const unknown = { class: 'Unavailable', code: 'StoreUnavailable', away: true, unknownOutcome: true };

let bench: CassandraBench;
let leases: LeaseTable;
let other: LeaseTable;
beforeEach(async () => {
  bench = await openCassandraBench();
  leases = bench.store.leases;
  other = (await bench.open()).leases;
});

const taken = async (holder: string, table = leases) => {
  const lease = await table.acquire('lane', holder, TTL_MS);
  if (!lease) throw new Error('the lease was free');
  return lease;
};
const onWrite = (effect: Strike['effect'], error: () => Error): Strike => ({ on: ' IF ', effect, error });
const onRead = (error: () => Error = silent): Strike => ({ on: 'SELECT holder', effect: 'done', error });
const rounds = async (work: () => Promise<unknown>) => {
  const before = bench.cluster.asked.length;
  await work();
  return bench.cluster.asked.slice(before).map(({ cql }) => cql.split(' ')[0]);
};

describe.each(Object.entries(LOST))('an answer is lost because %s', (_, error) => {
  test.each(['done', 'under-way'] as const)('and the taking was %s: the lease is held', async (effect) => {
    bench.cluster.strike(onWrite(effect, error));
    expect(await taken('a')).toMatchObject({ holder: 'a', generation: 1 });
    bench.nowMs += 1_000;
    bench.cluster.strike(onWrite(effect, error));
    const again = await taken('a');
    expect(again).toEqual({ name: 'lane', holder: 'a', generation: 1, expiresAtMs: bench.nowMs + TTL_MS });
    expect(await other.read('lane')).toEqual(again);
    expect(await other.acquire('lane', 'b', TTL_MS)).toBeUndefined();
  });

  test('and the taking did not happen: it is not held, whatever stood there before', async () => {
    bench.cluster.strike(onWrite('not-done', error));
    expect(await leases.acquire('lane', 'a', TTL_MS)).toBeUndefined();
    expect(await other.read('lane')).toBeUndefined();
  });

  test('and a giving up was done: another may take it', async () => {
    const lease = await taken('a');
    bench.cluster.strike(onWrite('done', error));
    await leases.release(lease);
    expect(await other.acquire('lane', 'b', TTL_MS)).toMatchObject({ holder: 'b', generation: 2 });
  });
});

test('a renewal that did not happen is made again: nobody is told of a lease that ends sooner than asked', async () => {
  await taken('a');
  bench.nowMs += 1_000;
  bench.cluster.strike(onWrite('not-done', silent), onWrite('not-done', silent));
  const again = await taken('a');
  expect(again).toMatchObject({ generation: 1, expiresAtMs: bench.nowMs + TTL_MS });
  expect(await other.read('lane')).toEqual(again);
});

test('a renewal that never happens is told as a store that is away, and the lease stays as it was', async () => {
  const first = await taken('a');
  bench.nowMs += 1_000;
  bench.cluster.strike(...Array.from({ length: 3 }, () => onWrite('not-done', silent)));
  await expect(taken('a')).rejects.toMatchObject({ class: 'Unavailable', code: 'StoreUnavailable', away: true });
  expect(bench.cluster.left).toBe(0);
  expect(await other.read('lane')).toEqual(first);
});

test('of two calls of one holder at once both hold it, each for as long as it asked', async () => {
  const both = await Promise.all([leases.acquire('lane', 'a', TTL_MS), other.acquire('lane', 'a', 2 * TTL_MS)]);
  for (const [at, lease] of both.entries()) {
    expect(lease).toMatchObject({ holder: 'a', generation: 1 });
    expect(lease?.expiresAtMs).toBeGreaterThanOrEqual(bench.nowMs + TTL_MS * (at + 1));
  }
  expect(await leases.read('lane')).toMatchObject({ expiresAtMs: bench.nowMs + 2 * TTL_MS });
});

test('a lease that was given up while it was being renewed is not told as held: it is taken anew, or it is not', async () => {
  for (const table of [leases, other]) {
    const lease = await taken('a');
    const release = async () => (await bench.open()).leases.release(lease);
    bench.cluster.strike({ ...onWrite('not-done', silent), meanwhile: release });
    expect(await table.acquire('lane', 'a', TTL_MS)).toEqual(await leases.read('lane'));
  }
  expect(bench.cluster.left).toBe(0);
});

test('where nobody can say what became of a change, that is what is said', async () => {
  const lease = await taken('a');
  bench.cluster.strike(onWrite('done', silent), onRead());
  await expect(taken('a')).rejects.toMatchObject(unknown);
  bench.cluster.strike(onWrite('not-done', silent), onRead(tooFewReplicas));
  await expect(leases.release(lease)).rejects.toMatchObject(unknown);
  bench.cluster.strike(
    onWrite('done', silent),
    onRead(() => responseError(0x2000, 'line 1')),
  );
  await expect(leases.release(lease)).rejects.toMatchObject({ class: 'Bug' });
});

test.each([
  ['refuses the statement', () => responseError(0x2000, 'line 1'), { class: 'Bug' }],
  [
    'does not let the role write',
    () => responseError(0x2100, 'no MODIFY'),
    { class: 'Unavailable', unknownOutcome: false },
  ],
])('a server that %s is told as that, and not asked what became of it', async (_, error, fault) => {
  bench.cluster.strike(onWrite('not-done', error));
  expect(await rounds(() => expect(leases.acquire('lane', 'a', TTL_MS)).rejects.toMatchObject(fault))).toEqual([
    'SELECT',
    'INSERT',
  ]);
});

test('what this process wrote last is renewed in one round, and what others wrote since is read', async () => {
  expect(await rounds(() => taken('a'))).toEqual(['SELECT', 'INSERT']);
  expect(await rounds(() => taken('a'))).toEqual(['UPDATE']);
  expect(await rounds(() => taken('a'))).toEqual(['UPDATE']);
  // Another process of the same name renewed it: the proposal fails, and is made again upon what is there.
  bench.nowMs += 1;
  await taken('a', other);
  expect(await rounds(() => taken('a'))).toEqual(['UPDATE', 'SELECT']);
  expect(await rounds(() => taken('a'))).toEqual(['UPDATE']);
});

test('a lease that another took since is not renewed upon what was written last', async () => {
  await taken('a');
  bench.nowMs += TTL_MS;
  expect(await taken('b', other)).toMatchObject({ generation: 2 });
  expect(await leases.acquire('lane', 'a', TTL_MS)).toBeUndefined();
  expect(await leases.read('lane')).toMatchObject({ holder: 'b', generation: 2 });
});

test('what was written for one holder is not proposed for another', async () => {
  await taken('a');
  expect(await rounds(async () => expect(await leases.acquire('lane', 'b', TTL_MS)).toBeUndefined())).toEqual([
    'SELECT',
  ]);
});

test('a lease that was given up is taken again by its holder at its generation, also when somebody gave it up for us', async () => {
  const lease = await taken('a');
  await other.release(lease);
  expect(await leases.read('lane')).toBeUndefined();
  expect(await taken('a')).toMatchObject({ generation: 1 });
  expect(await other.read('lane')).toMatchObject({ holder: 'a', generation: 1 });
});

test('it is held to the last moment, and free in the one after', async () => {
  const { expiresAtMs } = await taken('a');
  expect(expiresAtMs).toBe(bench.nowMs + TTL_MS);
  bench.nowMs = expiresAtMs - 1;
  expect(await other.acquire('lane', 'b', TTL_MS)).toBeUndefined();
  bench.nowMs = expiresAtMs;
  expect(await other.acquire('lane', 'b', TTL_MS)).toMatchObject({ holder: 'b', generation: 2 });
});

test('a length with a fraction ends at the whole millisecond before it', async () => {
  expect(await leases.acquire('lane', 'a', 1.9)).toMatchObject({ expiresAtMs: bench.nowMs + 1 });
});

test('who gives up before the answer is told so at once; who gave up before asking changes nothing', async () => {
  const caller = new AbortController();
  const asked = leases.acquire('lane', 'a', TTL_MS, caller.signal);
  caller.abort(new Error('closing'));
  await expect(asked).rejects.toThrow('closing');
  const lease = await taken('a');
  await expect(leases.release(lease, caller.signal)).rejects.toThrow('closing');
  await expect(leases.read('lane', caller.signal)).rejects.toThrow('closing');
  expect(await leases.read('lane')).toEqual(lease);
});

test('the look at what became of a taking, and at who holds it, sees what is still under way', async () => {
  await taken('a');
  const reads = bench.cluster.asked.filter(({ cql }) => cql.includes('SELECT holder'));
  expect(reads.length).toBeGreaterThan(0);
  expect(new Set(reads.map(({ consistency, isIdempotent }) => `${consistency} ${isIdempotent}`))).toEqual(
    new Set(['9 true']),
  );
});
