/**
 * What the process holds in memory after forty tenants, once it has come to rest: bounds of the product, not of a machine.
 *
 * The embedded bound is shown by memory.embedded.test.ts with the same measure.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { untilAll } from '../support/api.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { restingMegabytes } from '../support/memory.ts';
import { type Product, startProduct } from '../support/product.ts';

const TENANTS = 40;
const BOUND_MB = 240;
const COMPLETE_MS = 120_000;

let mesh: Installation;
let product: Product;

beforeAll(async () => {
  mesh = createInstallation('mem');
  product = await startProduct(mesh.settings());
});
afterAll(async () => {
  await product?.clear();
  await mesh?.clear();
});

test(`real servers: at most ${BOUND_MB} MB with ${TENANTS} tenants`, async () => {
  const ids = Array.from({ length: TENANTS }, (_, i) => mesh.tenant(i));
  for (const id of ids) await product.api.provision(id);
  await untilAll(product.api, ids, 'completed', COMPLETE_MS, product.tail);
  const { atOnceMb, restingMb, afterMs } = await restingMegabytes(product);
  console.log(`real: ${atOnceMb} MB when the last was complete, ${restingMb} MB after ${afterMs} ms`);
  expect(restingMb).toBeLessThanOrEqual(BOUND_MB);
});
