/** Which tests a bug is tried with, from the run without any bug. */
import { expect, test } from 'vitest';
import { createPlans } from './orders.ts';
import type { Bug } from './plant.ts';
import type { Baseline } from './protocol.ts';

const SOURCE = 'shared/engine/src/run.ts';
const bug = (id: string): Bug => ({ id, file: SOURCE, line: 1, mutator: 'm', replacement: 'r', key: id });
const BESIDE = 'shared/engine/src/run.test.ts';
const FAR = 'shared/engine/src/far.test.ts';
const OTHER = 'shared/engine/src/other.test.ts';

const result = (name: string, ms: number, fault?: string) => ({ name, title: name, ms, ...(fault ? { fault } : {}) });
const baseline: Baseline = {
  kind: 'baseline',
  tests: [
    result(`${BESIDE}#0`, 50),
    result(`${BESIDE}#1`, 5),
    result(`${FAR}#0`, 1),
    result(`${FAR}#1`, 1, 'broken'),
    result(`${OTHER}#0`, 1),
  ],
  reach: {
    plain: { tests: [`${BESIDE}#0`, `${FAR}#0`, `${FAR}#1`, `${BESIDE}#1`], hits: 7 },
    broken: { tests: [`${FAR}#1`], hits: 1 },
    loaded: { tests: [`${FAR}#0`], hits: 1 },
  },
  loading: ['loaded'],
  imports: { [BESIDE]: [SOURCE], [FAR]: [SOURCE], [OTHER]: [] },
};
const planOf = createPlans(baseline);

test('a bug is tried with the tests that reach it, the quickest first, without those that fail anyway', () => {
  expect(planOf(bug('plain'))).toMatchObject({
    kind: 'try',
    order: {
      bug: 'plain',
      tests: [
        [`${FAR}#0`, 1],
        [`${BESIDE}#1`, 5],
        [`${BESIDE}#0`, 50],
      ],
      hits: 1_700,
    },
  });
});

test('a bug that no test reaches, or only one that fails anyway, is unreached', () => {
  expect(planOf(bug('nowhere'))).toEqual({ kind: 'unreached' });
  expect(planOf(bug('broken'))).toEqual({ kind: 'unreached' });
});

test('a bug that acts while modules load is tried with the files that import its source, those beside it first', () => {
  expect(planOf(bug('loaded'))).toMatchObject({
    kind: 'anew',
    order: {
      files: [BESIDE, FAR],
      tests: [
        [`${BESIDE}#1`, 5],
        [`${BESIDE}#0`, 50],
        [`${FAR}#0`, 1],
      ],
    },
  });
  expect(planOf({ ...bug('loaded'), file: 'shared/engine/src/alone.ts' })).toEqual({ kind: 'unreached' });
});

test('what a slower machine needs is allowed for', () => {
  expect(planOf(bug('plain'))).toMatchObject({ limitMs: 6_000 + 10 * 56 });
  expect(planOf(bug('loaded'))).toMatchObject({ limitMs: 45_000 + 10 * 56 });
});
