/**
 * How many owners there are, and how many objects of each kind they hold, kept while single owners change.
 *
 * 1. One that is gone counts for nothing.
 * 2. What an earlier release wrote down without counting may hold one object of each kind.
 */
import { isGone, type OwnerSummary } from '../model/summary.ts';
import { addEach, type Counts } from './tally.ts';

export interface HeldObjects {
  total(): number;
  /** Objects of a kind over all owners, and of one. */
  held(kind: string): number;
  heldBy(summary: OwnerSummary | undefined, kind: string): number;
  /** Counts the one in place of the other. */
  replace(before: OwnerSummary | undefined, after: OwnerSummary | undefined): void;
}

/** 2. */
const ANY = '*';
const NONE: Counts = {};
const UNCOUNTED: Counts = { [ANY]: 1 };

const isThere = (summary: OwnerSummary | undefined): summary is OwnerSummary =>
  summary !== undefined && !isGone(summary);
const objectsOf = (summary: OwnerSummary | undefined): Counts =>
  isThere(summary) ? (summary.objects ?? UNCOUNTED) : NONE;

export function createHeldObjects(): HeldObjects {
  let total = 0;
  const sums = new Map<string, number>();
  return {
    total: () => total,
    held: (kind) => (sums.get(kind) ?? 0) + (sums.get(ANY) ?? 0),
    heldBy: (summary, kind) => (objectsOf(summary)[kind] ?? 0) + (objectsOf(summary)[ANY] ?? 0),
    replace: (before, after) => {
      total += Number(isThere(after)) - Number(isThere(before));
      addEach(sums, objectsOf(before), -1);
      addEach(sums, objectsOf(after), 1);
    },
  };
}
