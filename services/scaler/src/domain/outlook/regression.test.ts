/** Recursive least squares beside the plain solution of the same problem, and what it does while nothing new is learned. */
import { seededRng } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { createRegression } from './regression.ts';

/** Gauss and Jordan, for a few unknowns. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): readonly number[] {
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

const SIZE = 3;
const RIDGE = 2;
const MEMORY = 0.9;

test('it is the weighted ridge regression of all rows, each worth nine tenths of the next (G1)', () => {
  const rng = seededRng(3);
  const rows = Array.from({ length: 25 }, () => ({
    row: Array.from({ length: SIZE }, () => 2 * rng.next() - 1),
    value: 10 * rng.next(),
    weight: 0.2 + rng.next(),
  }));
  const regression = createRegression(SIZE, RIDGE, MEMORY);
  rows.forEach(({ row, value, weight }, n) => {
    const own = Float64Array.from(row);
    regression.learn(own, value - regression.predict(own), weight);
    const known = rows.slice(0, n + 1);
    const worth = known.map((each, i) => each.weight * MEMORY ** (n - i));
    const matrix = Array.from({ length: SIZE }, (_, a) =>
      Array.from({ length: SIZE }, (_b, b) =>
        known.reduce(
          (sum, each, i) => sum + (worth[i] as number) * (each.row[a] as number) * (each.row[b] as number),
          a === b ? RIDGE * MEMORY ** (n + 1) : 0,
        ),
      ),
    );
    const right = Array.from({ length: SIZE }, (_, a) =>
      known.reduce((sum, each, i) => sum + (worth[i] as number) * (each.row[a] as number) * each.value, 0),
    );
    const unit = (a: number) => Float64Array.from({ length: SIZE }, (_, i) => (i === a ? 1 : 0));
    expect([0, 1, 2].map((a) => regression.predict(unit(a)))).toEqual(
      solve(matrix, right).map((value) => expect.closeTo(value, 8)),
    );
  });
});

test('while nothing is learned the proof that is forgotten has an end: the mean of the covariance at a thousand (G2)', () => {
  const idle = new Float64Array(2);
  const first = Float64Array.from([1, 0]);
  const after = (rounds: number): number => {
    const regression = createRegression(2, 1, 0.5);
    for (let i = 0; i < rounds; i++) regression.learn(idle, 0, 1);
    regression.learn(first, 1, 1);
    return regression.predict(first);
  };
  // The covariance doubles from 1 to 1,024, where it stays: what one row moves is P / (P + 1/2).
  expect([0, 1, 5, 10, 11, 60].map(after)).toEqual(
    [1, 2, 32, 1_024, 1_024, 1_024].map((spread) => expect.closeTo(spread / (spread + 0.5), 12)),
  );
});
