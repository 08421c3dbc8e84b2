import { seededRng } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { createFleet } from './fleet.ts';
import { createForecaster, restoreForecaster } from './forecaster.ts';
import type { Forecaster } from './port.ts';

const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 0, 5);
const OPTIONS = { startMs: START, stepMs: HOUR_MS };

const load = (seed: number, length: number): readonly number[] => {
  const rng = seededRng(seed);
  return Array.from({ length }, (_, i) =>
    rng.chance(0.02) ? Number.NaN : seed * (50 + 30 * Math.sin((i * Math.PI) / 12) + 8 * rng.next()),
  );
};
const fed = (values: readonly number[], options = OPTIONS): Forecaster => {
  const forecaster = createForecaster(options);
  for (const value of values) forecaster.observe(value);
  return forecaster;
};
const drawn = (forecaster: Pick<Forecaster, 'forecast'>): readonly number[] => {
  const { median, quantile } = forecaster.forecast(24);
  return [...median, quantile(0.05, 1), quantile(0.95, 1), quantile(0.95, 24)];
};
const same = (one: readonly number[], two: readonly number[]): void => {
  one.forEach((value, i) => {
    expect((two[i] as number) / value).toBeCloseTo(1, 2);
  });
};

test('a restored forecaster goes on as the one that never stopped, from any age', () => {
  const values = load(3, 24 * 30);
  for (const age of [1, 20, 100, 24 * 28]) {
    const [stayed, restored] = [fed(values.slice(0, age)), restoreForecaster(fed(values.slice(0, age)).snapshot())];
    same(drawn(stayed), drawn(restored));
    for (const value of values.slice(age, age + 40)) for (const each of [stayed, restored]) each.observe(value);
    same(drawn(stayed), drawn(restored));
    expect(restored.forecast(1).reasons).toEqual(stayed.forecast(1).reasons);
    expect(restored.quality().length).toBe(stayed.quality().length);
  }
});

test('a snapshot changes nothing, and is the same bytes after it was restored', () => {
  const values = load(4, 24 * 25);
  const [asked, left] = [fed([]), fed(values)];
  for (const value of values) {
    asked.observe(value);
    asked.snapshot();
  }
  expect(drawn(asked)).toEqual(drawn(left));
  const bytes = left.snapshot();
  expect(Buffer.from(restoreForecaster(bytes).snapshot()).equals(Buffer.from(bytes))).toBe(true);
});

test('bytes that are no snapshot are refused', () => {
  const bytes = fed(load(1, 50)).snapshot();
  for (const bad of [new Uint8Array(0), new Uint8Array(64).fill(7), bytes.subarray(0, 200), bytes.subarray(8)])
    expect(() => restoreForecaster(bad)).toThrow(expect.objectContaining({ class: 'Invalid' }));
});

test('members share a work area and know nothing of each other (1, 2)', () => {
  const fleet = createFleet(OPTIONS);
  const late = { ...OPTIONS, startMs: START + 36 * HOUR_MS };
  const own = new Map([
    ['one', { values: load(1, 200), forecaster: fed([]) }],
    ['two', { values: load(20, 200), forecaster: fed([]) }],
    ['late', { values: load(5, 200), forecaster: fed([], late) }],
  ]);
  fleet.add('one');
  fleet.add('two');
  fleet.add('late', fed([], late).snapshot());
  for (let i = 0; i < 200; i++)
    for (const [id, { values, forecaster }] of own) {
      fleet.observe(id, values[i] as number);
      forecaster.observe(values[i] as number);
    }
  for (const [id, { forecaster }] of own) {
    same(drawn(forecaster), drawn({ forecast: (steps) => fleet.forecast(id, steps) }));
    expect(fleet.forecast(id, 1).fromMs).toBe(forecaster.forecast(1).fromMs);
    expect(drawn(restoreForecaster(fleet.snapshot(id)))).toEqual(
      drawn({ forecast: (steps) => fleet.forecast(id, steps) }),
    );
    expect(fleet.quality(id).length).toBe(forecaster.quality().length);
  }
});

test('a forecast that was made stays as it is while other members are asked', () => {
  const fleet = createFleet(OPTIONS);
  fleet.add('a', fed(load(1, 100)).snapshot());
  fleet.add('b', fed(load(2, 100).map((value) => 50 * value)).snapshot());
  const made = fleet.forecast('a', 12);
  const drawn = () => Array.from({ length: 12 }, (_, i) => [made.quantile(0.05, i + 1), made.quantile(0.95, i + 1)]);
  const before = drawn();
  fleet.forecast('b', 12);
  expect(drawn()).toEqual(before);
});

test('a value that is refused, a member twice, and one that is gone', () => {
  const fleet = createFleet(OPTIONS);
  fleet.add('a', fed(load(1, 100)).snapshot());
  const before = [fleet.sizeBytes(), ...drawn({ forecast: (steps) => fleet.forecast('a', steps) })];
  expect(() => fleet.observe('a', -1)).toThrow('got -1');
  expect(() => fleet.add('a')).toThrow('already');
  expect(() => fleet.add('b', new Uint8Array(9))).toThrow(expect.objectContaining({ class: 'Invalid' }));
  expect([fleet.sizeBytes(), ...drawn({ forecast: (steps) => fleet.forecast('a', steps) })]).toEqual(before);
  fleet.remove('a');
  expect(fleet.sizeBytes()).toBe(0);
  expect(() => fleet.forecast('a', 1)).toThrow('there is no series "a"');
});
