/**
 * The parts of a day: a dead letter lies in the partition of its day of publication until that is full, then in one below it. Which one
 * is said by the digits of its id, so that the same message is looked for, and found, in the same places.
 *
 * P1. A part that is full takes no new letter, and stays full: letters that end their lives are not taken from its count. So a letter
 *     that is not in a full part can only be below it, and the first on its path is the letter.
 * P2. The day itself is the first part, as former releases know it. One that another release has begun is full: nobody has counted it.
 * P3. A part holds no more letters than `letter-part-letters`, and one letter more than `letter-part-bytes` at most.
 */
import { bound } from '@leasehold/kernel';
import type { Row, Snapshot, Update } from '@leasehold/store';
import { digitsOfId, letterKey, type Place, partitionOf, type Where } from './rows.ts';

export interface PartBounds {
  readonly letters: number;
  /** Of the letters as they were filed. */
  readonly bytes: number;
}

export const PART_BOUNDS: PartBounds = {
  letters: bound('letter-part-letters', 4_096).value,
  bytes: bound('letter-part-bytes', 32 * 1024 * 1024).value,
};

/** What a part says of itself. */
export interface PartState {
  readonly v: 1;
  /** All that lies there is in the timeline, but for what a former release has filed since: its day says so. */
  readonly timed: true;
  /** Of the day itself: when its entry among the days was written last. */
  readonly at?: number;
  /** Filed so far. Absent: another release has begun it (P2). */
  readonly letters?: number;
  readonly bytes?: number;
}

const STATE_KEY = 'state';

export const stateIn = (now: Snapshot): PartState | undefined => {
  const text = now.rows.get(STATE_KEY);
  return text === undefined ? undefined : (JSON.parse(text) as PartState);
};

export const stateRow = (state: PartState): Row => ({ key: STATE_KEY, value: JSON.stringify(state) });

/** Nobody has ever filed anything there, in this batch neither. */
export const isUntouched = (now: Snapshot): boolean => now.version === 0 && !now.rows.has(STATE_KEY);

/** P1, P2. */
function isFull(now: Snapshot, bounds: PartBounds): boolean {
  if (isUntouched(now)) return false;
  const { letters, bytes = 0 } = stateIn(now) ?? {};
  return letters === undefined || letters >= bounds.letters || bytes >= bounds.bytes;
}

/** From the day itself down. Empty: that is no id. */
function pathOf(id: string): readonly Place[] {
  const { day, digits } = digitsOfId(id) ?? {};
  if (day === undefined || digits === undefined) return [];
  return Array.from({ length: digits.length + 1 }, (_, depth) => ({ day, part: digits.slice(0, depth) }));
}

/** The parts that a letter of this place may lie in: the place, and those on the way to it. */
export const pathTo = ({ day, part }: Place): readonly Place[] =>
  Array.from({ length: part.length + 1 }, (_, depth) => ({ day, part: part.slice(0, depth) }));

interface Parts extends Where {
  readonly bounds: PartBounds;
}

/**
 * Decides in the part that has the letter, else in the first that has room for it.
 * @returns what came of it; undefined where the id is none.
 */
export async function updateLetter<T>(
  { ledger, names, bounds }: Parts,
  id: string,
  decide: (now: Snapshot, place: Place) => Update<T>,
  signal?: AbortSignal,
): Promise<T | undefined> {
  const key = letterKey(id);
  const path = pathOf(id);
  for (const [depth, place] of path.entries()) {
    const found = await ledger.update(
      partitionOf(names, place),
      (now): Update<{ readonly came: T } | 'below'> => {
        // The last has no part below it: it takes what comes.
        if (!now.rows.has(key) && isFull(now, bounds) && depth < path.length - 1) return { result: 'below' };
        const update = decide(now, place);
        return { ...update, result: { came: update.result } };
      },
      { need: [key], ...(signal ? { signal } : {}) },
    );
    if (found !== 'below') return found.came;
  }
  return undefined;
}

/** The row of a letter. */
export async function readLetter(
  { ledger, names, bounds }: Parts,
  id: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const key = letterKey(id);
  for (const place of pathOf(id)) {
    const now = await ledger.store.load(partitionOf(names, place), [{ key }, { key: STATE_KEY }], signal);
    const text = now.rows.get(key);
    if (text !== undefined || !isFull(now, bounds)) return text;
  }
  return undefined;
}
