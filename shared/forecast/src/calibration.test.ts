import { seededRng } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { atLeast, createCalibration, LEVELS } from './calibration.ts';

const [LOWER, UPPER] = [LEVELS.indexOf(0.05), LEVELS.indexOf(0.95)];

/** Share of errors inside the 90 % interval that stood before each came. */
function coverage(draw: (i: number, uniform: number) => number, count: number): number {
  const rng = seededRng(11);
  const calibration = createCalibration(288, 1, 1);
  let inside = 0;
  let counted = 0;
  for (let i = 0; i < count; i++) {
    const [root, error] = [20, draw(i, rng.next())];
    const size = atLeast(calibration.size(), root);
    if (calibration.enough()) {
      counted++;
      if (error >= calibration.quantile(LOWER) * size && error <= calibration.quantile(UPPER) * size) inside++;
    }
    calibration.measure(root + error, root, calibration.size(), 1);
  }
  return inside / counted;
}

test('nine in ten errors lie inside, whether they are even, lopsided, or have grown tenfold on the way', () => {
  for (const draw of [
    (_: number, u: number) => u - 0.5,
    (_: number, u: number) => -Math.log(1 - u) - 0.2,
    (i: number, u: number) => (u - 0.5) * (i > 2_000 ? 10 : 1),
  ]) {
    const share = coverage(draw, 4_000);
    expect(share).toBeGreaterThan(0.87);
    expect(share).toBeLessThan(0.93);
  }
});

test('lower levels stay below the median and upper ones above (3)', () => {
  const calibration = createCalibration(288, 1, 1);
  for (let i = 0; i < 100; i++) calibration.measure(5 + i / 100, 0, calibration.size(), 1);
  for (let i = 0; i < 5; i++) expect(calibration.quantile(i)).toBeLessThanOrEqual(0);
  for (let i = 5; i < 10; i++) expect(calibration.quantile(i)).toBeGreaterThanOrEqual(0);
});

test('quiet, then a change: no score is beyond its bound, and the same loads in another unit have the same scores (4)', () => {
  for (const unit of [1e-9, 1, 1e9]) {
    const calibration = createCalibration(288, 7, 41);
    for (let i = 0; i < 384; i++) calibration.measure(20 * unit, 20 * unit, calibration.size(), 1);
    for (let i = 0; i < 200; i++) calibration.measure(22 * unit, 20 * unit, calibration.size(), 1);
    expect(calibration.quantile(UPPER)).toBeGreaterThan(0);
    expect(calibration.quantile(UPPER) * atLeast(calibration.size(), 20 * unit)).toBeLessThan(16 * unit);
    expect(Math.abs(calibration.quantile(LOWER))).toBe(0);
  }
});
