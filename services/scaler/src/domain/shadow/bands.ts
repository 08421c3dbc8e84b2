/**
 * From curves to counts: for each price (or the quantile that a policy names) how many replicas are worth having when those asked
 * for now are ready, and how many are worth keeping.
 *
 * M1. Counts are made once a sample; which horizon speaks is looked up once the start-up delay reaches the next interval.
 * M2. What is worth keeping is never below what is needed now.
 */
import { type Curve, pricedCount, quantileCount, replicasFor } from '../outlook/curve.ts';
import { stepsAhead } from '../outlook/outlook.ts';
import type { Band } from './hysteresis.ts';
import { PRICES, type Strategy } from './strategies.ts';

export interface BandOptions {
  readonly stepS: number;
  readonly startupS: number;
  readonly aheadS: number;
  readonly capacity: number;
  bounded(count: number): number;
}

export interface Bands {
  /** New curves after a sample; `level` is the usual number of replicas, `load` the newest known. */
  renew(curves: readonly Curve[], level: number, load: number): void;
  /** @param offsetS seconds since the end of the newest interval. */
  look(offsetS: number): void;
  of(strategy: Strategy): Band | undefined;
}

type Counts = { up: number; keep: number; curve: Curve; price: number };

export function createBands(options: BandOptions, level: number | undefined): Bands {
  const { stepS, startupS, aheadS, capacity, bounded } = options;
  const keys = level === undefined ? PRICES : [0];
  const bands = new Map<number, Counts>();
  let counts: readonly Int32Array[] = [];
  let curves: readonly Curve[] = [];
  let unit = 1;
  let now = 0;
  let looked = -1;

  const renew: Bands['renew'] = (fresh, usual, load) => {
    curves = fresh;
    unit = Math.max(1, usual);
    now = bounded(replicasFor(load, capacity));
    if (counts.length === 0) counts = keys.map(() => new Int32Array(curves.length));
    for (let k = 0; k < keys.length; k++) {
      const row = counts[k] as Int32Array;
      for (let i = 0; i < curves.length; i++) {
        const curve = curves[i] as Curve;
        row[i] = bounded(
          level === undefined ? pricedCount(curve, (keys[k] as number) / unit) : quantileCount(curve, level),
        );
      }
    }
    looked = -1;
  };

  const look: Bands['look'] = (offsetS) => {
    const soon = stepsAhead(offsetS, startupS, stepS);
    if (soon === looked || curves.length === 0) return;
    looked = soon;
    const far = stepsAhead(offsetS, startupS + aheadS, stepS);
    const found = curves.findIndex((curve) => curve.steps >= soon);
    const at = found < 0 ? curves.length - 1 : found;
    for (let k = 0; k < keys.length; k++) {
      const row = counts[k] as Int32Array;
      let keep = now;
      for (let i = 0; i < curves.length; i++)
        if (i <= at || (curves[i] as Curve).steps <= far) keep = Math.max(keep, row[i] as number);
      const key = keys[k] as number;
      bands.set(key, { up: row[at] as number, keep, curve: curves[at] as Curve, price: key / unit });
    }
  };

  const of: Bands['of'] = (strategy) =>
    strategy.kind === 'target' ? undefined : bands.get(strategy.kind === 'price' ? strategy.price : 0);
  return { renew, look, of };
}
