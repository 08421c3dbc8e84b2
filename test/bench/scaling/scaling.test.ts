/** What the bench counts, by a case that can be counted by hand. */
import { expect, test } from 'vitest';
import { accountOf } from './account.ts';
import { type Row, summaryTable } from './table.ts';
import { syntheticTraces } from './traces.ts';

const recorded = { startMs: 0, stepMs: 60_000, values: [10, 10, 30, 30, 10] };
const place = { capacity: 10, startupS: 60, tickS: 60, fromMs: 0 };

test('minutes short, hours by both readings, changes and the oracle', () => {
  expect(accountOf(recorded, place, [1, 1, 3, 3, 1])).toMatchObject({
    shortMinutes: 1,
    wantedHours: 9 / 60,
    readyHours: 7 / 60,
    changes: 2,
    oracleHours: 9 / 60,
  });
});

test('a row of the summary compares with the plain autoscaler on the same trace', () => {
  const account = accountOf(recorded, place, [1, 1, 3, 3, 1]);
  const row = (contender: string, shortMinutes: number): Row => ({
    trace: 't',
    startupS: 60,
    contender,
    account: { ...account, shortMinutes },
    errorRatio: undefined,
    below95: undefined,
  });
  const table = summaryTable([row('plain autoscaler', 40), row('policy', 10)], 50);
  expect(table.split('\n').at(-1)).toContain('| policy | 0.250 | 0.25 | 1.000 |');
});

test('synthetic loads are the same every time, finite and not negative', () => {
  const [first, second] = [syntheticTraces(3), syntheticTraces(3)];
  expect(first).toEqual(second);
  expect(first.every(({ trace }) => trace.values.every((value) => Number.isFinite(value) && value >= 0))).toBe(true);
});
