/**
 * Loads for tests: made from a seed, so that a test that fails can be run again.
 *
 * 1. Nothing of the product imports this file.
 */
import { seededRng } from '@leasehold/kernel';

const DAY_S = 86_400;

/** A daily wave with noise and a burst now and then. */
export function wavyLoad(seed: number, days: number, stepS: number): Float64Array {
  const rng = seededRng(seed);
  let drift = 0;
  return Float64Array.from({ length: Math.round((days * DAY_S) / stepS) }, (_, i) => {
    drift = 0.95 * drift + 0.05 * (rng.next() + rng.next() - 1);
    const wave = 1.2 + Math.sin((2 * Math.PI * i * stepS) / DAY_S);
    return 100 * wave * Math.exp(drift) * (rng.chance(0.003) ? 2.5 : 1);
  });
}
