/**
 * What making a change would destroy or weaken, as a plan names it. Pure. Which differences those are is each kind's own affair;
 * whether one is made all the same is the engine's.
 */
import type { Change, Weakening } from '@leasehold/engine';
import { canonicalJson } from '@leasehold/kernel';

/** The changes with what each would destroy or weaken, where `judge` says so. */
export const weighed = (
  changes: readonly Change[],
  judge: (change: Change) => Weakening | undefined,
): readonly Change[] =>
  changes.map((change) => {
    const weakens = judge(change);
    return weakens === undefined ? change : { ...change, weakens };
  });

export const weakening = (kind: Weakening['kind'], would: string): Weakening => ({ kind, would });

/** Whether a number goes down; `unbounded` values (null, -1) are above all numbers. */
export const isLess = ({ from, to }: Pick<Change, 'from' | 'to'>, unbounded: readonly unknown[] = [null]): boolean =>
  size(to, unbounded) < size(from, unbounded);

const size = (value: unknown, unbounded: readonly unknown[]): number =>
  unbounded.includes(value) ? Number.POSITIVE_INFINITY : Number(value);

/** Whether a list holds all that it should, and something that others put there. */
export function hasMore(seen: unknown, wanted: unknown): boolean {
  if (!Array.isArray(seen) || !Array.isArray(wanted)) return false;
  const present = seen.map((one) => canonicalJson(one));
  return seen.length > wanted.length && wanted.every((one) => present.includes(canonicalJson(one)));
}
