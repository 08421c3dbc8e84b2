/** Services brought up in one process on one port: the order of it, what they are given, who is let in, and how it ends (1 to 3). */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mintToken } from '@leasehold/http';
import { type Clock, invalid, systemClock } from '@leasehold/kernel';
import { createMetrics, createSecrets } from '@leasehold/observability';
import { fakeCluster } from '@leasehold/testing/fakes/cassandra/cluster';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { scriptedLog } from '../../test/scripted-log.ts';
import { scriptedScope } from '../../test/scripted-scope.ts';
import type { Env } from '../settings/definition.ts';
import { loadSettings } from '../settings/load.ts';
import type { ServiceDefinition, ServiceOptions } from './service.port.ts';
import { startMesh } from './start-mesh.ts';

vi.mock('cassandra-driver', () => import('@leasehold/testing/fakes/cassandra/driver'));

const KEY = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff';
const NOTICE_MS = 500;
/** Nobody is to be given notice here before connections are refused. */
const clock: Clock = {
  now: systemClock.now,
  sleep: (ms, signal) => systemClock.sleep(ms === NOTICE_MS ? 0 : ms, signal),
};
/** Files, threads and a port: on a machine that has much else to do that takes long. */
const SLOW = { timeout: 60_000 } as const;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leasehold-mesh-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function setUp(names: readonly ServiceDefinition['name'][] = ['tenant-provisioner', 'scaler'], env: Env = {}) {
  const { log, lines } = scriptedLog();
  const scripted = scriptedScope();
  const told: string[] = [];
  const given: ServiceOptions[] = [];
  const state: {
    problem?: Error;
    during?: (options: ServiceOptions) => Promise<void>;
    stalled?: (name: string) => string | undefined;
  } = {};
  const services = names.map(
    (name): ServiceDefinition => ({
      name,
      check: () => {
        told.push(`check ${name}`);
        if (state.problem) throw state.problem;
      },
      compose: async (options) => {
        told.push(`compose ${name}`);
        given.push(options);
        options.scope.onClose(name, () => void told.push(`close ${name}`));
        await state.during?.(options);
        return {
          routes: [],
          stalled: () => state.stalled?.(name),
        };
      },
    }),
  );
  const loaded = loadSettings({
    env: { DATA_DIR: join(folder, 'data'), PORT: '0', LEASEHOLD_MASTER_KEY: KEY, ...env },
    alone: false,
    readFile: () => {
      throw new Error('ENOENT');
    },
  });
  const secrets = createSecrets();
  const start = () =>
    startMesh({
      ...{ services, loaded, log, secrets },
      version: '1.2.3',
      metrics: createMetrics(),
      scope: scripted.scope,
      clock,
    });
  return { ...scripted, start, told, given, lines, secrets, state };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const ask = async (url: string, path: string, token?: string) => {
  const answer = await fetch(
    `${url}${path}`,
    token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
  );
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

test('1: what a service finds wrong is told before anything is opened', SLOW, async () => {
  const { start, told, names, state } = setUp();
  state.problem = invalid('no such tier', { code: 'BadTiers' });
  await expect(start()).rejects.toBe(state.problem);
  expect([told, names, existsSync(join(folder, 'data'))]).toEqual([['check tenant-provisioner'], [], false]);
});

test(
  'all services are checked, then brought up in turn on one platform, and taken down after the requests',
  SLOW,
  async () => {
    const { start, told, given, names, closeAll, lines } = setUp();
    const { url } = await start();
    expect(told).toEqual(['check tenant-provisioner', 'check scaler', 'compose tenant-provisioner', 'compose scaler']);
    expect(names).toEqual([
      'data folder',
      'http',
      'store',
      'bus',
      'relay, tick and lanes',
      'tenant-provisioner',
      'scaler',
      'readiness',
      'requests',
    ]);
    const [one, other] = given;
    expect(one?.installed).toEqual(['tenant-provisioner', 'scaler']);
    expect([other?.platform === one?.platform, other?.holder === one?.holder, other?.rng === one?.rng]).toEqual([
      true,
      true,
      false,
    ]);
    expect(one?.holder).toMatch(/^\d+-[0-9a-f-]{36}$/);
    expect(lines.at(-1)).toBe(`info ready {"url":"${url}"}`);
    expect((await ask(url, '/ready')).body).toMatchObject({
      status: 'ready',
      backends: {
        consumers: { state: 'up', latency_ms: null },
        minio: { state: 'skipped', message: 'no service of this process uses it' },
      },
    });
    await closeAll();
    expect(told.slice(4)).toEqual(['close scaler', 'close tenant-provisioner']);
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  },
);

test(
  'events that stand still show beside the backends, whichever service they are of, and take no replica out',
  SLOW,
  async () => {
    const { start, state, closeAll } = setUp();
    const { url } = await start();
    state.stalled = (name) => `${name} stands still`;
    const { status, body } = await ask(url, '/ready');
    const message = 'tenant-provisioner stands still; scaler stands still';
    expect([status, body]).toMatchObject([
      200,
      { status: 'ready', backends: { consumers: { state: 'degraded', latency_ms: null, message } } },
    ]);
    await closeAll();
  },
);

test('services of one process are given the same backends, and what none asks for is not opened', SLOW, async () => {
  const { start, state, names, closeAll } = setUp();
  const used: unknown[] = [];
  state.during = async ({ platform }) => void used.push(platform.backends.use(['minio']).guards.get('minio'));
  const { url } = await start();
  expect(used[0]).toBeDefined();
  expect(used[1]).toBe(used[0]);
  expect(names.filter((name) => name.startsWith('backend'))).toEqual(['backend minio']);
  expect((await ask(url, '/ready')).body).toMatchObject({ backends: { minio: { state: 'up' } } });
  await closeAll();
});

test(
  '2: the port is taken before the services are there, and whoever asks meanwhile is told that it starts',
  SLOW,
  async () => {
    const port = await freePort();
    const { start, state, closeAll } = setUp(['scaler'], { PORT: String(port) });
    const url = `http://127.0.0.1:${port}`;
    let seen: unknown;
    state.during = async () => {
      seen = [(await ask(url, '/health')).status, (await ask(url, '/ready')).body['reason']];
    };
    expect((await start()).url).toBe(url);
    expect(seen).toEqual([200, 'starting']);
    await closeAll();
  },
);

test('3: replicas that share a store and a bus need no data folder of their own', SLOW, async () => {
  fakeCluster('one:9042', () => systemClock.now());
  const { start, names, closeAll } = setUp(['scaler'], {
    CASSANDRA_HOSTS: 'one',
    PULSAR_URL: 'pulsar://broker:6650',
    PULSAR_TRANSPORT: 'websocket',
    AUTH_JWT_SECRET: 'a shared secret of more than 32 bytes',
  });
  await start();
  expect(names[0]).toBe('http');
  expect(names).not.toContain('data folder');
  await closeAll();
  expect(existsSync(join(folder, 'data'))).toBe(false);
});

test.each([
  ['issuer', { AUTH_ISSUER: 'https://id.example' }, { issuer: 'https://id.example' }],
  ['audience', { AUTH_AUDIENCE: 'mesh' }, { audience: 'mesh' }],
])('a token of another %s than the one that is set is not let in', async (_, env, right) => {
  const secret = 'a shared secret of more than 32 bytes';
  const { start, closeAll } = setUp(['scaler'], { AUTH_JWT_SECRET: secret, ...env });
  const { url } = await start();
  const request = { sub: 'ops', roles: ['platform-admin'], ttlMs: 60_000 } as const;
  const [good, bad] = [
    await mintToken(secret, { ...request, ...right }, systemClock),
    await mintToken(secret, request, systemClock),
  ];
  expect([(await ask(url, '/api/v1/nothing', good)).status, (await ask(url, '/api/v1/nothing', bad)).status]).toEqual([
    404, 401,
  ]);
  await closeAll();
});

test(
  'who has the admin token of a first start is let in, nobody else, and no secret comes through the log',
  SLOW,
  async () => {
    const { start, closeAll, secrets } = setUp(['scaler']);
    const mesh = await start();
    const { admin, tokens, masterKey } = mesh.secrets;
    const token = readFileSync(admin?.path ?? '', 'utf8').trim();
    expect((await ask(mesh.url, '/api/v1/nothing', token)).status).toBe(404);
    expect((await ask(mesh.url, '/api/v1/nothing', `${token}x`)).status).toBe(401);
    expect((await ask(mesh.url, '/api/v1/nothing')).status).toBe(401);
    const words = [tokens.kind === 'secret' ? tokens.secret : '', Buffer.from(masterKey).toString('base64'), KEY];
    for (const word of words) {
      expect(word.length).toBeGreaterThan(20);
      expect(secrets.scrub(`it is ${word}.`)).not.toContain(word);
    }
    await closeAll();
  },
);
