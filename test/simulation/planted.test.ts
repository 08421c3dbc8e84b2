/**
 * The simulation finds mistakes: each planted bug is seen within a bounded number of seeds, by an invariant that stands for
 * it, in a schedule in which the unspoiled code breaks nothing.
 */
import { describe, expect, test } from 'vitest';
import { BUG_NAMES, BUGS } from './bugs.ts';
import { findPlanted, seedsFor } from './planted.ts';
import { runSchedule } from './schedule.ts';
import { shrink } from './shrink.ts';

describe('planted bugs', () => {
  test.each(BUG_NAMES)('%s is found', async (name) => {
    const found = await findPlanted(name);
    expect(found, `${BUGS[name].what}: not found in ${seedsFor(BUGS[name])} seeds`).toBeDefined();
  });
});

test('a failing schedule shrinks to a smaller one that fails in the same way, and again when it is replayed', async () => {
  const found = (await findPlanted('late-effect-ignored'))?.result;
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
