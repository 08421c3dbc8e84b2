import { Fault } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import type { Env } from './definition.ts';
import { expectedAudience, SETTING_GROUPS } from './groups.ts';
import { loadSettings } from './load.ts';
import { readSettings } from './read.ts';
import type { LoadOptions } from './settings.port.ts';
import { settingsTable } from './table.ts';

const KEY = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff';

const files =
  (content: Readonly<Record<string, string>>) =>
  (path: string): string => {
    const text = content[path];
    if (text === undefined) throw new Error('ENOENT');
    return text;
  };
const load = (env: Env, content: Readonly<Record<string, string>> = {}, options: Partial<LoadOptions> = {}) =>
  loadSettings({ env, alone: false, readFile: files(content), ...options });
const problem = (run: () => unknown): Fault => {
  try {
    run();
  } catch (error) {
    if (error instanceof Fault) return error;
  }
  return expect.fail('expected a fault');
};

test('with nothing set every default is there and nothing is worth a warning', () => {
  const { settings, plan, warnings } = load({});
  expect(settings.common).toEqual({ dataDir: '.leasehold', port: 7070, host: '127.0.0.1', logLevel: 'info' });
  expect(settings.pulsar).toMatchObject({ tenant: 'platformq', transport: 'auto', url: undefined });
  expect(settings.store.keyspace).toBe('leasehold');
  expect([plan.bus, plan.store]).toEqual(['embedded', 'embedded']);
  expect(warnings).toEqual([]);
});

test('one fault names every wrong and missing setting, what was given and what is expected', () => {
  const fault = problem(() =>
    load({
      PORT: '70000',
      CASSANDRA_HOSTS: 'a;b',
      MINIO_ENDPOINT: 'minio:9000',
      MINIO_ACCESS_KEY: 'k',
      LOG_LEVEL: 'loud',
    }),
  );
  expect([fault.class, fault.code]).toEqual(['Invalid', 'BadSettings']);
  expect(fault.message.split('\n')).toEqual([
    '4 settings are wrong or missing:',
    '  PORT: given "70000", expected a port from 0 to 65535',
    '  LOG_LEVEL: given "loud", expected one of debug, info, warn, error, silent',
    '  CASSANDRA_HOSTS: given "a;b", expected comma separated hosts, each with an optional :port (default 9042)',
    '  MINIO_SECRET_KEY: missing; expected because MINIO_ENDPOINT is set',
  ]);
});

test('a folder that is not there and a token secret that can be guessed are told with all the others', () => {
  const readFolder = (): never => {
    throw new Error('ENOENT');
  };
  const env = { PORT: 'x', BLUEPRINT_DIR: '/no/tiers', AUTH_JWT_SECRET: 'guess-me' };
  expect(problem(() => load(env, {}, { readFolder })).message.split('\n')).toEqual([
    '3 settings are wrong or missing:',
    '  PORT: given "x", expected a port from 0 to 65535',
    '  BLUEPRINT_DIR: given "/no/tiers", expected the path of a readable folder',
    '  AUTH_JWT_SECRET: given (hidden), expected a text of at least 32 bytes',
  ]);
});

test('a secret is never shown, wherever it came from', () => {
  const wrong = 'not-a-master-key';
  const plain = problem(() => load({ LEASEHOLD_MASTER_KEY: wrong }));
  const fromFile = problem(() => load({ LEASEHOLD_MASTER_KEY_FILE: '/run/key' }, { '/run/key': `${wrong}\n` }));
  const inUrl = problem(() => load({ AUTH_JWKS_URL: `https://user:${wrong}@host/keys` }));
  expect(plain.message).toContain('LEASEHOLD_MASTER_KEY: given (hidden), expected 32 bytes');
  expect(fromFile.message).toContain('LEASEHOLD_MASTER_KEY_FILE: given (hidden)');
  expect([plain, fromFile, inUrl].filter(({ message }) => message.includes(wrong))).toEqual([]);
});

test('any secret may come from a file, and the log’s scrubber hears of it', () => {
  const { settings, given, secrets } = load({ PULSAR_TOKEN_FILE: '/run/token' }, { '/run/token': 'abc.def\n' });
  expect(settings.pulsar.token).toBe('abc.def');
  expect(given.has('PULSAR_TOKEN')).toBe(true);
  expect(secrets).toEqual(['abc.def']);
});

test('X beside X_FILE, an unreadable and an empty file are told, never silently chosen', () => {
  const both = problem(() => load({ PULSAR_TOKEN: 'a', PULSAR_TOKEN_FILE: '/t' }, { '/t': 'b' }));
  const missing = problem(() => load({ PULSAR_TOKEN_FILE: '/none' }));
  const empty = problem(() => load({ PULSAR_TOKEN_FILE: '/t' }, { '/t': '\n' }));
  expect(both.message).toContain('PULSAR_TOKEN_FILE: set beside PULSAR_TOKEN; expected one of the two');
  expect(missing.message).toContain('PULSAR_TOKEN_FILE: given "/none", expected the path of a readable file');
  expect(empty.message).toContain('which is empty');
});

test('a .env file is read, and the environment goes before it, also with an empty text', () => {
  const env = { PORT: '8001', PULSAR_URL: '' };
  const { settings } = load(env, { '.env': 'PORT=8002\nHOST="0.0.0.0"\nPULSAR_URL=pulsar://broker:6650\n' });
  expect(settings.common).toMatchObject({ port: 8001, host: '0.0.0.0' });
  expect(settings.pulsar.url).toBeUndefined();
});

test('a service started alone is told all that it lacks in one message', () => {
  const fault = problem(() => load({ PORT: 'x' }, {}, { alone: true }));
  const names = fault.message
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(':')[0]);
  expect(names).toEqual([
    'PORT',
    'PULSAR_URL',
    'CASSANDRA_HOSTS or STORE_CASSANDRA_HOSTS',
    'LEASEHOLD_MASTER_KEY',
    'AUTH_JWKS_URL or AUTH_JWT_SECRET',
  ]);
});

test('a wrong value counts as given: nothing follows from it that is not so', () => {
  const fault = problem(() => load({ PULSAR_URL: 'http://x', CASSANDRA_HOSTS: 'c' }, {}, { alone: true }));
  expect(fault.message).not.toContain('PULSAR_URL: missing');
  expect(fault.message).toContain('PULSAR_URL: given "http://x", expected pulsar://host:port');
});

test('a process has its own default port', () => {
  expect(load({}, {}, { defaults: { PORT: '7071' } }).settings.common.port).toBe(7071);
});

test('the store takes over what is set for tenants’ keyspaces, variable by variable', () => {
  const { settings, warnings } = load({
    CASSANDRA_HOSTS: 'c1,c2:9142',
    CASSANDRA_USERNAME: 'u',
    CASSANDRA_PASSWORD: 'password-1',
    CASSANDRA_REPLICATION: 'dc1:3, dc2:2',
    STORE_CASSANDRA_HOSTS: 's1',
  });
  expect(settings.cassandra.hosts).toEqual([
    { host: 'c1', port: 9042 },
    { host: 'c2', port: 9142 },
  ]);
  expect(settings.store).toMatchObject({ hosts: [{ host: 's1', port: 9042 }], username: 'u', password: 'password-1' });
  expect(settings.store.replication).toEqual({ dc1: 3, dc2: 2 });
  expect(warnings).toEqual([]);
});

test('one replica by default is worth a warning', () => {
  const { warnings } = load({ CASSANDRA_HOSTS: 'c1' });
  expect(warnings.map((text) => text.split(' ')[0])).toEqual(['CASSANDRA_REPLICATION', 'STORE_CASSANDRA_REPLICATION']);
});

test('a wrong value that two settings share is told once', () => {
  const fault = problem(() => load({ CASSANDRA_HOSTS: 'c', CASSANDRA_REPLICATION: 'three' }));
  expect(fault.message.match(/three/g)).toHaveLength(1);
});

test('the web addresses of Pulsar follow from the first broker, with TLS where the broker has it', () => {
  const plain = load({ PULSAR_URL: 'pulsar://b1:6650,b2:6650/' }).settings.pulsar;
  const tls = load({ PULSAR_URL: 'pulsar+ssl://b1:6651', PULSAR_WS_URL: 'https://ws.example/' }).settings.pulsar;
  expect(plain).toMatchObject({ adminUrl: 'http://b1:8080', wsUrl: 'ws://b1:8080' });
  expect(tls).toMatchObject({ adminUrl: 'https://b1:8080', wsUrl: 'wss://ws.example' });
});

test('an https endpoint of MinIO means TLS unless MINIO_USE_SSL says otherwise', () => {
  const keys = { MINIO_ACCESS_KEY: 'a', MINIO_SECRET_KEY: 'secret-1' };
  expect(load({ MINIO_ENDPOINT: 'https://m', ...keys }).settings.minio.useSsl).toBe(true);
  expect(load({ MINIO_ENDPOINT: 'm:9000', ...keys }).settings.minio).toMatchObject({
    useSsl: false,
    endpoint: { host: 'm', port: 9000 },
    vendor: 'minio',
  });
  expect(load({ MINIO_ENDPOINT: 'https://m', MINIO_USE_SSL: 'no', ...keys }).settings.minio.useSsl).toBe(false);
});

test('a misspelt name is answered with the nearest one', () => {
  const { warnings } = load({ CASANDRA_HOSTS: 'c', PULSAR_TOKEN_FLIE: '/t', DATADIR: 'x' });
  expect(warnings).toEqual([
    'CASANDRA_HOSTS is no setting and has no effect; did you mean CASSANDRA_HOSTS?',
    'PULSAR_TOKEN_FLIE is no setting and has no effect; did you mean PULSAR_TOKEN_FILE?',
    'DATADIR is no setting and has no effect; did you mean DATA_DIR?',
  ]);
});

test('names of other tools are no misspelt settings', () => {
  const env = {
    HOME: '/root',
    HOSTS: 'x',
    CASSANDRA_HOME: '/c',
    KUBERNETES_SERVICE_PORT: '443',
    PATH: '/bin',
    PWD: '/',
  };
  expect(load(env).warnings).toEqual([]);
});

test('the master key is 32 bytes in hex or base64', () => {
  const hex = load({ LEASEHOLD_MASTER_KEY: KEY }).settings.mesh.masterKey;
  const base64 = load({ LEASEHOLD_MASTER_KEY: Buffer.from(KEY, 'hex').toString('base64') }).settings.mesh.masterKey;
  expect(hex).toHaveLength(32);
  expect(base64).toEqual(hex);
});

test.each([
  [{ AUTH_JWKS_URL: 'https://a/keys', AUTH_JWT_SECRET: 's' }, 'AUTH_JWT_SECRET: set beside AUTH_JWKS_URL'],
  [{ AUTH_JWKS_URL: 'https://a/keys' }, 'AUTH_AUDIENCE: missing; expected beside AUTH_JWKS_URL'],
  [{ AUTH_JWKS_URL: 'https://a/keys', AUTH_AUDIENCE: ' ' }, 'AUTH_AUDIENCE: missing; expected beside AUTH_JWKS_URL'],
  [{ CASSANDRA_HOSTS: 'c', CASSANDRA_USERNAME: 'u' }, 'CASSANDRA_PASSWORD: missing'],
  [{ IGNITE_PORT: '0' }, 'IGNITE_PORT: given "0"'],
  [{ MINIO_CA_FILE: '/none' }, 'MINIO_CA_FILE: given "/none", expected the path of a readable file'],
  [
    { LEASEHOLD_EMBEDDED: 'minio,postgres' },
    'LEASEHOLD_EMBEDDED: given "minio,postgres", expected comma separated backends',
  ],
  [{ LEASEHOLD_EMBEDDED: 'kubernetes' }, 'which has no embedded form'],
  [{ ELASTICSEARCH_HOST: 'ftp://e' }, 'ELASTICSEARCH_HOST: given "ftp://e"'],
  [{ OPENPROJECT_URL: 'https://p' }, 'OPENPROJECT_API_KEY: missing'],
  [{ K8S_NAMESPACE: 'Upper' }, 'K8S_NAMESPACE: given "Upper"'],
  [{ STORE_KEYSPACE: 'a-b' }, 'STORE_KEYSPACE: given "a-b"'],
])('refuses %o', (env, text) => {
  expect(problem(() => load(env)).message).toContain(text);
});

test('the audience any takes every token of an issuer, and a warning says so', () => {
  const anyone = load({ AUTH_JWKS_URL: 'https://a/keys', AUTH_AUDIENCE: 'any' });
  expect(expectedAudience(anyone.settings)).toBeUndefined();
  expect(anyone.warnings).toEqual([expect.stringContaining('AUTH_AUDIENCE is any')]);
  const named = load({ AUTH_JWKS_URL: 'https://a/keys', AUTH_AUDIENCE: 'leasehold' });
  expect([expectedAudience(named.settings), named.warnings]).toEqual(['leasehold', []]);
});

test('a setting that nothing uses yet is accepted and told', () => {
  expect(load({ MLOPS_URL: 'http://mlops:8000' }).warnings).toEqual([
    'MLOPS_URL is set, but nothing in this release uses it',
  ]);
});

test('a service reads its own groups alone', () => {
  const { values } = readSettings({ common: SETTING_GROUPS.common }, { PORT: '1' }, { readFile: files({}) });
  expect(values.common.port).toBe(1);
});

test('the table has a meaning for every variable, and each variable once', () => {
  const rows = settingsTable();
  const names = rows.map(({ variable }) => variable);
  expect(new Set(names).size).toBe(names.length);
  expect(rows.filter(({ meaning, expected }) => meaning === '' || expected === '')).toEqual([]);
  expect(names).toEqual(expect.arrayContaining(['PULSAR_URL', 'STORE_CASSANDRA_REPLICATION', 'MARKET_CA_FILE']));
});
