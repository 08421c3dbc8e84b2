/**
 * A start while a server is away: the process serves `/health` at once, says that it is not ready, does not end, and is ready
 * when the server comes, without being started again.
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { attachStack, type Stack } from '../stack/index.ts';
import { untilAll } from '../support/api.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { until } from '../support/poll.ts';
import { createProduct, type Product } from '../support/product.ts';
import type { Tree } from '../support/tree.ts';

const HEALTH_MS = 15_000;
const READY_MS = 60_000;

let stack: Stack;
let mesh: Installation;
let product: Product;

beforeAll(async () => {
  stack = attachStack();
  mesh = createInstallation('start');
  product = await createProduct(mesh.settings());
});

afterEach(async () => {
  await product.kill().catch(() => undefined);
  for (const name of stack.servers) if (!(await stack.server(name).healthy())) await stack.server(name).restart();
});

afterAll(async () => {
  await product?.clear();
  await mesh?.clear();
});

/** The process answers, is not ready, and says so as a problem; then the server comes, and it is. */
async function waitsFor(name: string): Promise<void> {
  const server = stack.server(name);
  await server.kill();
  product.launch();
  const healthy = async () => (await product.look('/health')) === 200;
  await until('/health to answer 200', healthy, { boundMs: HEALTH_MS, everyMs: 50, tell: product.tail });
  const { status, headers, body } = await product.api.call('GET', '/ready', { token: '' });
  expect([status, body.code, headers.has('retry-after')], product.tail()).toEqual([503, 'unavailable', true]);
  expect(JSON.stringify(body)).not.toMatch(/127\.0\.0\.1/);
  const pid = product.pid;
  await server.restart();
  const from = performance.now();
  await product.ready(READY_MS);
  console.log(`${name}: ready ${Math.round(performance.now() - from)} ms after it came`);
  expect(product.pid).toBe(pid);
}

test('without Cassandra, which holds the store', async () => {
  await waitsFor('cassandra');
});

test('without Pulsar, which is the bus', async () => {
  await waitsFor('pulsar');
});

test('without MinIO: ready, degraded, and what needs no bucket is made; all of it once it comes', async () => {
  const minio = stack.server('minio');
  await minio.kill();
  product.launch();
  await product.ready();
  const shows = async () => (await product.api.get('/ready')).body.backends.minio.state === 'degraded';
  await until('/ready to show minio degraded', shows, { boundMs: HEALTH_MS, tell: product.tail });
  const id = mesh.tenant('early');
  await product.api.provision(id);
  const others = async () => {
    const { body } = await product.api.get(`/api/v1/tenants/${id}/provisioning-status`);
    const word = (kind: string) => body.resources.find((each: Tree) => each.kind === kind).status;
    return body.status === 'provisioning' && word('cassandra-keyspace') === 'ready' && word('minio-bucket') !== 'ready';
  };
  await until('all but the bucket', others, { boundMs: READY_MS, tell: product.tail });
  await minio.restart();
  await untilAll(product.api, [id], 'completed', READY_MS, product.tail);
  await product.api.remove(id);
  await untilAll(product.api, [id], 'deleted', READY_MS, product.tail);
  expect(await product.api.statuses([id])).toEqual({ [id]: 'deleted' });
});
