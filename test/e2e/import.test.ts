/**
 * A tenant that was there before the mesh, on all six real servers: it is listed, planned field by field, adopted on an operator's
 * word and brought to what the tier gets; what it held is read back by the servers' own means, and leaves with it.
 */
import type { FakeOpenProject } from '@leasehold/testing/fakes/openproject';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { untilAll } from '../support/api.ts';
import { clearCluster, clusterSettings, startOpenProject } from '../support/cluster-facts.ts';
import { clearFurther, furtherSettings } from '../support/further-facts.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { type Legacy, lostOf, makeLegacy } from '../support/legacy.ts';
import { legacyCaches } from '../support/legacy-caches.ts';
import { type Product, startProduct } from '../support/product.ts';
import type { Tree } from '../support/tree.ts';
import { diffInventory, takeInventory } from './inventory.ts';

const { env } = process;
const WAIT_MS = 120_000;
const IMPORT = '/api/v1/import';
/** Keyspace, bucket, one of two namespaces, two caches, two indices, a namespace on Kubernetes, a project. */
const ADOPTED = [
  'cassandra-keyspace',
  'elasticsearch-index.logs',
  'elasticsearch-index.marketplace',
  'ignite-cache.marketplace',
  'ignite-cache.sessions',
  'kubernetes-namespace',
  'minio-bucket',
  'openproject-project',
  'pulsar-namespace',
];

let mesh: Installation;
let product: Product;
let projects: FakeOpenProject;
let ids: readonly string[];

beforeAll(async () => {
  mesh = createInstallation('imp');
  ids = ['old', 'odd', 'other'].map((name) => mesh.tenant(name));
  projects = await startOpenProject();
  product = await startProduct(mesh.settings({ ...furtherSettings(env), ...clusterSettings(env, projects) }));
});

afterAll(async () => {
  await product?.clear();
  await projects?.close();
  await mesh?.clear();
  await clearFurther(env, ids);
  await clearCluster(env, ids);
  for (const id of ids) await legacyCaches(env, id, 'clear');
});

const bodyOf = (id: string) => ({ tenant_id: id, tenant_name: 'Legacy', tier: 'free' });

interface Action {
  readonly id: string;
  readonly action: string;
  readonly reason: string;
  readonly differences?: readonly { readonly path: string }[];
}

const planOf = async (id: string, more: object = {}): Promise<readonly Action[]> =>
  ((await product.api.expect(200, 'POST', `${IMPORT}?dry_run=true`, { ...bodyOf(id), ...more })) as Tree).actions;

test('what a tenant had before the mesh is adopted with all it holds, and leaves with it', async () => {
  const id = ids[0] ?? '';
  const before = await takeInventory(env);
  const legacy: Legacy = { env, id, projects, pulsarTenant: mesh.pulsarTenant };
  await makeLegacy(legacy);
  const listed = (await product.api.get(`${IMPORT}?limit=200`)).body as Tree;
  const candidate = listed.items.find((one: Tree) => one.tenant_id === id);
  expect(candidate.resources.map(({ mark, adoptable }: Tree) => `${mark} ${adoptable}`)).toEqual(
    ADOPTED.map(() => 'none true'),
  );

  const plan = await planOf(id);
  const adopted = plan.filter(({ reason }) => reason.includes('is adopted'));
  expect(adopted.map(({ id: node, action }) => `${action} ${node}`).sort()).toEqual(
    ADOPTED.map((node) => `update ${node}`),
  );
  const differing = Object.fromEntries(
    adopted.map(({ id: node, differences = [] }) => [node, differences.map(({ path }) => path)]),
  );
  expect(differing).toMatchObject({
    'cassandra-keyspace': expect.arrayContaining(['/durableWrites']),
    'elasticsearch-index.logs': expect.arrayContaining([`/aliases/${id}_logs`]),
    'ignite-cache.sessions': [],
    'kubernetes-namespace': expect.arrayContaining(['/quota', '/network', '/access', '/podSecurity']),
    'openproject-project': expect.arrayContaining(['/public']),
  });
  expect(await lostOf(legacy)).toEqual([]);

  await product.api.expect(202, 'POST', IMPORT, bodyOf(id));
  await untilAll(product.api, [id], 'completed', WAIT_MS, product.tail);
  const status = (await product.api.get(`/api/v1/tenants/${id}/provisioning-status`)).body as Tree;
  expect(status.resources.map(({ attempts }: Tree) => attempts)).toEqual(status.resources.map(() => 1));
  expect((await product.api.get(`/api/v1/tenants/${id}/drift`)).body).toMatchObject({ drift: [], unseen: [] });
  expect(await lostOf(legacy)).toEqual([]);

  // From then on it is a tenant as any other: it leaves with everything.
  await product.api.remove(id, '?grace_hours=0');
  await untilAll(product.api, [id], 'deleted', WAIT_MS, product.tail);
  const left = diffInventory(before, await takeInventory(env)).map(String);
  expect(left.filter((line) => line.includes(id) || line.includes(id.replaceAll('-', '_')))).toEqual([]);
  expect(projects.project(`tenant-${id}`)).toBeUndefined();
});

test('a cache that no server can change stops the import before anything is touched, unless it may be made anew', async () => {
  const id = ids[1] ?? '';
  await legacyCaches(env, id, 'make-unfit');
  const told = (await planOf(id)).find(({ id: node }) => node === 'ignite-cache.ml_models');
  expect(told).toMatchObject({ action: 'keep', reason: expect.stringContaining('it has backups 0, not 1') });
  const refused = (await product.api.expect(409, 'POST', IMPORT, bodyOf(id))) as Tree;
  expect(refused.detail).toMatch(/Nothing was touched: ignite-cache ml_models_.*made anew/);
  expect((await product.api.get(`/api/v1/tenants/${id}`)).status).toBe(404);
  const allowed = (await planOf(id, { remake: true })).find(({ id: node }) => node === 'ignite-cache.ml_models');
  expect(allowed).toMatchObject({ action: 'update', reason: expect.stringContaining('made anew, empty') });
  await product.api.expect(202, 'POST', IMPORT, { ...bodyOf(id), remake: true });
  await untilAll(product.api, [id], 'completed', WAIT_MS, product.tail);
  await product.api.remove(id, '?grace_hours=0');
  await untilAll(product.api, [id], 'deleted', WAIT_MS, product.tail);
});
