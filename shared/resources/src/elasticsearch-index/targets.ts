/**
 * Names of indices in the path of a request. A series has as many indices as its days, and a server takes only so long a first line (4 KiB
 * as it is shipped): beyond a bound they go in more requests, one after the other.
 */
import { bound } from '@leasehold/kernel';

/** Of the names with the commas between them; beside them there are the rest of the path and the query. */
const TARGET_CHARACTERS = bound('elasticsearch-target-characters', 2_048);

/** What to put into a path for all of them, one a request; a name that is longer by itself goes alone. */
export function targetsOf(indices: readonly string[]): readonly string[] {
  const targets: string[] = [];
  for (const index of indices) {
    const last = targets.at(-1);
    if (last === undefined || last.length + 1 + index.length > TARGET_CHARACTERS.value) targets.push(index);
    else targets[targets.length - 1] = `${last},${index}`;
  }
  return targets;
}
