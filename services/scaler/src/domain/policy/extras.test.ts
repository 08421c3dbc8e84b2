/** The open parts of a policy at their edges: times of day, days, numbers that belong together. */
import { expect, test } from 'vitest';
import { parsePolicy } from './policy.ts';

const problems = (part: 'vertical' | 'business_hours', value: object): readonly string[] => {
  const outcome = parsePolicy({ [part]: value });
  return outcome.kind === 'invalid' ? outcome.problems.map(({ pointer, message }) => `${pointer} ${message}`) : [];
};
const hours = (value: object) => problems('business_hours', value);

test.each(['00:00', '09:05', '19:59', '20:00', '23:59', '24:00'])('%s is a time of day', (time) => {
  expect(hours({ start: time, end: time })).toEqual([]);
});

test.each(['24:01', '24:00x', '124:00', '8:30', '08:60', '30:00', '29:00', '08:30:00', 'x08:30', '0830', 'ab:cd'])(
  '%s is none, at the start and at the end',
  (time) => {
    const message = `must be a time of day such as "08:30", got "${time}"`;
    expect(hours({ start: time, end: time })).toEqual([
      `/business_hours/start ${message}`,
      `/business_hours/end ${message}`,
    ]);
  },
);

test('days are known by their first three letters, in any case; none at all are no problem', () => {
  expect(hours({ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] })).toEqual([]);
  expect(hours({ days: ['Monday', 'TUESDAY', 'Sunday'] })).toEqual([]);
  for (const days of [[], null, undefined]) expect(hours({ days })).toEqual([]);
});

test.each([[['mo']], [['mon', 1]], [['']], ['mon'], [5], [false], [{}]])('%j are no days', (days) => {
  expect(hours({ days })).toEqual([
    `/business_hours/days must be a list of days of the week such as ["mon", "tue"], got ${JSON.stringify(days)}`,
  ]);
});

test('a zone of business hours is one that is known', () => {
  expect(hours({ timezone: 'Europe/Vienna' })).toEqual([]);
  expect(hours({ timezone: '+02:00' })).toEqual([
    '/business_hours/timezone must be an IANA time zone such as Europe/Vienna, got "+02:00"',
  ]);
});

test.each(['vertical', 'business_hours'] as const)('%s: numbers, replicas and pairs', (part) => {
  const of = (value: object) => problems(part, value).map((each) => each.replace(`/${part}/`, ''));
  expect(of({ enabled: false, min_cpu: 2, max_cpu: 2, min_replicas: 0, step: 0.5, most: 1e15, mode: 'auto' })).toEqual(
    [],
  );
  expect(of({ enabled: 1 })).toEqual(['enabled must be true or false, got 1']);
  expect(of({ min_cpu: 3, max_cpu: 2 })).toEqual(['min_cpu must not be above max_cpu (2), got 3']);
  // Only what is called `min_` has a `max_` beside it.
  expect(of({ abc_cpu: 3, max_cpu: 2, cpu: 9, max_: 1 })).toEqual([]);
  expect(of({ step: -0.1 })).toEqual(['step must be a number from 0 to 1000000000000000, got -0.1']);
  expect(of({ step: 1.1e15 })).toHaveLength(1);
  expect(of({ max_replicas: '3' })).toEqual([
    'max_replicas must be a whole number from 0 to 1000000000000000, got "3"',
  ]);
  expect(of({ min_replicas: 1.5 })).toHaveLength(1);
});
