/**
 * A tenant that was there before the mesh: listed, planned, taken over on an operator's word with all it holds, and refused
 * without it.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, test } from 'vitest';
import { untilAll } from '../support/api.ts';
import { type Product, startProduct } from '../support/product.ts';
import type { Tree } from '../support/tree.ts';

const WAIT_MS = 60_000;
const IMPORT = '/api/v1/import';

let product: Product | undefined;
afterEach(() => product?.clear());

function makeLegacy(dataDir: string, id: string): void {
  mkdirSync(join(dataDir, 'minio', `tenant-${id}`), { recursive: true });
  writeFileSync(join(dataDir, 'minio', `tenant-${id}`, 'invoice.txt'), 'kept');
  mkdirSync(join(dataDir, 'cassandra'), { recursive: true });
  using database = new DatabaseSync(join(dataDir, 'cassandra', `tenant_${id}.sqlite`));
  database.exec('CREATE TABLE orders (id INTEGER); INSERT INTO orders VALUES (7)');
}

const actions = (plan: Tree): readonly { kind: string; action: string; reason: string }[] =>
  (plan as unknown as { actions: { kind: string; action: string; reason: string }[] }).actions;

test('a tenant that was there before is listed, refused to a creation, planned, and taken over with what it holds', async () => {
  const mesh = await startProduct();
  product = mesh;
  const { api, dataDir } = mesh;
  for (const id of ['legacy', 'stays']) makeLegacy(dataDir, id);
  const listed = (await api.expect(200, 'GET', IMPORT)) as unknown as {
    items: { tenant_id: string; resources: { kind: string; mark: string; adoptable: boolean }[] }[];
  };
  expect(listed.items.map(({ tenant_id }) => tenant_id)).toEqual(['legacy', 'stays']);
  const found = listed.items[0]?.resources.map(({ kind, mark, adoptable }) => `${kind} ${mark} ${adoptable}`);
  expect(found?.sort()).toEqual(['cassandra-keyspace none true', 'minio-bucket none true']);

  await api.provision('stays');
  await untilAll(api, ['stays'], 'failed', WAIT_MS, mesh.tail);

  const body = { tenant_id: 'legacy', tenant_name: 'Legacy', tier: 'free' };
  const plan = actions(await api.expect(200, 'POST', `${IMPORT}?dry_run=true`, body));
  const adopted = plan.filter(({ reason }) => reason.includes('adopted'));
  expect(adopted.map(({ kind, action }) => [kind, action]).sort()).toEqual([
    ['cassandra-keyspace', 'update'],
    ['minio-bucket', 'update'],
  ]);
  expect((await api.get('/api/v1/tenants/legacy')).status).toBe(404);
  const nowhere = await api.expect(409, 'POST', `${IMPORT}?dry_run=true`, { tenant_id: 'nowhere' });
  expect(JSON.stringify(nowhere)).toContain('nothing exists under the names of nowhere');

  await api.expect(202, 'POST', IMPORT, body);
  // A tenant of the ledger is taken over as the ledger has it, though its name is not its id.
  await api.expect(202, 'POST', IMPORT, { tenant_id: 'stays' });
  await untilAll(api, ['legacy', 'stays'], 'completed', WAIT_MS, mesh.tail);
  expect(readFileSync(join(dataDir, 'minio', 'tenant-legacy', 'invoice.txt'), 'utf8')).toBe('kept');
  using database = new DatabaseSync(join(dataDir, 'cassandra', 'tenant_legacy.sqlite'), { readOnly: true });
  expect(database.prepare('SELECT id FROM orders').get()).toEqual({ id: 7 });
  expect((await api.expect(200, 'GET', IMPORT)) as unknown).toMatchObject({ items: [] });
  const audit = JSON.stringify((await api.get('/api/v1/audit?tenant_id=legacy')).body);
  expect(audit).toContain('create');
});
