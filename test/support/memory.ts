/**
 * What a process holds when it has come to rest: sampled until the figure has stood still for a while, at most a minute.
 */
import { pause } from './poll.ts';
import type { Product } from './product.ts';

const LONGEST_MS = 60_000;
const EVERY_MS = 2_000;
/** Samples in a row, and how far apart they may be, that count as rest. */
const STILL_SAMPLES = 6;
const STILL_MB = 3;
const MEGABYTE = 1_000_000;

export interface Resting {
  readonly atOnceMb: number;
  readonly restingMb: number;
  readonly afterMs: number;
}

export async function restingMegabytes(product: Product): Promise<Resting> {
  const sample = () => Math.round(product.residentBytes() / MEGABYTE);
  const fromMs = Date.now();
  const samples = [sample()];
  const isStill = () => {
    const last = samples.slice(-STILL_SAMPLES);
    return last.length === STILL_SAMPLES && Math.max(...last) - Math.min(...last) <= STILL_MB;
  };
  while (!isStill() && Date.now() - fromMs < LONGEST_MS) {
    await pause(EVERY_MS);
    samples.push(sample());
  }
  return { atOnceMb: samples[0] as number, restingMb: samples.at(-1) as number, afterMs: Date.now() - fromMs };
}
