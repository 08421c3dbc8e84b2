/**
 * The ways of scaling that a service may be given: what there is to choose from is fixed, small and the same for every service, so
 * that a choice cannot fit one past too closely.
 *
 * W1. The first way is the policy's own utilisation target: what acts while nothing better is known.
 * W2. A price is that of the usual number of replicas, in minutes of shortage a minute; a quantile is one that a policy names.
 */
import type { Patience } from './pursuit.ts';

export type Way =
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
export function waysFor(target: number, level: number | undefined): readonly Way[] {
  const own: Way = { kind: 'target', target };
  if (level !== undefined) return [own, { kind: 'quantile', level }];
  const priced = PATIENCES.flatMap((patience) => PRICES.map((price): Way => ({ kind: 'price', price, patience })));
  const others = TARGETS.filter((each) => each !== target).map((each): Way => ({ kind: 'target', target: each }));
  return [own, ...others, ...priced];
}

export function nameOf(way: Way): string {
  if (way.kind === 'target') return `utilisation target ${Math.round(way.target * 100)} %`;
  if (way.kind === 'quantile') return `forecast at quantile ${way.level}`;
  return `forecast at price ${way.price}, patience ${way.patience.upS}/${way.patience.downS} s`;
}
