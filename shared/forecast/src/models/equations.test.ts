import { seededRng } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { createEquations } from './equations.ts';

const NONE = Float64Array.from([0, 0, 0]);

test('rows of a straight law give its coefficients, also after a long time of forgetting (1)', () => {
  const rng = seededRng(5);
  const equations = createEquations(3, 0.99);
  for (let i = 0; i < 5_000; i++) {
    const row = Float64Array.from([1, rng.next(), rng.next()]);
    equations.add(row, 2 + 3 * (row[1] as number) - (row[2] as number), 1);
  }
  const [a, b, c] = equations.solve(NONE, Float64Array.from([1e-9, 1e-9, 1e-9])) as unknown as [number, number, number];
  expect(a).toBeCloseTo(2, 5);
  expect(b).toBeCloseTo(3, 5);
  expect(c).toBeCloseTo(-1, 5);
  expect(equations.mass()).toBeCloseTo(100, 6);
});

test('without rows the solution is what it is drawn to (2)', () => {
  const prior = Float64Array.from([1, -2, 3]);
  const solution = createEquations(3, 1).solve(prior, Float64Array.from([1, 2, 3]));
  for (let i = 0; i < 3; i++) expect(solution[i]).toBeCloseTo(prior[i] as number, 12);
});

test('what was long ago is forgotten', () => {
  const equations = createEquations(1, 0.9);
  const one = Float64Array.from([1]);
  for (let i = 0; i < 100; i++) equations.add(one, 5, 1);
  for (let i = 0; i < 100; i++) equations.add(one, 9, 1);
  expect(equations.solve(Float64Array.from([0]), Float64Array.from([1e-9]))[0]).toBeCloseTo(9, 3);
});
