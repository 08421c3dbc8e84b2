import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHistory } from './history.ts';

test('a mean is the mean, however much was forgotten meanwhile (1, 2)', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 300 }),
      fc.nat(40),
      fc.nat(40),
      (values, back, width) => {
        const history = createHistory(50);
        for (const value of values) history.push(value);
        const last = values.length - 1;
        expect(history.last()).toBe(last);
        const from = Math.max(0, last - back);
        const slice = values.slice(from, Math.min(last, from + width) + 1);
        const mean = slice.reduce((sum, value) => sum + value, 0) / slice.length;
        expect(Math.abs(history.mean(from, from + width, last) - mean)).toBeLessThanOrEqual(1e-6 * (1 + mean));
        expect(history.at(from)).toBe(Math.fround(values[from] as number));
        expect(history.first()).toBeLessThanOrEqual(Math.max(0, last - 49));
      },
    ),
  );
});

test('a mean does not look beyond what was known (2)', () => {
  const history = createHistory(50);
  for (const value of [1, 2, 3, 100]) history.push(value);
  expect(history.mean(0, 3, 2)).toBe(2);
});
