/** Decisions of a whole scaler on small loads: half hours, two ticks each, a few days. What was reviewed stays as it is. */
import { expect, test } from 'vitest';
import type { Request } from './decide/situation.ts';
import { wavyLoad } from './loads.fixture.ts';
import { policyOf } from './policy/policy.fixture.ts';
import { replay } from './replay.ts';
import { createScaler, type Scaler } from './scaler.ts';
import { type Goal, hoursGoal } from './tuning/goal.ts';

const STEP_S = 1_800;
const TICK_S = 900;
const START_MS = Date.UTC(2026, 2, 2);
const HOUR_MS = 3_600_000;

interface Given {
  readonly loads: ArrayLike<number>;
  readonly policy?: object;
  readonly goal?: Goal;
  readonly startupS?: number;
  readonly fromHour?: number;
}

function replayed({ loads, policy = {}, goal = hoursGoal(600), startupS = 600, fromHour = 0 }: Given) {
  let scaler: Scaler | undefined;
  const options = { policy: policyOf(policy), goal, capacity: 10, startupS, tickS: TICK_S };
  const recorded = { startMs: START_MS, stepMs: STEP_S * 1_000, values: loads };
  const ticks = [...replay(recorded, options, START_MS + fromHour * HOUR_MS, (made) => (scaler = made))];
  return { ticks, scaler: scaler as Scaler };
}
/** Numbers with how often each was decided in a row, and by which rule of their own. */
function told(given: Given): string {
  const runs: { what: string; count: number }[] = [];
  for (const { decision } of replayed(given).ticks) {
    const what = `${decision.replicas} ${decision.ownRule}${decision.charged ? '!' : ''}`;
    if (runs.at(-1)?.what === what) (runs.at(-1) as { count: number }).count += 1;
    else runs.push({ what, count: 1 });
  }
  return runs.map(({ what, count }) => (count === 1 ? what : `${count} x ${what}`)).join(', ');
}

const LOADS = wavyLoad(3, 5, STEP_S);
/** An outage of two hours on the fourth day, and a value that is missing. */
const TROUBLED = LOADS.map((load, i) => (i >= 170 && i < 174 ? 0 : i === 160 ? Number.NaN : load));

test('golden: a service that may use the hours of the plain autoscaler', () => {
  expect(told({ loads: TROUBLED, fromHour: 72 })).toMatchInlineSnapshot(
    `"4 x 16 utilisation, 23 utilisation!, 7 x 23 utilisation, 26 utilisation!, 3 x 26 utilisation, 30 utilisation!, 7 x 30 utilisation, 39 utilisation!, 7 x 39 utilisation, 32 utilisation!, 3 x 32 utilisation, 36 utilisation!, 5 x 36 utilisation, 31 utilisation!, 31 utilisation, 25 utilisation!, 5 x 25 utilisation, 23 utilisation!, 23 utilisation, 18 thresholds!, 5 x 18 utilisation, 1 utilisation!, 3 x 1 utilisation, 9 utilisation!, 9 utilisation, 8 utilisation!, 8 utilisation, 6 utilisation!, 6 utilisation, 5 utilisation!, 3 x 5 utilisation, 4 utilisation!, 7 x 4 utilisation, 5 utilisation!, 5 utilisation, 6 utilisation!, 6 utilisation, 8 utilisation!, 3 x 8 utilisation, 11 utilisation!, 11 utilisation, 13 utilisation!, 13 utilisation, 15 utilisation!, 15 utilisation, 18 utilisation!, 3 x 18 utilisation, 22 utilisation!, 3 x 22 utilisation, 25 utilisation!, 3 x 25 utilisation, 29 utilisation!, 3 x 29 utilisation, 33 utilisation!, 3 x 33 utilisation, 37 utilisation!, 9 x 37 utilisation, 31 utilisation!, 7 x 31 utilisation, 28 utilisation!, 28 utilisation, 25 utilisation!, 5 x 25 utilisation, 23 utilisation!, 3 x 23 utilisation, 19 utilisation!, 19 utilisation, 17 utilisation!, 5 x 17 utilisation, 14 utilisation!, 14 utilisation, 12 utilisation!, 12 utilisation, 11 utilisation!, 11 utilisation, 9 utilisation!, 9 utilisation, 7 utilisation!, 7 utilisation, 6 utilisation!, 6 utilisation, 5 utilisation!, 5 utilisation, 4 utilisation!, 9 x 4 utilisation, 5 utilisation!, 5 utilisation, 6 utilisation!, 6 utilisation, 8 utilisation!, 3 x 8 utilisation, 11 utilisation!, 11 utilisation, 13 utilisation!, 13 utilisation, 15 utilisation!, 15 utilisation, 17 utilisation!, 17 utilisation"`,
  );
});

test('golden: a service that is held to some minutes a week', () => {
  const goal = { kind: 'shortage', minutesPerWeek: 50 } as const;
  expect(told({ loads: TROUBLED, goal, fromHour: 72 })).toMatchInlineSnapshot(
    `"2 x 17 utilisation, 21 utilisation!, 3 x 21 utilisation, 25 utilisation!, 3 x 25 utilisation, 28 utilisation!, 3 x 28 utilisation, 33 utilisation!, 5 x 33 utilisation, 37 utilisation!, 19 x 37 utilisation, 34 utilisation!, 3 x 34 utilisation, 29 utilisation!, 3 x 29 utilisation, 25 utilisation!, 25 utilisation, 23 utilisation!, 23 utilisation, 20 utilisation!, 5 x 20 utilisation, 1 utilisation!, 3 x 1 utilisation, 9 utilisation!, 9 utilisation, 8 utilisation!, 8 utilisation, 6 utilisation!, 6 utilisation, 5 utilisation!, 3 x 5 utilisation, 4 utilisation!, 7 x 4 utilisation, 5 utilisation!, 5 utilisation, 6 utilisation!, 6 utilisation, 8 utilisation!, 3 x 8 utilisation, 11 utilisation!, 11 utilisation, 13 utilisation!, 13 utilisation, 15 utilisation!, 15 utilisation, 18 utilisation!, 3 x 18 utilisation, 22 utilisation!, 3 x 22 utilisation, 25 utilisation!, 3 x 25 utilisation, 29 utilisation!, 3 x 29 utilisation, 33 utilisation!, 3 x 33 utilisation, 37 utilisation!, 37 utilisation, 35 prediction!, 55 x 35 prediction, 4 utilisation!, 3 x 4 utilisation, 5 utilisation!, 5 utilisation, 6 utilisation!, 6 utilisation, 8 utilisation!, 3 x 8 utilisation, 11 utilisation!, 11 utilisation, 13 utilisation!, 13 utilisation, 15 utilisation!, 15 utilisation, 17 utilisation!, 17 utilisation"`,
  );
});

test('golden: a policy that names its quantile and looks six hours ahead', () => {
  const policy = { predictive: { quantile: 0.9, horizon_minutes: 360 }, max_replicas: 30, min_replicas: 3 };
  expect(told({ loads: LOADS.subarray(0, 200), policy, fromHour: 60 })).toMatchInlineSnapshot(
    `"21 utilisation!, 21 utilisation, 19 utilisation!, 19 utilisation, 17 utilisation!, 17 utilisation, 15 utilisation!, 15 utilisation, 13 utilisation!, 13 utilisation, 11 utilisation!, 11 utilisation, 10 utilisation!, 10 utilisation, 8 utilisation!, 8 utilisation, 7 utilisation!, 7 utilisation, 6 utilisation!, 6 utilisation, 5 utilisation!, 5 utilisation, 4 utilisation!, 11 x 4 utilisation, 5 utilisation!, 5 utilisation, 7 utilisation!, 3 x 7 utilisation, 10 utilisation!, 3 x 10 utilisation, 13 utilisation!, 3 x 13 utilisation, 16 utilisation!, 3 x 16 utilisation, 20 utilisation!, 3 x 20 utilisation, 23 utilisation!, 3 x 23 utilisation, 26 utilisation!, 3 x 26 utilisation, 30 utilisation!, 25 x 30 utilisation, 27 utilisation!, 3 x 27 utilisation, 23 utilisation!, 3 x 23 utilisation, 19 utilisation!, 19 utilisation, 17 utilisation!, 17 utilisation, 15 utilisation!, 15 utilisation, 13 utilisation!, 13 utilisation, 11 utilisation!, 11 utilisation, 9 utilisation!, 9 utilisation, 8 utilisation!, 8 utilisation, 7 utilisation!, 7 utilisation, 5 utilisation!, 3 x 5 utilisation, 4 utilisation!, 5 x 4 utilisation, 7 prediction!, 11 x 7 prediction, 8 prediction!, 8 prediction, 10 prediction!, 10 prediction, 11 prediction!, 11 prediction, 13 prediction!, 13 prediction, 15 catch-up!, 15 catch-up, 19 catch-up!, 3 x 19 catch-up, 22 catch-up!, 5 x 22 catch-up, 27 catch-up!, 3 x 27 catch-up"`,
  );
});

test('golden: events and the strategy tell how a forecast came to act', () => {
  const { scaler } = replayed({ loads: LOADS, fromHour: 72 });
  const events = scaler.events().map(({ atMs, reason }) => `${(atMs - START_MS) / HOUR_MS} ${reason.code}`);
  expect([...events, scaler.strategy()]).toMatchInlineSnapshot(`
    [
      "49 StrategyChosen",
      "69 StrategyChosen",
      "73 StrategyChosen",
      "74 StrategyChosen",
      "78 StrategyChosen",
      "80 StrategyChosen",
      "81 StrategyChosen",
      "82 StrategyChosen",
      "83 StrategyChosen",
      "84 StrategyChosen",
      "85 StrategyChosen",
      "86 StrategyChosen",
      "87 StrategyChosen",
      "91 ForecastPromoted",
      "96 StrategyChosen",
      "97 StrategyChosen",
      "98 StrategyChosen",
      "117 StrategyChosen",
      "118 StrategyChosen",
      "utilisation target 60 %",
    ]
  `);
  expect(Object.values(scaler.quality()).map((value) => Number(value.toPrecision(9)))).toMatchInlineSnapshot(`
    [
      238,
      0.280627532,
      0.0882352941,
    ]
  `);
});

test('ticks lie at whole multiples from the start of decisions, up to the end of the last interval (Q2)', () => {
  const { ticks } = replayed({ loads: [50, 50, 50], fromHour: 0.25 });
  expect(ticks.map(({ atMs }) => (atMs - START_MS) / 60_000)).toEqual([15, 30, 45, 60, 75]);
  expect(replayed({ loads: [50, 50, 50] }).ticks).toHaveLength(6);
});

test('a sample is known when its interval has ended, and not a tick before (Q1)', () => {
  const { ticks } = replayed({ loads: [50, 300, 300] });
  expect(ticks.map(({ decision }) => decision.replicas)).toEqual([1, 1, 8, 8, 43, 43]);
});

/** A scaler fed by hand, ten minutes a sample and a tick. */
function byHand(policy: object = {}, startupS = 0) {
  const options = {
    policy: policyOf(policy),
    goal: hoursGoal(startupS),
    capacity: 10,
    startupS,
    tickS: 600,
    stepS: 600,
  };
  const scaler = createScaler(options);
  let atMs = START_MS;
  const act = (load: number, requests: readonly Request[] = [], usd?: number) => {
    scaler.sample(load);
    atMs += 600_000;
    return scaler.act(atMs, 0, requests, usd);
  };
  return { scaler, act };
}

test('the first decision has what the target wants, and no less than what is needed', () => {
  expect(byHand().act(70).replicas).toBe(10);
  expect(byHand({ max_replicas: 4 }).act(70).replicas).toBe(4);
  expect(byHand({ min_replicas: 20 }).act(70).replicas).toBe(20);
  const unseen = byHand();
  expect([unseen.act(Number.NaN).replicas, unseen.act(70).replicas]).toEqual([1, 10]);
});

test('requests and prices that are handed in count at that tick', () => {
  const { act } = byHand({ cost: { max_hourly_usd: '1.5' } });
  const asked = [{ replicas: 15, untilMs: START_MS + HOUR_MS, reason: 'launch' }];
  expect(act(70).replicas).toBe(10);
  expect(act(70, asked)).toMatchObject({ replicas: 15, rule: 'request' });
  expect(act(70, asked, 0.125)).toMatchObject({ replicas: 12, rule: 'cost' });
  expect(act(70).replicas).toBe(10);
});

test('an outage holds what there is and says so; what is gone for good is followed without a budget', () => {
  const { act } = byHand();
  for (let i = 0; i < 12; i++) act(70 + (i % 3));
  const before = act(70).replicas;
  const fallen = act(0);
  expect(fallen.replicas).toBe(before);
  expect(fallen.proposals.some(({ reason }) => reason.code === 'LoadCollapsed')).toBe(true);
  const later = [0, 0, 0, 0].map((load) => act(load).replicas);
  expect(later.at(-1)).toBe(1);
});

test('falls are paid for: when the budget is spent the number stays, for an hour at most', () => {
  const { act } = byHand({ cooldown_seconds: 0 });
  const rules = Array.from({ length: 60 }, (_, i) => act(i % 2 === 0 ? 300 : 200).ownRule);
  const held = rules.map((rule) => (rule === 'budget' ? 'b' : '.')).join('');
  expect(held).toMatch(/b/);
  expect(held).not.toMatch(/b{7}/);
  expect(byHand().scaler.strategy()).toBe('utilisation target 70 %');
});
