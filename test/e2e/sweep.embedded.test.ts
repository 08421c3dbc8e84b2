/**
 * What went missing or changed behind the mesh's back is found by itself, after a start: caches and settings are there again
 * without a human, lost data is told and stays lost, and what belongs to nobody is told and stays.
 */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { statusPath, untilAll } from '../support/api.ts';
import { until } from '../support/poll.ts';
import { type Product, startProduct } from '../support/product.ts';

const WAIT_MS = 60_000;

let product: Product | undefined;
afterEach(() => product?.clear());

interface Status {
  readonly status: string;
  readonly resources: readonly { readonly kind: string; readonly name: string; readonly status: string }[];
  readonly conditions: readonly { readonly type: string }[];
}

test('after a start lost caches and settings are repaired, lost data is told, and orphans are told and kept', async () => {
  const mesh = await startProduct();
  product = mesh;
  const { api, dataDir } = mesh;
  const ids = ['caches', 'settings', 'data', 'whole'];
  for (const id of ids) await api.provision(id);
  await untilAll(api, ids, 'completed', WAIT_MS, mesh.tail);
  await mesh.stop();

  const caches = join(dataDir, 'ignite');
  const cachesOf = (id: string) =>
    readdirSync(caches).filter((file) => file.includes(`_${id}.`) || file.endsWith(`_${id}`));
  const before = cachesOf('caches');
  expect(before).toHaveLength(6);
  for (const file of before) rmSync(join(caches, file), { recursive: true });
  const record = join(dataDir, 'minio', 'tenant-settings', '.leasehold.json');
  const bucket = JSON.parse(readFileSync(record, 'utf8'));
  bucket.state.versioning = 'suspended';
  writeFileSync(record, JSON.stringify(bucket));
  rmSync(join(dataDir, 'cassandra', 'tenant_data.sqlite'));
  const orphan = join(dataDir, 'minio', 'tenant-nobody');
  cpSync(join(dataDir, 'minio', 'tenant-whole'), orphan, { recursive: true });
  const mark = readFileSync(join(orphan, '.leasehold.json'), 'utf8').replaceAll('"whole"', '"nobody"');
  writeFileSync(join(orphan, '.leasehold.json'), mark);

  mesh.launch();
  await mesh.ready();
  const metric = async (line: RegExp) => line.test(String((await api.get('/metrics')).body));
  const boundMs = WAIT_MS;
  await until('the caches', () => cachesOf('caches').length === before.length, { boundMs, tell: mesh.tail });
  await until('the setting', () => readFileSync(record, 'utf8').includes('"versioning":"enabled"'), {
    boundMs,
    tell: mesh.tail,
  });
  await until('the orphan', () => metric(/leasehold_orphan_resources\{[^}]*kind="minio-bucket"[^}]*\} 1\b/), {
    boundMs,
  });
  const lost = await until(
    'the loss',
    async () => {
      const status = (await api.get(statusPath('data'))).body as unknown as Status;
      return status.status === 'degraded' && status;
    },
    { boundMs, tell: mesh.tail },
  );
  expect(lost.conditions.map(({ type }) => type)).toContain('DataLost');
  await untilAll(api, ['caches', 'settings', 'whole'], 'completed', boundMs, mesh.tail);
  expect(readdirSync(join(dataDir, 'cassandra'))).not.toContain('tenant_data.sqlite');
  expect(readdirSync(join(dataDir, 'minio'))).toContain('tenant-nobody');
});
