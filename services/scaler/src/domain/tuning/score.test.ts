/** Scores worked out by hand from what a strategy was short, cost and changed. */
import { expect, test } from 'vitest';
import type { Cost } from '../shadow/track.ts';
import { type Aimed, scoreStrategies } from './score.ts';

/** A day of ten replicas, never short, never changed. */
const DAY: Cost = { shortS: 0, riskS: 0, replicaS: 864_000, changes: 0, seconds: 86_400 };
const HOURS: Aimed = { kind: 'hours', ratio: 1 };

const scored = (plain: Partial<Cost>, cost: Partial<Cost>, aimed: Aimed = HOURS): number =>
  scoreStrategies({ plain: { ...DAY, ...plain }, strategies: [{ ...DAY, ...cost }] }, aimed)[0] as number;

test('hours: what is left of a strategy that is never short is half of its hours', () => {
  expect(scored({}, {})).toBeCloseTo(0.5, 9);
  expect(scored({}, { replicaS: 432_000 })).toBeCloseTo(0.25, 9);
  expect(scored({ replicaS: 0 }, { replicaS: 0 })).toBe(0);
});

test('hours beyond those allowed cost twenty times their share, of thirty minutes and what the yardstick is short', () => {
  // A tenth too many: 20 x 0.1 = 2.
  expect(scored({}, { replicaS: 950_400 })).toBeCloseTo(0.55 + 30 * 2, 9);
  // The yardstick is short for ten minutes a day, 70 a week.
  expect(scored({ shortS: 600 }, { replicaS: 950_400 })).toBeCloseTo(0.55 + 100 * 2, 9);
  expect(scored({}, { replicaS: 950_400 }, { kind: 'hours', ratio: 1.1 })).toBeCloseTo(0.55, 9);
});

test('changes cost beyond 85 % of the yardstick and two more', () => {
  // 0.85 x 20 + 2 = 19.
  expect(scored({ changes: 20 }, { changes: 19 })).toBeCloseTo(0.5, 9);
  expect(scored({ changes: 20 }, { changes: 38 })).toBeCloseTo(0.5 + 30 * 2, 9);
  expect(scored({}, { changes: 3 })).toBeCloseTo(0.5 + 30 * 2 * 0.5, 9);
});

test('minutes short are the mean of what was counted and what was expected, as minutes a week (S1)', () => {
  // Counted 1,200 and expected 1,200: nothing to scale. 20 minutes a day, 140 a week.
  expect(scored({}, { shortS: 1_200, riskS: 1_200 })).toBeCloseTo(140.5, 9);
  // (1,200 + 2,400) / (1,200 + 1,200) = 1.5 times what was expected: (2,400 + 1,800) / 2 s a day, 245 minutes a week.
  expect(scored({}, { shortS: 2_400, riskS: 1_200 })).toBeCloseTo(245.5, 9);
  expect(scored({ seconds: 172_800 }, { shortS: 1_200, riskS: 1_200, seconds: 172_800 })).toBeCloseTo(70.5, 9);
});

test('what is expected is scaled to what is counted over all strategies, by three at most and a half at least (S1)', () => {
  // 6,000 / 1,200 would be five: (4,800 + 3 x 0) / 2 a day are 280 minutes a week; another that was expected 120 s has 3 x 120 / 2 of them.
  const of = (...strategies: readonly Partial<Cost>[]): readonly number[] => [
    ...scoreStrategies({ plain: DAY, strategies: strategies.map((each) => ({ ...DAY, ...each })) }, HOURS),
  ];
  const [most, other] = of({ shortS: 9_600 }, { riskS: 120 });
  expect(most).toBeCloseTo(560.5, 9);
  expect(other).toBeCloseTo(21.5, 9);
  // 1,200 / 13,200 would be a tenth: (0 + 0.5 x 12,000) / 2 a day are 350 minutes a week.
  expect(of({ riskS: 12_000 })[0]).toBeCloseTo(350.5, 9);
});

test('one strategy counts for no more than 120,000 s, so that a single one does not decide the scale (S1)', () => {
  // (1,200 + 120,000) / (1,200 + 120,000): what both are beyond that is not looked at.
  expect(scored({}, { shortS: 240_000, riskS: 120_000 })).toBeCloseTo(((240_000 + 120_000) / 120) * 7 + 0.5, 6);
  expect(scored({}, { shortS: 120_000, riskS: 240_000 })).toBeCloseTo(((120_000 + 240_000) / 120) * 7 + 0.5, 6);
});

test('minutes: hours, dearer by twice the share that is above the allowed', () => {
  const aimed = { kind: 'shortage', minutesPerWeek: 50, allowed: 40, doubt: 0 } as const;
  const short = { shortS: 1_200, riskS: 1_200, replicaS: 1_036_800 };
  expect(scored({}, { replicaS: 1_036_800 }, aimed)).toBeCloseTo(1.2, 9);
  // 100 of 50 minutes over: 1.2 x (1 + 2 x 2).
  expect(scored({}, short, aimed)).toBeCloseTo(6, 9);
  expect(scored({}, short, { ...aimed, allowed: 140 })).toBeCloseTo(1.2, 9);
  // 38 changes where 19 are free: 1.2 x (1 + 2 x 2 + 2).
  expect(scored({ changes: 20 }, { ...short, changes: 38 }, aimed)).toBeCloseTo(8.4, 9);
});

test('a goal of less than a minute a week counts like one of a minute', () => {
  const aimed = { kind: 'shortage', minutesPerWeek: 0, allowed: 0, doubt: 0 } as const;
  expect(scored({}, { shortS: 60, riskS: 60 }, aimed)).toBeCloseTo(1 + 2 * 7, 9);
});

test('the margin of a short past is the root of fifteen minutes at a time over its weeks (S2)', () => {
  const short = { shortS: 1_200, riskS: 1_200 };
  const aimed = { kind: 'shortage', minutesPerWeek: 50, allowed: 140, doubt: 1 } as const;
  // 140 minutes a week in a seventh of a week: the root of 15 x 140 x 7 is 121.2436; 1 + 2 x 121.2436 / 50.
  expect(scored({}, short, aimed)).toBeCloseTo(5.849_742, 5);
  expect(scored({}, short, { ...aimed, doubt: 0.5 })).toBeCloseTo(3.424_871, 5);
});
