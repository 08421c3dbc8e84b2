/**
 * A scaler of one service step by step: ten minutes a sample and a tick, ten of load a replica, 70 % of it the target. What each tick
 * decides, and by which rule, is worked out by hand.
 */
import { expect, test } from 'vitest';
import type { Decision } from './decide/situation.ts';
import { policyOf } from './policy/policy.fixture.ts';
import { createScaler, type Scaler, type ScalerOptions } from './scaler.ts';
import { type Goal, hoursGoal } from './tuning/goal.ts';

const START_MS = Date.UTC(2026, 2, 2);
const HOUR_MS = 3_600_000;

interface Given extends Partial<Omit<ScalerOptions, 'policy'>> {
  readonly policy?: object;
}

/** Falls go all the way at once, and need no rest after a change. */
const LOOSE = { cooldown_seconds: 0, scale_down_rate: 0.5 };
const MINUTES: Goal = { kind: 'shortage', minutesPerWeek: 50 };

function byHand({ policy = LOOSE, ...given }: Given = {}) {
  const [startupS, stepS] = [given.startupS ?? 0, given.stepS ?? 600];
  const scaler: Scaler = createScaler({
    goal: hoursGoal(startupS),
    capacity: 10,
    tickS: stepS,
    ...given,
    startupS,
    stepS,
    policy: policyOf(policy),
  });
  let atMs = START_MS;
  const act = (load: number): Decision => {
    scaler.sample(load);
    atMs += stepS * 1_000;
    return scaler.act(atMs, 0, [], undefined);
  };
  return { scaler, act };
}

/** Each decision as its number and the rule of its own. */
const told = (given: Given, loads: readonly number[]): readonly string[] => {
  const { act } = byHand(given);
  return loads.map((load) => {
    const { replicas, ownRule } = act(load);
    return `${replicas} ${ownRule}`;
  });
};
const repeated = (count: number, ...loads: readonly number[]): readonly number[] =>
  Array.from({ length: count * loads.length }, (_, i) => loads[i % loads.length] as number);

/** 300 wants 43 replicas (300 / 7), and 150 wants 22. */
const SEESAW = repeated(4, 300, 150);

test('three changes are to be had at first; then a fall waits for the budget, and a rise never does', () => {
  expect(told({ goal: MINUTES }, SEESAW)).toEqual([
    '43 utilisation',
    '22 utilisation',
    '43 utilisation',
    '22 utilisation',
    '43 utilisation',
    '43 budget',
    '43 utilisation',
    '43 budget',
  ]);
});

test('the first number is no change, of the plain autoscaler neither: nothing is earned with it', () => {
  // A rise with the plain one leaves 2.97, a fall 1.97, a rise 0.97: that is less than one change.
  expect(told({ goal: MINUTES }, [150, 300, 150, 300, 150])).toEqual([
    '22 utilisation',
    '43 utilisation',
    '22 utilisation',
    '43 utilisation',
    '43 budget',
  ]);
});

test('a change that the plain autoscaler makes too costs next to nothing', () => {
  // Without what is earned the three rises would have spent all.
  expect(told({ goal: MINUTES }, [100, 200, 300, 400, 200])).toEqual([
    '15 utilisation',
    '29 utilisation',
    '43 utilisation',
    '58 utilisation',
    '29 utilisation',
  ]);
});

test('the budget alone keeps a number for an hour, six ticks, and then lets it fall', () => {
  const loads = [300, 150, 300, 150, 300, ...repeated(7, 150)];
  expect(told({ goal: MINUTES }, loads).slice(5)).toEqual([...repeated(6, 0).map(() => '43 budget'), '22 utilisation']);
});

test('the first fall need not rest; the next one rests for the cooldown', () => {
  // 220 wants 32 (31.4), 165 wants 24 (23.6), 130 wants 19 (18.6): a falling wish counts once the higher ones are out of the window.
  const rules = told({ policy: { ...LOOSE, cooldown_seconds: 900 }, goal: MINUTES }, [220, 165, 165, 130, 130, 130]);
  expect(rules).toEqual([
    '32 utilisation',
    '32 utilisation',
    '24 utilisation',
    '24 utilisation',
    '19 utilisation',
    '19 utilisation',
  ]);
});

test('who falls behind the plain autoscaler is told after an hour, and has what that has', () => {
  // At both rises 22 replicas met 300 for ten minutes, while the plain autoscaler still held its 43.
  expect(told({}, SEESAW)).toEqual([
    '43 utilisation',
    '22 utilisation',
    '43 utilisation',
    '22 utilisation',
    '43 utilisation',
    '43 budget',
    '43 catch-up',
    '43 catch-up',
  ]);
});

test('who is short as long as the plain autoscaler is not behind it', () => {
  const { act } = byHand();
  const seen = [100, 300, ...repeated(9, 300)].flatMap((load) => act(load).proposals.map(({ rule }) => rule));
  expect(seen).toContain('utilisation');
  expect(seen).not.toContain('catch-up');
});

test('the shortage is counted of what the bounds left of the own number, not of that number', () => {
  // 30 bear 300: what the rules alone would have, 22, is nowhere.
  const policy = { ...LOOSE, min_replicas: 30 };
  expect(told({ policy }, repeated(5, 300, 150)).some((each) => each.includes('catch-up'))).toBe(false);
});

/** Eight calm values, zeros for half an hour, and the load is back. */
const OUTAGE = [...repeated(8, 70), 0, 0, 0, ...repeated(10, 70)];

test('an outage: two zeros are doubted and hold what there is, the third is followed; the return is followed at once', () => {
  const { act } = byHand({ startupS: 600 });
  const decided = OUTAGE.slice(0, 13).map(act);
  expect(decided.map(({ replicas }) => replicas)).toEqual([...repeated(10, 10), 1, 10, 10]);
  const doubted = decided.map(({ proposals }) => proposals.some(({ reason }) => reason.code === 'LoadCollapsed'));
  expect(doubted).toEqual([...repeated(8, 0).map(() => false), true, true, false, false, false]);
});

test('what replicas that were given back in an outage are short of at its end is no lag', () => {
  const { act } = byHand({ startupS: 600 });
  const rules = OUTAGE.flatMap((load) => act(load).proposals.map(({ rule }) => rule));
  expect(rules).toContain('anomaly');
  expect(rules).not.toContain('catch-up');
});

test('a load that is followed apart from the forecasts falls whatever the budget says, and is not charged', () => {
  // Two rises and two falls beside the plain one leave -1: a fall would wait.
  const loads = [300, 150, 300, 150, 300, 300, 300, 0, 0, 0, 0, 0, 300, 150];
  const decided = told({ goal: MINUTES }, loads);
  expect(decided.slice(7)).toEqual([
    '43 utilisation',
    '43 utilisation',
    '1 utilisation',
    '1 utilisation',
    '1 utilisation',
    '43 utilisation',
    '43 budget',
  ]);
});

test('after a day the utilisation target is followed that does with the fewest replicas and is never short', () => {
  // 63 wants 9 replicas at 70 % and 7 at 90 %, which bear 70.
  const { scaler, act } = byHand({ stepS: 3_600, policy: { ...LOOSE, predictive: { enabled: false } } });
  const decided = repeated(27, 63).map(act);
  expect(scaler.strategy()).toBe('utilisation target 90 %');
  expect(scaler.events().map(({ reason }) => reason.code)).toEqual(['StrategyChosen']);
  expect(scaler.events()[0]?.atMs).toBe(START_MS + 26 * HOUR_MS);
  expect(decided.map(({ replicas }) => replicas)).toEqual([...repeated(25, 9), 7, 7]);
});

test('what is only watched teaches as well, and the first decision has what it taught', () => {
  const { scaler } = byHand({ stepS: 3_600, policy: { ...LOOSE, predictive: { enabled: false } } });
  for (let hour = 1; hour <= 27; hour++) {
    scaler.sample(63);
    scaler.watch(START_MS + hour * HOUR_MS, 0);
  }
  expect(scaler.strategy()).toBe('utilisation target 90 %');
  expect(scaler.act(START_MS + 28 * HOUR_MS, 0, [], undefined)).toMatchObject({ replicas: 7, charged: false });
});

/** A wave a day, between 50 and 350, for eight days. */
const WAVES = Array.from({ length: 192 }, (_, hour) => 200 + 150 * Math.sin((2 * Math.PI * hour) / 24));

test('a policy that names its quantile is followed once its forecasts have been measured for a hundred hours', () => {
  const { scaler, act } = byHand({ stepS: 3_600, policy: { ...LOOSE, predictive: { quantile: 0.9 } } });
  const asked = WAVES.map((load) => act(load).proposals.find(({ rule }) => rule === 'prediction')?.reason);
  const first = asked.findIndex((reason) => reason !== undefined);
  expect(first).toBeGreaterThanOrEqual(100);
  expect(asked[first]).toMatchObject({ code: 'Forecast', data: { acts: true } });
  expect(asked[first]?.message).toMatch(/^forecast at quantile 0.9 asks for \d+$/);
  expect(scaler.strategy()).toBe('forecast at quantile 0.9');
});

test('keeping looks as far ahead as the policy says: a trough that ends within that time gives nothing back', () => {
  const least = (predictive: object): number => {
    const { act } = byHand({ stepS: 3_600, policy: { ...LOOSE, predictive: { quantile: 0.9, ...predictive } } });
    return Math.min(...WAVES.map((load) => act(load).replicas).slice(-24));
  };
  // Six hours about the trough begin and end at 94, which needs ten; the trough itself needs five, and eight at 70 %.
  const kept = least({ horizon_minutes: 360 });
  expect(kept).toBeGreaterThanOrEqual(9);
  expect(least({})).toBeLessThanOrEqual(8);
  // Farther than six hours nothing is kept for: else the next noon would be.
  expect(least({ horizon_minutes: 1_440 })).toBe(kept);
});

test('forecasts are measured at the start-up delay, from the first that came true; a gap makes those under way void', () => {
  const counted = (startupS: number, loads: readonly number[]): number => {
    const { scaler, act } = byHand({ startupS });
    for (const load of loads) act(load);
    return scaler.quality().count;
  };
  const loads = Array.from({ length: 12 }, (_, i) => 100 + 7 * (i % 5));
  const base = counted(0, loads);
  // One interval ahead for no delay, three for twenty minutes: two fewer have come true.
  expect(counted(1_200, loads)).toBe(base - 2);
  expect(counted(0, [...loads, 101, 108])).toBe(base + 2);
  // The value that is missing judges nothing, nor the one after it, of which the forecast was made before the gap.
  expect(counted(0, [...loads, Number.NaN, 101, 108])).toBe(base + 1);
});
