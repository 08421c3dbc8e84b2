/** One decision: bounds, what is needed now, who counts, and the same answer twice. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { policyOf } from '../policy/policy.fixture.ts';
import { decide } from './decide.ts';
import { AT_MS, situation, state } from './situation.fixture.ts';

const calm = situation();
const forecast = (replicas: number, acts = true) => ({ replicas, strategy: 'forecast', acts });

const situations = fc.record({
  load: fc.oneof(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.constant(Number.NaN)),
  capacity: fc.double({ min: 0.01, max: 1e4, noNaN: true }),
  target: fc.double({ min: 0.05, max: 1, noNaN: true }),
  forecast: fc.option(fc.record({ replicas: fc.nat(5_000), strategy: fc.constant('w'), acts: fc.boolean() }), {
    nil: undefined,
  }),
  catchUp: fc.option(fc.nat(5_000), { nil: undefined }),
  anomaly: fc.constantFrom(undefined, 'missing' as const, 'collapsed' as const),
  trend: fc.constantFrom(undefined, 'rising' as const, 'falling' as const),
  requests: fc.array(fc.record({ replicas: fc.nat(5_000), untilMs: fc.constant(AT_MS + 1), reason: fc.string() }), {
    maxLength: 3,
  }),
  replicaHourUsd: fc.option(fc.double({ min: 0.001, max: 100, noNaN: true }), { nil: undefined }),
  changesLeft: fc.integer({ min: -20, max: 40 }),
});

const policies = fc.tuple(fc.nat(300), fc.nat(300)).map(([least, more]) =>
  policyOf({
    min_replicas: least,
    max_replicas: least + more,
    cost: { max_hourly_usd: '20' },
    schedules: [
      { cron: '0 8 * * *', timezone: 'Europe/Vienna', duration_minutes: 60, min_replicas: 40, max_replicas: 50 },
    ],
  }),
);

test('bounds are never broken and the same question has the same answer (X1)', () => {
  fc.assert(
    fc.property(policies, fc.nat(600), situations, (policy, current, given) => {
      const start = state(Math.max(policy.minReplicas, Math.min(policy.maxReplicas, current)));
      const asked = { ...given, atMs: AT_MS };
      const decision = decide(policy, start, asked);
      expect(decision.replicas).toBeGreaterThanOrEqual(policy.minReplicas);
      expect(decision.replicas).toBeLessThanOrEqual(policy.maxReplicas);
      expect(JSON.stringify(decide(policy, start, structuredClone(asked)))).toBe(JSON.stringify(decision));
    }),
  );
});

/** With a load that fewer replicas could bear, and nothing that keeps them: by chance alone hardly anything is given back. */
const plenty = fc
  .tuple(situations, fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([given, share]) => (current: number) => ({
    ...calm,
    capacity: given.capacity,
    target: given.target,
    load: share * current * given.capacity,
  }));

test('nothing is given back below what is needed now (X3)', () => {
  let lowered = 0;
  fc.assert(
    fc.property(fc.nat(600), fc.oneof(situations, plenty), (current, made) => {
      const given = typeof made === 'function' ? made(current) : made;
      const situation = { ...given, atMs: AT_MS, replicaHourUsd: undefined };
      const { replicas } = decide(policyOf({ min_replicas: 0 }), state(current), situation);
      if (replicas >= current || Number.isNaN(given.load)) return;
      lowered += 1;
      expect(replicas).toBeGreaterThanOrEqual(Math.min(given.load / given.capacity, current) - 1e-6);
    }),
    { numRuns: 300 },
  );
  expect(lowered, 'runs in which something was given back').toBeGreaterThan(10);
});

test('a forecast that acts stands in for the reactive rules; one that does not is only told (X4)', () => {
  expect(decide(policyOf({}), state(10), { ...calm, forecast: forecast(14) })).toMatchObject({
    replicas: 14,
    rule: 'prediction',
  });
  expect(decide(policyOf({}), state(10), { ...calm, forecast: forecast(8) })).toMatchObject({
    replicas: 8,
    rule: 'prediction',
  });
  const told = decide(policyOf({}), state(10), { ...calm, forecast: forecast(14, false) });
  expect(told).toMatchObject({ replicas: 10 });
  expect(told.proposals.some((each) => each.rule === 'prediction')).toBe(true);
  const only = policyOf({ predictive: { mode: 'forecast_only' } });
  expect(decide(only, state(10), { ...calm, forecast: forecast(14) }).replicas).toBe(10);
});

test('each rule has its say and its reason', () => {
  const holding = { ...calm, forecast: forecast(7) };
  const rested = { ...state(10), changedAtMs: AT_MS - 299_000 };
  expect(decide(policyOf({}), rested, holding)).toMatchObject({ replicas: 10, rule: 'cooldown' });
  expect(decide(policyOf({}), state(10), { ...holding, changesLeft: 0 })).toMatchObject({
    replicas: 10,
    rule: 'budget',
  });
  expect(decide(policyOf({}), state(10), { ...holding, anomaly: 'missing' })).toMatchObject({
    replicas: 10,
    rule: 'anomaly',
  });
  expect(decide(policyOf({}), state(10), { ...holding, catchUp: 12 })).toMatchObject({
    replicas: 12,
    rule: 'catch-up',
  });
  expect(decide(policyOf({}), state(10), { ...holding, load: 90 })).toMatchObject({ replicas: 9, rule: 'needed-now' });
  const asked = { replicas: 20, untilMs: AT_MS + 1, reason: 'launch' };
  expect(decide(policyOf({}), state(10), { ...calm, requests: [asked] })).toMatchObject({
    replicas: 20,
    rule: 'request',
  });
  const capped = policyOf({ cost: { max_hourly_usd: '1.20' } });
  expect(decide(capped, state(10), { ...calm, forecast: forecast(90), replicaHourUsd: 0.1 })).toMatchObject({
    replicas: 12,
    rule: 'cost',
  });
  expect(decide(policyOf({}), state(10), { ...holding, trend: 'rising' })).toMatchObject({
    replicas: 10,
    rule: 'trend',
  });
  expect(decide(policyOf({}), state(10), { ...calm, forecast: forecast(14), trend: 'falling' })).toMatchObject({
    replicas: 10,
    rule: 'trend',
  });
  expect(decide(policyOf({ enabled: false }), state(10), { ...calm, load: 900 })).toMatchObject({
    replicas: 10,
    rule: 'disabled',
  });
});

test('the utilisation target holds still within its tolerance and remembers its highest wish (V1, V2)', () => {
  expect(decide(policyOf({}), state(10), { ...calm, load: 76 }).replicas).toBe(10);
  expect(decide(policyOf({}), state(10), { ...calm, load: 78 }).replicas).toBe(12);
  const before = decide(policyOf({}), state(10), calm).state;
  const fallen = { ...calm, load: 20, atMs: AT_MS + 60_000 };
  expect(decide(policyOf({}), before, fallen)).toMatchObject({ replicas: 10 });
  expect(decide(policyOf({}), before, { ...fallen, atMs: AT_MS + 301_000 }).replicas).toBe(3);
});

test('a schedule raises the floor in its zone and no higher than the bound (L1)', () => {
  const schedule = { cron: '0 8 * * *', timezone: 'Europe/Vienna', duration_minutes: 60, min_replicas: 40 };
  expect(decide(policyOf({ schedules: [schedule] }), state(10), calm)).toMatchObject({
    replicas: 40,
    rule: 'schedule',
  });
  expect(decide(policyOf({ max_replicas: 30, schedules: [schedule] }), state(10), calm)).toMatchObject({
    replicas: 30,
    rule: 'bounds',
  });
  const later = { ...calm, atMs: AT_MS + 3_600_000 };
  expect(decide(policyOf({ schedules: [schedule] }), state(10), later).replicas).toBe(10);
});
