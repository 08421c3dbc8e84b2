/** A curve over more counts than it has points: each point is read at its own count. */
import { expect, test } from 'vitest';
import { chanceOver, curveOf, quantileCount } from './curve.ts';

test('190 counts over 96 points: every second is read, and those between lie on a line (C1)', () => {
  const curve = curveOf(1, (load) => 1 - load / 4_000, 0, 1_900, 10);
  expect([curve.steps, curve.from, curve.stride, curve.over.length]).toEqual([1, 0, 2, 96]);
  expect(curve.over[0]).toBe(1);
  expect(curve.over[3]).toBeCloseTo(0.985, 9);
  expect(curve.over[95]).toBeCloseTo(0.525, 9);
  expect(chanceOver(curve, 7)).toBeCloseTo(0.9825, 9);
});

test('where no count is enough the last one is the answer', () => {
  const curve = curveOf(1, (load) => 1 - load / 4_000, 0, 1_900, 10);
  expect(quantileCount(curve, 0.9)).toBe(190);
});
