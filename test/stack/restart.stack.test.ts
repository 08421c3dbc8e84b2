/**
 * What chaos tests rely on, shown on the real servers: a killed server comes back on its ports with everything it had
 * acknowledged, a paused one is seen to be paused, and two looks at idle servers see the same.
 */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { diffInventory, takeInventory } from '../e2e/inventory.ts';
import { openKubernetes } from '../support/kubernetes-client.ts';
import type { Tree } from '../support/tree.ts';
import { attachStack, type Stack } from './index.ts';

const RESTART_MS = 240_000;
const CLIENT = fileURLToPath(new URL('../e2e/client/', import.meta.url));
const mark = `r${randomUUID().slice(0, 8)}`;
const namespace = `public/${mark}`;
const keyspace = `stack_${mark}`;

let stack: Stack;
beforeAll(() => {
  stack = attachStack();
});

async function pulsarAdmin(method: string, path: string, body?: unknown): Promise<void> {
  const answer = await fetch(`${stack.env['STACK_PULSAR_URL']}/admin/v2/${path}`, {
    method,
    headers: { authorization: `Bearer ${stack.env['STACK_PULSAR_TOKEN']}`, 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
  if (!answer.ok && answer.status !== 404) throw new Error(`${method} ${path}: ${answer.status}`);
}

const python = (script: string, args: readonly string[], input: string): string =>
  execFileSync(stack.env['STACK_PYTHON'] ?? '', [`${CLIENT}${script}`, ...args], {
    input,
    env: { ...process.env, ...stack.env, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['pipe', 'pipe', 'ignore'],
  }).toString();

async function withCassandra<T>(work: (execute: (query: string) => Promise<number>) => Promise<T>): Promise<T> {
  const { default: driver } = await import('cassandra-driver');
  const { STACK_CASSANDRA_USERNAME: user = '', STACK_CASSANDRA_PASSWORD: password = '' } = stack.env;
  const client = new driver.Client({
    contactPoints: [stack.env['STACK_CASSANDRA_HOSTS'] ?? ''],
    localDataCenter: 'datacenter1',
    authProvider: new driver.auth.PlainTextAuthProvider(user, password),
  });
  await client.connect();
  return work(async (query) => (await client.execute(query)).rowLength ?? 0).finally(() => client.shutdown());
}

afterAll(async () => {
  await pulsarAdmin('DELETE', `namespaces/${namespace}?force=true`);
  await withCassandra((execute) => execute(`DROP KEYSPACE IF EXISTS ${keyspace}`));
});

test('two looks at idle servers see the same', async () => {
  expect(diffInventory(await takeInventory(stack.env), await takeInventory(stack.env))).toEqual([]);
});

test('a killed Cassandra comes back with its schema and every acknowledged row', { timeout: RESTART_MS }, async () => {
  const server = stack.server('cassandra');
  await withCassandra(async (execute) => {
    const replication = `{'class': 'NetworkTopologyStrategy', 'datacenter1': 1}`;
    await execute(`CREATE KEYSPACE ${keyspace} WITH replication = ${replication}`);
    await execute(`CREATE TABLE ${keyspace}.t (k int PRIMARY KEY, v text)`);
    for (let key = 0; key < 50; key++)
      await execute(`INSERT INTO ${keyspace}.t (k, v) VALUES (${key}, 'x') IF NOT EXISTS`);
    await server.kill();
  });
  expect(await server.healthy()).toBe(false);
  await server.restart();
  expect(await withCassandra((execute) => execute(`SELECT k FROM ${keyspace}.t`))).toBe(50);
});

test('a killed Pulsar comes back with every acknowledged message', { timeout: RESTART_MS }, async () => {
  const server = stack.server('pulsar');
  const topic = `persistent://${namespace}/kept`;
  await pulsarAdmin('PUT', `namespaces/${namespace}`, {});
  const retention = { retentionTimeInMinutes: 60, retentionSizeInMB: -1 };
  await pulsarAdmin('POST', `namespaces/${namespace}/retention`, retention);
  const script = Array.from({ length: 50 }, (_, index) => ({ topic, json: { index } }));
  expect(JSON.parse(python('publish.py', [], JSON.stringify(script)))).toHaveLength(50);
  const ports = server.ports;
  await server.kill();
  await server.restart();
  expect(server.ports).toEqual(ports);
  const lines = python('consume.py', [topic], '').trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { json: { index: number } }).json.index)).toEqual(
    script.map((_, i) => i),
  );
});

test('a killed Kubernetes comes back with every object, and its controllers go on', {
  timeout: RESTART_MS,
}, async () => {
  const server = stack.server('kubernetes');
  const names = Array.from({ length: 20 }, (_, index) => `${mark}-${index}`);
  const before = openKubernetes(stack.env);
  for (const name of names) await before.call('POST', '/api/v1/namespaces', { metadata: { name } });
  before.close();
  await server.kill();
  expect(await server.healthy()).toBe(false);
  await server.restart();
  const { call, close } = openKubernetes(stack.env);
  const there = async () => {
    const { items } = await call('GET', '/api/v1/namespaces');
    return items.map(({ metadata }: Tree) => metadata.name).filter((name: string) => names.includes(name)).length;
  };
  expect(await there()).toBe(names.length);
  for (const name of names) await call('DELETE', `/api/v1/namespaces/${name}`);
  await expect.poll(there, { timeout: 60_000 }).toBe(0);
  close();
});

test('a paused server is seen as not healthy, and serves again once resumed', async () => {
  const server = stack.server('minio');
  await server.pause();
  try {
    // A stop reaches one thread after the other: one more answer may still come.
    await expect.poll(() => server.healthy(), { timeout: 10_000 }).toBe(false);
  } finally {
    // Whatever is seen here, the files after this one share the server and would wait for it for ever.
    await server.resume();
  }
  await expect.poll(() => server.healthy(), { timeout: 10_000 }).toBe(true);
});

test('what an upstream service publishes as Avro is read back field by field, its repeat and poison too', async () => {
  const topic = `persistent://${namespace}/upstream`;
  const value = { event_id: mark, tenant_id: 'acme', tenant_name: 'Acme', tier: 'custom', limits: { cpu_cores: 3 } };
  const script = [
    { topic, avro: 'tenant-created', value, key: 'acme', properties: { event_id: mark }, repeat: 2 },
    { topic, avro: 'tenant-created-later', value: { ...value, region: 'eu' } },
    { topic, base64: 'AAECAw==' },
  ];
  expect(JSON.parse(python('publish.py', [], JSON.stringify(script)))).toHaveLength(4);
  const lines = python('consume.py', ['--avro', 'tenant-created', topic], '').trim().split('\n');
  const [first, again, later, poison] = lines.map((line) => JSON.parse(line));
  expect(first).toMatchObject({ key: 'acme', event_id: mark, json: { tenant_id: 'acme', limits: { cpu_cores: 3 } } });
  expect(again.payload_base64).toBe(first.payload_base64);
  expect(later.schema_version).not.toBe(first.schema_version);
  expect(poison).toMatchObject({ schema_version: null, payload_base64: 'AAECAw==', json: null });
});
