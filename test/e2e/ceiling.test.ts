/**
 * A node of Elasticsearch bears a number of shards, 1,000 unless the cluster says otherwise: two hundred tenants of five. The tenant
 * that would go over it is refused before anything is made for it, on any server, and says why.
 *
 * The cluster is told here to bear two tenants more than it has, for a thousand shards take minutes to make; the product reads
 * that number from the cluster and knows no other.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { statusPath, untilAll } from '../support/api.ts';
import { clearFurther, furtherSettings } from '../support/further-facts.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { until } from '../support/poll.ts';
import { type Product, startProduct } from '../support/product.ts';
import type { Tree } from '../support/tree.ts';
import { diffInventory, takeInventory } from './inventory.ts';

const { env } = process;
const SHARDS_OF_TENANT = 5;
const ROOM_FOR = 2;
const WAIT_MS = 60_000;
const LIMIT = 'cluster.max_shards_per_node';

let mesh: Installation;
let product: Product;
const ids: string[] = [];

const elasticsearch = async (method: string, path: string, body?: unknown): Promise<Tree> => {
  const answer = await fetch(`${env['STACK_ELASTICSEARCH_URL']}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Tree;
};
const bear = (shards: number | null) =>
  elasticsearch('PUT', '/_cluster/settings', { persistent: { [LIMIT]: shards } }) as Promise<unknown>;
const shards = async (): Promise<number> => (await elasticsearch('GET', '/_cluster/health')).active_shards;

beforeAll(async () => {
  mesh = createInstallation('full');
  product = await startProduct(mesh.settings(furtherSettings(env)));
});

afterAll(async () => {
  await bear(null);
  await product?.clear();
  await mesh?.clear();
  await clearFurther(env, ids);
});

async function provision(serial: number): Promise<string> {
  const id = mesh.tenant(serial);
  ids.push(id);
  await product.api.provision(id);
  return id;
}

test('the tenant that would go over the ceiling is refused before anything is made for it, and those before it are not', async () => {
  await bear((await shards()) + ROOM_FOR * SHARDS_OF_TENANT);
  const [first, second] = [await provision(0), await provision(1)];
  await untilAll(product.api, [first, second], 'completed', WAIT_MS, product.tail);

  const before = await takeInventory(env);
  const from = performance.now();
  const third = await provision(2);
  await untilAll(product.api, [third], 'failed', WAIT_MS, product.tail);
  console.log(`one tenant too many: refused ${Math.round(performance.now() - from)} ms after it was asked for`);
  const made = diffInventory(before, await takeInventory(env)).filter(({ path }) => path.includes(third));
  expect(made).toEqual([]);
  const { body } = await product.api.get(statusPath(third));
  const told = body.conditions.find(({ type }: Tree) => type === 'CeilingReached');
  expect(told).toMatchObject({ status: 'True', message: expect.stringMatching(/shards/) });
  expect(body.resources.filter(({ status }: Tree) => status === 'ready')).toEqual([]);
  expect(await product.api.statuses([first, second])).toEqual({ [first]: 'completed', [second]: 'completed' });
});

test('with more room it is made at an operator’s word', async () => {
  const third = ids.at(-1) as string;
  await bear((await shards()) + SHARDS_OF_TENANT);
  // The room is looked at again after two seconds: what is seen until then is the old one.
  const made = async () => {
    await product.api.call('POST', `/api/v1/tenants/${third}/reconcile`);
    return (await product.api.statuses([third]))[third] === 'completed';
  };
  await until('the tenant to be complete', made, { boundMs: WAIT_MS, everyMs: 500, tell: product.tail });
  expect(await product.api.statuses([third])).toEqual({ [third]: 'completed' });
});
