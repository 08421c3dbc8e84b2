import { expect, test } from 'vitest';
import { figureOf, medianOf, ratioOf, spreadOf } from './figure.ts';

test('the median is the middle value, or half way between the two in the middle, in whatever order they come', () => {
  expect(medianOf([9, 1, 5])).toBe(5);
  expect(medianOf([4, 1, 3, 2])).toBe(2.5);
  expect(medianOf([7])).toBe(7);
  expect(() => medianOf([])).toThrow(RangeError);
});

test('a spread says median, least and most, and does not change what it was given', () => {
  const values = [3, 1, 2];
  expect(spreadOf(values)).toEqual({ median: 2, least: 1, most: 3 });
  expect(values).toEqual([3, 1, 2]);
});

test('1: a ratio is taken within its pair: a slow moment that hits both leaves the ratio alone', () => {
  const { ratio, product } = figureOf([
    { product: 200, raw: 100 },
    { product: 2_000, raw: 1_000 },
    { product: 220, raw: 110 },
  ]);
  expect(ratio).toEqual({ median: 2, least: 2, most: 2 });
  expect(product.median).toBe(220);
});

test('2: one pair in which something else woke up does not move the median', () => {
  const calm = Array.from({ length: 4 }, () => ({ product: 150, raw: 100 }));
  const { ratio } = figureOf([...calm, { product: 9_000, raw: 100 }]);
  expect(ratio.median).toBe(1.5);
  expect(ratio.most).toBe(90);
});

test('a pair without a raw measurement has no ratio', () => {
  expect(() => ratioOf({ product: 1, raw: 0 })).toThrow(/no ratio of 1 to 0/);
  expect(() => ratioOf({ product: Number.NaN, raw: 1 })).toThrow(RangeError);
});
