/** A path of steps: what the models say together now, and as if the level had not changed, each model asked once a step. */
import { expect, test } from 'vitest';
import { pathsOf } from './paths.ts';
import type { Series } from './series.ts';

/** Two models that say 1 and 2 for the first step, 2 and 3 for the second; together their sum, unshifted their difference. */
function series(shiftedSteps: number) {
  const asked: number[] = [];
  const made = {
    models: [{}, {}],
    regime: { shiftedSteps: () => shiftedSteps },
    predict: (steps: number, into: Float64Array) => {
      asked.push(steps);
      into.set([steps, steps + 1]);
      return (into[0] as number) + (into[1] as number);
    },
    unshifted: (steps: number, said: Float64Array) => 100 * steps + (said[1] as number) - (said[0] as number),
  } as unknown as Series;
  return { made, asked };
}

test('while the level is apart both paths come of one question a step (1)', () => {
  const { made, asked } = series(3);
  const paths = pathsOf(made, 3);
  expect([...paths.median]).toEqual([3, 5, 7]);
  expect([...(paths.unshifted ?? [])]).toEqual([101, 201, 301]);
  expect(asked).toEqual([1, 2, 3]);
});

test('while no level has changed there is one path, and what each model said is told step by step', () => {
  const { made } = series(0);
  const told: number[][] = [];
  expect(pathsOf(made, 2, (said) => told.push([...said]))).toEqual({
    median: Float64Array.from([3, 5]),
    unshifted: undefined,
  });
  expect(told).toEqual([
    [1, 2],
    [2, 3],
  ]);
});
