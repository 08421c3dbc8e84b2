/** The distribution of errors beside the list of all of them: shares, densities, what fades, and the ends of the table. */
import { seededRng } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { createResiduals } from './residuals.ts';

const BINS = 500;
const binOf = (z: number): number => Math.max(0, Math.min(BINS - 1, Math.floor((z + 10) * 10 + 1e-9)));

/** Share of all errors in this bin or above, with a little for what was not seen; all 24 errors they weigh exp(-24 / 2000). */
function shareFrom(errors: readonly number[], bin: number): number {
  const worth = (i: number) => Math.exp((-24 / 2_000) * (Math.floor(errors.length / 24) - Math.floor(i / 24)));
  const above = errors.reduce((sum, z, i) => sum + (binOf(z) >= bin ? worth(i) : 0), 0);
  return (above + 0.3) / (errors.reduce((sum, _, i) => sum + worth(i), 0) + 1);
}

const rng = seededRng(8);
/** In the middle of bins, beyond both ends among them. */
const ERRORS = Array.from({ length: 300 }, () => Math.round(600 * rng.next() - 120) / 10 + 0.05);

test.each([1, 2, 23, 24, 25, 48, 199, 216, 240])(
  'after %i errors the share above one is that of the list, along a line between bins (R2)',
  (count) => {
    const known = ERRORS.slice(0, count);
    const residuals = createResiduals();
    for (const z of known) residuals.add(z);
    for (let bin = 0; bin < BINS - 1; bin += 7) {
      const [from, to] = [shareFrom(known, bin), shareFrom(known, bin + 1)];
      expect(residuals.over(-10 + bin / 10 + 0.025)).toBeCloseTo(from + 0.25 * (to - from), 9);
    }
  },
);

test('in the first two hundred each error counts at once, later two dozen at a time (R1)', () => {
  const residuals = createResiduals();
  const shares: number[] = [];
  for (const z of ERRORS.slice(0, 241)) {
    residuals.add(z);
    shares.push(residuals.over(0));
  }
  const changed = shares.flatMap((share, i) => (share === shares[i - 1] ? [] : [i + 1]));
  expect(changed.filter((count) => count < 200)).toEqual(Array.from({ length: 199 }, (_, i) => i + 1));
  expect(changed.filter((count) => count >= 200)).toEqual([216, 240]);
});

test('below the table all is above, beyond it nothing', () => {
  const residuals = createResiduals();
  expect([residuals.over(-10.001), residuals.over(39.9), residuals.over(1e9), residuals.over(-1e9)]).toEqual([
    1, 0, 0, 1,
  ]);
  residuals.add(50);
  residuals.add(-50);
  expect(residuals.over(-10)).toBeCloseTo(2.3 / 3, 12);
  expect(residuals.over(39.89)).toBeCloseTo(1.3 / 3, 12);
  expect(residuals.over(-9.9)).toBeCloseTo(1.3 / 3, 12);
});

test('density is that of two bins on each side, fewer at the ends, and never nothing', () => {
  const residuals = createResiduals();
  const known = [-9.95, -9.95, -9.75, 0.05, 0.25, 0.35, 39.75, 39.95];
  for (const z of known) residuals.add(z);
  const near = (from: number, to: number): number =>
    (shareFrom(known, from) - shareFrom(known, to)) / ((to - from) / 10);
  expect(residuals.density(0.05)).toBeCloseTo(2 / 9 / 0.5, 9);
  expect(residuals.density(0.15)).toBeCloseTo(3 / 9 / 0.5, 9);
  expect(residuals.density(-9.95)).toBeCloseTo(near(0, 3), 9);
  expect(residuals.density(-9.95)).toBeCloseTo(3 / 9 / 0.3, 9);
  expect(residuals.density(-99)).toBeCloseTo(3 / 9 / 0.3, 9);
  // The table ends with nothing above it: what is kept for the unseen counts there.
  expect(residuals.density(39.95)).toBeCloseTo(2.3 / 9 / 0.3, 9);
  expect(residuals.density(10)).toBeCloseTo(1e-6 / 0.5, 12);
});
