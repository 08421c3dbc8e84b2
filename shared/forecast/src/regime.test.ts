import { expect, test } from 'vitest';
import { calendarOf } from './calendar.ts';
import { createRegime } from './regime.ts';

const DAY = 24;

function fed(...parts: readonly (readonly [count: number, value: number])[]) {
  const regime = createRegime(calendarOf(0, 3_600_000));
  for (const [count, value] of parts) for (let i = 0; i < count; i++) regime.observe(value + (i % 2), 100);
  return regime;
}
const codes = (regime: ReturnType<typeof fed>): readonly string[] => regime.reasons().map(({ code }) => code);

test('a level is apart from the season from the first value that says so on, and no longer when it has come back', () => {
  const usual = [3 * DAY, 100] as const;
  expect(fed(usual).shiftedSteps()).toBe(0);
  expect([1, 2, 7].map((hours) => fed(usual, [hours, 900]).shiftedSteps())).toEqual([1, 2, 7]);
  expect(codes(fed(usual, [7, 900]))).toContain('LevelShift');
  const back = fed(usual, [7, 900], [2 * DAY, 100]);
  expect([back.shiftedSteps(), codes(back).includes('LevelShift')]).toEqual([0, false]);
});

test('in the first two days nothing is a shift, and a missing value is no time of one', () => {
  expect(fed([DAY, 100], [DAY, 900]).shiftedSteps()).toBe(0);
  expect(fed([DAY, 100], [DAY + 1, 900]).shiftedSteps()).toBe(1);
  expect(fed([3 * DAY, 100], [5, 900], [9, Number.NaN]).shiftedSteps()).toBe(5);
});

test('turbulence is how much farther from the season values are than they use to be, within its bounds', () => {
  expect(Math.abs(fed([3 * DAY, 100]).turbulence() - 1)).toBeLessThan(0.3);
  expect(fed([3 * DAY, 100], [12, 400]).turbulence()).toBe(6);
  const calm = fed([3 * DAY, 100]);
  for (let hour = 0; hour < DAY; hour++) calm.observe(100, 100);
  expect(calm.turbulence()).toBe(0.8);
  expect(fed().turbulence()).toBe(1);
});

test('level and spread are those of the roots of the values seen', () => {
  const regime = createRegime(calendarOf(0, 3_600_000));
  for (const value of [4, 16, 4, 16]) regime.observe(value, 9);
  expect([regime.level(), regime.spread()]).toEqual([3, 1]);
  regime.observe(Number.NaN, 9);
  regime.observe(Number.NaN, 9);
  expect([regime.missing(), regime.level()]).toEqual([2, 3]);
});
