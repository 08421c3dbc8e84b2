import { seededRng } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { calendarOf } from '../calendar.ts';
import { FEATURES, FIRST_PLAIN, fillRow } from './features.ts';
import { createPast, type Past, PROFILE_DAYS, profileMean, RAW } from './past.ts';

const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 0, 5);

function walk(count: number, factor: number) {
  const rng = seededRng(9);
  const past = createPast(calendarOf(START, HOUR_MS), RAW, 24);
  for (let i = 0; i < count; i++) past.push(factor * (10 + 10 * rng.next()));
  return past;
}

const fill = (past: Past, now: number, steps: number, row: Float64Array): number =>
  fillRow(past, now, steps, profileMean(past, now, now, PROFILE_DAYS, 1), row);

test('a row worked out when its target has come is the row that was known at its origin (3)', () => {
  const [then, later] = [new Float64Array(FEATURES), new Float64Array(FEATURES)];
  for (const now of [0, 1, 5, 23, 24, 100, 167, 168, 300]) {
    const shape = fill(walk(now + 1, 1), now, 24, then);
    expect(fill(walk(now + 25, 1), now, 24, later)).toBeCloseTo(shape, 9);
    for (let i = 0; i < FEATURES; i++) expect(later[i]).toBeCloseTo(then[i] as number, 9);
  }
});

test('a load that is twice as large doubles the differences and leaves the calendar alone', () => {
  const [single, double] = [new Float64Array(FEATURES), new Float64Array(FEATURES)];
  fill(walk(400, 1), 399, 5, single);
  fill(walk(400, 2), 399, 5, double);
  for (let i = 1; i < FIRST_PLAIN; i++) expect(double[i]).toBeCloseTo(2 * (single[i] as number), 8);
  for (let i = FIRST_PLAIN; i < FEATURES; i++) expect(double[i]).toBe(single[i]);
});
