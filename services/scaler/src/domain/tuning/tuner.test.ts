/** The choice of a strategy, its reason and the figures told with it, worked out by hand over days of hourly ticks. */
import { expect, test } from 'vitest';
import type { Strategy } from '../shadow/strategies.ts';
import { createTrack, type Track } from '../shadow/track.ts';
import type { Goal } from './goal.ts';
import { type Account, type Choice, chooseStrategy } from './tuner.ts';

const TARGETS: readonly Strategy[] = [0.7, 0.5, 0.6, 0.8, 0.9].map((target) => ({ kind: 'target', target }));
const GOAL: Goal = { kind: 'hours', ratio: 1 };

/** So many replicas every day, and short for so many minutes of it, which the forecasts expected too. */
function track(days: number, replicas: number, minutes: (day: number) => number = () => 0): Track {
  const made = createTrack(60, 0, 1);
  for (let minute = 0; minute < days * 1_440; minute++) {
    made.record(replicas);
    const short = minute % 1_440 < minutes(Math.floor(minute / 1_440));
    made.expect(short ? 60 : 0);
    made.settle(short ? replicas + 1 : 0);
  }
  return made;
}
interface Given {
  readonly days?: number;
  readonly goal?: Goal;
  readonly trusted?: boolean;
  readonly present?: number;
  readonly strategies?: readonly Strategy[];
  readonly own?: Track;
  readonly ownPlain?: Track;
}
/** The yardstick has ten replicas and is never short. */
function chosen(tracks: readonly Track[], given: Given = {}): Choice {
  const { days = 4, goal = GOAL, trusted = true, present = 0, strategies = TARGETS, own, ownPlain } = given;
  const account: Account = { plain: track(days, 10), strategies: tracks, own, ownPlain };
  return chooseStrategy(strategies, account, goal, trusted, present);
}

test('a choice is told with both scores and the days that were held out', () => {
  expect(chosen([track(4, 10), track(4, 9)])).toEqual({
    index: 1,
    reason: {
      code: 'StrategyChosen',
      message: 'utilisation target 50 % did better on days it was not chosen on',
      data: {
        candidate: 'utilisation target 50 %',
        score: 0.45,
        present: 'utilisation target 70 %',
        presentScore: 0.5,
        heldOutDays: 1,
      },
    },
  });
});

test('what is kept is told with the best of the others', () => {
  const kept = chosen([track(4, 9), track(4, 10)]);
  expect(kept).toMatchObject({
    index: 0,
    reason: {
      code: 'StrategyKept',
      message: 'utilisation target 70 % is kept',
      data: { candidate: 'utilisation target 70 %' },
    },
  });
});

test.each([
  [4, GOAL, 1],
  [5, GOAL, 1],
  [10, GOAL, 2],
  [22, GOAL, 6],
  [29, GOAL, 6],
  [4, { kind: 'shortage', minutesPerWeek: 50 } as const, 2],
  [10, { kind: 'shortage', minutesPerWeek: 50 } as const, 4],
  [29, { kind: 'shortage', minutesPerWeek: 50 } as const, 7],
])('of %i days under %j %i are held out: a share of those that are looked at, one at least', (days, goal, held) => {
  const hourly = createTrack(3_600, 0, 1);
  for (let hour = 0; hour < days * 24; hour++) hourly.record(10);
  const { reason } = chosen([hourly, hourly], { days, goal });
  expect(reason.data?.['heldOutDays']).toBe(held);
});

test('of two that do as well the first is taken', () => {
  expect(chosen([track(4, 10), track(4, 9), track(4, 9)]).index).toBe(1);
});

test('of the shortlist the one that did best on the days held out is taken', () => {
  const worse = (day: number) => (day === 3 ? 0 : 10);
  expect(chosen([track(4, 10, () => 60), track(4, 10, () => 5), track(4, 10, worse)]).index).toBe(2);
});

test('three are shortlisted under a goal of hours, by the older days alone', () => {
  const lately = (day: number) => (day === 3 ? 0 : 30);
  const others = [5, 6, 7].map((minutes) => track(4, 10, () => minutes));
  expect(chosen([track(4, 10, () => 60), ...others, track(4, 10, lately)]).index).toBe(1);
});

test('from the fifth day on the first two do not count, before they do', () => {
  const learned = (day: number) => (day < 2 ? 600 : 0);
  const index = (days: number) => {
    const others = [2, 3, 4].map((minutes) => track(days, 10, () => minutes));
    return chosen([track(days, 10, () => 60), ...others, track(days, 10, learned)], { days }).index;
  };
  expect([index(4), index(5)]).toEqual([1, 4]);
});

test('hours spent beyond the allowed are taken from those allowed, hours saved are added, a tenth at most (T2)', () => {
  // The first is short for 21 minutes a week; the second has a tenth fewer and 42 minutes; the third a tenth more, and none.
  const [less, usual, more] = [track(4, 9, () => 6), track(4, 10, () => 3), track(4, 11)];
  const index = (own?: Track, ownPlain = track(1, 10)) =>
    chosen([usual, less, more], { ...(own && { own }), ownPlain }).index;
  expect(index()).toBe(0);
  expect(index(track(1, 10))).toBe(0);
  expect(index(track(1, 11))).toBe(1);
  expect(index(track(1, 30))).toBe(1);
  expect(index(track(1, 9))).toBe(2);
  expect(index(track(1, 1))).toBe(2);
});

test('less than six hours of an account correct nothing', () => {
  const after = (hours: number): number => {
    const hourly = (replicas: number): Track => {
      const made = createTrack(3_600, 0, 1);
      for (let hour = 0; hour < hours; hour++) made.record(replicas);
      return made;
    };
    const tracks = [track(4, 10, () => 3), track(4, 9, () => 6)];
    return chosen(tracks, { own: hourly(30), ownPlain: hourly(10) }).index;
  };
  expect([after(5), after(6)]).toEqual([0, 1]);
});

const QUANTILE: readonly Strategy[] = [
  { kind: 'target', target: 0.7 },
  { kind: 'quantile', level: 0.95 },
];

test('a quantile that the policy names is followed while forecasts are trusted, whatever it costs', () => {
  const tracks = [track(4, 10), track(4, 99)];
  expect(chosen(tracks, { strategies: QUANTILE })).toEqual({
    index: 1,
    reason: { code: 'PolicyQuantile', message: 'the policy names its quantile: forecast at quantile 0.95' },
  });
  expect(chosen(tracks, { strategies: QUANTILE, trusted: false, present: 1 })).toEqual({
    index: 0,
    reason: { code: 'PolicyQuantile', message: 'the policy names its quantile: utilisation target 70 %' },
  });
});

test('with less than a day of past what is present stays, unless it is a forecast that is not trusted (T3)', () => {
  const tracks = [track(1, 10), track(1, 9)];
  const choice = (trusted: boolean, present: number) =>
    chosen(tracks, { strategies: QUANTILE, days: 1, trusted, present });
  expect(choice(true, 1)).toEqual({
    index: 1,
    reason: { code: 'TooLittlePast', message: 'less than a day of past: forecast at quantile 0.95' },
  });
  expect(choice(false, 1)).toEqual({
    index: 0,
    reason: { code: 'TooLittlePast', message: 'less than a day of past: utilisation target 70 %' },
  });
  expect(chosen([track(1, 10), track(1, 9)], { days: 1, present: 1, trusted: false }).index).toBe(1);
});

test('a present forecast that is not trusted any more is measured as the first strategy is (T3)', () => {
  const strategies: readonly Strategy[] = [
    { kind: 'target', target: 0.7 },
    { kind: 'price', price: 0.1, patience: { upS: 1, downS: 1 } },
    { kind: 'target', target: 0.9 },
  ];
  const tracks = [track(4, 10), track(4, 5), track(4, 8)];
  expect(chosen(tracks, { strategies, trusted: false, present: 1 })).toMatchObject({
    index: 2,
    reason: { data: { present: 'utilisation target 70 %', score: 0.4, presentScore: 0.5 } },
  });
});
