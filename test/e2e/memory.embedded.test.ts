/** What the process holds in memory after forty tenants with everything embedded, once it has come to rest. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { untilAll } from '../support/api.ts';
import { restingMegabytes } from '../support/memory.ts';
import { type Product, startProduct } from '../support/product.ts';

const TENANTS = 40;
const BOUND_MB = 160;

let product: Product;
beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product?.clear());

test(`embedded: at most ${BOUND_MB} MB with ${TENANTS} tenants`, async () => {
  const ids = Array.from({ length: TENANTS }, (_, i) => `tenant-${i}`);
  await Promise.all(ids.map((id) => product.api.provision(id)));
  await untilAll(product.api, ids, 'completed', 60_000, product.tail);
  const { atOnceMb, restingMb, afterMs } = await restingMegabytes(product);
  console.log(`embedded: ${atOnceMb} MB when the last was complete, ${restingMb} MB after ${afterMs} ms`);
  expect(restingMb).toBeLessThanOrEqual(BOUND_MB);
});
