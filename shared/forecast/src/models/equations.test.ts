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

/** Gauss and Jordan, for a few unknowns. */
function plainly(matrix: readonly (readonly number[])[], right: readonly number[]): readonly number[] {
  const rows = matrix.map((row, i) => [...row, right[i] as number]);
  rows.forEach((pivot, i) => {
    const lead = pivot[i] as number;
    pivot.forEach((value, j) => {
      pivot[j] = value / lead;
    });
    for (const row of rows) {
      const factor = row[i] as number;
      if (row !== pivot)
        row.forEach((value, j) => {
          row[j] = value - factor * (pivot[j] as number);
        });
    }
  });
  return rows.map((row) => row.at(-1) as number);
}

test('a solution is the plain one of the same weighted rows, drawn to the prior as hard as asked (1, 2)', () => {
  const rng = seededRng(7);
  const rows = Array.from({ length: 9 }, () => ({
    row: [1, rng.next(), 2 * rng.next() - 1],
    target: 5 * rng.next(),
    weight: 0.5 + rng.next(),
  }));
  const equations = createEquations(3, 0.8);
  for (const { row, target, weight } of rows) equations.add(Float64Array.from(row), target, weight);
  const worth = rows.map(({ weight }, i) => weight * 0.8 ** (rows.length - 1 - i));
  const [prior, penalties] = [
    [1, -2, 3],
    [0.5, 2, 7],
  ];
  const sum = (term: (each: (typeof rows)[number]) => number): number =>
    rows.reduce((total, each, i) => total + (worth[i] as number) * term(each), 0);
  const matrix = [0, 1, 2].map((a) =>
    [0, 1, 2].map(
      (b) => sum(({ row }) => (row[a] as number) * (row[b] as number)) + (a === b ? (penalties[a] as number) : 0),
    ),
  );
  const right = [0, 1, 2].map(
    (a) => sum(({ row, target }) => (row[a] as number) * target) + (penalties[a] as number) * (prior[a] as number),
  );
  const into = new Float64Array(3);
  const solution = equations.solve(Float64Array.from(prior), Float64Array.from(penalties), into);
  expect(solution).toBe(into);
  expect([...solution]).toEqual(plainly(matrix, right).map((value) => expect.closeTo(value, 6)));
  expect(equations.mass()).toBeCloseTo(
    worth.reduce((a, b) => a + b, 0),
    9,
  );
});
