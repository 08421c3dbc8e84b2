/**
 * Sums of counts by name (a kind, a tier) over tenants, kept while the tenants' own counts change one by one.
 */
import { canonicalJson } from '@leasehold/kernel';

export type Counts = Readonly<Record<string, number>>;

const NONE: Counts = {};

export function addEach(sums: Map<string, number>, counts: Counts, by: number): void {
  for (const [kind, count] of Object.entries(counts)) sums.set(kind, (sums.get(kind) ?? 0) + by * count);
}

const sameCounts = (a: Counts, b: Counts): boolean => a === b || canonicalJson(a) === canonicalJson(b);

export interface Tally {
  /** @returns whether it was news. */
  keep(name: string, counts: Counts): boolean;
  /** What had something once is told with 0 later. */
  rows<L extends string>(label: L): readonly { readonly labels: Readonly<Record<L, string>>; readonly value: number }[];
  sum(of: string): number;
}

export function createTally(): Tally {
  const known = new Map<string, Counts>();
  const sums = new Map<string, number>();
  return {
    keep: (name, counts) => {
      const before = known.get(name) ?? NONE;
      if (sameCounts(before, counts)) return false;
      addEach(sums, before, -1);
      addEach(sums, counts, 1);
      if (Object.keys(counts).length === 0) known.delete(name);
      else known.set(name, counts);
      return true;
    },
    rows: <L extends string>(label: L) =>
      [...sums].map(([name, value]) => ({ labels: { [label]: name } as Record<L, string>, value })),
    sum: (of) => sums.get(of) ?? 0,
  };
}
