/** What a decision tells of each rule: its number, its words and its figures, in their order. */
import { expect, test } from 'vitest';
import { policyOf } from '../policy/policy.fixture.ts';
import { decide } from './decide.ts';
import { boundRules, holdRules } from './limits.ts';
import { AT_MS, reactive, situation, state, told } from './situation.fixture.ts';
import type { Proposal, Situation, State } from './situation.ts';

/** Proposals as text, with their data. */
const whole = (proposals: readonly Proposal[]) =>
  proposals.map(({ rule, kind, replicas, reason }) => ({ rule, kind, replicas, ...reason }));

test('the explanation tells each rule with its number, its words and its figures, limits last', () => {
  const asked = [{ replicas: 9, untilMs: AT_MS + 1, reason: 'launch' }];
  const forecast = { replicas: 8, strategy: 'forecast at quantile 0.9', acts: true };
  const policy = policyOf({ min_replicas: 2, max_replicas: 30 });
  const given = situation({ load: 62, forecast, catchUp: 7, trend: 'falling', requests: asked });
  const { proposals } = decide(policy, state(10), given);
  expect(whole(proposals)).toEqual([
    {
      rule: 'prediction',
      kind: 'wants',
      replicas: 8,
      code: 'Forecast',
      message: 'forecast at quantile 0.9 asks for 8',
      data: { acts: true },
    },
    {
      rule: 'catch-up',
      kind: 'wants',
      replicas: 7,
      code: 'CatchUp',
      message: 'behind the plain autoscaler this week: at least its 7',
    },
    {
      rule: 'utilisation',
      kind: 'wants',
      replicas: 9,
      code: 'UtilisationTarget',
      message: '70 % utilisation needs 9',
      data: { load: 62, target: 70, wish: 9, highest: 9 },
    },
    { rule: 'needed-now', kind: 'holds', replicas: 7, code: 'NeededNow', message: 'the load needs 7 now' },
    {
      rule: 'trend',
      kind: 'atMost',
      replicas: 10,
      code: 'OnlyFalling',
      message: 'the load has only fallen for a day: no more than 10',
    },
    { rule: 'request', kind: 'atLeast', replicas: 9, code: 'Requested', message: '9 replicas were asked for: launch' },
    {
      rule: 'bounds',
      kind: 'atLeast',
      replicas: 2,
      code: 'MinReplicas',
      message: 'the policy asks for at least this',
    },
    { rule: 'bounds', kind: 'atMost', replicas: 30, code: 'MaxReplicas', message: 'the policy allows at most this' },
  ]);
});

test('a forecast that does not act, by itself or by its policy, says that it is only told', () => {
  const said = (acts: boolean, policy: object) => {
    const forecast = { replicas: 8, strategy: 'w', acts };
    const { proposals } = decide(policyOf(policy), state(10), situation({ forecast }));
    return whole(proposals).find(({ rule }) => rule === 'prediction');
  };
  const only = { predictive: { mode: 'forecast_only' } };
  for (const [acts, policy] of [[false, {}] as const, [true, only] as const, [false, only] as const])
    expect(said(acts, policy)).toMatchObject({ message: 'w asks for 8 and is only told', data: { acts: false } });
  expect(said(true, {})).toMatchObject({ message: 'w asks for 8', data: { acts: true } });
});

test('with no forecast and no lag nothing but the rules that look at what is are told', () => {
  expect(told(decide(policyOf(), state(10), situation()).proposals)).toEqual([
    'utilisation wants 10: UtilisationTarget',
    'needed-now holds 7: NeededNow',
    'bounds atLeast 1: MinReplicas',
    'bounds atMost 10000: MaxReplicas',
  ]);
});

test('what reactive rules say is told in per cent, with the load where one is known', () => {
  const said = (load: number, policy: object = {}) =>
    whole(reactive(load, 10, policy).proposals).map(({ message, data }) => [message, data]);
  expect(said(90)).toEqual([
    ['70 % utilisation needs 13', { load: 90, target: 70, wish: 13 }],
    ['90 % used is above the threshold of 80 %', undefined],
  ]);
  expect(said(Number.NaN)).toEqual([['70 % utilisation needs 10', { load: null, target: 70, wish: 10 }]]);
  expect(said(35, { scale_down_rate: 0.75 })).toEqual([
    ['70 % utilisation needs 5', { load: 35, target: 70, wish: 5, highest: 5 }],
    ['one step takes at most 25 % while the service is not idle', undefined],
  ]);
});

test('a threshold is crossed only by a service that wants more, and from nothing one step goes to one', () => {
  expect(told(reactive(99, 10, { max_replicas: 10 }).proposals)).toEqual(['utilisation wants 10: UtilisationTarget']);
  expect(told(reactive(90, 0).proposals)[1]).toBe('thresholds wants 1: AboveThreshold');
});

test('holds say what they wait for: the newest load, proof, the cooldown, a rise, the budget', () => {
  const message = (more: Partial<Situation>, given: State = state(10)) =>
    holdRules(policyOf(), given, situation(more))[0]?.reason;
  expect(message({ anomaly: 'missing' })).toEqual({
    code: 'LoadMissing',
    message: 'the newest load is missing: nothing is given back',
  });
  expect(message({ anomaly: 'collapsed' })?.code).toBe('LoadCollapsed');
  expect(message({}, state(10, { changedAtMs: AT_MS - 12_500 }))?.message).toBe(
    '12.5 s since the last change, the cooldown is 300 s',
  );
  expect(message({ trend: 'rising' })?.message).toBe('the load has only risen for a day');
  expect(message({ changesLeft: 0 })?.message).toBe('the budget of changes is spent');
});

test('a schedule is told by its number, zone and side, and only the side that it has', () => {
  const open = { cron: '0 7 * * *', timezone: 'Etc/UTC', duration_minutes: 60 };
  const said = (schedules: readonly object[]) =>
    boundRules(policyOf({ schedules }), situation()).map(({ kind, reason }) => [kind, reason.message, reason.data]);
  expect(
    said([
      { ...open, cron: '0 9 * * *', min_replicas: 1 },
      { ...open, min_replicas: 4 },
    ]),
  ).toEqual([['atLeast', 'schedule 2 (Etc/UTC) asks for at least 4', { schedule: 1 }]]);
  expect(said([{ ...open, max_replicas: 6 }])).toEqual([
    ['atMost', 'schedule 1 (Etc/UTC) allows at most 6', { schedule: 0 }],
  ]);
});

test('a cap is told with its price; where no price is known, or none is asked, there is none', () => {
  const capped = policyOf({ cost: { max_hourly_usd: '1.25' } });
  expect(boundRules(capped, situation({ replicaHourUsd: 0.1 })).map(({ reason }) => reason)).toEqual([
    { code: 'CostCap', message: '1.25 USD an hour pay for 12 replicas at 0.1 USD' },
  ]);
  expect(boundRules(capped, situation({ replicaHourUsd: -0.1 }))).toEqual([]);
});

test('of equal numbers the rule that came first is told: the forecast before the catch-up, the rules before their limits', () => {
  const forecast = { replicas: 12, strategy: 'w', acts: true };
  expect(decide(policyOf(), state(10), situation({ forecast, catchUp: 12 })).rule).toBe('prediction');
  const asked = [{ replicas: 12, untilMs: AT_MS + 1, reason: 'launch' }];
  expect(decide(policyOf({ max_replicas: 12 }), state(10), situation({ forecast, requests: asked })).rule).toBe(
    'prediction',
  );
});

test('holds count only where the rules have less than there is, and nothing is a number like any other', () => {
  const forecast = { replicas: 10, strategy: 'w', acts: true };
  const held = situation({ forecast, anomaly: 'frozen', load: 300 });
  expect(decide(policyOf(), state(10), held)).toMatchObject({ replicas: 10, rule: 'prediction' });
  const idle = decide(policyOf({ min_replicas: 0 }), state(3), situation({ load: 0 }));
  expect([idle.replicas + 0, idle.rule]).toEqual([0, 'utilisation']);
});
