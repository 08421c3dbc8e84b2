/** The plain models on a past that is counted by hand: what each repeats, what fades, and what is moved or scaled to the present level. */
import { expect, test } from 'vitest';
import { calendarOf } from '../calendar.ts';
import { createPlainModels, fadingProfile } from './naive.ts';
import { createPast, RAW } from './past.ts';

const HOUR_MS = 3_600_000;
/** A Monday. */
const START = Date.UTC(2026, 0, 5);

function pastOf(values: readonly number[]) {
  const past = createPast(calendarOf(START, HOUR_MS), RAW, 48);
  for (const value of values) past.push(value);
  return past;
}
const days = (count: number, value: (day: number, hour: number) => number): readonly number[] =>
  Array.from({ length: count * 24 }, (_, i) => value(Math.floor(i / 24), i % 24));
function said(values: readonly number[], steps: number): Readonly<Record<string, number>> {
  return Object.fromEntries(createPlainModels(pastOf(values)).map((model) => [model.name, model.predict(steps)]));
}

test('who has a say when the level has changed: what repeats and what is moved, and what fades to the old one only where it was measured', () => {
  expect(createPlainModels(pastOf([1])).map(({ name, say }) => [name, say])).toEqual([
    ['seasonal-naive-day', 'always'],
    ['seasonal-naive-week', 'always'],
    ['profile', 'always'],
    ['profile-fading', 'measured'],
    ['profile-moved', 'shifted'],
    ['profile-scaled', 'shifted'],
    ['profile-long', 'always'],
    ['profile-alike', 'always'],
  ]);
});

test('after a fortnight and a day each model answers with what it looks at', () => {
  // Level by day of the index, flat within a day; the fifteenth is a Monday again.
  const levels = [10, 20, 30, 40, 50, 60, 70, 11, 22, 33, 44, 55, 66, 77, 90];
  const told = said(
    days(15, (day) => levels[day] as number),
    5,
  );
  // Five hours into the sixteenth day, a Tuesday.
  expect(told['seasonal-naive-day']).toBe(90);
  expect(told['seasonal-naive-week']).toBe(22);
  // The last seven days 22, 33, 44, 55, 66, 77, 90, and the last fourteen, 20 to 90.
  expect(told['profile']).toBe(55);
  expect(told['profile-long']).toBe((44 + 50) / 2);
  // Working days among the last fourteen: 20 30 40 50 60... by their weekdays: Tue to Fri, Mon to Fri, Mon.
  expect(told['profile-alike']).toBe((33 + 40) / 2);
});

test('a present deviation fades to 1/e in three hours; a model of its own does the same', () => {
  const values = [...days(8, () => 100), 160, 160, 160];
  const faded = (steps: number) => 100 + 60 * Math.exp(-steps / 3);
  for (const steps of [1, 3, 6]) {
    expect(said(values, steps)['profile-fading']).toBeCloseTo(faded(steps), 9);
    expect(fadingProfile(pastOf(values)).predict(steps)).toBeCloseTo(faded(steps), 9);
  }
});

test('the profile is moved by as much and scaled by as many times as the newest three values are off it', () => {
  const values = [...days(8, (_, hour) => (hour < 12 ? 10 : 40)), 30, 30, 30];
  // In the afternoon the profile is 40, now it is 10, and the load is 30.
  expect(said(values, 12)).toMatchObject({ 'profile-moved': 60, 'profile-scaled': 120 });
});

test('a profile is scaled by twenty at most, and moved where there is nothing to scale', () => {
  const tiny = [...days(8, (_, hour) => (hour < 12 ? 0.001 : 40)), 30, 30, 30];
  expect(said(tiny, 12)['profile-scaled']).toBe(800);
  const nothing = [...days(8, (_, hour) => (hour < 12 ? 0 : 40)), 30, 30, 30];
  expect(said(nothing, 12)['profile-scaled']).toBe(70);
});

test('without a day the newest value is repeated', () => {
  const told = said([5, 6, 7], 2);
  for (const name of ['seasonal-naive-day', 'seasonal-naive-week', 'profile', 'profile-long', 'profile-alike'])
    expect([name, told[name]]).toEqual([name, 7]);
});
