/** Candidates beside a forecast that is given: what each wants after a sample and a tick, and what its account says, by hand. */
import { expect, test } from 'vitest';
import type { Curve } from '../outlook/curve.ts';
import type { Outlook } from '../outlook/outlook.ts';
import { type CandidateOptions, createCandidates } from './candidates.ts';
import type { Strategy } from './strategies.ts';

const curve = (from: number, ...over: number[]): Curve => ({
  steps: 1,
  from,
  stride: 1,
  over: Float64Array.from(over),
});

const SIZES: CandidateOptions = {
  tickS: 60,
  stepS: 60,
  startupS: 0,
  aheadS: 0,
  capacity: 10,
  least: 1,
  most: 50,
  cooldownS: 0,
  yardstick: 0.7,
};
const HALF: Strategy = { kind: 'target', target: 0.5 };
const MEDIAN: Strategy = { kind: 'quantile', level: 0.5 };

/** A forecast that says what is put into `says`. */
function beside(strategies: readonly Strategy[], options: Partial<CandidateOptions> = {}) {
  const observed: number[] = [];
  const says: { curves: readonly Curve[] } = { curves: [curve(3, 0)] };
  const outlook = {
    observe: (load: number) => void observed.push(load),
    curves: (capacity: number) => {
      expect(capacity).toBe(10);
      return says.curves;
    },
  } as Partial<Outlook> as Outlook;
  const candidates = createCandidates({ ...SIZES, ...options }, strategies, outlook);
  const step = (load: number): readonly number[] => {
    candidates.sample(load);
    candidates.tick(0);
    return [candidates.plain, ...candidates.tracks].map((track) => track.wanted());
  };
  return { candidates, step, says, observed };
}

test('the yardstick and each target want their share of the load, a quantile what the forecast says', () => {
  const { step } = beside([HALF, MEDIAN]);
  expect(step(70)).toEqual([10, 14, 3]);
  expect(step(140)).toEqual([20, 28, 3]);
});

test('the yardstick holds the highest wish of five minutes, a target that of the cooldown', () => {
  const { step } = beside([HALF], { cooldownS: 120 });
  step(140);
  const later = Array.from({ length: 6 }, () => step(70));
  expect(later.map(([plain]) => plain)).toEqual([20, 20, 20, 20, 20, 10]);
  expect(later.map(([, half]) => half)).toEqual([28, 28, 14, 14, 14, 14]);
});

test('all stay within their bounds', () => {
  const { step, says } = beside([HALF, MEDIAN], { least: 4, most: 9 });
  expect(step(10)).toEqual([4, 4, 4]);
  says.curves = [curve(30, 0)];
  expect(step(900)).toEqual([9, 9, 9]);
});

test('before anything is known a forecast is not asked, and all want the least', () => {
  const { step, candidates, observed } = beside([HALF, MEDIAN], { least: 2 });
  expect(step(Number.NaN)).toEqual([2, 2, 2]);
  expect([candidates.curves(), observed]).toEqual([[], [Number.NaN]]);
  expect(candidates.tracks[0]?.cost(0, 0)).toMatchObject({ riskS: 0, shortS: 0, replicaS: 120, seconds: 60 });
});

test('a load that is missing keeps the newest one, is no shortage, and is told to the forecast', () => {
  const { step, observed, candidates, says } = beside([HALF, MEDIAN]);
  step(70);
  expect(step(Number.NaN)).toEqual([10, 14, 3]);
  expect(observed).toEqual([70, Number.NaN]);
  expect(candidates.curves()).toBe(says.curves);
  expect(candidates.plain.cost(0, 0).shortS).toBe(0);
});

test('what was ready in an interval is settled with the load of that interval, for each of them', () => {
  const { step, candidates } = beside([HALF, MEDIAN]);
  step(70);
  // 10 bear 100, 14 bear 140, and 3 bear 30.
  step(120);
  expect([candidates.plain, ...candidates.tracks].map((track) => track.cost(0, 0).shortS)).toEqual([60, 0, 60]);
});

test('replicas are ready when the start-up delay has passed', () => {
  const { step, candidates } = beside([HALF], { startupS: 60 });
  step(10);
  step(100);
  step(100);
  // Two were wanted for 10 at first, which bear 20, and were all that was ready for a tick more.
  expect(candidates.tracks[0]?.cost(0, 0).shortS).toBe(120);
});

test('each tick expects the chance that what is ready is too few, by the running forecast of its sample', () => {
  const { candidates, says } = beside([HALF, MEDIAN]);
  says.curves = [curve(14, 0.25, 0)];
  candidates.sample(70);
  candidates.tick(0);
  candidates.tick(30);
  const risks = () => candidates.tracks.map((track) => track.cost(0, 0).riskS);
  // A quarter of a minute a tick with fourteen ready.
  expect(risks()).toEqual([30, 30]);
  says.curves = [curve(14, 0.5, 0)];
  candidates.sample(70);
  candidates.tick(0);
  expect(risks()).toEqual([60, 60]);
});

/** A replica more averts 0.3, then 0.2, 0.1, 0.05 and 0.01. */
const FALLING = [curve(1, 0.66, 0.36, 0.16, 0.06, 0.01, 0)];
const PRICED: Strategy = { kind: 'price', price: 0.5, patience: { upS: 0, downS: 0 } };

test('a price is that of the usual number: the mean of what was needed, while little is known', () => {
  const { candidates, says } = beside([PRICED]);
  says.curves = FALLING;
  const wanted = (load: number): number => {
    candidates.sample(load);
    candidates.tick(0);
    return candidates.tracks[0]?.wanted() ?? 0;
  };
  // Four are usual: an eighth buys 0.3 and 0.2.
  expect(wanted(40)).toBe(3);
  // Four and twelve, eight are usual: a sixteenth buys 0.1 too. Twelve are needed now, but a rise is for what comes.
  expect(wanted(120)).toBe(4);
});

test('later the usual number follows within three days', () => {
  const { candidates, says } = beside([PRICED], { stepS: 129_600 });
  says.curves = [curve(1, 0.66, 0.36, 0.16, 0.08, 0)];
  for (const load of [40, 120, 40]) {
    candidates.sample(load);
    // Half of three days counts for a half: 4, 8, and 6 are usual. A twelfth of a minute does not buy 0.08.
    if (load === 40) candidates.tick(0);
  }
  expect(candidates.tracks[0]?.wanted()).toBe(3);
});

test('a price waits for its patience, a quantile for none', () => {
  // At an eighth two more win 0.5 - 0.25: 0.25 a second, 15 a tick, and 75 for the five minutes ahead.
  const patient: Strategy = { kind: 'price', price: 0.5, patience: { upS: 100, downS: 0 } };
  const { step, says } = beside([patient, { ...PRICED, patience: { upS: 89, downS: 0 } }]);
  says.curves = FALLING;
  expect([step(40).slice(1), step(40).slice(1)]).toEqual([
    [1, 3],
    [3, 3],
  ]);
});

test('a forecast gives nothing back within the cooldown after a change', () => {
  const { step, says } = beside([MEDIAN], { cooldownS: 300 });
  says.curves = [curve(9, 0)];
  step(10);
  says.curves = [curve(3, 0)];
  const wanted = Array.from({ length: 6 }, () => step(10)[1]);
  expect(wanted).toEqual([9, 9, 9, 9, 3, 3]);
});
