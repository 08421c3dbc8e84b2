import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseIsoTime, parseTrace } from './csv.ts';
import type { TraceOutcome } from './trace.ts';

const START = Date.UTC(2026, 0, 5);
const at = (minute: number): string => new Date(START + minute * 60_000).toISOString();
const file = (...rows: readonly string[]): string => ['timestamp,value', ...rows].join('\n');
const problemsOf = (outcome: TraceOutcome): readonly string[] => (outcome.kind === 'invalid' ? outcome.problems : []);

test('a file comes back as its values, its start and its step', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1e12, noNaN: true }), { minLength: 2, maxLength: 50 }),
      fc.integer({ min: 1, max: 60 }),
      (values, step) => {
        const outcome = parseTrace(file(...values.map((value, i) => `${at(i * step)},${value}`)));
        if (outcome.kind === 'invalid') throw new Error(outcome.problems.join('\n'));
        expect([...outcome.trace.values]).toEqual(values.map((value) => value + 0));
        expect([outcome.trace.startMs, outcome.trace.stepMs]).toEqual([START, step * 60_000]);
      },
    ),
  );
});

test('rows that are missing are gaps, and the step is the commonest distance (2, 3)', () => {
  const outcome = parseTrace(file(`${at(0)},1`, `${at(5)},2`, `${at(10)},3`, `${at(25)},4`));
  expect(outcome.kind === 'trace' && [...outcome.trace.values]).toEqual([1, 2, 3, Number.NaN, Number.NaN, 4]);
});

test('each fault of a row is told with its line and the value received (1, 4)', () => {
  const rows = [
    `${at(0)},1`,
    `${at(5)},NaN`,
    `${at(10)},-2`,
    `${at(15)},many`,
    'yesterday,4',
    `${at(5)},1`,
    `${at(5)},1`,
    '1,2,3',
  ];
  const problems = problemsOf(parseTrace(file(...rows)));
  expect(problems).toEqual([
    'line 3: value must be a finite number, got "NaN"',
    'line 4: value must not be negative, got "-2"',
    'line 5: value must be a finite number, got "many"',
    'line 6: timestamp must be ISO 8601 with a zone, such as 2026-01-31T09:05:00Z, got "yesterday"',
    'line 9: two fields are asked for, got "1,2,3"',
    `line 7: ${at(5)} comes after a later row (line 4): rows must be sorted by time`,
    `line 8: ${at(5)} is there twice (line 7)`,
  ]);
});

test('the largest load that is known is read, one above it is told with its line and not in a stack later (1, 4)', () => {
  const outcome = parseTrace(file(`${at(0)},1e20`, `${at(5)},0`));
  expect(outcome.kind === 'trace' && [...outcome.trace.values]).toEqual([1e20, 0]);
  for (const value of ['1.0000001e20', '1e300', '1e308'])
    expect(problemsOf(parseTrace(file(`${at(0)},1`, `${at(5)},${value}`)))).toEqual([
      `line 3: value must be at most 100000000000000000000, got "${value}"`,
    ]);
});

test('a row off the step is told (1)', () => {
  const outcome = parseTrace(file(`${at(0)},1`, `${at(5)},2`, `${at(10)},3`, `${at(12)},4`));
  expect(problemsOf(outcome)).toEqual([`line 5: ${at(12)} is off the step of 300 s that the file has`]);
});

test('an empty file, one without a header and one of a single row are each told', () => {
  expect(problemsOf(parseTrace(''))[0]).toContain('the file is empty');
  expect(problemsOf(parseTrace(`${at(0)},1\n${at(5)},2`))[0]).toContain('the header must be "timestamp,value"');
  expect(problemsOf(parseTrace(file(`${at(0)},1`)))).toEqual(['1 row(s): at least two are needed to know the step']);
});

test('a file of faults does not answer with a flood', () => {
  const problems = problemsOf(parseTrace(file(...Array.from({ length: 500 }, (_, i) => `${at(i)},x`))));
  expect(problems.length).toBe(21);
  expect(problems.at(-1)).toBe('and 480 more problems');
});

test('a time without a zone or on no day of the calendar is no time', () => {
  expect(parseIsoTime('2026-02-29T00:00:00Z')).toBeUndefined();
  expect(parseIsoTime('2026-02-28T00:00:00')).toBeUndefined();
  expect(parseIsoTime('2026-02-28T01:00:00+01:00')).toBe(Date.UTC(2026, 1, 28));
});
