/**
 * Figures out of pairs: what the product took beside what the raw drivers took, in the same run. Pure.
 *
 * 1. A ratio is taken within a pair, never across: what slows the machine for a moment slows both of a pair.
 * 2. Many ratios are told as median, least and most. A mean would follow the one pair in which another process woke up.
 */
export interface Pair {
  readonly product: number;
  readonly raw: number;
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export type Unit = 'ms' | 's' | 'MiB' | '1/s';

/** One line of the table: the same work by both, as often as it was paired. */
export interface Line {
  readonly id: string;
  readonly what: string;
  readonly unit: Unit;
  readonly better: 'lower' | 'higher';
  /** What the raw side is. */
  readonly against: string;
  readonly pairs: readonly Pair[];
  /** Counts that belong to the figure (commits, attempts). */
  readonly note?: string;
}

export interface Figure {
  readonly product: Spread;
  readonly raw: Spread;
  readonly ratio: Spread;
}

/** Errors: throws a RangeError for no values at all. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) throw new RangeError('the median of no values');
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

export const spreadOf = (values: readonly number[]): Spread => ({
  median: medianOf(values),
  least: Math.min(...values),
  most: Math.max(...values),
});

/** Errors: throws a RangeError for a pair whose raw side is not above zero. */
export function ratioOf({ product, raw }: Pair): number {
  if (!(raw > 0) || !Number.isFinite(product)) throw new RangeError(`no ratio of ${product} to ${raw}`);
  return product / raw;
}

export const figureOf = (pairs: readonly Pair[]): Figure => ({
  product: spreadOf(pairs.map(({ product }) => product)),
  raw: spreadOf(pairs.map(({ raw }) => raw)),
  ratio: spreadOf(pairs.map(ratioOf)),
});
