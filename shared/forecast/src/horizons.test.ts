import fc from 'fast-check';
import { expect, test } from 'vitest';
import { horizonsFor, placeOf } from './horizons.ts';

const shapes = fc.tuple(fc.integer({ min: 1, max: 1440 }), fc.integer({ min: 1, max: 3000 }));

test('horizons grow, and the farthest that is asked for is the last (1)', () => {
  fc.assert(
    fc.property(shapes, ([day, farthest]) => {
      const steps = horizonsFor(day, farthest).map((horizon) => horizon.steps);
      expect(steps.at(-1)).toBe(farthest);
      expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
    }),
  );
});

test('every step lies between its two horizons, in the right share', () => {
  fc.assert(
    fc.property(shapes, fc.nat(), ([day, farthest], any) => {
      const horizons = horizonsFor(day, farthest);
      const steps = 1 + (any % farthest);
      const { low, high, share } = placeOf(horizons, steps);
      const [from, to] = [horizons[low]?.steps ?? 0, horizons[high]?.steps ?? 0];
      expect(from + share * (to - from)).toBeCloseTo(Math.max(steps, horizons[0]?.steps ?? 0), 6);
    }),
  );
});

test('far horizons are no multiple of what divides an hour, and are looked at in every minute of it (2, 3)', () => {
  const far = horizonsFor(288, 288).filter(({ steps }) => steps > 12 && steps < 287);
  expect(far.every(({ steps }) => steps % 2 !== 0 && steps % 3 !== 0)).toBe(true);
  const { stride } = horizonsFor(288, 288).at(-1) ?? { stride: 0 };
  expect(new Set(Array.from({ length: 12 }, (_, i) => (i * stride) % 12)).size).toBe(12);
});
