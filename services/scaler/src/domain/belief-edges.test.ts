/** Belief at its edges: how much must be known, what is just a fall, how long each doubt lasts, and what is remembered of days. */
import { expect, test } from 'vitest';
import { type Belief, createBelief } from './belief.ts';

/** Ten minutes: an hour is six steps, a day 144; three in a row stand still. */
const TEN_S = 600;
/** An hour, of which three are kept as the last one, and 24 are a day. */
const HOUR_S = 3_600;

function believing(stepS: number, loads: readonly number[]): Belief {
  const belief = createBelief(stepS);
  for (const load of loads) belief.take(load);
  return belief;
}
const times = (count: number, load: number): readonly number[] => new Array<number>(count).fill(load);
/** Never twice the same. */
const moving = (count: number, from = 200): readonly number[] =>
  Array.from({ length: count }, (_, i) => from + (i % 7));
const doubted = (stepS: number, before: readonly number[], load: number) => believing(stepS, before).take(load).anomaly;

test('the first loads are taught, and nothing lies before them', () => {
  const belief = createBelief(TEN_S);
  const plain = { anomaly: undefined, apart: false, anew: false, stayed: 0 };
  expect([5, 6, 7].map((load) => belief.take(load))).toEqual(
    [5, 6, 7].map((load) => ({ load, taught: load, ...plain })),
  );
  expect(belief.take(Number.NaN)).toMatchObject({ anomaly: 'missing', apart: false, anew: false });
  expect([belief.take(8).anew, belief.take(9).anew]).toEqual([true, false]);
});

test('an hour must be known before a fall is one (N2)', () => {
  expect([doubted(TEN_S, moving(5), 0), doubted(TEN_S, moving(6), 0)]).toEqual([undefined, 'collapsed']);
  expect([doubted(HOUR_S, moving(2), 0), doubted(HOUR_S, moving(3), 0)]).toEqual([undefined, 'collapsed']);
});

test('a fall is below a tenth of the lowest of the last hour, not of one before it (N2)', () => {
  const before = [100, 201, 202, 203, 204, 205];
  expect([doubted(TEN_S, before, 10), doubted(TEN_S, before, 9.99)]).toEqual([undefined, 'collapsed']);
  expect(doubted(TEN_S, [...before, 206], 19.9)).toBe('collapsed');
});

test('a load has come back at half of the mean of the hour before, and catches up above one and a half times that (N3)', () => {
  const fallen = () => believing(TEN_S, [100, 300, 100, 300, 100, 300, 5]);
  expect(fallen().take(100)).toMatchObject({ taught: 100, anew: true, apart: false });
  expect(fallen().take(99.9)).toMatchObject({ anomaly: 'collapsed', anew: false });
  expect(fallen().take(300)).toMatchObject({ taught: 300, apart: false });
  expect(fallen().take(300.1)).toMatchObject({ load: 300.1, taught: Number.NaN, apart: true });
});

test('catching up lasts an hour at most, then it is a load (N3)', () => {
  const belief = believing(TEN_S, [...moving(6), 5]);
  const told = times(7, 900).map((load) => belief.take(load));
  expect(told.map(({ apart }) => apart)).toEqual([true, true, true, true, true, true, false]);
  expect(told.at(-1)).toMatchObject({ taught: 900, anew: true });
  const calmed = believing(TEN_S, [...moving(6), 5, 900]);
  expect([calmed.take(5).anomaly, calmed.take(200).taught]).toEqual([undefined, 200]);
});

test('what is apart is not doubted again because it has fallen to nothing (N3)', () => {
  // Five minutes: little is proven in two steps, nothing in four.
  const belief = believing(300, moving(12));
  const told = [5, 5, 5, 0, 0].map((load) => belief.take(load));
  expect(told.map(({ anomaly, load }) => anomaly ?? load)).toEqual(['collapsed', 'collapsed', 5, 0, 0]);
  const nothing = believing(300, moving(12));
  expect(times(5, 0).map((load) => nothing.take(load).anomaly ?? 'followed')).toEqual([
    ...times(4, 0).map(() => 'collapsed'),
    'followed',
  ]);
});

test('a new level is told once with how long it has stayed, and is apart for 28 hours (N4)', () => {
  const belief = believing(TEN_S, moving(6));
  const told = Array.from({ length: 170 }, (_, i) => belief.take(5 + (i % 3)));
  expect(told.flatMap(({ stayed }, steps) => (stayed > 0 ? [[steps, stayed]] : []))).toEqual([[18, 18]]);
  expect(told.findIndex(({ taught }) => !Number.isNaN(taught))).toBe(18);
  expect(told.slice(2).findIndex(({ apart }) => !apart) + 2).toBe(168);
  const back = believing(TEN_S, [...moving(6), ...times(30, 5)]);
  expect(back.take(200)).toMatchObject({ taught: 200, apart: false, anew: true });
});

test('what was as low at this time of yesterday, half an hour around it, is no surprise (N5)', () => {
  // The first hour of all is low; the index of the next load is the count of those before it.
  const at = (index: number, low = 5) => doubted(HOUR_S, [low, ...moving(index - 1)], 5);
  expect([22, 23, 24, 25, 26].map((index) => at(index))).toEqual([
    'collapsed',
    undefined,
    undefined,
    undefined,
    'collapsed',
  ]);
  expect([at(24, 20), at(24, 20.1)]).toEqual([undefined, 'collapsed']);
  // Hours that are missing pass too.
  expect(doubted(HOUR_S, [5, ...moving(23), Number.NaN, Number.NaN], 5)).toBe('collapsed');
});

test('an accepted fall counts as yesterday from its first step on (N5)', () => {
  // Falls at the 30th hour, is accepted three hours later, and comes back.
  const day = [...moving(30), ...times(5, 5)];
  const next = (index: number) => doubted(HOUR_S, [...day, ...moving(index - day.length)], 5);
  expect([next(52), next(53), next(54), next(57), next(60)]).toEqual([
    'collapsed',
    undefined,
    undefined,
    undefined,
    'collapsed',
  ]);
});

test('ten times what was seen is no outburst yet, and there is none before an hour is known (N6)', () => {
  expect([doubted(TEN_S, moving(7), 2_060), doubted(TEN_S, moving(7), 2_060.1)]).toEqual([undefined, 'outburst']);
  expect([doubted(TEN_S, moving(6), 9_999), doubted(TEN_S, moving(7), 9_999)]).toEqual([undefined, 'outburst']);
  const twice = believing(TEN_S, moving(7));
  expect([twice.take(9_999).anomaly, twice.take(9_999).taught]).toEqual(['outburst', 9_999]);
});

test('what was seen is that of eight days (N6)', () => {
  const at = (hour: number) => doubted(HOUR_S, [1_000, ...moving(hour - 1, 50)], 900);
  expect([at(30), at(8 * 24 - 1), at(8 * 24 + 1)]).toEqual([undefined, undefined, 'outburst']);
});

test('a fourth same value is a meter that stands still where nine were known and no neighbours were the same (N7)', () => {
  const still = times(3, 207.5);
  expect(doubted(TEN_S, [...moving(6), ...still], 207.5)).toBe('frozen');
  expect(doubted(TEN_S, [...moving(6), ...still.slice(1)], 207.5)).toBeUndefined();
  expect(doubted(TEN_S, [...moving(5), ...still], 207.5)).toBeUndefined();
  expect(doubted(TEN_S, [...moving(6), ...still], 207.6)).toBeUndefined();
  expect(doubted(TEN_S, [209, 209, 208, 209, 208, 209, ...still], 207.5)).toBeUndefined();
  expect(doubted(TEN_S, [...moving(7), 207.5, 208, 207.5], 207.5)).toBeUndefined();
  expect(doubted(TEN_S, [209, 209, 208, 209, 208, 209, 208, ...still], 207.5)).toBe('frozen');
});

test('a meter is waited for as long as a fall is apart; nothing that stays nothing is no meter (N7)', () => {
  const belief = believing(TEN_S, [...moving(6), ...times(3, 207.5)]);
  const told = times(20, 207.5).map((load) => belief.take(load).anomaly);
  expect(told.indexOf(undefined)).toBe(17);
  expect(doubted(TEN_S, [3, 0, 2, 0, 1, 0, 2, 0, 0, 0], 0)).toBeUndefined();
});
