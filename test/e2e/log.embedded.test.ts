/**
 * What the log of an embedded process tells somebody who only reads it: tenants that come, are in trouble and go, callers that
 * are not let in, the way out; and that a first look at a tenant shows no trouble of the platform's.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { statusPath, untilAll } from '../support/api.ts';
import { type Product, startProduct } from '../support/product.ts';
import type { Tree } from '../support/tree.ts';

const SETTLE_MS = 20_000;

let product: Product;
beforeEach(async () => {
  product = await startProduct();
});
afterEach(async () => {
  await product.clear();
});

const lines = (): readonly Tree[] =>
  product
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Tree);
const told = (message: string): readonly Tree[] => lines().filter(({ msg }) => msg === message);

test('a tenant that comes and goes, a refused token and the end of the process are each told', async () => {
  const { api } = product;
  await api.provision('acme');
  await untilAll(api, ['acme'], 'completed', SETTLE_MS, product.tail);
  const refused = 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln';
  for (let time = 0; time < 20; time++)
    expect((await api.call('GET', '/api/v1/tenants', { token: refused })).status).toBe(401);
  await api.remove('acme', '?grace_hours=0');
  await untilAll(api, ['acme'], 'deleted', SETTLE_MS, product.tail);
  expect(await product.stop()).toEqual({ code: 0, signal: null });
  expect(told('tenant is complete')).toMatchObject([{ level: 'info', tenant_id: 'acme', tier: 'free', generation: 1 }]);
  expect(told('tenant is gone')).toMatchObject([{ level: 'info', tenant_id: 'acme' }]);
  expect(told('a caller is not let in')).toMatchObject([{ level: 'warn', reason: expect.stringContaining('refused') }]);
  expect(product.output()).not.toContain(refused);
  expect(lines().at(-2)?.msg).toMatch(/^stopping: /);
  expect(lines().at(-1)).toMatchObject({ msg: 'stopped', clean: true });
});

test('a reader of the log that goes away ends nothing and costs nothing: the process goes on and ends cleanly', async () => {
  const { api } = product;
  product.stopReading();
  await api.provision('acme');
  await untilAll(api, ['acme'], 'completed', SETTLE_MS, product.tail);
  // Each of these is a line of the log, of which the first could make the next.
  for (let time = 0; time < 20; time++)
    expect((await api.call('GET', '/api/v1/tenants', { token: 'none' })).status).toBe(401);
  expect((await api.get('/ready')).status).toBe(200);
  expect(await product.stop()).toEqual({ code: 0, signal: null });
});

test('the first sight of a new tenant has no condition but that it is ready; what a backend lacks is told at the backend', async () => {
  const { api } = product;
  await api.provision('acme');
  await untilAll(api, ['acme'], 'completed', SETTLE_MS, product.tail);
  const { body } = await api.get(statusPath('acme'));
  expect(body.conditions.map(({ type }: Tree) => type)).toEqual(['Ready']);
  const ready = (await api.get('/ready')).body;
  expect(ready.backends.ignite).toMatchObject({ state: 'up', message: expect.stringContaining('nothing expires') });
});

test('a free tenant is planned at no more than its limit of cost', async () => {
  const body = { tenant_id: 'acme', tenant_name: 'Acme', tier: 'free' };
  const planned = await product.api.call('POST', '/api/v1/provision?dry_run=true', { body });
  expect(planned.body.estimated_monthly_cost).toEqual({ amount: '0.00', currency: 'USD' });
});
