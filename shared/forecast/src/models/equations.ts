/**
 * Weighted least squares that forgets, kept as normal equations: rows come one by one and are never stored.
 *
 * 1. Forgetting is a growing weight of new rows; the sums are brought down again before they overflow.
 * 2. A solution is drawn towards a given vector (generalised ridge; Hoerl and Kennard 1970, with a prior mean): with no rows it is
 *    that vector, with many it is least squares.
 */
import type { Tape } from '../tape.ts';

const RESCALE_ABOVE = 1e12;
/** Share of a coefficient's own sum of squares: rows that repeat each other exactly still have one solution. */
const LEAST_PENALTY = 1e-9;

export interface Equations {
  /** @param weight of this row beside others of today. */
  add(row: Float64Array, target: number, weight: number): void;
  /** Sum of the weights, in rows of today. */
  mass(): number;
  /**
   * @param prior the vector to be drawn to.
   * @param into takes the solution, so that solving often leaves nothing behind.
   * @param penalties one for each coefficient, in the units of a squared target over a squared coefficient.
   */
  solve(prior: Float64Array, penalties: Float64Array, into?: Float64Array): Float64Array;
  carry(tape: Tape): void;
}

/** Solving is synchronous: one place to factorise in serves all equations of a size. */
let shared = new Float64Array(0);
function workspace(length: number): Float64Array {
  if (shared.length < length) shared = new Float64Array(length);
  return shared;
}

/** @param forget what is left of a row's weight after one more row, in (0, 1]. */
export function createEquations(size: number, forget: number): Equations {
  const gram = new Float64Array((size * (size + 1)) / 2);
  const right = new Float64Array(size);
  let grown = 1;
  let total = 0;
  const rescale = () => {
    for (let i = 0; i < gram.length; i++) gram[i] = (gram[i] as number) / grown;
    for (let i = 0; i < size; i++) right[i] = (right[i] as number) / grown;
    total /= grown;
    grown = 1;
  };
  const add = (row: Float64Array, target: number, weight: number): void => {
    grown /= forget;
    if (grown > RESCALE_ABOVE) rescale();
    const scaled = weight * grown;
    total += scaled;
    for (let i = 0, slot = 0; i < size; i++) {
      const factor = (row[i] as number) * scaled;
      right[i] = (right[i] as number) + factor * target;
      for (let j = 0; j <= i; j++, slot++) gram[slot] = (gram[slot] as number) + factor * (row[j] as number);
    }
  };
  const solve = (prior: Float64Array, penalties: Float64Array, into = new Float64Array(size)): Float64Array => {
    const factor = workspace(gram.length);
    for (let slot = 0; slot < gram.length; slot++) factor[slot] = (gram[slot] as number) / grown;
    const solution = into;
    for (let i = 0; i < size; i++) {
      const diagonal = (i * (i + 3)) / 2;
      const own = factor[diagonal] as number;
      const penalty = (penalties[i] as number) + LEAST_PENALTY * own;
      factor[diagonal] = own + penalty;
      solution[i] = (right[i] as number) / grown + penalty * (prior[i] as number);
    }
    solveInPlace(factor, solution, size);
    return solution;
  };
  const carry = (tape: Tape): void => {
    total = tape.number(total);
    grown = tape.number(grown);
    tape.row(gram);
    tape.row(right);
  };
  return { carry, add, mass: () => total / grown, solve };
}

/** Cholesky, lower triangle packed by rows; the right side becomes the solution. */
function solveInPlace(lower: Float64Array, x: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    const rowI = (i * (i + 1)) / 2;
    for (let j = 0; j <= i; j++) {
      const rowJ = (j * (j + 1)) / 2;
      let sum = lower[rowI + j] as number;
      for (let k = 0; k < j; k++) sum -= (lower[rowI + k] as number) * (lower[rowJ + k] as number);
      lower[rowI + j] =
        i === j ? Math.sqrt(Math.max(sum, Number.MIN_VALUE * 2 ** 60)) : sum / (lower[rowJ + j] as number);
    }
  }
  for (let i = 0; i < size; i++) {
    const row = (i * (i + 1)) / 2;
    let sum = x[i] as number;
    for (let k = 0; k < i; k++) sum -= (lower[row + k] as number) * (x[k] as number);
    x[i] = sum / (lower[row + i] as number);
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = x[i] as number;
    for (let k = i + 1; k < size; k++) sum -= (lower[(k * (k + 1)) / 2 + i] as number) * (x[k] as number);
    x[i] = sum / (lower[(i * (i + 3)) / 2] as number);
  }
}
