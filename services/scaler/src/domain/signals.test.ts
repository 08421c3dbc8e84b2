/** What is known at a tick: the newest load that is believed, what is wrong with it, and which way it went for a day. */
import { expect, test } from 'vitest';
import type { Believed } from './belief.ts';
import { createSignals, type Signals } from './signals.ts';

/** An hour is four samples and a day ninety-six. */
const STEP_S = 900;
const HOUR = 4;
const DAY = 96;

const believed = (load: number, more: Partial<Believed> = {}): Believed => ({
  load,
  taught: load,
  anomaly: undefined,
  apart: false,
  anew: false,
  stayed: 0,
  ...more,
});
function fed(loads: readonly number[]): Signals {
  const signals = createSignals(STEP_S);
  for (const load of loads) signals.take(believed(load));
  return signals;
}
const ramp = (count: number, slope: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => 500 + slope * i);
const still = (count: number, load: number): readonly number[] => new Array<number>(count).fill(load);

test('the newest load that is believed stays while nothing is, and the anomaly is that of the newest sample', () => {
  const signals = createSignals(STEP_S);
  expect([signals.newest(), signals.anomaly(), signals.apart()]).toEqual([Number.NaN, undefined, false]);
  signals.take(believed(7));
  signals.take(believed(Number.NaN, { anomaly: 'collapsed', apart: true }));
  expect([signals.newest(), signals.anomaly(), signals.apart()]).toEqual([7, 'collapsed', true]);
  signals.take(believed(3));
  expect([signals.newest(), signals.anomaly(), signals.apart()]).toEqual([3, undefined, false]);
});

test('a load that went one way for an hour at least has a trend (T1)', () => {
  expect(fed(ramp(HOUR - 1, 1)).trend()).toBeUndefined();
  expect(fed(ramp(HOUR, 1)).trend()).toBe('rising');
  expect(fed(ramp(HOUR, -1)).trend()).toBe('falling');
  expect(fed([...still(HOUR, 9), 10]).trend()).toBe('rising');
});

test('one that did not move, or went both ways within a day, has none (T1)', () => {
  expect(fed(still(3 * HOUR, 5)).trend()).toBeUndefined();
  expect(fed([...ramp(HOUR, 1), 502]).trend()).toBeUndefined();
});

test('a turn is forgotten when a day has gone the other way, and a move when a day has stood still (T1)', () => {
  const turned = [501, 500, ...ramp(DAY, 1).slice(1)];
  expect(fed(turned).trend()).toBeUndefined();
  expect(fed([...turned, 700]).trend()).toBe('rising');
  expect(fed([1, 2, ...still(DAY - 1, 2)]).trend()).toBe('rising');
  expect(fed([1, 2, ...still(DAY, 2)]).trend()).toBeUndefined();
  expect(fed([1, 2, ...still(DAY - 1, 2), 1]).trend()).toBe('falling');
});

test('samples that are not believed are no time (T1)', () => {
  const signals = fed(ramp(HOUR, 1));
  for (let i = 0; i < 2 * DAY; i++) signals.take(believed(Number.NaN));
  expect(signals.trend()).toBe('rising');
});
