/** Each field of a policy at its edges: what is just allowed, what is just refused, and what a policy holds of what was given. */
import { expect, test } from 'vitest';
import { policyOf } from './policy.fixture.ts';
import { parsePolicy } from './policy.ts';

const problems = (input: unknown): readonly string[] => {
  const outcome = parsePolicy(input);
  return outcome.kind === 'invalid' ? outcome.problems.map(({ pointer, message }) => `${pointer} ${message}`) : [];
};
/** Field by field: a path, what is good, what is not. */
const EDGES: readonly (readonly [string, readonly unknown[], readonly unknown[]])[] = [
  ['min_replicas', [0, 10], [-1, 10_001, 1.5, '1', true]],
  ['max_replicas', [1, 10_000], [-1, 10_001, 2.5]],
  ['target_cpu_utilization', [0.1, 100], [0, 100.1, -5]],
  ['target_memory_utilization', [0.1, 100], [0, 100.1]],
  ['scale_up_threshold', [30.1, 100], [0, 100.1]],
  ['scale_down_threshold', [0.1, 79.9], [0, 80, 101]],
  ['scale_up_rate', [1.001, 100], [1, 100.1]],
  ['scale_down_rate', [0.001, 0.999], [0, 1]],
  ['cooldown_seconds', [0, 86_400], [-1, 86_401]],
  ['priority', [0, 1_000_000], [-1, 1_000_001, 0.5]],
  ['version', [0, 7], [-1, 1.5]],
  ['enabled', [true, false], ['yes', 1]],
  ['policy_id', ['p'], ['', 4]],
  ['service_name', ['s'], ['', 4]],
  ['tenant_id', ['t'], ['', 4]],
  ['namespace', ['n'], ['', 4]],
];

test.each(EDGES)('%s: what is just allowed and what is just not', (name, good, bad) => {
  for (const value of good) expect([value, problems({ [name]: value })]).toEqual([value, []]);
  for (const value of bad)
    expect([value, problems({ [name]: value }).map((each) => each.split(' ')[0])]).toEqual([value, [`/${name}`]]);
});

const PARTS: readonly (readonly [string, string, readonly unknown[], readonly unknown[]])[] = [
  ['predictive', 'enabled', [true, false], [0]],
  ['predictive', 'mode', ['forecast_only', 'scale'], ['off', '']],
  ['predictive', 'horizon_minutes', [1, 1_440], [0.9, 1_440.1]],
  ['predictive', 'quantile', [0.001, 0.999], [0, 1]],
  ['cost', 'aware', [true, false], ['yes']],
  [
    'cost',
    'max_hourly_usd',
    ['0', '1.25', '123456789012.123456'],
    ['1.', '-1', '1.1234567', '1234567890123', '.5', ' 1'],
  ],
];

test.each(PARTS)('%s/%s: what is just allowed and what is just not', (part, name, good, bad) => {
  for (const value of good) expect([value, problems({ [part]: { [name]: value } })]).toEqual([value, []]);
  for (const value of bad)
    expect([value, problems({ [part]: { [name]: value } }).map((each) => each.split(' ')[0])]).toEqual([
      value,
      [`/${part}/${name}`],
    ]);
});

test('each part and each schedule knows its own fields only', () => {
  expect(problems({ predictive: { quantil: 0.5 }, cost: { awar: true }, schedules: [{ crom: 1 }] })).toEqual([
    '/schedules/0/crom is not known; the nearest known name is cron',
    '/schedules/0/cron is required',
    '/schedules/0/duration_minutes is required',
    '/schedules/0 must set min_replicas or max_replicas, got {"crom":1}',
    '/predictive/quantil is not known; the nearest known name is quantile',
    '/cost/awar is not known; the nearest known name is aware',
  ]);
  expect(problems({ predictive: 3, cost: [], schedules: 'x' }).map((each) => each.split(' ')[0])).toEqual([
    '/schedules',
    '/predictive',
    '/cost',
  ]);
  const full = { cron: '0 8 * * *', timezone: 'Europe/Vienna', duration_minutes: 1, min_replicas: 0, max_replicas: 0 };
  expect(problems({ schedules: [full, { ...full, duration_minutes: 10_080 }] })).toEqual([]);
  expect(
    problems({
      schedules: [
        { ...full, duration_minutes: 10_081 },
        { ...full, max_replicas: -1 },
      ],
    }),
  ).toHaveLength(2);
});

test('sixty-four schedules are read, one more is not', () => {
  const schedule = { cron: '0 8 * * *', duration_minutes: 60, min_replicas: 2 };
  expect(policyOf({ schedules: new Array(64).fill(schedule) }).schedules).toHaveLength(64);
  expect(problems({ schedules: new Array(65).fill(schedule) })[0]).toContain('/schedules must be a list of at most 64');
});

test('what is given is what a policy holds, per cent as shares', () => {
  const policy = policyOf({
    policy_id: 'p1',
    service_name: 'shop',
    tenant_id: 't1',
    namespace: 'web',
    enabled: false,
    min_replicas: 2,
    max_replicas: 8,
    target_cpu_utilization: 60,
    target_memory_utilization: 75,
    scale_up_threshold: 90,
    scale_down_threshold: 20,
    scale_up_rate: 2,
    scale_down_rate: 0.5,
    cooldown_seconds: 60,
    predictive: { mode: 'forecast_only', horizon_minutes: 30, quantile: 0.9 },
    cost: { aware: true, max_hourly_usd: '12.50' },
    schedules: [{ cron: '0 8 * * *', timezone: 'Asia/Tokyo', duration_minutes: 90, max_replicas: 4 }],
    vertical: { enabled: true },
    business_hours: { start: '08:00' },
    priority: 3,
    version: 9,
  });
  expect(policy).toMatchObject({
    policyId: 'p1',
    serviceName: 'shop',
    enabled: false,
    minReplicas: 2,
    maxReplicas: 8,
    targetCpu: 0.6,
    targetMemory: 0.75,
    upThreshold: 0.9,
    downThreshold: 0.2,
    upRate: 2,
    downRate: 0.5,
    cooldownS: 60,
    predictive: { mode: 'forecast_only', horizonMinutes: 30, quantile: 0.9 },
    cost: { aware: true, maxHourlyUsd: 12.5 },
    priority: 3,
  });
  expect(policy.schedules).toEqual([
    {
      cron: expect.objectContaining({ repeats: false }),
      timezone: 'Asia/Tokyo',
      durationMinutes: 90,
      minReplicas: undefined,
      maxReplicas: 4,
    },
  ]);
  const midnight = Date.UTC(2026, 0, 1);
  expect(policy.schedules[0]?.cron.after(midnight)).toBe(midnight + 8 * 3_600_000);
  expect(policyOf({ predictive: { enabled: false, mode: 'scale' } }).predictive.mode).toBe('off');
  expect(
    policyOf({ schedules: [{ cron: '0 8 * * *', duration_minutes: 9, min_replicas: 1 }] }).schedules[0],
  ).toMatchObject({ timezone: 'UTC', minReplicas: 1, maxReplicas: undefined });
});

test('what is left out has its default, and null counts as left out', () => {
  expect(policyOf({ min_replicas: null, policy_id: null, cost: null })).toMatchObject({
    policyId: undefined,
    serviceName: undefined,
    minReplicas: 1,
    cost: { aware: false, maxHourlyUsd: undefined },
    predictive: { mode: 'scale', horizonMinutes: undefined },
    schedules: [],
    priority: 0,
  });
  const outcome = parsePolicy({ min_replicas: 40 });
  expect(outcome.kind === 'policy' && outcome.policy.maxReplicas).toBe(40);
});

test('thresholds that meet are refused with both in per cent', () => {
  expect(problems({ scale_up_threshold: 50, scale_down_threshold: 60 })).toEqual([
    '/scale_down_threshold must be below scale_up_threshold (50), got 60',
  ]);
  expect(problems({ scale_up_threshold: 50, scale_down_threshold: 50 })).toHaveLength(1);
});

test('a hundred problems are told and no more; a value is shown in sixty characters; a pointer is escaped', () => {
  const many = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`field_${i}`, 1]));
  expect(problems(many)).toHaveLength(100);
  expect(problems({ min_replicas: 'x'.repeat(58) })[0]).toMatch(/got "x{58}"$/);
  expect(problems({ min_replicas: 'x'.repeat(59) })[0]).toMatch(/got "x{59}\.\.\.$/);
  expect(problems({ 'a/b~c': 1 })[0]).toMatch(/^\/a~1b~0c is not known/);
  expect(problems({ min_replicas: Number.NaN })[0]).toMatch(/got NaN$/);
  expect(problems(undefined)).toEqual([' must be an object, got undefined']);
});

test('the nearest known name has the fewest letters to change, and a beginning is nearest of all', () => {
  const nearest = (name: string) =>
    problems({ [name]: 1 })[0]
      ?.split(' ')
      .at(-1);
  expect(['prioritie', 'versoin', 'enable', 'scale_up', 'target', 'costs', 'max_replica_s'].map(nearest)).toEqual([
    'priority',
    'version',
    'enabled',
    'scale_up_threshold',
    'target_cpu_utilization',
    'cost',
    'max_replicas',
  ]);
});
