/** Which tests a bug is tried with, from the run without any bug. */
import { expect, test } from 'vitest';
import { createFavourites, createPlans } from './orders.ts';
import type { Bug } from './plant.ts';
import type { Baseline } from './protocol.ts';

const SOURCE = 'shared/engine/src/run.ts';
const bug = (id: string): Bug => ({
  id,
  file: SOURCE,
  line: 1,
  mutator: 'm',
  replacement: 'r',
  span: { start: { line: 1, column: 1 }, end: { line: 1, column: 2 } },
  key: id,
});
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
  const { quick, anew } = planOf(bug('plain'));
  expect(quick?.order).toEqual({
    kind: 'try',
    bug: 'plain',
    tests: [
      [`${FAR}#0`, 1],
      [`${BESIDE}#1`, 5],
      [`${BESIDE}#0`, 50],
    ],
    hits: 1_700,
  });
  expect(anew).toBeUndefined();
});

test('a bug that no test reaches, or only one that fails anyway, has no plan', () => {
  expect(planOf(bug('nowhere'))).toEqual({});
  expect(planOf(bug('broken'))).toEqual({});
});

test('a bug that acts while modules load is tried with the files that import its source, those beside it first', () => {
  const { quick, anew } = planOf(bug('loaded'));
  expect(anew?.order).toMatchObject({ files: [BESIDE, FAR] });
  expect(anew?.order.tests).toEqual([
    [`${BESIDE}#1`, 5],
    [`${BESIDE}#0`, 50],
    [`${FAR}#0`, 1],
  ]);
  expect(quick?.order.tests).toEqual([[`${FAR}#0`, 1]]);
  expect(planOf({ ...bug('loaded'), file: 'shared/engine/src/alone.ts' }).anew).toBeUndefined();
});

test('what a slower machine needs is allowed for', () => {
  expect(planOf(bug('plain')).quick?.limitMs).toBe(6_000 + 10 * 56);
  expect(planOf(bug('loaded')).anew?.limitMs).toBe(45_000 + 10 * 56);
});

test.each([
  [11_000, 116_000],
  [20_000, 120_000],
  [38_000, 120_000],
  [60_000, 186_000],
])(
  'tests that take %i ms are given up after %i: ten times, two minutes at most, never less than three times',
  (ms, limitMs) => {
    const tests = [result(`${BESIDE}#0`, ms)];
    const slow = createPlans({ ...baseline, tests, reach: { slow: { tests: [`${BESIDE}#0`], hits: 1 } } });
    expect(slow(bug('slow')).quick?.limitMs).toBe(limitMs);
  },
);

test('what found a bug of a file goes first for its others, the latest before all, and for no other file', () => {
  const favourites = createFavourites();
  const { quick } = planOf(bug('plain'));
  if (quick === undefined) expect.unreachable();
  favourites.note(SOURCE, `${BESIDE}#1`);
  favourites.note(SOURCE, `${BESIDE}#0`);
  expect(favourites.order('other.ts', quick)).toEqual(quick);
  const names = (file: string) => favourites.order(file, quick).order.tests.map(([name]) => name);
  expect(names(SOURCE)).toEqual([`${BESIDE}#0`, `${BESIDE}#1`, `${FAR}#0`]);
  favourites.note(SOURCE, `${BESIDE}#1`);
  expect(names(SOURCE)).toEqual([`${BESIDE}#1`, `${BESIDE}#0`, `${FAR}#0`]);
  favourites.shun(SOURCE, `${FAR}#0`);
  favourites.shun(SOURCE, `${BESIDE}#1`);
  expect(names(SOURCE)).toEqual([`${BESIDE}#0`, `${FAR}#0`, `${BESIDE}#1`]);
});

test('a file whose test found a bug goes first for one that acts while modules load', () => {
  const favourites = createFavourites();
  const { anew } = planOf(bug('loaded'));
  if (anew === undefined) expect.unreachable();
  favourites.note(SOURCE, `${FAR}#0`);
  expect(favourites.order(SOURCE, anew).order).toMatchObject({ files: [FAR, BESIDE] });
});
