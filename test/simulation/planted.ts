/**
 * Looks for a planted bug: seed after seed, until an invariant that stands for it breaks in a schedule in which the unspoiled code
 * breaks nothing.
 */
import { type Bound, bound } from '@leasehold/kernel';
import { BUGS, type Bug, type BugName } from './bugs.ts';
import { runSchedule, type ScheduleResult } from './schedule.ts';

export const PLANTED_SEEDS: Bound = bound('planted-bug-seeds', 300);

export interface Found {
  readonly result: ScheduleResult;
  /** Seeds that were tried, this one included. */
  readonly tried: number;
  /** The one that stands for the bug, of those that broke. */
  readonly invariant: string;
}

/** @returns undefined: not within the bound. */
export async function findPlanted(name: BugName, from = 1): Promise<Found | undefined> {
  const { finds }: Bug = BUGS[name];
  for (let tried = 1; tried <= PLANTED_SEEDS.value; tried++) {
    const seed = from + tried - 1;
    const result = await runSchedule({ seed, bug: name });
    const invariant = result.violations.map((violation) => violation.invariant).find((one) => finds.includes(one));
    if (invariant === undefined) continue;
    // A schedule that fails anyway says nothing about this bug.
    const clean = await runSchedule({ seed, profile: result.profile });
    if (clean.violations.length === 0) return { result, tried, invariant };
  }
  return undefined;
}
