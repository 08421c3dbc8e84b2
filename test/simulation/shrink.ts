/**
 * Makes a failing schedule small: fewer faults, fewer operations, as long as the same invariant breaks.
 *
 * 1. What is left is one that fails by itself: it was run.
 * 2. Halves, quarters and so on down to single ones are tried (delta debugging, Zeller and Hildebrandt 2002), within a bound
 *    of runs.
 */
import { type Bound, bound } from '@leasehold/kernel';
import { type Mask, runSchedule, type ScheduleOptions, type ScheduleResult } from './schedule.ts';

type Run = (options: ScheduleOptions) => Promise<ScheduleResult>;

const SHRINK_RUNS: Bound = bound('shrink-runs', 600);

export interface Shrunk {
  readonly options: ScheduleOptions & { readonly mask: Mask };
  readonly result: ScheduleResult;
  readonly runs: number;
}

interface Search {
  readonly run: Run;
  readonly base: ScheduleOptions;
  readonly invariant: string;
  mask: { operations: ReadonlySet<number>; faults: ReadonlySet<string> };
  result: ScheduleResult;
  runs: number;
}

/** @param failed what running `base` gave. */
export async function shrink(base: ScheduleOptions, failed: ScheduleResult, run: Run = runSchedule): Promise<Shrunk> {
  const search: Search = {
    run,
    base: { ...base, profile: failed.profile },
    invariant: failed.violations[0]?.invariant ?? '',
    mask: { operations: new Set(failed.operations), faults: new Set(failed.faults) },
    result: failed,
    runs: 0,
  };
  for (let before = -1; before !== sizeOf(search) && search.runs < SHRINK_RUNS.value; ) {
    before = sizeOf(search);
    await reduce(search, [...search.mask.faults], (faults) => ({ ...search.mask, faults: new Set(faults) }));
    await reduce(search, [...search.mask.operations], (operations) => ({
      ...search.mask,
      operations: new Set(operations),
    }));
  }
  const options = { ...search.base, mask: search.mask };
  const result = await run({ ...options, trace: true });
  return { options, result, runs: search.runs };
}

const sizeOf = ({ mask }: Search): number => mask.operations.size + mask.faults.size;

/** Leaves out what can be left out of one list. */
async function reduce<T>(
  search: Search,
  all: readonly T[],
  maskOf: (kept: readonly T[]) => Search['mask'],
): Promise<void> {
  let kept = all;
  if (await stillFails(search, maskOf([]))) return;
  for (let chunks = 2; kept.length > 1 && search.runs < SHRINK_RUNS.value; ) {
    const size = Math.ceil(kept.length / chunks);
    let reduced = false;
    for (let from = 0; from < kept.length && search.runs < SHRINK_RUNS.value; from += size) {
      const rest = [...kept.slice(0, from), ...kept.slice(from + size)];
      if (rest.length === kept.length || !(await stillFails(search, maskOf(rest)))) continue;
      kept = rest;
      reduced = true;
      from -= size;
    }
    if (size === 1 && !reduced) return;
    if (!reduced) chunks = Math.min(chunks * 2, kept.length);
  }
}

async function stillFails(search: Search, mask: Search['mask']): Promise<boolean> {
  search.runs += 1;
  const result = await search.run({ ...search.base, mask });
  if (!result.violations.some(({ invariant }) => invariant === search.invariant)) return false;
  search.mask = mask;
  search.result = result;
  return true;
}
