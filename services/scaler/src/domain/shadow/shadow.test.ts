/** The parts of a shadow: readiness by its definition, the published algorithm by its numbers, patience, and the account. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { curveOf } from '../outlook/curve.ts';
import { createHysteresis } from './hysteresis.ts';
import { createPlain } from './plain.ts';
import { createReadiness } from './ready.ts';
import { createTrack } from './track.ts';

test('what is ready is the least that was wanted within the start-up delay (Y1)', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(30), { minLength: 1, maxLength: 80 }), fc.nat(12), (wanted, delay) => {
      const readiness = createReadiness(delay);
      const ready = wanted.map((count) => readiness.step(count));
      expect(ready).toEqual(wanted.map((_, i) => Math.min(...wanted.slice(Math.max(0, i - delay), i + 1))));
    }),
  );
});

test('the plain autoscaler: ceil(load / target), a tolerance of a tenth, and down only to the highest wish of 300 s', () => {
  const plain = createPlain(60, 0.7, 0.1, 300);
  const step = (load: number) => plain.step(load, 10, 1, 100);
  expect(step(Number.NaN)).toBe(1);
  expect(step(70)).toBe(10);
  expect(step(76)).toBe(10);
  expect(step(78)).toBe(12);
  expect([0, 1, 2, 3, 4].map(() => step(20))).toEqual([12, 12, 12, 12, 12]);
  expect(step(20)).toBe(3);
  expect(step(1e9)).toBe(100);
});

test('a burst is followed at once, a flat optimum not at all, and nothing is given back within the cooldown (U3)', () => {
  const curve = curveOf(1, (load) => Math.exp(-load / 10), 5, 300, 10);
  const hysteresis = createHysteresis(15, { upS: 6, downS: 6 }, 300);
  const band = (up: number, keep: number) => ({ up, keep, curve, price: 0.01 });
  expect(hysteresis.step(band(4, 4), 1)).toBe(4);
  const later = Array.from({ length: 40 }, () => hysteresis.step(band(2, 2), 4));
  expect(later.slice(0, 19).every((count) => count === 4)).toBe(true);
  expect(later.at(-1)).toBe(2);
  const still = createHysteresis(15, { upS: 6, downS: 60 }, 0);
  expect(still.step(band(5, 5), 4)).toBe(4);
});

test('an account counts minutes short, hours and changes by day, and forgets nothing within its days (K1, K2)', () => {
  const track = createTrack(60, 120, 10);
  for (let minute = 0; minute < 2 * 1_440; minute++) {
    track.record(minute < 1_440 ? 2 : 4);
    track.settle(minute % 10 === 0 ? 35 : 5);
  }
  expect(track.cost(1, 1)).toMatchObject({ shortS: 144 * 60, replicaS: 2 * 86_400, changes: 0, seconds: 86_400 });
  expect(track.cost(0, 0)).toMatchObject({ shortS: 60, replicaS: 4 * 86_400, changes: 1 });
  expect(track.cost(0, 28).seconds).toBe(2 * 86_400);
});
