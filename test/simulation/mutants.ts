/**
 * Bugs that were planted and that no unit test noticed, planted once more in the sources of threads that run schedules.
 *
 * 1. A list is what `npm run mutate -- --survivors=FILE` writes: places, and what is put there. In one that is kept a place is named by
 *    its text. What changes nothing that anybody could see is `equivalent`; what somebody could, but no schedule watches (memory, the log,
 *    how soon a process is closed), is `unwatched`. Each has its reason, and neither is run.
 * 2. Which schedules come to each place is seen first, without any bug: in the others nothing would be otherwise.
 */
import { readFileSync } from 'node:fs';
import { type Bound, bound } from '@leasehold/kernel';
import { type PoolOptions, runPool } from './pool.ts';
import { type Spoil, startOf } from './spoil.ts';

/** Why it is not run. */
interface Verdict {
  /** Nothing could see it. */
  readonly equivalent?: string;
  /** What alone it changes, which no schedule watches. */
  readonly unwatched?: string;
}

interface Survivor extends Verdict {
  readonly spoil: Spoil;
  /** For people. */
  readonly place: string;
}

/** As a list holds it. */
interface Listed extends Spoil, Verdict {
  readonly mutator?: string;
}

/** Of what `npm run mutate -- --survivors` writes, or of a list that was made of it. */
export function survivorsOf(path: string): readonly Survivor[] {
  const listed = JSON.parse(readFileSync(path, 'utf8')) as readonly Listed[];
  return listed.map(({ file, find, put, mutator, equivalent, unwatched }) => {
    const where = typeof find === 'string' ? ` ${short(find)}` : `:${find.start.line}`;
    const place = `${file}${where}  ${mutator ? `${mutator} ` : ''}-> ${short(put)}`;
    const verdict = { ...(equivalent !== undefined && { equivalent }), ...(unwatched !== undefined && { unwatched }) };
    return { spoil: { file, find, put }, place, ...verdict };
  });
}

const SHORT = 60;
const short = (text: string): string => text.replace(/\s+/g, ' ').slice(0, SHORT);

/** Under some bugs a schedule has no end. */
const RANGE_MS: Bound = bound('mutant-range-ms', 120_000);

export interface Tried {
  readonly place: string;
  /** How many of the schedules come to the place at all. */
  readonly reachedBy: number;
  /** What found it; absent: nothing. */
  readonly how?: string;
}

/** One after the other, in the order of the list. */
export async function* findMutants(survivors: readonly Survivor[], pool: PoolOptions): AsyncGenerator<Tried> {
  const spots = survivors.map(({ spoil }) => ({ file: spoil.file, offset: startOf(spoil) }));
  const { reachedBy } = await runPool({ ...pool, spots });
  for (const [index, { spoil, place }] of survivors.entries()) {
    const seeds = (reachedBy[index] ?? []).toSorted((a, b) => a - b);
    const how = await findMutant(spoil, { ...pool, seeds });
    yield { place, reachedBy: seeds.length, ...(how === undefined ? {} : { how }) };
  }
}

async function findMutant(spoil: Spoil, pool: PoolOptions): Promise<string | undefined> {
  try {
    const { failures, schedules } = await runPool({ ...pool, spoil, mostFailures: 1, rangeMs: RANGE_MS });
    const [failure] = failures;
    if (!failure) return undefined;
    const [violation] = failure.violations;
    return `seed ${failure.seed} ${failure.profile} ${violation?.invariant} (${schedules} tried): ${short(violation?.message ?? '')}`;
  } catch (error) {
    // What cannot even be loaded, or ends its thread, is noticed.
    return `a thread ended: ${short(String(error))}`;
  }
}
