/**
 * A tenant that was there before the mesh, on real servers: keyspace, bucket and namespace are listed, adopted on an operator's
 * word and brought to what the tier gets; what they held is read back by the servers' own means.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { untilAll } from '../support/api.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { type Product, startProduct } from '../support/product.ts';
import { admin, withCassandra } from '../support/servers.ts';
import { bucketOf, keyspaceOf } from '../support/tenant-facts.ts';

const { env } = process;
const WAIT_MS = 120_000;
const IMPORT = '/api/v1/import';

let mesh: Installation;
let product: Product;

beforeAll(async () => {
  mesh = createInstallation('imp');
  product = await startProduct(mesh.settings());
});

afterAll(async () => {
  await product?.clear();
  await mesh?.clear();
});

async function minio() {
  const { Client } = await import('minio');
  const { hostname, port } = new URL(`http://${env['STACK_MINIO_ENDPOINT']}`);
  return new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    accessKey: env['STACK_MINIO_ACCESS_KEY'] ?? '',
    secretKey: env['STACK_MINIO_SECRET_KEY'] ?? '',
  });
}

async function makeLegacy(id: string): Promise<void> {
  const buckets = await minio();
  await buckets.makeBucket(bucketOf(id));
  await buckets.setBucketTagging(bucketOf(id), { owner: 'billing' });
  await buckets.putObject(bucketOf(id), 'invoice.txt', 'kept');
  await withCassandra(env, async (execute) => {
    const replication = "{'class': 'NetworkTopologyStrategy', 'datacenter1': 1}";
    await execute(`CREATE KEYSPACE ${keyspaceOf(id)} WITH replication = ${replication} AND durable_writes = false`);
    await execute(`CREATE TABLE ${keyspaceOf(id)}.orders (id int PRIMARY KEY, total int)`);
    await execute(`INSERT INTO ${keyspaceOf(id)}.orders (id, total) VALUES (1, 7)`);
  });
  await admin(env, 'PUT', `namespaces/${mesh.pulsarTenant}/${id}`);
  await admin(env, 'PUT', `persistent/${mesh.pulsarTenant}/${id}/orders`);
}

test('what a tenant had before the mesh is adopted with all it holds, and leaves with it', async () => {
  const id = mesh.tenant('old');
  await makeLegacy(id);
  const listed = JSON.stringify((await product.api.get(`${IMPORT}?limit=200`)).body);
  expect(listed).toContain(`"tenant_id":"${id}"`);

  const body = { tenant_id: id, tenant_name: 'Legacy', tier: 'free' };
  const plan = (await product.api.expect(200, 'POST', `${IMPORT}?dry_run=true`, body)) as unknown as {
    actions: readonly { id: string; action: string; reason: string }[];
  };
  const adopted = plan.actions.filter(({ reason }) => reason.includes('adopted'));
  expect(adopted.map(({ id, action }) => `${action} ${id}`).sort()).toEqual([
    'update cassandra-keyspace',
    'update minio-bucket',
    'update pulsar-namespace',
  ]);

  await product.api.expect(202, 'POST', IMPORT, body);
  await untilAll(product.api, [id], 'completed', WAIT_MS, product.tail);
  const drift = (await product.api.get(`/api/v1/tenants/${id}/drift`)).body as unknown;
  expect(drift).toMatchObject({ drift: [], unseen: [] });
  const buckets = await minio();
  expect((await buckets.statObject(bucketOf(id), 'invoice.txt')).size).toBe(4);
  expect(JSON.stringify(await buckets.getBucketTagging(bucketOf(id)))).toContain('billing');
  const rows = await withCassandra(env, (execute) => execute(`SELECT total FROM ${keyspaceOf(id)}.orders`));
  expect(rows.map(({ total }) => total)).toEqual([7]);
  const topics = (await admin(env, 'GET', `persistent/${mesh.pulsarTenant}/${id}`)) as readonly string[];
  expect(topics).toContain(`persistent://${mesh.pulsarTenant}/${id}/orders`);

  // From then on it is a tenant as any other: it leaves with everything.
  await product.api.remove(id, '?grace_hours=0');
  await untilAll(product.api, [id], 'deleted', WAIT_MS, product.tail);
  expect(await buckets.bucketExists(bucketOf(id))).toBe(false);
});
