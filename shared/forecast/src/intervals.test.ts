/** Intervals from errors that are given: each level by its own, between them along a line, and all within what may be claimed. */
import { expect, test } from 'vitest';
import { calendarOf } from './calendar.ts';
import { takeIntervals } from './intervals.ts';
import { createPast, RAW } from './models/past.ts';
import type { Series } from './series.ts';

const HOUR_MS = 3_600_000;
/** Distances from the median at the levels that are followed, from 1 % to 99 %, in sizes of an error. */
const GROWING = [-0.5, -0.4, -0.3, -0.2, -0.1, 0.1, 0.2, 0.3, 0.4, 0.5];

interface Given {
  readonly horizons?: readonly number[];
  /** How many of the horizons, nearest first, have errors enough. */
  readonly enough?: number;
  readonly scores?: readonly number[];
  readonly size?: number;
  readonly turbulence?: number;
  readonly spread?: number;
  readonly isShifted?: boolean;
}

/** A load of 100 for three days, with the errors that are given. @param median what is asked about. */
function quantiles(given: Given, median = 100) {
  const {
    horizons = [1],
    enough = 9,
    scores = GROWING,
    size = 1,
    turbulence = 1,
    spread = 1,
    isShifted = false,
  } = given;
  const past = createPast(calendarOf(0, HOUR_MS), RAW, 200);
  for (let i = 0; i < 72; i++) past.push(100);
  const calibration = (h: number) => ({
    enough: () => h < enough,
    size: () => size,
    quantile: (level: number) => scores[level] as number,
  });
  const series = {
    past,
    horizons: horizons.map((steps) => ({ steps, stride: 1 })),
    rehearsals: horizons.map((_, h) => ({ calibration: calibration(h) })),
    regime: { turbulence: () => turbulence, spread: () => spread },
    models: [],
  } as unknown as Series;
  const unshifted = isShifted ? Float64Array.from({ length: 150 }, (_, i) => 11 + i) : undefined;
  const intervals = takeIntervals(series, { median: new Float64Array(150).fill(100), unshifted });
  return { intervals, at: (level: number, steps = 1) => intervals.quantile(level, steps, median) };
}

test.each([
  [0.01, 9.5],
  [0.025, 9.6],
  [0.05, 9.7],
  [0.1, 9.8],
  [0.25, 9.9],
  [0.5, 10],
  [0.75, 10.1],
  [0.9, 10.2],
  [0.95, 10.3],
  [0.975, 10.4],
  [0.99, 10.5],
])('the level %d has the errors of that level and of no other', (level, root) => {
  expect(quantiles({}).at(level)).toBeCloseTo(root ** 2, 9);
});

test.each([
  [0.001, 9.5],
  [0.0175, 9.55],
  [0.075, 9.75],
  [0.175, 9.85],
  [0.3, 9.92],
  [0.45, 9.98],
  [0.55, 10.02],
  [0.6, 10.04],
  [0.825, 10.15],
  [0.925, 10.25],
  [0.98, 10.4 + 0.1 / 3],
  [0.999, 10.5],
])(
  'the level %d lies along the line between its neighbours, and beyond the outermost nothing is claimed',
  (level, root) => {
    expect(quantiles({}).at(level)).toBeCloseTo(root ** 2, 9);
  },
);

test('levels that have crossed are made to grow outwards from the median (3)', () => {
  const { at } = quantiles({ scores: [-0.5, -0.1, -0.3, -0.05, -0.2, 0.2, 0.05, 0.3, 0.1, 0.5] });
  expect([0.1, 0.05, 0.025].map(at).map(Math.sqrt)).toEqual([9.8, 9.7, 9.7].map((root) => expect.closeTo(root, 9)));
  expect([0.9, 0.95, 0.975].map(at).map(Math.sqrt)).toEqual([10.2, 10.3, 10.3].map((root) => expect.closeTo(root, 9)));
});

test('errors are told in their size, larger in turbulence, and never below a fiftieth of the root of the load', () => {
  expect(quantiles({ size: 2 }).at(0.95)).toBeCloseTo(10.6 ** 2, 9);
  expect(quantiles({ size: 2, turbulence: 1.5 }).at(0.05)).toBeCloseTo(9.1 ** 2, 9);
  expect(quantiles({ size: 0.001 }).at(0.95)).toBeCloseTo(10.06 ** 2, 9);
});

test('a horizon without errors enough borrows a shorter one, wider with the root of the distance and at most four times (2)', () => {
  const { intervals, at } = quantiles({ horizons: [2, 8, 100], enough: 1 });
  expect(intervals.measuredSteps).toBe(2);
  expect(at(0.95, 2)).toBeCloseTo(10.3 ** 2, 9);
  expect(at(0.95, 8)).toBeCloseTo(10.6 ** 2, 9);
  expect(at(0.05, 100)).toBeCloseTo(8.8 ** 2, 9);
  expect(at(0.95, 5)).toBeCloseTo(10.45 ** 2, 9);
  expect(quantiles({ horizons: [2, 8, 100], enough: 2 }).intervals.measuredSteps).toBe(8);
});

test('without any errors the spread of the values stands in, as if they were normal (2)', () => {
  const { intervals, at } = quantiles({ enough: 0, spread: 0.5 });
  expect(intervals.measuredSteps).toBe(0);
  expect(at(0.95)).toBeCloseTo((10 + 0.5 * 1.645) ** 2, 9);
  expect(at(0.01)).toBeCloseTo((10 - 0.5 * 2.326) ** 2, 9);
  expect(at(0.75)).toBeCloseTo((10 + 0.5 * 0.674) ** 2, 9);
});

test('the present level is held from 80 % on, and on the way to it as far as the level is wide; nothing passes twice what was seen (3)', () => {
  const low = quantiles({}, 64);
  expect([0.6, 0.7, 0.9, 0.99].map((level) => low.at(level))).toEqual(
    [73, 82, 100, 100].map((value) => expect.closeTo(value, 9)),
  );
  const high = quantiles({}, 144);
  expect([0.4, 0.3, 0.1, 0.01].map((level) => high.at(level))).toEqual(
    [133, 122, 100, 100].map((value) => expect.closeTo(value, 9)),
  );
  expect(quantiles({ size: 30 }).at(0.99)).toBe(200);
  expect(quantiles({ size: 30 }).at(0.01)).toBe(0);
  expect(quantiles({}, 300).at(0.99)).toBe(300);
});

test('while the level is apart from the season, what was forecast without regard to that is held too (3)', () => {
  const { at } = quantiles({ isShifted: true });
  expect([at(0.1, 5), at(0.05, 20), at(0.4, 5)]).toEqual(
    [15, 30, 100 - 85 / 4].map((value) => expect.closeTo(value, 9)),
  );
  expect(at(0.95, 5)).toBeCloseTo(10.3 ** 2, 9);
  expect(quantiles({}).at(0.05, 5)).toBeCloseTo(9.7 ** 2, 9);
});
