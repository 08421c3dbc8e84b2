import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesText, canonicalQuantities, quantityValue, unitsText } from './quantity.ts';

test.each([
  ['2', 2],
  ['500m', 0.5],
  ['4Gi', 4 * 2 ** 30],
  ['1k', 1000],
  ['2e3', 2000],
  ['1.5', 1.5],
  ['.5', 0.5],
  ['.25', 0.25],
  ['12.75', 12.75],
  ['7.', 7],
  ['+5', 5],
  ['-5', -5],
  ['1e+3', 1000],
  ['15e-1', 1.5],
  ['1E12', 1e12],
])('the quantity %s is worth %d', (text, value) => {
  expect(quantityValue(text)).toBe(value);
});

test.each(['', 'many', '4 Gi', '4gi', '1e', '--1', 'x5', '5x', '1e123', '1ee3', '.', 'e3', '5Gim'])(
  '%j is no quantity',
  (text) => {
    expect(quantityValue(text)).toBeUndefined();
  },
);

test('what the server normalised reads as what was asked', () => {
  const asked = { 'requests.cpu': '2', 'requests.memory': '4Gi', 'requests.storage': '10Gi', pods: '5' };
  const normalised = {
    'requests.cpu': '2000m',
    'requests.memory': '4096Mi',
    'requests.storage': '10737418240',
    pods: '5',
  };
  expect(canonicalQuantities(normalised)).toEqual(asked);
});

test.each([
  [bytesText(4 * 2 ** 30), '4Gi'],
  [bytesText(0), '0'],
  [bytesText(1023), '1023'],
  [bytesText(1024), '1Ki'],
  [bytesText(2 ** 40), '1024Gi'],
  [unitsText(0.5), '500m'],
  [unitsText(2), '2'],
])('%s is written %s', (written, expected) => {
  expect(written).toBe(expected);
});

test('a quantity written and read again is the same number', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (bytes) => {
      expect(quantityValue(bytesText(bytes))).toBe(bytes);
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e9 }), (thousandths) => {
      expect(quantityValue(unitsText(thousandths / 1000))).toBeCloseTo(thousandths / 1000, 9);
    }),
  );
});

test('text that is no quantity is shown as it is', () => {
  expect(canonicalQuantities({ pods: 'many' })).toEqual({ pods: 'many' });
});

test('only what is counted in bytes is written so', () => {
  const [bytes, units] = ['1024', '1024'];
  expect(canonicalQuantities({ memory: bytes, 'limits.memory': bytes, 'hugepages-memory': bytes })).toEqual({
    memory: '1Ki',
    'limits.memory': '1Ki',
    'hugepages-memory': '1Ki',
  });
  const counted = { 'memory.example.com/x': units, 'requests.memory-more': units, xmemory: units, pods: units };
  expect(canonicalQuantities(counted)).toEqual(counted);
});
