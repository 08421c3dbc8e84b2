/**
 * The published algorithm of the Kubernetes horizontal pod autoscaler: desired = ceil(current * measured / target), nothing while the
 * ratio is within the tolerance, and going down only to the highest wish of the stabilisation window.
 *
 * A1. With no load known it keeps what it has.
 * A2. Rises need no stabilisation.
 */
import { replicasFor } from '../outlook/curve.ts';

export const PLAIN = { target: 0.7, tolerance: 0.1, downStabilisationS: 300 } as const;

export interface Plain {
  /** @param load the newest known, NaN when there is none; within `least` and `most` replicas. */
  step(load: number, capacity: number, least: number, most: number): number;
}

export function createPlain(tickS: number, target: number, tolerance: number, downStabilisationS: number): Plain {
  const size = Math.ceil(downStabilisationS / tickS) + 1;
  const wishes = new Int32Array(size);
  let tick = 0;
  let current = 1;
  const highest = (): number => wishes.reduce((best, wish) => Math.max(best, wish));
  const step: Plain['step'] = (load, capacity, least, most) => {
    const bounded = (count: number): number => Math.max(least, Math.min(most, count));
    current = bounded(current);
    const ratio = load / (current * capacity * target);
    const still = Number.isNaN(load) || Math.abs(ratio - 1) <= tolerance;
    const wish = still ? current : bounded(replicasFor(load / target, capacity));
    wishes[tick % size] = wish;
    tick += 1;
    current = wish > current ? wish : Math.min(current, highest());
    return current;
  };
  return { step };
}
