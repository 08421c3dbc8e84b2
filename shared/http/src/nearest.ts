/**
 * The known name that a misspelt one was most likely meant to be, by edit distance (Wagner and Fischer).
 */
import { type Bound, bound } from '@leasehold/kernel';

const LENGTH: Bound = bound('compared name characters', 64);

/** @returns the nearest of the names, if it is near enough to be worth saying: at most a third of its letters differ. */
export function nearestName(given: string, names: readonly string[]): string | undefined {
  const word = given.toLowerCase().slice(0, LENGTH.value);
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of names) {
    const distance = editDistance(word, name.toLowerCase());
    if (best === undefined || distance < best.distance) best = { name, distance };
  }
  if (best === undefined || best.distance > Math.max(1, Math.ceil(best.name.length / 3))) return undefined;
  return best.name;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] as number) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] as number) + 1, (current[column - 1] as number) + 1));
    }
    previous = current;
  }
  return previous[b.length] as number;
}
