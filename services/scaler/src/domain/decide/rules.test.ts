/** Each rule at its edges: what it proposes, by numbers worked out by hand, and what a decision leaves behind. */
import { expect, test } from 'vitest';
import { policyOf } from '../policy/policy.fixture.ts';
import { decide } from './decide.ts';
import { boundRules, holdRules, trendRules } from './limits.ts';
import { AT_MS, reactive, situation, state, told } from './situation.fixture.ts';
import type { Situation, State, Wish } from './situation.ts';

test('the target asks for ceil(load / target), and within a tenth of it for what there is (V1)', () => {
  const wanted = (load: number) => reactive(load).proposals[0]?.replicas;
  expect([63.1, 70, 76.9, 77.1, 84].map(wanted)).toEqual([10, 10, 10, 12, 12]);
  expect(wanted(Number.NaN)).toBe(10);
  expect(told(reactive(900, 10, { max_replicas: 30 }).proposals)[0]).toBe('utilisation wants 30: UtilisationTarget');
});

test('above the threshold one step up takes no more than the rate, and one replica at the least', () => {
  expect(told(reactive(80).proposals)).toEqual(['utilisation wants 12: UtilisationTarget']);
  expect(told(reactive(80.1).proposals)[1]).toBe('thresholds wants 12: AboveThreshold');
  expect(told(reactive(900).proposals)[1]).toBe('thresholds wants 15: AboveThreshold');
  expect(told(reactive(900, 11).proposals)[1]).toBe('thresholds wants 17: AboveThreshold');
  expect(told(reactive(90, 1, { scale_up_rate: 1.01 }).proposals)[1]).toBe('thresholds wants 2: AboveThreshold');
  expect(told(reactive(90, 10, { target_cpu_utilization: 90 }).proposals)).toHaveLength(2);
});

test('one step down takes no more than the rate, but for a service that is idle (V2)', () => {
  expect(told(reactive(35).proposals)).toEqual([
    'utilisation wants 5: UtilisationTarget',
    'thresholds wants 8: StepDown',
  ]);
  expect(told(reactive(30).proposals)[1]).toBe('thresholds wants 8: StepDown');
  expect(told(reactive(29.9).proposals)).toEqual(['utilisation wants 5: UtilisationTarget']);
  expect(told(reactive(55).proposals)).toEqual(['utilisation wants 8: UtilisationTarget']);
  expect(told(reactive(8, 2, { scale_down_rate: 0.9 }).proposals)).toEqual(['utilisation wants 2: UtilisationTarget']);
});

test('down goes only to the highest wish of the cooldown window, its first moment included (V2)', () => {
  const wish = (ageS: number, replicas: number): Wish => ({ atMs: AT_MS - ageS * 1_000, replicas });
  expect(reactive(20, 10, {}, [wish(300, 9)]).proposals[0]?.replicas).toBe(9);
  expect(reactive(20, 10, {}, [wish(300.001, 9)]).proposals[0]?.replicas).toBe(3);
  expect(reactive(20, 10, {}, [wish(200, 30)]).proposals[0]?.replicas).toBe(10);
  expect(reactive(20, 10, {}, [wish(200, 8), wish(100, 6)]).wishes).toEqual([wish(200, 8), wish(100, 6), wish(0, 3)]);
  expect(reactive(40, 10, {}, [wish(200, 8), wish(100, 6)]).wishes).toEqual([wish(200, 8), wish(0, 6)]);
  expect(reactive(20, 10, {}, [wish(200, 3)]).wishes).toEqual([wish(0, 3)]);
});

test('holds: an anomaly, a cooldown that is not over, a load that only rises, a spent budget, and what is needed now', () => {
  const holds = (more: Partial<Situation>, given: State = state(10)) =>
    told(holdRules(policyOf(), given, situation(more)));
  const needed = 'needed-now holds 7: NeededNow';
  expect(holds({})).toEqual([needed]);
  expect(holds({ anomaly: 'frozen' })).toEqual(['anomaly holds 10: LoadFrozen', needed]);
  expect(holds({ anomaly: 'outburst' })[0]).toBe('anomaly holds 10: LoadOutburst');
  expect(holds({ trend: 'rising' })).toEqual(['trend holds 10: OnlyRising', needed]);
  expect(holds({ trend: 'falling' })).toEqual([needed]);
  expect(holds({ changesLeft: 0.99 })).toEqual(['budget holds 10: ChangesSpent', needed]);
  expect(holds({ changesLeft: 1 })).toEqual([needed]);
  expect(holds({}, state(10, { changedAtMs: AT_MS - 299_999 }))[0]).toBe('cooldown holds 10: Cooldown');
  expect(holds({}, state(10, { changedAtMs: AT_MS - 300_000 }))).toEqual([needed]);
  expect(holds({ load: Number.NaN })).toEqual([]);
  expect(holds({ load: 900 })).toEqual(['needed-now holds 10: NeededNow']);
  expect(holds({ load: 900, trend: 'rising' }, state(40, { own: 6 }))).toEqual([
    'trend holds 6: OnlyRising',
    'needed-now holds 40: NeededNow',
  ]);
});

test('a load that only falls allows what there is, or what it needs when that is more', () => {
  expect(trendRules(10, situation({ trend: 'rising' }))).toEqual([]);
  expect(told(trendRules(10, situation({ trend: 'falling' })))).toEqual(['trend atMost 10: OnlyFalling']);
  expect(told(trendRules(10, situation({ trend: 'falling', load: 121 })))).toEqual(['trend atMost 13: OnlyFalling']);
});

test('a request holds until its time and not at it; the cap pays for whole replicas; both sides of a schedule are told', () => {
  const asked = { replicas: 20, untilMs: AT_MS, reason: 'launch' };
  const bounds = (policy: object, more: Partial<Situation>) => told(boundRules(policyOf(policy), situation(more)));
  expect(bounds({}, { requests: [asked] })).toEqual([]);
  expect(bounds({}, { requests: [{ ...asked, untilMs: AT_MS + 1 }] })).toEqual(['request atLeast 20: Requested']);
  const capped = { cost: { max_hourly_usd: '1.25' } };
  expect(bounds(capped, { replicaHourUsd: 0.1 })).toEqual(['cost atMost 12: CostCap']);
  expect(bounds({ cost: { max_hourly_usd: '0.3' } }, { replicaHourUsd: 0.1 })).toEqual(['cost atMost 3: CostCap']);
  expect([bounds(capped, {}), bounds(capped, { replicaHourUsd: 0 }), bounds({}, { replicaHourUsd: 1 })]).toEqual([
    [],
    [],
    [],
  ]);
  const window = { cron: '0 7 * * *', duration_minutes: 31, min_replicas: 4, max_replicas: 6 };
  expect(bounds({ schedules: [{ ...window, duration_minutes: 30 }, window] }, {})).toEqual([
    'schedule atLeast 4: ScheduleActive',
    'schedule atMost 6: ScheduleActive',
  ]);
});

test('what the rules have of their own is kept below what a limit made of it, and paid for only when it changes (X2)', () => {
  const asked = [{ replicas: 20, untilMs: AT_MS + 1, reason: 'launch' }];
  const raised = decide(policyOf(), state(10), situation({ requests: asked }));
  expect(raised).toMatchObject({ replicas: 20, rule: 'request', ownRule: 'utilisation', charged: false });
  expect(raised.state).toMatchObject({ replicas: 20, own: 10, changedAtMs: Number.NEGATIVE_INFINITY });
  const after = decide(policyOf(), raised.state, situation({ atMs: AT_MS + 1 }));
  expect(after).toMatchObject({ replicas: 10, charged: false });
  const grown = decide(policyOf(), state(10), situation({ load: 140 }));
  expect(grown).toMatchObject({ replicas: 20, charged: true, state: { own: 20, changedAtMs: AT_MS } });
  const beyond = decide(policyOf({ max_replicas: 10 }), state(10, { own: 12 }), situation({ load: 140 }));
  expect(beyond).toMatchObject({ replicas: 10, charged: false });
});

test('when a floor has gone nothing is given back below what is needed now, though the rules want more than they had (X3)', () => {
  const forecast = { replicas: 5, strategy: 'w', acts: true };
  const decision = decide(policyOf({ max_replicas: 50 }), state(20, { own: 3 }), situation({ forecast, load: 100 }));
  expect(decision).toMatchObject({ replicas: 10, rule: 'needed-now' });
});

test('between a floor and a ceiling that cross, the ceiling wins; the policy has the last word (L1, X1)', () => {
  const asked = [{ replicas: 20, untilMs: AT_MS + 1, reason: 'launch' }];
  const capped = { cost: { max_hourly_usd: '1.2' } };
  expect(decide(policyOf(capped), state(10), situation({ requests: asked, replicaHourUsd: 0.1 }))).toMatchObject({
    replicas: 12,
    rule: 'cost',
  });
  expect(
    decide(policyOf({ ...capped, min_replicas: 15 }), state(15), situation({ requests: asked, replicaHourUsd: 0.1 })),
  ).toMatchObject({ replicas: 15, rule: 'bounds' });
});

test('while a forecast acts only it and the catch-up count; while it does not, it counts for nothing (X4)', () => {
  const forecast = { replicas: 12, strategy: 'w', acts: true };
  expect(decide(policyOf(), state(10), situation({ forecast, load: 85 })).replicas).toBe(12);
  expect(decide(policyOf(), state(10), situation({ forecast, catchUp: 14 })).rule).toBe('catch-up');
  expect(decide(policyOf(), state(10), situation({ forecast, catchUp: 11 })).rule).toBe('prediction');
  expect(decide(policyOf(), state(10), situation({ catchUp: 11 })).replicas).toBe(11);
  const off = policyOf({ predictive: { enabled: false } });
  const silent = decide(off, state(10), situation({ forecast: { ...forecast, replicas: 90 } }));
  expect([silent.replicas, silent.proposals.some(({ rule }) => rule === 'prediction')]).toEqual([10, false]);
});

test('a policy that is disabled keeps what there is, tells nothing else and leaves the state as it was', () => {
  const given = state(7, { own: 3 });
  const { proposals, ...decision } = decide(policyOf({ enabled: false }), given, situation({ load: 900 }));
  expect(told(proposals)).toEqual(['disabled wants 7: Disabled']);
  expect(decision).toEqual({ replicas: 7, rule: 'disabled', ownRule: 'disabled', charged: false, state: given });
});
