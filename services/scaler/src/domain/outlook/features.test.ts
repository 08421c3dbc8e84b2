/** What the regression looks at, worked out anew from the whole list of values: lags, means and times of day, as differences. */
import { seededRng } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { fillLocation, LOCATION_SIZE, spansOf } from './features.ts';
import { createPast } from './past.ts';

test('ten minutes, a quarter of an hour, an hour and six, in steps: one, two, three and three at the least', () => {
  expect(spansOf(60)).toEqual({ near: 10, quarter: 15, hour: 60, shift: 360 });
  expect(spansOf(300)).toEqual({ near: 2, quarter: 3, hour: 12, shift: 72 });
  expect(spansOf(21_600)).toEqual({ near: 1, quarter: 2, hour: 3, shift: 3 });
});

/** Half hours: a day is 48 and a week 336; ten minutes are one step, a quarter of an hour two, an hour three, six hours twelve. */
const STEP_S = 1_800;
const [DAY, WEEK] = [48, 336];
const STEPS = 5;

const rng = seededRng(4);
const ALL = Array.from({ length: 400 }, () => 10 + 5 * rng.next());

function rowOf(count: number) {
  const past = createPast(STEP_S);
  for (const root of ALL.slice(0, count)) past.push(root, true);
  const row = new Float64Array(LOCATION_SIZE);
  fillLocation(past, spansOf(STEP_S), STEPS, row);
  return { row, past };
}
/** Mean of the values at from..to that there are. */
function mean(count: number, from: number, to: number): number {
  const own = ALL.slice(Math.max(0, from), Math.min(count - 1, to) + 1);
  return own.reduce((a, b) => a + b, 0) / own.length;
}

test.each([1, 2, 3, 4, 30, DAY, DAY + 1, DAY + 2, 200, WEEK, WEEK + 1, WEEK + 2, 350])(
  'with %i values known each figure is that of the values themselves, and of none that is not known (F1)',
  (count) => {
    const { row, past } = rowOf(count);
    const last = count - 1;
    const now = ALL[last] as number;
    const at = (index: number): number => ALL[Math.min(last, index)] as number;
    const target = last + STEPS;
    const near = (index: number) => mean(count, index - 1, index + 1) - now;
    const until = (index: number) => mean(count, index - 1, index) - now;
    const day = last >= DAY ? [at(target - DAY) - now, near(target - DAY), until(last - DAY)] : [0, 0, 0];
    const week = last >= WEEK ? [near(target - WEEK), until(last - WEEK)] : [day[1], day[2]];
    const known = last >= DAY;
    expect([...row]).toEqual(
      [
        past.change(),
        last >= 1 ? at(last - 1) - now : 0,
        last >= 2 ? at(last - 2) - now : 0,
        mean(count, last - 2, last) - now,
        mean(count, last - 1, last) - now,
        mean(count, last - 2, last) - now,
        mean(count, last - 11, last) - now,
        ...day,
        ...week,
        known ? past.profile(target) - now : 0,
        known ? past.profile(last) - now : 0,
        mean(count, last - DAY + 1, last) - now,
      ].map((value) => expect.closeTo(value as number, 9)),
    );
  },
);

test('a time of day that was never known is told as no difference', () => {
  const past = createPast(STEP_S);
  for (let i = 0; i <= DAY + 10; i++) past.push(5 + (i % 3), i % DAY !== (DAY + 10 + STEPS) % DAY);
  const row = new Float64Array(LOCATION_SIZE);
  fillLocation(past, spansOf(STEP_S), STEPS, row);
  expect(past.profile(DAY + 10 + STEPS)).toBeNaN();
  expect([row[12], row[13]]).toEqual([0, 0]);
  const other = createPast(STEP_S);
  for (let i = 0; i <= DAY + 10; i++) other.push(5 + (i % 3), i % DAY !== 10);
  fillLocation(other, spansOf(STEP_S), STEPS, row);
  expect([row[12], row[13]]).toEqual([0, 0]);
});
