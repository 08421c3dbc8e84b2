/** Which loads are believed, which are waited for, and what models are told of them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Believed, createBelief } from './belief.ts';

const MINUTE_S = 60;

/** Loads minute by minute after some hours of a usual one that is never twice the same. */
function after(hours: number, loads: readonly number[]): readonly Believed[] {
  const belief = createBelief(MINUTE_S);
  for (let minute = 0; minute < hours * 60; minute++) belief.take(200 + (minute % 7));
  return loads.map((load) => belief.take(load));
}
const minutes = (count: number, load: number): readonly number[] => new Array<number>(count).fill(load);
const hours = (count: number, load: number): readonly number[] => minutes(60 * count, load);

test('what is missing, or falls at once to a tenth, holds what there is and teaches nothing; a return judges no forecast (N1, N2)', () => {
  for (const [load, anomaly] of [
    [Number.NaN, 'missing'],
    [0, 'collapsed'],
    [3, 'collapsed'],
  ] as const) {
    const told = after(2, [...minutes(8, load), 201]);
    for (const each of told.slice(0, 8)) expect(each).toMatchObject({ load: Number.NaN, taught: Number.NaN, anomaly });
    expect(told.at(-1)).toMatchObject({ load: 201, taught: 201, anomaly: undefined, apart: false, anew: true });
  }
});

test('little is believed after ten minutes and nothing after twenty: followed, and not taught for three hours (N2, N3)', () => {
  for (const [load, proof] of [
    [3, 10],
    [0, 20],
  ] as const) {
    const told = after(2, hours(4, load));
    expect(told.findIndex((each) => each.apart)).toBe(proof);
    expect(told[proof]).toMatchObject({ load, taught: Number.NaN });
    expect(told.findIndex((each) => each.taught === load)).toBe(180);
    expect(told[180]).toMatchObject({ apart: true, anew: true, stayed: 180 });
  }
});

test('what comes in a heap after an outage is followed and not taught until it has caught up (N3)', () => {
  const told = after(2, [...minutes(30, 0), ...minutes(5, 900), 210]);
  for (const each of told.slice(30, 35)) expect(each).toMatchObject({ load: 900, taught: Number.NaN, apart: true });
  expect(told.at(-1)).toMatchObject({ taught: 210, apart: false, anew: true });
});

test('a new level is taught, and is no longer apart a day and some hours later (N4)', () => {
  const told = after(2, hours(30, 0));
  expect(told[10 * 60]).toMatchObject({ taught: 0, apart: true });
  expect(told.at(-1)).toMatchObject({ taught: 0, apart: false });
});

test('a fall that stayed yesterday is no surprise today (N5)', () => {
  const told = after(24, [...hours(8, 0), ...hours(16, 203), 0]);
  expect(told.at(-1)).toMatchObject({ taught: 0, anomaly: undefined });
});

test('a load ten times above all that was seen is believed when three minutes say so (N6)', () => {
  const told = after(2, [1e9, 203, 1e9, 1e9, 1e9]);
  expect(told.map(({ taught }) => taught)).toEqual([Number.NaN, 203, Number.NaN, Number.NaN, 1e9]);
});

test('a load that stands still to the last digit is waited for, and believed after hours (N7)', () => {
  const told = after(2, hours(5, 204.25));
  expect(told[5]).toMatchObject({ taught: 204.25 });
  expect(told[30]).toMatchObject({ taught: Number.NaN, anomaly: 'frozen' });
  expect(told.at(-1)).toMatchObject({ load: 204.25, taught: 204.25 });
});

test('zeros before the first load are followed and teach nothing (N8)', () => {
  const belief = createBelief(MINUTE_S);
  expect(belief.take(0)).toMatchObject({ load: 0, taught: Number.NaN, apart: false });
  expect(belief.take(5)).toMatchObject({ load: 5, taught: 5, anew: true });
});

test('whatever comes, what is told is the load that came or nothing, and what stays is believed within five hours', () => {
  const load = fc.oneof(fc.constantFrom(0, Number.NaN, 1e9), fc.double({ min: 0, max: 1e6, noNaN: true }));
  fc.assert(
    fc.property(fc.array(load, { maxLength: 200 }), fc.double({ min: 0.01, max: 1e5, noNaN: true }), (loads, last) => {
      const all = [...loads, ...hours(5, last)];
      const told = after(2, all);
      told.forEach((each, i) => {
        for (const value of [each.load, each.taught]) expect(Number.isNaN(value) || value === all[i]).toBe(true);
      });
      expect(told.at(-1)?.load).toBe(last);
    }),
    { numRuns: 50 },
  );
});
