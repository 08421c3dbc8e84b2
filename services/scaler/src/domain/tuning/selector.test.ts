/** When the selector looks, what it writes down, and whom it tells to keep up. */
import { expect, test } from 'vitest';
import type { Strategy } from '../shadow/strategies.ts';
import { createTrack, type Track } from '../shadow/track.ts';
import { type Goal, hoursGoal } from './goal.ts';
import { createSelector } from './selector.ts';
import type { Account } from './tuner.ts';

const HOUR_MS = 3_600_000;
const STRATEGIES: readonly Strategy[] = [
  { kind: 'target', target: 0.7 },
  { kind: 'price', price: 0.1, patience: { upS: 1, downS: 1 } },
];
const GOOD = { count: 300, errorRatio: 0.9, above05: 0.05 };
const BAD = { count: 300, errorRatio: 2, above05: 0.5 };

/** Ten replicas for so many days, short for so many seconds of the newest. */
function track(days: number, shortS: number): Track {
  const made = createTrack(60, 0, 1);
  for (let minute = 0; minute < days * 1_440; minute++) {
    const ready = made.record(10);
    made.settle((days * 1_440 - minute) * 60 <= shortS ? ready + 1 : 0);
  }
  return made;
}
/** Ten replicas for ten days, short for the first hours of each. */
function daily(hoursShort: number): Track {
  const made = createTrack(3_600, 0, 1);
  for (let hour = 0; hour < 240; hour++) {
    const short = hour % 24 < hoursShort;
    const ready = made.record(10);
    made.expect(short ? 3_600 : 0);
    made.settle(short ? ready + 1 : 0);
  }
  return made;
}
/** The first strategy is short for an hour of every past day, the second never. */
const PAST = { plain: daily(1), strategies: [daily(1), daily(0)] };
const account = (own?: Track, ownPlain?: Track): Account => ({ ...PAST, own, ownPlain });

const selector = (goal: Goal = hoursGoal(120), mayAct = true) => createSelector(STRATEGIES, goal, 300, mayAct);

test('a promotion, a change of strategy and a demotion are events in their order, with the hour they were made in (I1)', () => {
  const made = selector();
  made.review(0, account(), GOOD);
  expect(made.present()).toBe(1);
  made.review(HOUR_MS, account(), GOOD);
  made.review(2 * HOUR_MS, account(), BAD);
  expect(made.present()).toBe(0);
  expect(made.events().map(({ atMs, reason }) => [atMs / HOUR_MS, reason.code])).toEqual([
    [0, 'ForecastPromoted'],
    [0, 'StrategyChosen'],
    [2, 'ForecastDemoted'],
    [2, 'StrategyKept'],
  ]);
});

test('it looks once an hour and not a moment sooner', () => {
  const made = selector();
  made.review(0, account(), BAD);
  made.review(HOUR_MS - 1, account(), GOOD);
  expect([made.present(), made.events().length]).toEqual([0, 0]);
  made.review(HOUR_MS, account(), GOOD);
  expect(made.present()).toBe(1);
});

test('a forecast that may not act is trusted and told, and not followed', () => {
  const made = selector(hoursGoal(120), false);
  made.review(0, account(), GOOD);
  expect([made.present(), made.events().map(({ reason }) => reason.code)]).toEqual([0, ['ForecastPromoted']]);
});

test('the last thousand events are kept', () => {
  const made = selector();
  for (let hour = 0; hour < 600; hour++) made.review(hour * HOUR_MS, account(), hour % 2 === 0 ? GOOD : BAD);
  expect(made.events()).toHaveLength(1_000);
  expect(made.events().at(-1)?.atMs).toBe(599 * HOUR_MS);
  expect(made.events()[0]?.atMs).toBe(100 * HOUR_MS);
});

test('who is more than three minutes behind over a week keeps up until that is made good, under a goal of hours alone (I2)', () => {
  const behind = (own: Track | undefined, plain: Track | undefined, goal?: Goal): boolean => {
    const made = selector(goal);
    made.review(0, account(own, plain), BAD);
    return made.behind();
  };
  expect(selector().behind()).toBe(false);
  expect(behind(track(2, 300), track(2, 120))).toBe(false);
  expect(behind(track(2, 360), track(2, 120))).toBe(true);
  expect(behind(track(2, 120), track(2, 360))).toBe(false);
  expect(behind(track(2, 360), undefined)).toBe(false);
  expect(behind(undefined, track(2, 120))).toBe(false);
  expect(behind(track(2, 360), track(2, 120), { kind: 'shortage', minutesPerWeek: 50 })).toBe(false);
  const made = selector();
  made.review(0, account(track(2, 360), track(2, 120)), BAD);
  made.review(HOUR_MS, account(track(2, 300), track(2, 120)), BAD);
  expect(made.behind()).toBe(false);
});
