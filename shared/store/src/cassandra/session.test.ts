/** How the store connects and asks (1 to 3 of session.ts): bounded, at which consistency, and what reaches the log. */
import { type Clock, silentLog } from '@leasehold/kernel';
import { commitTo } from '@leasehold/testing/fakes/cassandra/bench';
import { type FakeCluster, fakeCluster, responseError } from '@leasehold/testing/fakes/cassandra/cluster';
import { clients, dialling } from '@leasehold/testing/fakes/cassandra/driver';
import { beforeEach, expect, test, vi } from 'vitest';
import { askLocalDataCenter } from './data-centre.ts';
import type { CassandraStoreOptions } from './options.ts';
import { createCassandraStore } from './store.ts';

vi.mock('cassandra-driver', () => import('@leasehold/testing/fakes/cassandra/driver'));

let cluster: FakeCluster;
let timers: { readonly ms: number; readonly fire: () => void; isStopped: boolean }[];
let said: string[];
beforeEach(() => {
  cluster = fakeCluster('here', () => 0);
  clients.length = 0;
  timers = [];
  said = [];
  dialling.wait = undefined;
  dialling.agreed = true;
});

const clock: Clock = {
  now: () => 0,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const timer = { ms, fire: () => resolve(), isStopped: false };
      signal?.addEventListener('abort', () => {
        timer.isStopped = true;
      });
      timers.push(timer);
    }),
};
const log = {
  ...silentLog,
  warn: (message: string) => void said.push(`warn ${message}`),
  debug: (message: string, fields?: object) => void said.push(`debug ${message} ${JSON.stringify(fields)}`),
};
const open = (more: Partial<CassandraStoreOptions> = {}) =>
  createCassandraStore({
    contactPoints: ['here'],
    localDataCenter: 'dc1',
    keyspace: 'mesh',
    replication: { dc1: 3 },
    clock,
    log,
    ...more,
  });
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('1: what is asked of the driver is prepared, bounded in time, and not repeated unless it says that it may be', async () => {
  await open({ requestTimeoutMs: 2_000 });
  expect(clients[0]?.options).toMatchObject({
    contactPoints: ['here'],
    localDataCenter: 'dc1',
    isMetadataSyncEnabled: false,
    encoding: { useBigIntAsLong: true, useUndefinedAsUnset: false },
    socketOptions: { connectTimeout: 2_000, readTimeout: 2_000, keepAlive: true },
    queryOptions: { prepare: true, isIdempotent: false },
  });
  expect(clients[0]?.options).not.toHaveProperty('credentials');
  expect(clients[0]?.options).not.toHaveProperty('sslOptions');
  await open();
  expect(clients[1]?.options).toMatchObject({ socketOptions: { connectTimeout: 3_000, readTimeout: 5_000 } });
});

test('a name and a password, and a certificate that must be right, are handed on where they are given', async () => {
  const credentials = { username: 'mesh', password: 'secret' };
  await open({ credentials, tls: { ca: 'CA' } });
  expect(clients[0]?.options).toMatchObject({ credentials, sslOptions: { ca: 'CA', rejectUnauthorized: true } });
});

test.each([
  ['one data centre', { dc1: 3 }, { consistency: 6, serial: 9 }],
  ['several data centres', { dc1: 3, dc2: 3 }, { consistency: 4, serial: 8 }],
])('3: with %s agreement is sought over as much', async (_, replication, expected) => {
  const store = await open({ replication });
  await store.commit(commitTo('p', 0, { hints: [{ kind: 'k', dueAtMs: 1, partition: 'p', version: 1 }] }));
  await store.leases.read('lane');
  await store.load('p', []);
  const at = (text: string) => cluster.asked.findLast(({ cql }) => cql.includes(text)) as { consistency?: number };
  expect(clients[0]?.options).toMatchObject({
    queryOptions: { consistency: expected.consistency, serialConsistency: expected.serial },
  });
  expect(at('INTO "mesh".hints').consistency).toBe(expected.consistency);
  expect(at('IF version').consistency).toBe(expected.consistency);
  expect(at('SELECT key, value').consistency).toBe(expected.consistency);
  expect(at('SELECT holder').consistency).toBe(expected.serial);
});

test('1: reads and plain writes may be repeated by the driver, conditional writes never', async () => {
  const store = await open();
  await store.commit(commitTo('p', 0, { hints: [{ kind: 'k', dueAtMs: 1, partition: 'p', version: 1 }] }));
  await store.commit(commitTo('p', 1, { put: [] }));
  await store.leases.acquire('lane', 'a', 1_000);
  const kinds = cluster.asked
    .filter(({ cql }) => !cql.startsWith('CREATE'))
    .map(({ cql, isIdempotent }) => `${cql.includes(' IF ') ? 'conditional' : 'plain'} ${isIdempotent}`);
  expect(new Set(kinds)).toEqual(new Set(['conditional false', 'plain true']));
});

test('2: connecting that takes too long is told as away, and what comes of it late is closed behind it', async () => {
  const late = Promise.withResolvers<void>();
  dialling.wait = late.promise;
  const opening = expect(open({ connectTimeoutMs: 1_234 })).rejects.toMatchObject({
    class: 'Unavailable',
    code: 'StoreUnavailable',
    away: true,
  });
  await settled();
  expect(timers.map(({ ms }) => ms)).toEqual([1_234]);
  timers[0]?.fire();
  await opening;
  expect(clients[0]?.shutdowns).toBe(0);
  late.resolve();
  await settled();
  expect([clients[0]?.shutdowns, clients[0]?.isOpen]).toEqual([1, false]);
});

test('2: connecting waits five seconds where nobody says otherwise, and the timer goes with the connection', async () => {
  await open();
  expect(timers.map(({ ms, isStopped }) => [ms, isStopped])).toEqual([[5_000, true]]);
});

test('2: a cluster that is away at the start is told at once', async () => {
  await expect(open({ contactPoints: ['nowhere'] })).rejects.toMatchObject({
    class: 'Unavailable',
    code: 'StoreUnavailable',
    away: true,
  });
  expect([clients[0]?.shutdowns, timers[0]?.isStopped]).toEqual([1, true]);
});

test('what the driver warns of is told quietly: what matters of it comes back as an error of a call', async () => {
  await open();
  for (const level of ['error', 'warning', 'info', 'verbose'])
    clients[0]?.emit('log', level, 'Connection', 'it happened');
  expect(said).toEqual([
    'debug cassandra driver {"severity":"error","detail":"it happened"}',
    'debug cassandra driver {"severity":"warning","detail":"it happened"}',
  ]);
});

test('servers that do not agree on a definition are told of, once for each', async () => {
  dialling.agreed = false;
  await open();
  expect(said).toEqual(Array(6).fill('warn the Cassandra servers do not agree on the schema yet'));
  expect(cluster.asked.filter(({ cql }) => cql.startsWith('CREATE')).map(({ prepare }) => prepare)).toEqual(
    Array(6).fill(false),
  );
});

test('who gives up is told so at once with its own reason, and what was asked is left to end by itself', async () => {
  const store = await open();
  const caller = new AbortController();
  const asked = [
    store.load('p', [], caller.signal),
    store.scan('p', { prefix: '', limit: 1 }, caller.signal),
    store.due({ untilMs: 1, limit: 1 }, caller.signal),
    store.clear([{ kind: 'k', dueAtMs: 1, partition: 'p', version: 1 }], caller.signal),
    store.list('tenants', { limit: 1 }, caller.signal),
    store.ping(caller.signal),
  ];
  const told = asked.map((call) => expect(call).rejects.toThrow('closing'));
  caller.abort(new Error('closing'));
  await Promise.all(told);
  await expect(store.load('p', [], caller.signal)).rejects.toThrow('closing');
  await expect(store.commit(commitTo('p', 0), caller.signal)).rejects.toThrow('closing');
  expect((await store.load('p', [])).version).toBe(0);
});

test('a call that fails while its caller stays is told as the store’s fault', async () => {
  const store = await open();
  const caller = new AbortController();
  const on = ['.facts', '.hints', '.directory'];
  cluster.strike(
    ...on.map((text) => ({ on: text, effect: 'not-done' as const, error: () => responseError(0x1200, 'timed out') })),
  );
  for (const call of [
    store.load('p', [], caller.signal),
    store.due({ untilMs: 1, limit: 1 }, caller.signal),
    store.list('tenants', { limit: 1 }, caller.signal),
  ])
    await expect(call).rejects.toMatchObject({ class: 'Unavailable', code: 'StoreUnavailable', backend: 'cassandra' });
});

test('a store is of use where a write is answered: one row, whoever writes it', async () => {
  const [store, other] = [await open(), await open()];
  await store.ping();
  await other.ping();
  await store.ping();
  expect(await store.leases.read('readiness')).toMatchObject({ holder: 'anybody', generation: 1 });
  cluster.strike(
    { on: ' IF ', effect: 'not-done', error: () => responseError(0x1000, 'Cannot achieve') },
    { on: 'SELECT holder', effect: 'not-done', error: () => responseError(0x1000, 'Cannot achieve') },
  );
  await expect(store.ping()).rejects.toMatchObject({ class: 'Unavailable' });
});

test('closing the store closes its connection', async () => {
  const store = await open();
  await store.close();
  expect([store.kind, store.exclusive, clients[0]?.shutdowns]).toEqual(['cassandra', false, 1]);
});

test('the data centre of the first host is what that host says, asked as the store asks, and the question leaves nothing open', async () => {
  const credentials = { username: 'mesh', password: 'secret' };
  expect(await askLocalDataCenter({ contactPoints: ['here', 'nowhere'], credentials, tls: { ca: 'CA' } })).toBe('dc1');
  expect(clients[0]?.options).toMatchObject({
    contactPoints: ['here'],
    credentials,
    sslOptions: { ca: 'CA' },
    socketOptions: { connectTimeout: 8_000, readTimeout: 8_000 },
  });
  expect(clients[0]?.shutdowns).toBe(1);
  await expect(askLocalDataCenter({ contactPoints: ['nowhere'] })).rejects.toMatchObject({
    class: 'Unavailable',
    away: true,
  });
  expect(clients[1]?.options).not.toHaveProperty('credentials');
  expect(clients[1]?.options).not.toHaveProperty('sslOptions');
  expect(clients[1]?.shutdowns).toBe(1);
});
