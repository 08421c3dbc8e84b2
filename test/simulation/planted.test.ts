/**
 * The simulation finds mistakes: each planted bug is seen within a bounded number of seeds, by an invariant that stands for
 * it, in a schedule in which the unspoiled code breaks nothing.
 */
import { bound } from '@leasehold/kernel';
import { describe, expect, test } from 'vitest';
import { BUG_NAMES, BUGS, type Bug, type BugName } from './bugs.ts';
import { runSchedule, type ScheduleResult } from './schedule.ts';
import { shrink } from './shrink.ts';

const SEEDS = bound('planted-bug-seeds', 300);

async function find(name: BugName): Promise<ScheduleResult | undefined> {
  const { finds }: Bug = BUGS[name];
  for (let seed = 1; seed <= SEEDS.value; seed++) {
    const spoiled = await runSchedule({ seed, bug: name });
    if (!spoiled.violations.some(({ invariant }) => finds.includes(invariant))) continue;
    // A schedule that fails anyway says nothing about this bug.
    const clean = await runSchedule({ seed, profile: spoiled.profile });
    if (clean.violations.length === 0) return spoiled;
  }
  return undefined;
}

describe('planted bugs', () => {
  test.each(BUG_NAMES)('%s is found', async (name) => {
    const found = await find(name);
    expect(found, `${BUGS[name].what}: not found in ${SEEDS.value} seeds`).toBeDefined();
  });
});

test('a failing schedule shrinks to a smaller one that fails in the same way, and again when it is replayed', async () => {
  const found = await find('late-effect-ignored');
  if (!found) throw new Error('nothing to shrink');
  const { seed, profile } = found;
  const small = await shrink({ seed, profile, bug: 'late-effect-ignored' }, found);
  const invariants = small.result.violations.map(({ invariant }) => invariant);
  expect(invariants).toContain(found.violations[0]?.invariant);
  expect(small.result.operations.length).toBeLessThanOrEqual(found.operations.length);
  expect(small.result.faults.length).toBeLessThan(found.faults.length + 1);
  const again = await runSchedule(small.options);
  expect([again.digest, again.violations.map(({ invariant }) => invariant)]).toEqual([small.result.digest, invariants]);
});
