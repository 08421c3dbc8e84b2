/**
 * What a client of the REST API relies on beside the life of a tenant, asked of the running process: the audit of everything,
 * keys sent twice at once, calls without a body, streams that are over, deleted tenants.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nameOf, statusPath, untilAll } from '../support/api.ts';
import { type Product, startProduct } from '../support/product.ts';
import { openStream } from '../support/sse.ts';
import { adminToken } from '../support/token.ts';
import type { Tree } from '../support/tree.ts';

const WAIT_MS = 20_000;
let product: Product;
beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product?.clear());

const complete = async (...ids: readonly string[]): Promise<void> => {
  for (const id of ids) await product.api.provision(id);
  await untilAll(product.api, ids, 'completed', WAIT_MS, product.tail);
};
const audit = async (query: string): Promise<readonly Tree[]> =>
  (await product.api.expect(200, 'GET', `/api/v1/audit?${query}`)).items;

test('every write of an operator is in the audit, with what was before and after, also where it is no tenant’s', async () => {
  await complete('seen');
  await product.api.expect(200, 'PUT', '/api/v1/tenants/seen/protection', { protected: true });
  await product.api.expect(200, 'PUT', '/api/v1/control', { backends: { ignite: 'paused' } });
  await product.api.expect(200, 'PUT', '/api/v1/control', { backends: { ignite: 'running' } });
  const [own] = await audit('tenant_id=seen');
  expect(own).toMatchObject({
    command: 'protect',
    actor: 'admin',
    before: { protected: false },
    after: { protected: true },
  });
  const all = await audit('limit=200');
  const ignite = (word: string) => ({ 'backends.ignite': word });
  const switched = { tenant_id: null, command: 'control' };
  expect(all.slice(0, 2)).toMatchObject([
    { ...switched, before: ignite('paused'), after: ignite('running') },
    { ...switched, before: ignite('running'), after: ignite('paused') },
  ]);
  expect(all.filter(({ tenant_id }) => tenant_id === 'seen')).toEqual(await audit('tenant_id=seen&limit=200'));
  expect(await audit('actor=nobody')).toEqual([]);
});

test('two calls under one key at once are one: the second has the answer of the first', async () => {
  const call = () =>
    product.api.call('POST', '/api/v1/provision', {
      body: { tenant_id: 'once', tenant_name: nameOf('once'), tier: 'free' },
      headers: { 'idempotency-key': 'k-once' },
    });
  const answers = await Promise.all([call(), call(), call()]);
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
  expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).toHaveLength(2);
});

test('a call whose body is optional may leave it out', async () => {
  await complete('bare');
  const response = await fetch(`${product.url}/api/v1/tenants/bare/reconcile`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken(product.dataDir)}` },
  });
  expect(response.status).toBe(202);
});

test('a stream ends at a suspension that waits for its grace, and who has heard that is told that it is over', async () => {
  await complete('graced');
  await product.api.remove('graced', 'grace_hours=1');
  const [url, token] = [product.url + statusPath('graced'), adminToken(product.dataDir)];
  const last = (await (await openStream(url, token, WAIT_MS)).rest()).at(-1);
  expect(last?.data.status).toBe('suspended');
  expect((await openStream(url, token, WAIT_MS, last?.id)).status).toBe(204);
  await product.api.expect(202, 'POST', '/api/v1/tenants/graced/restore');
  const again = await (await openStream(url, token, WAIT_MS, last?.id)).rest();
  expect(again.at(-1)?.data.status).toBe('completed');
});

test('deleted tenants are listed when they are asked for; limits that a tier ignores are refused', async () => {
  await complete('ended');
  await product.api.remove('ended');
  await untilAll(product.api, ['ended'], 'deleted', WAIT_MS, product.tail);
  const ids = async (query: string) =>
    (await product.api.expect(200, 'GET', `/api/v1/tenants?${query}`)).items.map((item: Tree) => item.tenant_id);
  expect(await ids('status=deleted')).toEqual(['ended']);
  expect(await ids('limit=200')).not.toContain('ended');
  const limits = {
    cpu_cores: 1,
    memory_gb: 1,
    storage_gb: 1,
    max_pods: 1,
    max_services: 1,
    gpu_count: 0,
    monthly_cost_usd: null,
  };
  const refused = await product.api.call('POST', '/api/v1/provision', {
    body: { tenant_id: 'more', tenant_name: 'More', tier: 'free', limits },
  });
  expect([refused.status, refused.body.errors[0].pointer]).toEqual([422, '/limits']);
});
