/** The keyspace brought up to this release (1, 2 of schema.ts): by one replica at a time, never downwards, and not at all where it is in place. */
import { silentLog } from '@leasehold/kernel';
import { fakeCluster, responseError, type Strike } from '@leasehold/testing/fakes/cassandra/cluster';
import { clients } from '@leasehold/testing/fakes/cassandra/driver';
import { beforeEach, expect, test, vi } from 'vitest';
import { createCassandraStore } from './store.ts';

vi.mock('cassandra-driver', () => import('@leasehold/testing/fakes/cassandra/driver'));

let places = 0;
const setUp = () => {
  places += 1;
  const contactPoint = `schema-${places}`;
  const time = { nowMs: 1_800_000_000_000, slept: [] as number[], onSleep: () => undefined as unknown };
  const cluster = fakeCluster(contactPoint, () => time.nowMs);
  const clock = {
    now: () => time.nowMs,
    sleep: async (ms: number, signal?: AbortSignal) => {
      if (signal) return new Promise<void>(() => undefined);
      time.slept.push(ms);
      time.nowMs += ms;
      await time.onSleep();
    },
  };
  const open = (replication: Readonly<Record<string, number>> = { dc1: 3 }, keyspace = 'mesh') =>
    createCassandraStore({
      contactPoints: [contactPoint],
      localDataCenter: 'dc1',
      keyspace,
      replication,
      clock,
      log: silentLog,
    });
  const run = async (cql: string, params: readonly (string | number | bigint | boolean)[] = []) =>
    cluster.ask([{ cql, params }], {}, false);
  const versions = async () =>
    Object.fromEntries(
      (await run('SELECT name, version FROM "mesh".meta')).rows.map((row) => [row['name'], row['version']]),
    );
  const asked = (from = 0) => cluster.asked.slice(from).map(({ cql }) => cql);
  return { time, cluster, open, run, versions, asked };
};

let world: ReturnType<typeof setUp>;
beforeEach(() => {
  world = setUp();
  clients.length = 0;
});

const definitions = (asked: readonly string[]) => asked.filter((cql) => cql.startsWith('CREATE'));

test('the first replica makes everything, each thing only if it is not there, and notes the version last', async () => {
  await world.open({ dc1: 3, 'dc-2': 2 });
  const made = definitions(world.asked());
  expect(made.map((cql) => /CREATE (\w+) IF NOT EXISTS "mesh"\.?(\w*)/.exec(cql)?.slice(1).join(' '))).toEqual([
    'KEYSPACE ',
    'TABLE meta',
    'TABLE leases',
    'TABLE facts',
    'TABLE hints',
    'TABLE directory',
  ]);
  expect(made[0]).toContain("{'class': 'NetworkTopologyStrategy', 'dc1': 3, 'dc-2': 2}");
  expect(made.find((cql) => cql.includes('.hints'))).toContain('gc_grace_seconds = 600');
  expect(await world.versions()).toEqual({ schema: 1, 'schema-oldest': 1 });
  const order = world
    .asked()
    .map((cql) => (cql.startsWith('CREATE') ? 'define' : cql.includes('INTO "mesh".meta') ? 'note' : 'other'));
  expect(order.lastIndexOf('define')).toBeLessThan(order.indexOf('note'));
});

test('a replica that finds everything in place defines and writes nothing: it needs no right to', async () => {
  await world.open();
  const from = world.asked().length;
  await world.open();
  expect(world.asked(from)).toEqual([expect.stringMatching(/^SELECT name, version FROM "mesh".meta/)]);
});

test('the lock is given up, so that nobody waits for it', async () => {
  await world.open();
  const { rows } = await world.run('SELECT holder, released FROM "mesh".leases WHERE name = ?', ['schema']);
  expect(rows).toMatchObject([{ released: true }]);
});

test('a start that failed between two definitions keeps nobody waiting, and is finished by the next', async () => {
  world.cluster.strike({ on: '.hints', effect: 'not-done', error: () => responseError(0x1000, 'Cannot achieve') });
  await expect(world.open()).rejects.toMatchObject({ class: 'Unavailable' });
  expect(clients.map(({ isOpen }) => isOpen)).toEqual([false]);
  await world.open();
  expect([await world.versions(), world.time.slept]).toEqual([{ schema: 1, 'schema-oldest': 1 }, []]);
});

test('while another replica defines, this one waits half a second at a time, and defines nothing once it is in place', async () => {
  await world.open();
  await world.run('DELETE FROM "mesh".meta WHERE name = ?', ['schema']);
  await world.run('UPDATE "mesh".leases SET holder = ?, released = false, expires_at_ms = ? WHERE name = ?', [
    'other',
    BigInt(world.time.nowMs + 60_000),
    'schema',
  ]);
  let sleeps = 0;
  world.time.onSleep = async () => {
    sleeps += 1;
    if (sleeps === 3) await world.run('INSERT INTO "mesh".meta (name, version) VALUES (?, ?)', ['schema', 1]);
  };
  const from = world.asked().length;
  await world.open();
  expect(world.time.slept).toEqual([500, 500, 500]);
  expect(definitions(world.asked(from)).filter((cql) => cql.includes('.facts'))).toEqual([]);
});

test('a replica that died while it defined is waited for as long as its lock lasts', async () => {
  await world.open();
  await world.run('DELETE FROM "mesh".meta WHERE name = ?', ['schema']);
  await world.run('UPDATE "mesh".leases SET holder = ?, released = false, expires_at_ms = ? WHERE name = ?', [
    'dead',
    BigInt(world.time.nowMs + 60_000),
    'schema',
  ]);
  await world.open();
  expect(world.time.slept).toHaveLength(120);
  expect(await world.versions()).toEqual({ schema: 1, 'schema-oldest': 1 });
});

test('a lock that is held for ever is waited for a little longer than one that a dead replica left, and told', async () => {
  await world.open();
  await world.run('DELETE FROM "mesh".meta WHERE name = ?', ['schema']);
  await world.run('UPDATE "mesh".leases SET holder = ?, released = false, expires_at_ms = ? WHERE name = ?', [
    'other',
    BigInt(world.time.nowMs + 1e9),
    'schema',
  ]);
  await expect(world.open()).rejects.toMatchObject({ class: 'Unavailable', code: 'StoreUnavailable' });
  expect(world.time.slept).toHaveLength(150);
  expect(clients.map(({ isOpen }) => isOpen)).toEqual([true, false]);
});

const note = (name: string, version: number) =>
  world.run('INSERT INTO "mesh".meta (name, version) VALUES (?, ?)', [name, version]);

test.each([
  ['says that releases from here on can work with it', { schema: 4, 'schema-oldest': 1 }, true],
  ['says that a later release is needed', { schema: 4, 'schema-oldest': 2 }, false],
])(
  '2: a newer release’s keyspace that %s is opened, or refused, and never brought down',
  async (_, found, isOpened) => {
    await world.open();
    await note('schema', found.schema);
    await note('schema-oldest', found['schema-oldest']);
    const from = world.asked().length;
    const opened = world.open();
    if (isOpened) await opened;
    else await expect(opened).rejects.toMatchObject({ class: 'Conflict', code: 'SchemaTooNew' });
    expect(definitions(world.asked(from))).toEqual([]);
    expect(await world.versions()).toEqual(found);
  },
);

test('2: a keyspace of a release that told no oldest one is refused where it is newer', async () => {
  await world.open();
  await note('schema', 2);
  await world.run('DELETE FROM "mesh".meta WHERE name = ?', ['schema-oldest']);
  await expect(world.open()).rejects.toMatchObject({ class: 'Conflict', code: 'SchemaTooNew' });
});

test('2: a release that comes in while this one waits for the lock is found out before anything is defined', async () => {
  const strike: Strike = {
    on: 'INTO "mesh".leases',
    effect: 'done',
    meanwhile: async () => {
      await note('schema', 7);
      await note('schema-oldest', 7);
    },
  };
  world.cluster.strike(strike);
  await expect(world.open()).rejects.toMatchObject({ class: 'Conflict', code: 'SchemaTooNew' });
  expect(definitions(world.asked()).filter((cql) => cql.includes('.facts'))).toEqual([]);
  expect(await world.versions()).toEqual({ schema: 7, 'schema-oldest': 7 });
});

test('2: the oldest release that may work with it is never lowered', async () => {
  await world.open();
  await note('schema', 0);
  await note('schema-oldest', 1);
  await world.open();
  expect(await world.versions()).toEqual({ schema: 1, 'schema-oldest': 1 });
});

test('while the version cannot be read nothing is defined', async () => {
  const error = () => responseError(0x1200, 'Operation timed out');
  world.cluster.strike({ on: 'SELECT name, version', effect: 'not-done', error });
  await expect(world.open()).rejects.toMatchObject({ class: 'Unavailable' });
  expect(definitions(world.asked())).toEqual([]);
  expect(clients.map(({ isOpen }) => isOpen)).toEqual([false]);
});

test.each([
  ['', { dc1: 1 }],
  ['Mesh', { dc1: 1 }],
  ['1mesh', { dc1: 1 }],
  ['a'.repeat(49), { dc1: 1 }],
  ['me"sh', { dc1: 1 }],
  ['mesh', {}],
  ['mesh', { "dc'1": 1 }],
  ['mesh', { '': 1 }],
  ['mesh', { ['d'.repeat(65)]: 1 }],
  ['mesh', { dc1: 0 }],
  ['mesh', { dc1: 10 }],
  ['mesh', { dc1: 1.5 }],
  ['mesh', { dc1: 3, dc2: 0 }],
])('a keyspace %j replicated as %j is refused before anybody is asked', async (keyspace, replication) => {
  await expect(world.open(replication as Record<string, number>, keyspace)).rejects.toMatchObject({
    class: 'Invalid',
    code: 'InvalidSetting',
  });
  expect([world.asked(), clients.length]).toEqual([[], 0]);
});

test.each([
  ['a', { dc1: 1 }],
  [`a${'1'.repeat(47)}`, { dc1: 9 }],
  ['me_sh', { ['d'.repeat(64)]: 1, 'Dc.1-x_': 2 }],
])('a keyspace %j replicated as %j is taken', async (keyspace, replication) => {
  const store = await world.open(replication as Record<string, number>, keyspace);
  expect(await store.load('p', [])).toMatchObject({ version: 0 });
});

test('without a host nothing is opened', async () => {
  const clock = { now: () => 0, sleep: async () => undefined };
  const options = { contactPoints: [], localDataCenter: 'dc1', keyspace: 'mesh', replication: { dc1: 1 }, clock };
  await expect(createCassandraStore(options)).rejects.toMatchObject({ code: 'InvalidSetting' });
});
