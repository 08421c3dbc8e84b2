/** What a process has once: which adapters its settings choose, what is asked for what they leave open, and what is closed when. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRng, systemClock, unavailable } from '@leasehold/kernel';
import { silentMetrics } from '@leasehold/observability';
import { fakeCluster } from '@leasehold/testing/fakes/cassandra/cluster';
import { clients } from '@leasehold/testing/fakes/cassandra/driver';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { scriptedLog } from '../../test/scripted-log.ts';
import { scriptedScope } from '../../test/scripted-scope.ts';
import type { Env } from '../settings/definition.ts';
import { hostText } from '../settings/formats.ts';
import { loadSettings } from '../settings/load.ts';
import { openPlatform, type PlatformOptions, withDataCentres } from './compose.ts';

vi.mock('cassandra-driver', () => import('@leasehold/testing/fakes/cassandra/driver'));

const KEY = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff';
/** Files, threads and a port: on a machine that has much else to do that takes long. */
const SLOW = { timeout: 60_000 } as const;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leasehold-platform-'));
  clients.length = 0;
  fakeCluster('one:9042', () => 1_800_000_000_000);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function setUp(env: Env = {}) {
  const { log, lines } = scriptedLog();
  const { scope, names, closeAll } = scriptedScope();
  const { settings, plan } = loadSettings({
    env: { DATA_DIR: folder, LEASEHOLD_MASTER_KEY: KEY, ...env },
    alone: false,
    readFile: () => {
      throw new Error('ENOENT');
    },
  });
  const trouble: string[] = [];
  const waits: (string | undefined)[] = [];
  const options: PlatformOptions = {
    ...{ settings, plan, log, scope },
    clock: systemClock,
    rng: seededRng(1),
    metrics: silentMetrics,
    holder: 'r1',
    onTrouble: (part) => trouble.push(part),
    onWait: (reason) => waits.push(reason),
  };
  return { options, lines, names, closeAll, trouble, waits };
}

const CASSANDRA = { CASSANDRA_HOSTS: 'one', STORE_CASSANDRA_HOSTS: 'one' };

test.each([
  [{ host: 'one', port: 9042 }, 'one:9042'],
  [{ host: '10.0.0.1', port: 1 }, '10.0.0.1:1'],
  [{ host: 'fd00::1', port: 9042 }, '[fd00::1]:9042'],
])('a host and its port are written as addresses are: %o', (host, expected) => {
  expect(hostText(host)).toBe(expected);
});

test(
  'P2: with nothing set store and bus are files in the data folder, and all is closed in reverse order',
  SLOW,
  async () => {
    const { options, names, closeAll, trouble, waits } = setUp();
    const platform = await openPlatform(options);
    expect([platform.store.kind, platform.bus.kind, names]).toEqual([
      'sqlite',
      'embedded',
      ['store', 'bus', 'relay, tick and lanes'],
    ]);
    expect(waits).toEqual([undefined, undefined]);
    await platform.ledger.update('scaler/a', () => ({ put: [{ key: 'state', value: '1' }], result: undefined }));
    await platform.bus.publish({ topic: 'persistent://a/b/c', payload: new Uint8Array([1]) });
    await closeAll();
    expect(trouble).toEqual([]);
    await expect(platform.store.load('scaler/a', [{ prefix: '' }])).rejects.toMatchObject({ class: 'Unavailable' });
    await expect(
      platform.bus.publish({ topic: 'persistent://a/b/c', payload: new Uint8Array() }),
    ).rejects.toMatchObject({
      class: 'Unavailable',
    });
    expect(trouble).toEqual(['store', 'bus']);
    const again = setUp();
    const reopened = await openPlatform(again.options);
    expect((await reopened.ledger.load('scaler/a')).rows.get('state')).toBe('1');
    await again.closeAll();
  },
);

test(
  'the bus over WebSocket is contacted when it is used, and the log says which transport it is and what that lacks',
  SLOW,
  async () => {
    const { options, lines, closeAll } = setUp({ PULSAR_URL: 'pulsar://broker:6650', PULSAR_TRANSPORT: 'websocket' });
    const { bus } = await openPlatform(options);
    expect([bus.kind, lines.length]).toEqual(['websocket', 1]);
    expect(lines[0]).toMatch(/^info bus transport \{"transport":"websocket","lacks":"WebSocket: .*"\}$/);
    await closeAll();
  },
);

test('a plan for real servers without their settings is invalid, and nothing is opened', SLOW, async () => {
  const { options, names } = setUp();
  const plan = { ...options.plan, store: 'real', bus: 'real' } as const;
  await expect(openPlatform({ ...options, plan })).rejects.toMatchObject({ class: 'Invalid', code: 'BadSettings' });
  expect(names).toEqual([]);
  const other = setUp();
  await expect(openPlatform({ ...other.options, plan: { ...other.options.plan, bus: 'real' } })).rejects.toMatchObject({
    class: 'Invalid',
    code: 'BadSettings',
  });
  expect(other.names).toEqual(['store']);
  await other.closeAll();
});

test('the store on Cassandra is given its hosts, its data centre and its credentials', async () => {
  const env = { ...CASSANDRA, STORE_CASSANDRA_USERNAME: 'mesh', STORE_CASSANDRA_PASSWORD: 'secret' };
  const { options, closeAll } = setUp({
    ...env,
    STORE_CASSANDRA_LOCAL_DC: 'dc1',
    STORE_CASSANDRA_REPLICATION: 'dc1:3',
  });
  const settings = await withDataCentres(options);
  const { store } = await openPlatform({ ...options, settings });
  expect(store.kind).toBe('cassandra');
  expect(clients.at(-1)?.options).toMatchObject({
    contactPoints: ['one:9042'],
    localDataCenter: 'dc1',
    credentials: { username: 'mesh', password: 'secret' },
  });
  await closeAll();
});

test('what is embedded is not asked for, and a data centre that is set is taken as it is, with one replica unless more are set', async () => {
  const none = setUp();
  expect(await withDataCentres(none.options)).toEqual(none.options.settings);
  const { options } = setUp({ CASSANDRA_HOSTS: 'one', CASSANDRA_LOCAL_DC: 'here' });
  const plan = { ...options.plan, store: 'embedded' } as const;
  const { cassandra, store } = await withDataCentres({ ...options, plan });
  expect([cassandra.localDc, cassandra.replication, clients.length]).toEqual(['here', { here: 1 }, 0]);
  expect(store).toBe(options.settings.store);
  const more = setUp({ CASSANDRA_HOSTS: 'one', CASSANDRA_LOCAL_DC: 'here', CASSANDRA_REPLICATION: 'here:3,there:2' });
  expect((await withDataCentres(more.options)).cassandra.replication).toEqual({ here: 3, there: 2 });
});

test('a data centre that is not set is asked for, with the credentials of each cluster', async () => {
  const { options, waits } = setUp({
    ...CASSANDRA,
    CASSANDRA_USERNAME: 'tenants',
    CASSANDRA_PASSWORD: 'one',
    STORE_CASSANDRA_USERNAME: 'mesh',
    STORE_CASSANDRA_PASSWORD: 'two',
  });
  const { cassandra, store } = await withDataCentres(options);
  expect([cassandra.localDc, cassandra.replication]).toEqual(['dc1', { dc1: 1 }]);
  expect([store.localDc, store.replication]).toEqual(['dc1', { dc1: 1 }]);
  expect(clients.map((client) => client.options)).toMatchObject([
    { contactPoints: ['one:9042'], credentials: { username: 'tenants', password: 'one' } },
    { contactPoints: ['one:9042'], credentials: { username: 'mesh', password: 'two' } },
  ]);
  expect(waits).toEqual([undefined, undefined]);
});

test('P1: what is away while it is asked is named with what it is asked for', async () => {
  const { options, waits } = setUp({ CASSANDRA_HOSTS: 'nobody' });
  const stop = new AbortController();
  const sleep = async () => {
    stop.abort(unavailable('stopped', { code: 'Stopped' }));
    throw stop.signal.reason;
  };
  const asked = withDataCentres({ ...options, clock: { now: () => 0, sleep } });
  await expect(asked).rejects.toMatchObject({ code: 'Stopped' });
  expect(waits).toHaveLength(1);
  expect(waits[0]).toMatch(/^starting, Cassandra \(asked for the data centre of tenants' keyspaces\) is away \(.+\)$/);
});
