import { expect, test } from 'vitest';
import { calendarOf } from '../calendar.ts';
import { createDecomposition, type Decompose } from './decomposition.ts';
import { createPast, RAW } from './past.ts';

const HOUR_MS = 3_600_000;

function run(days: number, decompose: Decompose | undefined) {
  const past = createPast(calendarOf(0, HOUR_MS), RAW, 24);
  const model = createDecomposition(past, 24, 0, decompose);
  for (let i = 0; i < days * 24; i++) {
    past.push(10);
    model.learn(true);
  }
  return model;
}

test('without the arithmetic it answers with the plain profile and says so (2)', () => {
  const model = run(5, undefined);
  expect(model.predict(3)).toBeCloseTo(10, 9);
  expect(model.fallback()?.code).toBe('DecompositionAbsent');
});

test('a failed fit and one that gives no numbers fall back and say why (2)', () => {
  const broken: readonly Decompose[] = [
    () => {
      throw new Error('no season');
    },
    (_values, _periods, ahead) => new Float64Array(ahead).fill(Number.NaN),
  ];
  for (const decompose of broken) {
    const model = run(5, decompose);
    expect(model.predict(3)).toBeCloseTo(10, 9);
    expect(model.fallback()?.code).toBe('DecompositionFailed');
  }
});

test('it is fitted once a day, with the week as soon as that is known (1)', () => {
  const asked: (readonly number[])[] = [];
  const model = run(18, (values, periods, ahead) => {
    asked.push(periods);
    return new Float64Array(ahead).fill(values[0] as number);
  });
  expect(asked.length).toBe(16);
  expect(asked[0]).toEqual([24]);
  expect(asked.at(-1)).toEqual([24, 168]);
  expect(model.fallback()).toBeUndefined();
  expect(model.predict(24)).toBeCloseTo(10, 9);
});
