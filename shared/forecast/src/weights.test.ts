import { expect, test } from 'vitest';
import { weigh } from './weights.ts';

const weighed = (errors: readonly number[], heard = errors.map(() => true)): readonly number[] => {
  const into = new Float64Array(errors.length).fill(7);
  weigh(Float64Array.from(errors), heard, into);
  return [...into].map((weight) => Number(weight.toFixed(6)));
};

test('half the error has eight times the weight, and weights sum to 1', () => {
  expect(weighed([1, 2, 4])).toEqual([0.876712, 0.109589, 0.013699]);
  expect(weighed([3, 3])).toEqual([0.5, 0.5]);
});

test('without any error all are alike; without one of its own a model has all the weight', () => {
  expect(weighed([0, 0, 0, 0])).toEqual([0.25, 0.25, 0.25, 0.25]);
  expect(weighed([0, 5])).toEqual([1, 0]);
});

test('who is not heard has no weight, and its error changes no other weight', () => {
  expect(weighed([0, 1, 2, 1e9], [false, true, true, false])).toEqual([0, 0.888889, 0.111111, 0]);
  expect(weighed([5, 0, 0], [false, true, true])).toEqual([0, 0.5, 0.5]);
});
