/**
 * The strategies that a service may be given: what there is to choose from is fixed, small and the same for every service, so
 * that a choice cannot fit one past too closely.
 *
 * W1. The first strategy is the policy's own utilisation target: what acts while nothing better is known.
 * W2. A price is that of the usual number of replicas, in minutes of shortage a minute; a quantile is one that a policy names.
 */
import type { Patience } from './hysteresis.ts';

export type Strategy =
  | { readonly kind: 'target'; readonly target: number }
  | { readonly kind: 'price'; readonly price: number; readonly patience: Patience }
  | { readonly kind: 'quantile'; readonly level: number };

export const PRICES: readonly number[] = [
  0.0005, 0.00085, 0.00145, 0.0025, 0.0042, 0.0071, 0.012, 0.0205, 0.035, 0.06, 0.1, 0.17, 0.3, 0.5,
];
const PATIENCES: readonly Patience[] = [
  { upS: 2, downS: 5 },
  { upS: 4, downS: 20 },
  { upS: 6, downS: 60 },
  { upS: 12, downS: 60 },
  { upS: 15, downS: 180 },
];
const TARGETS: readonly number[] = [0.5, 0.6, 0.7, 0.8, 0.9];

/** @param level the quantile that a policy fixes, when it does. */
export function strategiesFor(target: number, level: number | undefined): readonly Strategy[] {
  const own: Strategy = { kind: 'target', target };
  if (level !== undefined) return [own, { kind: 'quantile', level }];
  const priced = PATIENCES.flatMap((patience) => PRICES.map((price): Strategy => ({ kind: 'price', price, patience })));
  const others = TARGETS.filter((each) => each !== target).map((each): Strategy => ({ kind: 'target', target: each }));
  return [own, ...others, ...priced];
}

export function nameOf(strategy: Strategy): string {
  if (strategy.kind === 'target') return `utilisation target ${Math.round(strategy.target * 100)} %`;
  if (strategy.kind === 'quantile') return `forecast at quantile ${strategy.level}`;
  return `forecast at price ${strategy.price}, patience ${strategy.patience.upS}/${strategy.patience.downS} s`;
}
