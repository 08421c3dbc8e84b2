/** A policy is checked whole: every problem at once, each with the value received. */
import { expect, test } from 'vitest';
import { parsePolicy } from './policy.ts';

const problems = (input: unknown) => {
  const outcome = parsePolicy(input);
  return outcome.kind === 'invalid' ? outcome.problems.map(({ pointer, message }) => `${pointer} ${message}`) : [];
};

test('defaults are those of the contract', () => {
  const outcome = parsePolicy({});
  expect(outcome).toMatchObject({
    kind: 'policy',
    policy: {
      enabled: true,
      minReplicas: 1,
      maxReplicas: 10,
      targetCpu: 0.7,
      targetMemory: 0.8,
      upThreshold: 0.8,
      downThreshold: 0.3,
      upRate: 1.5,
      downRate: 0.8,
      cooldownS: 300,
      predictive: { mode: 'scale', quantile: undefined },
    },
  });
});

test('all problems are told at once, with the value received (P1)', () => {
  const found = problems({
    min_replicas: 5,
    max_replicas: 2,
    target_cpu_utilization: Number.NaN,
    scale_up_rate: -1.5,
    cooldown_seconds: 'soon',
    cost: { max_hourly_usd: 12 },
    predictive: { quantile: 1, mode: 'guess' },
    schedules: [
      { cron: '61 * * * *', timezone: 'Mars/Base', duration_minutes: 0, min_replicas: 9, max_replicas: 3 },
      { cron: '0 8 * * mon-fri', duration_minutes: 60 },
    ],
  });
  expect(found).toEqual([
    '/min_replicas must not be above max_replicas (2), got 5',
    '/schedules/0/cron must be a cron line; its minute is not understood, got "61 * * * *"',
    '/schedules/0/timezone must be an IANA time zone such as Europe/Vienna, got "Mars/Base"',
    '/schedules/0/duration_minutes must be a whole number from 1 to 10080, got 0',
    '/schedules/0/min_replicas must not be above max_replicas (3), got 9',
    '/schedules/1 must set min_replicas or max_replicas, got {"cron":"0 8 * * mon-fri","duration_minutes":60}',
    '/target_cpu_utilization must be a number above 0 to 100, got NaN',
    '/scale_up_rate must be a number above 1 to 100, got -1.5',
    '/cooldown_seconds must be a number from 0 to 86400, got "soon"',
    '/predictive/mode must be one of forecast_only, scale, got "guess"',
    '/predictive/quantile must be a number above 0 and below 1, got 1',
    '/cost/max_hourly_usd must be a decimal in quotes, such as "1.25", got 12',
  ]);
});

test('an unknown field is told with the nearest known name (P2)', () => {
  expect(problems({ max_replica: 4, cooldown: 9 })).toEqual([
    '/max_replica is not known; the nearest known name is max_replicas',
    '/cooldown is not known; the nearest known name is cooldown_seconds',
  ]);
});

test('what is no object is no policy', () => {
  for (const input of [null, 4, 'text', [1]]) expect(problems(input)).toHaveLength(1);
});

test('infinite, fractional and negative replicas are refused', () => {
  for (const value of [Number.POSITIVE_INFINITY, 2.5, -1, '3', true])
    expect(problems({ min_replicas: value })[0]).toContain('/min_replicas must be a whole number');
});

test('vertical and business hours are checked with all their problems (E1, E2)', () => {
  const vertical = { enabled: 'yes', min_cpu_cores: 4, max_cpu_cores: 2, step: -1, memory: '512Mi' };
  const hours = {
    timezone: 'Mars/Base',
    start: '25:00',
    end: '18:00',
    days: ['mon', 'moon day', 'xyz'],
    min_replicas: 1.5,
  };
  expect(problems({ vertical, business_hours: hours })).toEqual([
    '/vertical/enabled must be true or false, got "yes"',
    `/vertical/step must be a number from 0 to ${1e15}, got -1`,
    '/vertical/min_cpu_cores must not be above max_cpu_cores (2), got 4',
    `/business_hours/min_replicas must be a whole number from 0 to ${1e15}, got 1.5`,
    '/business_hours/timezone must be an IANA time zone such as Europe/Vienna, got "Mars/Base"',
    '/business_hours/start must be a time of day such as "08:30", got "25:00"',
    '/business_hours/days must be a list of days of the week such as ["mon", "tue"], got ["mon","moon day","xyz"]',
  ]);
  expect(problems({ vertical: 3, business_hours: [] })).toHaveLength(2);
  expect(
    problems({ vertical: { enabled: true, mode: 'auto' }, business_hours: { start: '08:00', end: '24:00' } }),
  ).toEqual([]);
});
