/**
 * How the process starts without any server, and how it refuses to: one message that names everything, an exit code for the
 * supervisor, and what was there before is there again, however the process ended.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { statusPath, untilAll } from '../support/api.ts';
import { createProduct, type Ended, freePort, type Product, startProduct } from '../support/product.ts';
import type { Tree } from '../support/tree.ts';

const CONFIGURATION = 78;
const UNAVAILABLE = 75;
const WAIT_MS = 20_000;

const open: Product[] = [];
const keep = (product: Product): Product => {
  open.push(product);
  return product;
};
afterEach(async () => {
  for (const product of open.splice(0)) await product.clear();
});

async function refusal(settings: Readonly<Record<string, string>>): Promise<Ended & { readonly said: string }> {
  const product = keep(await createProduct(settings));
  product.launch();
  return { ...(await product.ended(WAIT_MS)), said: product.output() };
}

test('several wrong settings are told in one message that names each, what was given and what is expected', async () => {
  const { code, said } = await refusal({
    PORT: '70707',
    LOG_LEVEL: 'loud',
    PULSAR_URL: 'http://broker',
    MINIO_ENDPOINT: 'minio:9000',
    CASSANDRA_USERNAME: 'somebody',
    LEASEHOLD_EMBEDDED: 'mongodb',
    LEASEHOLD_MASTER_KEY: 'short-and-secret',
    AUTH_JWT_SECRET: 'short-too',
    BLUEPRINT_DIR: '/no/such/folder',
  });
  expect(code, said).toBe(CONFIGURATION);
  const expected = [
    ['PORT', '70707'],
    ['LOG_LEVEL', 'loud'],
    ['PULSAR_URL', 'http://broker'],
    ['LEASEHOLD_EMBEDDED', 'mongodb'],
    ['MINIO_ACCESS_KEY', 'MINIO_ENDPOINT'],
    ['MINIO_SECRET_KEY', 'MINIO_ENDPOINT'],
    ['CASSANDRA_PASSWORD', 'CASSANDRA_USERNAME'],
    ['LEASEHOLD_MASTER_KEY', 'hidden'],
    ['AUTH_JWT_SECRET', 'at least 32 bytes'],
    ['BLUEPRINT_DIR', '/no/such/folder'],
  ] as const;
  for (const [variable, given] of expected) {
    const line = said
      .split('\n')
      .find((each) => each.includes(`${variable}:`) || each.trim().startsWith(`${variable} `));
    expect(line, `${variable} is not named in\n${said}`).toBeDefined();
    expect(line).toContain(given);
  }
  expect(said).not.toMatch(/short-and-secret|short-too/);
  expect(said.match(/did not start/g)).toHaveLength(1);
  expect(said).not.toMatch(/\n\s+at .*\.ts:/);
});

test('a bad tier file is told by file, place, what was given and what is expected; nothing starts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'leasehold-tiers-'));
  try {
    writeFileSync(join(folder, 'free.yaml'), 'tier: free\npriority: many\nresources:\n  - kind: minio-buket\n');
    writeFileSync(join(folder, 'starter.yaml'), 'tier: [starter\n');
    const { code, said } = await refusal({ BLUEPRINT_DIR: folder });
    expect(code, said).toBe(CONFIGURATION);
    expect(said).toMatch(/free\.yaml: \/priority: .*many/);
    expect(said).toMatch(/free\.yaml: \/limits/);
    expect(said).toMatch(/starter\.yaml: .*line 2|starter\.yaml: .*line 1/);
    expect(said.match(/did not start/g)).toHaveLength(1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('an unknown kind in a tier file is refused by its place', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'leasehold-tiers-'));
  try {
    const file = [
      'tier: free',
      'limits: {cpu_cores: 1, memory_gb: 1, storage_gb: 1, max_pods: 1, max_services: 1, gpu_count: 0, monthly_cost_usd: "0"}',
      'priority: 1',
      'burst: null',
      'deletion: {grace_hours: 0, protected: false}',
      'tenant_topics: []',
      'resources:',
      '  - kind: minio-bucket',
      '    spec: {versioning: sometimes}',
      '  - kind: minio-buket',
    ];
    writeFileSync(join(folder, 'free.yaml'), file.join('\n'));
    const { code, said } = await refusal({ BLUEPRINT_DIR: folder });
    expect(code, said).toBe(CONFIGURATION);
    expect(said).toMatch(/free\.yaml: \/resources\/0\/spec\/versioning: /);
    expect(said).toMatch(/free\.yaml: \/resources\/1.*minio-buket/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a data folder that cannot be made ends the start at once, by its name', async () => {
  const { code, said } = await refusal({ DATA_DIR: '/proc/nope/deeper' });
  expect(code, said).toBe(UNAVAILABLE);
  expect(said).toMatch(/did not start: the data folder \/proc\/nope\/deeper cannot be used .*DATA_DIR/);
});

test('a port that is taken ends the start at once, by its number', async () => {
  const port = await freePort();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
  try {
    const { code, said } = await refusal({ PORT: String(port) });
    expect([UNAVAILABLE, CONFIGURATION], said).toContain(code);
    expect(said).toMatch(new RegExp(`did not start: .*${port}`));
    expect(said).not.toContain('EADDRINUSE: address already in use\n    at');
  } finally {
    await new Promise((resolve) => other.close(resolve));
  }
});

test('a second process on one data folder is refused, with the pid of the first; the first goes on', async () => {
  const first = keep(await startProduct());
  const second = await createProduct({ DATA_DIR: first.dataDir });
  second.launch();
  const { code } = await second.ended(WAIT_MS);
  expect(code, second.tail()).not.toBe(0);
  expect(second.output()).toMatch(new RegExp(`did not start: .*in use by process ${first.pid}`));
  expect(await first.look('/ready')).toBe(200);
});

test('nothing set: ready, a complete tenant, and both are there again after SIGTERM and after kill -9', async () => {
  const product = keep(await createProduct());
  const from = performance.now();
  product.launch();
  await product.ready();
  console.log(`embedded: /ready answered ${Math.round(performance.now() - from)} ms after the process was started`);
  await product.api.provision('acme');
  await untilAll(product.api, ['acme'], 'completed', WAIT_MS, product.tail);
  const before = (await product.api.get(statusPath('acme'))).body;
  const notEmbedded = before.resources.filter(({ status }: Tree) => status === 'skipped');
  expect(before.resources).toHaveLength(17);
  expect(notEmbedded.map(({ kind }: Tree) => kind)).toEqual(['kubernetes-namespace', 'openproject-project']);

  expect(await product.stop(), product.tail()).toEqual({ code: 0, signal: null });
  product.launch();
  await product.ready();
  expect((await product.api.get(statusPath('acme'))).body).toEqual(before);

  await product.kill();
  product.launch();
  await product.ready();
  expect((await product.api.get(statusPath('acme'))).body).toEqual(before);
});

test('what REST is given wrong is told by its place, and by the nearest known name', async () => {
  const { api } = keep(await startProduct());
  const post = (body: object) => api.call('POST', '/api/v1/provision', { body });
  const good = { tenant_id: 'acme', tenant_name: 'Acme', tier: 'free' };

  const long = await post({ ...good, tenant_id: 'x'.repeat(42) });
  expect(long.status).toBe(422);
  expect(long.headers.get('content-type')).toContain('application/problem+json');
  expect(long.body.errors).toMatchObject([{ pointer: '/tenant_id', message: expect.stringContaining('42') }]);

  const reserved = await post({ ...good, tenant_id: 'System' });
  expect(reserved.status).toBe(422);
  expect(reserved.body.errors).toMatchObject([{ pointer: '/tenant_id', message: expect.stringContaining('reserved') }]);

  const unknown = await post({ ...good, tenant_nam: 'Acme' });
  expect(unknown.status).toBe(422);
  expect(JSON.stringify(unknown.body.errors)).toContain('tenant_nam');
  expect(JSON.stringify(unknown.body.errors)).toMatch(/tenant_name/);

  const longest = 'x'.repeat(41);
  await api.provision(longest);
  await untilAll(api, [longest], 'completed', WAIT_MS, () => '');
});
