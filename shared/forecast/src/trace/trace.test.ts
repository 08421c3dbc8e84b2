import { expect, test } from 'vitest';
import { resampleTrace, type Trace } from './trace.ts';

const MINUTE_MS = 60_000;
const START = Date.UTC(2026, 0, 5);
const minutes = (startMinute: number, values: readonly number[]): Trace => ({
  startMs: START + startMinute * MINUTE_MS,
  stepMs: MINUTE_MS,
  values: Float64Array.from(values),
});

test('a longer step averages whole intervals that start on the wall clock, and leaves the broken ones out (3)', () => {
  const outcome = resampleTrace(minutes(3, [9, 9, 1, 2, 3, 4, 5, 7, 7]), 5 * MINUTE_MS);
  expect(outcome.kind === 'trace' && outcome.trace).toEqual({
    startMs: START + 5 * MINUTE_MS,
    stepMs: 5 * MINUTE_MS,
    values: Float64Array.from([3]),
  });
});

test('an interval is missing when fewer than half of its values are there (2)', () => {
  const gap = Number.NaN;
  const outcome = resampleTrace(minutes(0, [1, gap, gap, 4, 5, gap]), 3 * MINUTE_MS);
  expect(outcome.kind === 'trace' && [...outcome.trace.values]).toEqual([gap, 4.5]);
});

test('a step that is no multiple of the one of the file is told', () => {
  expect(resampleTrace(minutes(0, [1, 2, 3]), 90_000)).toEqual({
    kind: 'invalid',
    problems: ["the step of 90 s is not a multiple of the file's step of 60 s"],
  });
});

test('a mean whose sum overflows is the largest load there is (2)', () => {
  const outcome = resampleTrace(minutes(0, [1e308, 1e308, 1, 3]), 2 * MINUTE_MS);
  expect(outcome.kind === 'trace' && [...outcome.trace.values]).toEqual([1e20, 2]);
});
