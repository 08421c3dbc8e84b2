/**
 * Looks for a planted bug: seed after seed, until an invariant that stands for it breaks in a schedule in which the unspoiled code
 * breaks nothing.
 */
import { type Bound, bound } from '@leasehold/kernel';
import { BUGS, type Bug, type BugName } from './bugs.ts';
import { openThread } from './pool.ts';
import { runSchedule, type ScheduleOptions, type ScheduleResult } from './schedule.ts';

const PLANTED_SEEDS: Bound = bound('planted-bug-seeds', 300);
/** A mistake in one place of the sources is finer than one of a whole port. */
const SPOILT_SEEDS: Bound = bound('spoilt-source-seeds', 1_000);

export const seedsFor = ({ spoil }: Bug): number => (spoil ? SPOILT_SEEDS : PLANTED_SEEDS).value;

export interface Found {
  readonly result: ScheduleResult;
  /** Seeds that were tried, this one included. */
  readonly tried: number;
  /** The one that stands for the bug, of those that broke. */
  readonly invariant: string;
}

/** Runs schedules with the bug in them. */
interface Culprit {
  run(options: ScheduleOptions): Promise<ScheduleResult>;
  close(): Promise<void>;
}

/** A mistake in the sources needs a thread of its own, which loads them with it. */
export function openCulprit({ spoil }: Bug): Culprit {
  if (!spoil) return { run: runSchedule, close: () => Promise.resolve() };
  const thread = openThread({ spoil });
  return { run: thread.runOne, close: thread.close };
}

/** @returns undefined: not within the bound. */
export async function findPlanted(name: BugName, from = 1): Promise<Found | undefined> {
  const bug: Bug = BUGS[name];
  const culprit = openCulprit(bug);
  try {
    for (let tried = 1; tried <= seedsFor(bug); tried++) {
      const seed = from + tried - 1;
      const result = await culprit.run({ seed, bug: name });
      const invariant = result.violations.map((one) => one.invariant).find((one) => bug.finds.includes(one));
      if (invariant === undefined) continue;
      // A schedule that fails anyway says nothing about this bug.
      const clean = await runSchedule({ seed, profile: result.profile, ...(bug.spoil ? { bug: name } : {}) });
      if (clean.violations.length === 0) return { result, tried, invariant };
    }
    return undefined;
  } finally {
    await culprit.close();
  }
}
