/** What the bench counts, by a case that can be counted by hand. */
import { expect, test } from 'vitest';
import { accountOf } from './account.ts';
import { withForecasts } from './foresight.ts';
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

test('forecast errors and coverage stand in the same table, found by their headings', () => {
  const models =
    '| model | MASE at 15 min | up to 15 min | MASE at 1 h | MASE at 24 h |\n| - |\n| combination | 1 | 2 | 3 | 4 |';
  const traces = '| trace | 90 % covers at 15 min | 90 % covers at 1 h |\n| - |\n| mean of traces | 0.9 | 0.8 |';
  const table = withForecasts('| start-up | who |\n| - | - |\n| 60 s | policy |', `${models}\n\n${traces}`);
  expect(table.split('\n').slice(2)).toEqual([
    '| 60 s | policy |  |  |  |  |  |  |',
    '|  | forecast: combination | 1 | 3 | 4 | 0.9 | 0.8 |  |',
  ]);
});
