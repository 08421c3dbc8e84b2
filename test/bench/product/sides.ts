/**
 * One process beside another of the same product, a full one and an empty one: how they are reached, started and measured. Leaves what is
 * measured to the lines.
 */

import type { Product } from '../../support/product.ts';
import { adminToken } from '../../support/token.ts';
import { elapsedMs } from '../turns.ts';
import type { Door } from './completion.ts';

export const SIDES = ['full', 'empty'] as const;
export type Side = (typeof SIDES)[number];
export type Products = Readonly<Record<Side, Product>>;

export const doorOf = (product: Product): Door => ({
  url: product.url,
  api: product.api,
  token: () => adminToken(product.dataDir),
});

/** @returns how long it took to be ready. */
export const startWith = (product: Product, readyMs: number): Promise<number> =>
  elapsedMs(async () => {
    product.launch();
    await product.ready(readyMs);
  });
