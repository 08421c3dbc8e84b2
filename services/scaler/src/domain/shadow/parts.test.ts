/** The parts of a shadow at their edges: patience counted by hand, the published algorithm, days of an account, bands of a moment. */
import { expect, test } from 'vitest';
import type { Curve } from '../outlook/curve.ts';
import { createBands } from './bands.ts';
import { createHysteresis } from './hysteresis.ts';
import { createPlain } from './plain.ts';
import { nameOf, PRICES, strategiesFor } from './strategies.ts';
import { createTrack } from './track.ts';

const curve = (steps: number, from: number, ...over: number[]): Curve => ({
  steps,
  from,
  stride: 1,
  over: Float64Array.from(over),
});

test('a rise waits until what staying costs, with five minutes ahead, adds up to the patience (U1, U3)', () => {
  // A replica more averts 0.03 and costs 0.01: 0.02 a second, 0.2 a tick of ten seconds, and 6 for the five minutes ahead.
  const band = { up: 2, keep: 2, curve: curve(1, 1, 0.05, 0.02), price: 0.01 };
  const steps = (upS: number): readonly number[] => {
    const hysteresis = createHysteresis(10, { upS, downS: 1 }, 0);
    return Array.from({ length: 4 }, () => hysteresis.step(band, 1));
  };
  expect(steps(6.1)).toEqual([2, 1, 1, 1].map(() => 2));
  expect(steps(6.3)).toEqual([1, 2, 1, 2]);
  expect(steps(6.5)).toEqual([1, 1, 2, 1]);
});

test('what a rise has lost is forgotten when none is asked for (U3)', () => {
  const asked = { up: 2, keep: 2, curve: curve(1, 1, 0.05, 0.02), price: 0.01 };
  const hysteresis = createHysteresis(10, { upS: 6.3, downS: 99 }, 0);
  expect(hysteresis.step(asked, 1)).toBe(1);
  expect(hysteresis.step({ ...asked, up: 1, keep: 1 }, 1)).toBe(1);
  expect(hysteresis.step(asked, 1)).toBe(1);
  expect(hysteresis.step(asked, 1)).toBe(2);
});

test('a fall waits for its patience, two minutes of nothing to keep, and the rest after a change (U2, U3)', () => {
  const band = { up: 2, keep: 2, curve: curve(1, 2, 0), price: 0.5 };
  const after = (downS: number, cooldownS: number): number => {
    const hysteresis = createHysteresis(10, { upS: 1, downS }, cooldownS);
    hysteresis.step({ up: 4, keep: 4, curve: curve(1, 1, 1, 1, 1, 0), price: 0 }, 1);
    for (let tick = 1; tick < 500; tick++) if (hysteresis.step(band, 4) === 2) return 10 * tick;
    return Number.POSITIVE_INFINITY;
  };
  expect(after(1, 0)).toBe(120);
  expect(after(1, 300)).toBe(300);
  // Two replicas too many at 0.5: ten a tick, and 300 ahead.
  expect(after(500, 0)).toBe(200);
});

test('what a fall has lost is forgotten when all is worth keeping, and when it has fallen; the first need not rest (U3)', () => {
  const band = { up: 2, keep: 2, curve: curve(1, 2, 0), price: 0.5 };
  const falls = (cooldownS: number, kept: number): readonly number[] => {
    const hysteresis = createHysteresis(10, { upS: 1, downS: 500 }, cooldownS);
    return Array.from({ length: 60 }, (_, i) =>
      hysteresis.step(i === kept ? { ...band, keep: 4 } : band, 4) === 2 ? 10 * (i + 1) : 0,
    ).filter((atS) => atS > 0);
  };
  expect(falls(0, -1)).toEqual([200, 400, 600]);
  expect(falls(900, -1)).toEqual([200]);
  expect(falls(0, 18)).toEqual([390, 590]);
});

test('a fall is to what is worth keeping, a rise to what is worth having', () => {
  const both = { up: 3, keep: 5, curve: curve(1, 1, 1, 1, 0), price: 0.1 };
  const hysteresis = createHysteresis(60, { upS: 0, downS: 0 }, 0);
  expect(hysteresis.step(both, 4)).toBe(4);
  expect(hysteresis.step(both, 2)).toBe(3);
  hysteresis.step(both, 8);
  expect(hysteresis.step(both, 8)).toBe(5);
});

test('the published algorithm holds at a tenth of its target and no farther, within its bounds', () => {
  const first = (load: number, least = 10, most = 100) => createPlain(60, 0.5, 0.1, 300).step(load, 10, least, most);
  expect([50, 54.9, 55.2, 56].map((load) => first(load))).toEqual([10, 10, 12, 12]);
  expect([first(900), first(1, 7), first(Number.NaN, 3)]).toEqual([100, 7, 3]);
});

test('the highest wish of the window is left in the tick after it, not in the one before', () => {
  const plain = createPlain(60, 0.7, 0.1, 120);
  const counts = [700, 70, 70, 70, 70].map((load) => plain.step(load, 10, 1, 200));
  expect(counts).toEqual([100, 100, 100, 10, 10]);
});

test('an account: a load that is just borne is no shortage, missing loads none, each day has its own sums (K1, K2, K3)', () => {
  const track = createTrack(3_600, 0, 10);
  expect([track.wanted(), track.days(), track.cost(0, 9).seconds]).toEqual([0, 1, 0]);
  for (let hour = 0; hour < 48; hour++) {
    track.record(hour < 24 ? 2 : hour % 2 === 0 ? 3 : 4);
    track.expect(hour < 24 ? 1 : 2);
    track.settle([20, 20.1, Number.NaN, 5][hour % 4] as number);
  }
  expect([track.wanted(), track.days()]).toEqual([4, 2]);
  expect(track.cost(1, 1)).toEqual({ shortS: 6 * 3_600, riskS: 24, replicaS: 48 * 3_600, changes: 0, seconds: 86_400 });
  expect(track.cost(0, 0)).toEqual({ shortS: 0, riskS: 48, replicaS: 84 * 3_600, changes: 24, seconds: 86_400 });
  expect(track.cost(0, 1)).toMatchObject({ riskS: 72, changes: 24, seconds: 172_800 });
  expect(track.cost(2, 5).seconds).toBe(0);
});

test('an account forgets the thirtieth day back, and a settled interval is settled once (K1, K3)', () => {
  const track = createTrack(43_200, 0, 1);
  for (let half = 0; half < 2 * 40; half++) track.record(half < 20 ? 9 : 1);
  track.settle(5);
  track.settle(5);
  expect(track.days()).toBe(29);
  expect(track.cost(0, 99)).toMatchObject({ seconds: 29 * 86_400, replicaS: 29 * 86_400, changes: 0 });
  expect(track.cost(0, 0).shortS).toBe((80 - 20) * 43_200);
});

test('a day whose place is taken by a newer one leaves nothing behind (K3)', () => {
  const track = createTrack(43_200, 0, 1);
  for (let half = 0; half < 2 * 31; half++) {
    track.record(half < 4 ? 9 - half : 1);
    track.expect(half < 4 ? 1_000 : 3);
    track.settle(half < 4 ? 99 : 0);
  }
  expect(track.cost(0, 1)).toEqual({ shortS: 0, riskS: 12, replicaS: 2 * 86_400, changes: 0, seconds: 2 * 86_400 });
});

test('bands: the horizon in which a replica asked for now is ready decides the rise; keeping looks from now to beyond it (M1, M2)', () => {
  const bounded = (count: number): number => Math.min(50, count);
  const bands = createBands({ stepS: 300, startupS: 300, aheadS: 300, capacity: 10, bounded }, 0.5);
  const strategy = { kind: 'quantile', level: 0.5 } as const;
  expect(bands.of(strategy)).toBeUndefined();
  bands.look(0);
  expect(bands.of(strategy)).toBeUndefined();
  const curves = [curve(1, 8, 0), curve(2, 4, 0), curve(3, 6, 0), curve(9, 60, 0)];
  bands.renew(curves, 5, 30);
  bands.look(0);
  expect(bands.of(strategy)).toMatchObject({ up: 4, keep: 8, curve: { steps: 2 } });
  bands.renew([curve(1, 2, 0), ...curves.slice(1)], 5, 30);
  bands.look(0);
  expect(bands.of(strategy)).toMatchObject({ up: 4, keep: 6 });
  bands.renew([curve(1, 2, 0), curve(2, 1, 0), curve(3, 1, 0)], 5, 70);
  bands.look(0);
  expect(bands.of(strategy)).toMatchObject({ up: 1, keep: 7 });
  bands.renew([curve(1, 2, 0), curve(9, 60, 0)], 5, 30);
  bands.look(0);
  expect(bands.of(strategy)).toMatchObject({ up: 50, keep: 50, curve: { steps: 9 } });
  bands.renew([curve(1, 2, 0)], 5, 30);
  bands.look(0);
  expect(bands.of(strategy)).toMatchObject({ up: 2, keep: 3, curve: { steps: 1 } });
});

test('what a price buys, and the nearest horizon where that is the one; a utilisation target has no band (M1)', () => {
  const bounded = (count: number): number => count;
  const bands = createBands({ stepS: 300, startupS: 0, aheadS: 0, capacity: 10, bounded }, undefined);
  const strategy = { kind: 'price', price: 0.5, patience: { upS: 1, downS: 1 } } as const;
  // Two replicas are usual: one more costs a quarter of a minute short a minute.
  bands.renew([curve(1, 3, 0.9, 0.6, 0.2, 0), curve(2, 7, 0)], 2, 5);
  bands.look(0);
  expect(bands.of(strategy)).toMatchObject({ up: 5, keep: 5, curve: { steps: 1 }, price: 0.25 });
  expect(bands.of({ kind: 'target', target: 0.7 })).toBeUndefined();
  const named = createBands({ stepS: 300, startupS: 0, aheadS: 0, capacity: 10, bounded }, 0.9);
  named.renew([curve(1, 3, 0.5, 0.05)], 2, 5);
  named.look(0);
  expect([named.of({ kind: 'target', target: 0 }), named.of({ kind: 'quantile', level: 0.9 })?.up]).toEqual([
    undefined,
    4,
  ]);
});

test('a rise pays for each replica of it, and comes at once when its patience is just reached (U3)', () => {
  // Two replicas avert a half and cost an eighth each: a quarter a second, two in a tick of eight, 75 in the five minutes ahead.
  const band = { up: 3, keep: 3, curve: curve(1, 1, 0.5, 0.25, 0), price: 0.125 };
  const first = (upS: number) => createHysteresis(8, { upS, downS: 1 }, 0).step(band, 1);
  expect([first(77), first(77.01)]).toEqual([3, 1]);
});

test('what is kept resets a fall, what is kept beyond that gives no credit, and keeping is no change (U2, U3)', () => {
  const low = { up: 2, keep: 2, curve: curve(1, 2, 0), price: 0.5 };
  const fallsAt = (hysteresis: ReturnType<typeof createHysteresis>): number => {
    for (let tick = 1; tick < 500; tick++) if (hysteresis.step(low, 4) === 2) return 10 * tick;
    return Number.POSITIVE_INFINITY;
  };
  const patient = createHysteresis(10, { upS: 1, downS: 500 }, 0);
  for (let i = 0; i < 20; i++) patient.step({ ...low, keep: 60 }, 4);
  expect(fallsAt(patient)).toBe(200);
  const rested = createHysteresis(10, { upS: 0, downS: 0 }, 300);
  for (let i = 0; i < 40; i++) rested.step({ ...low, up: 4, keep: 4 }, 4);
  expect(fallsAt(rested)).toBe(120);
});

test('a price is that of the usual number of replicas, one at the least (W2)', () => {
  const bounded = (count: number): number => count;
  const price = (level: number): number | undefined => {
    const bands = createBands({ stepS: 300, startupS: 0, aheadS: 0, capacity: 10, bounded }, undefined);
    bands.renew([curve(1, 8, 0.9, 0)], level, 30);
    bands.look(0);
    return bands.of({ kind: 'price', price: 0.5, patience: { upS: 1, downS: 1 } })?.price;
  };
  expect([price(10), price(0.2)]).toEqual([0.05, 0.5]);
});

test('the strategies: the own target first, the other targets once, each price with each patience; a quantile leaves nothing else (W1)', () => {
  const strategies = strategiesFor(0.7, undefined);
  expect(strategies[0]).toEqual({ kind: 'target', target: 0.7 });
  expect(strategies.flatMap((strategy) => (strategy.kind === 'target' ? [strategy.target] : []))).toEqual([
    0.7, 0.5, 0.6, 0.8, 0.9,
  ]);
  expect(strategies.length).toBe(5 + 5 * PRICES.length);
  expect(strategiesFor(0.65, 0.95)).toEqual([
    { kind: 'target', target: 0.65 },
    { kind: 'quantile', level: 0.95 },
  ]);
  expect(strategies.slice(4, 6).map(nameOf)).toEqual([
    'utilisation target 90 %',
    'forecast at price 0.0005, patience 2/5 s',
  ]);
  expect(nameOf({ kind: 'quantile', level: 0.95 })).toBe('forecast at quantile 0.95');
});
