/**
 * Finds the setting that a misspelt variable was meant to be. Pure.
 *
 * 1. Only near misses are told: one edit for a short name, two for a long one; names under six characters never, because
 *    `HOME` is no misspelt `HOST`.
 */
const SHORT = 6;
const LONG = 13;

/** Names that servers and tools use themselves, however near they are to one of ours. */
const OTHERS = /(?:^KUBERNETES_|_HOME$)/;

export function nearestName(name: string, known: Iterable<string>): string | undefined {
  if (name.length < SHORT || OTHERS.test(name)) return undefined;
  let best: string | undefined;
  let least = (name.length < LONG ? 1 : 2) + 1;
  for (const candidate of known) {
    if (candidate.length < SHORT || Math.abs(candidate.length - name.length) >= least) continue;
    const distance = editDistance(name, candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      let cost = Math.min(
        (above[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (above[column - 1] as number) + same,
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, (before[column - 2] as number) + 1);
      current.push(cost);
    }
    before = above;
    above = current;
  }
  return above[b.length] as number;
}
