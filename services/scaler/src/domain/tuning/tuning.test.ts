/** Choosing a strategy, trusting a forecast, and what a service may spend. */
import { expect, test } from 'vitest';
import { createBudget } from '../budget.ts';
import type { Strategy } from '../shadow/strategies.ts';
import { createTrack, type Track } from '../shadow/track.ts';
import { allowedMinutes } from './allowance.ts';
import { hoursGoal } from './goal.ts';
import { scoreStrategies } from './score.ts';
import { judgeTrust } from './trust.ts';
import { type Account, chooseStrategy } from './tuner.ts';

const DAYS = 10;
const STRATEGIES: readonly Strategy[] = [
  { kind: 'target', target: 0.7 },
  { kind: 'price', price: 0.1, patience: { upS: 1, downS: 1 } },
  { kind: 'price', price: 0.01, patience: { upS: 1, downS: 1 } },
];

/** A track that wants so many every day and is short for so many minutes of it. */
function track(wanted: number, shortMinutes: (day: number) => number): Track {
  const made = createTrack(60, 0, 1);
  for (let day = 0; day < DAYS; day++)
    for (let minute = 0; minute < 1_440; minute++) {
      const ready = made.record(wanted);
      const short = minute < shortMinutes(day);
      made.expect(short ? 60 : 0);
      made.settle(short ? ready + 1 : 0);
    }
  return made;
}

const account = (strategies: readonly Track[]): Account => ({
  plain: track(10, () => 30),
  strategies,
  own: undefined,
  ownPlain: undefined,
});

test('the cheapest strategy that holds the allowed minutes is chosen', () => {
  const strategies = [track(10, () => 30), track(9, () => 3), track(14, () => 0)];
  expect(chooseStrategy(STRATEGIES, account(strategies), { kind: 'shortage', minutesPerWeek: 50 }, true, 0).index).toBe(
    1,
  );
  expect(chooseStrategy(STRATEGIES, account(strategies), { kind: 'shortage', minutesPerWeek: 5 }, true, 0).index).toBe(
    2,
  );
});

test('under a goal of hours the least shortage that the hours buy is chosen', () => {
  const strategies = [track(10, () => 30), track(10, () => 5), track(14, () => 0)];
  expect(chooseStrategy(STRATEGIES, account(strategies), hoursGoal(120), true, 0).index).toBe(1);
});

test('what did well only on the days it was chosen on is not taken (T1)', () => {
  const strategies = [track(10, () => 30), track(10, (day) => (day < 7 ? 0 : 400)), track(30, () => 0)];
  const choice = chooseStrategy(STRATEGIES, account(strategies), hoursGoal(120), true, 0);
  expect(choice).toMatchObject({ index: 0, reason: { code: 'StrategyKept' } });
});

test('a forecast without trust is not chosen, and one that lost it is left (T3)', () => {
  const strategies = [track(10, () => 30), track(10, () => 0), track(10, () => 0)];
  expect(chooseStrategy(STRATEGIES, account(strategies), hoursGoal(120), false, 1).index).toBe(0);
});

test('hours allowed grow with the start-up delay as agreed', () => {
  expect(hoursGoal(120)).toMatchObject({ kind: 'hours', ratio: expect.closeTo(1.02, 9) });
  expect(hoursGoal(600)).toMatchObject({ kind: 'hours', ratio: expect.closeTo(1.08, 9) });
});

test('more changes than the yardstick are paid for (S3)', () => {
  const cost = { shortS: 600, riskS: 600, replicaS: 86_400, changes: 20, seconds: 86_400 };
  const scores = scoreStrategies(
    { plain: cost, strategies: [cost, { ...cost, changes: 60 }] },
    { kind: 'hours', ratio: 1.02 },
  );
  expect(scores[1]).toBeGreaterThan(scores[0] as number);
});

test('trust is earned by a day of good forecasts, kept with some slack, and every change of it is told (R1, R2)', () => {
  const good = { count: 300, errorRatio: 0.9, above05: 0.05 };
  expect(judgeTrust(false, { ...good, count: 200 }, 300)).toEqual({ trusted: false });
  expect(judgeTrust(false, good, 300)).toMatchObject({ trusted: true, change: { code: 'ForecastPromoted' } });
  expect(judgeTrust(true, { ...good, errorRatio: 1.15 }, 300)).toEqual({ trusted: true });
  expect(judgeTrust(false, { ...good, errorRatio: 1.15 }, 300)).toEqual({ trusted: false });
  expect(judgeTrust(true, { ...good, errorRatio: 1.3 }, 300)).toMatchObject({ change: { code: 'ForecastDemoted' } });
  expect(judgeTrust(true, { ...good, above05: 0.2 }, 300)).toMatchObject({ trusted: false });
});

test('the budget of changes is earned by the yardstick and a rise is never refused (B1, B2)', () => {
  const budget = createBudget();
  for (let i = 0; i < 30; i++) budget.spend();
  expect(budget.left()).toBe(-20);
  for (let i = 0; i < 200; i++) budget.earn();
  expect(budget.left()).toBe(40);
});

test('what was saved loosens the target of minutes, what was overspent tightens it (J1)', () => {
  const plain = track(10, () => 60);
  const allowed = (perDay: number): number =>
    allowedMinutes(50, { own: track(10, () => perDay), ownPlain: plain }, plain.cost(0, DAYS - 1));
  expect(allowed(0)).toBe(100);
  expect(allowed(6)).toBeGreaterThan(allowed(8));
  expect(allowed(20)).toBe(5);
});

test('nobody is allowed to be much worse than a plain autoscaler that is hardly ever short (J2)', () => {
  const [calm, short] = [track(10, () => 0), track(10, () => 60)];
  const allowed = (plain: Track): number =>
    allowedMinutes(50, { own: undefined, ownPlain: undefined }, plain.cost(0, DAYS - 1));
  expect(allowed(calm)).toBeCloseTo(7.2, 9);
  expect(allowed(short)).toBeCloseTo(45, 9);
});

test('the margin for a short past shrinks as the past grows (S2)', () => {
  const aimed = { kind: 'shortage', minutesPerWeek: 50, allowed: 0, doubt: 1 } as const;
  const scored = (days: number): number => {
    const cost = { shortS: 600 * days, riskS: 600 * days, replicaS: 86_400 * days, changes: 0, seconds: 86_400 * days };
    return scoreStrategies({ plain: cost, strategies: [cost] }, aimed)[0] as number;
  };
  expect(scored(2)).toBeGreaterThan(scored(14));
});

test('each bar of trust includes its own figure, and nothing above it (R1)', () => {
  const trusted = (before: boolean, count: number, errorRatio: number, above05: number): boolean =>
    judgeTrust(before, { count, errorRatio, above05 }, 300).trusted;
  expect([trusted(false, 288, 1.1, 0.1), trusted(false, 288, 1.101, 0.1), trusted(false, 288, 1.1, 0.101)]).toEqual([
    true,
    false,
    false,
  ]);
  expect([trusted(true, 288, 1.25, 0.14), trusted(true, 288, 1.251, 0.14), trusted(true, 288, 1.25, 0.141)]).toEqual([
    true,
    false,
    false,
  ]);
  expect([trusted(false, 287, 1, 0), trusted(true, 287, 1, 0)]).toEqual([false, false]);
  const hourly = (count: number): boolean => judgeTrust(false, { count, errorRatio: 1, above05: 0 }, 3_600).trusted;
  expect([hourly(99), hourly(100)]).toEqual([false, true]);
});

test('before the second day nothing is compared', () => {
  const short = (minutes: number): Track => {
    const made = createTrack(60, 0, 1);
    for (let minute = 0; minute < minutes; minute++) made.record(10);
    return made;
  };
  const code = (minutes: number): string => {
    const strategies = [short(minutes), short(minutes), short(minutes)];
    const given = { plain: short(minutes), strategies, own: undefined, ownPlain: undefined };
    return chooseStrategy(STRATEGIES, given, hoursGoal(120), true, 0).reason.code;
  };
  expect([code(1_440), code(1_441)]).toEqual(['TooLittlePast', 'StrategyKept']);
});

test('a strategy that is better by less than half a per cent is no reason to change', () => {
  const better = (minutes: number) => {
    const strategies = [track(10, () => 400), track(10, () => minutes), track(30, () => 0)];
    return chooseStrategy(STRATEGIES, account(strategies), hoursGoal(120), true, 0).index;
  };
  expect([better(400), better(399), better(390)]).toEqual([0, 0, 1]);
});
