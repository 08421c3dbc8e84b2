/**
 * Sums of counts by name (a kind, a tier) over owners, kept while the owners' own counts change one by one.
 */
import { canonicalJson } from '@leasehold/kernel';

export type Counts = Readonly<Record<string, number>>;

export function addEach(sums: Map<string, number>, counts: Counts, by: number): void {
  for (const [kind, count] of Object.entries(counts)) sums.set(kind, (sums.get(kind) ?? 0) + by * count);
}

const sameCounts = (a: Counts, b: Counts): boolean => a === b || canonicalJson(a) === canonicalJson(b);

export interface Tally {
  /** An owner's counts in place of those that it had. @returns whether it was news. */
  replace(before: Counts, after: Counts): boolean;
  /** What had something once is told with 0 later. */
  sums(): readonly (readonly [name: string, value: number])[];
  rows<L extends string>(label: L): readonly { readonly labels: Readonly<Record<L, string>>; readonly value: number }[];
  sum(of: string): number;
}

export function createTally(): Tally {
  const sums = new Map<string, number>();
  return {
    replace: (before, after) => {
      if (sameCounts(before, after)) return false;
      addEach(sums, before, -1);
      addEach(sums, after, 1);
      return true;
    },
    sums: () => [...sums],
    rows: <L extends string>(label: L) =>
      [...sums].map(([name, value]) => ({ labels: { [label]: name } as Record<L, string>, value })),
    sum: (of) => sums.get(of) ?? 0,
  };
}
