/** Guarantees of a whole replay: no oscillation, bounds, the same answer twice, and nothing known of the future. */
import { digest } from '@leasehold/kernel';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wavyLoad } from './loads.fixture.ts';
import { policyOf } from './policy/policy.fixture.ts';
import { replay } from './replay.ts';
import { type Goal, hoursGoal } from './tuning/goal.ts';

const START_MS = Date.UTC(2026, 2, 2);
const DAY_MS = 86_400_000;
const STEP_S = 300;

function wanted(values: ArrayLike<number>, policy: object = {}, fromDay = 0, goal: Goal = hoursGoal(120)): number[] {
  const options = { policy: policyOf(policy), goal, capacity: 10, startupS: 120, tickS: 60 };
  const recorded = { startMs: START_MS, stepMs: STEP_S * 1_000, values };
  return [...replay(recorded, options, START_MS + fromDay * DAY_MS)].map(({ decision }) => decision.replicas);
}

const turns = (counts: readonly number[]): number => {
  const signs = counts.slice(1).map((count, i) => Math.sign(count - (counts[i] as number)));
  const moves = signs.filter((sign) => sign !== 0);
  return moves.slice(1).filter((sign, i) => sign !== moves[i]).length;
};

const steps = (days: number): number => (days * 86_400) / STEP_S;

test('constant demand is met with a constant count', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.5, max: 900, noNaN: true }), (load) => {
      const counts = wanted(new Float64Array(steps(3)).fill(load), {}, 1);
      expect(turns(counts)).toBe(0);
      expect(new Set(counts.slice(-steps(1))).size).toBe(1);
      expect((counts.at(-1) as number) * 10).toBeGreaterThanOrEqual(load - 1e-6);
    }),
    { numRuns: 5 },
  );
});

test('rising demand is never met by giving back, falling demand never by asking for more, once a day was seen', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.02, max: 2, noNaN: true }), fc.boolean(), (slope, rising) => {
      const length = steps(3);
      const values = Float64Array.from({ length }, (_, i) => 20 + slope * (rising ? i : length - i));
      const counts = wanted(values, {}, 1.5);
      const moves = counts.slice(1).map((count, i) => count - (counts[i] as number));
      expect(turns(counts)).toBeLessThanOrEqual(1);
      expect(moves.every((move) => (rising ? move >= 0 : move <= 0))).toBe(true);
    }),
    { numRuns: 5 },
  );
});

test('bounds hold at every tick, whatever the load', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 30 }), (seed, least, more) => {
      const policy = { min_replicas: least, max_replicas: least + more };
      const counts = wanted(wavyLoad(seed, 3, STEP_S), policy, 1);
      expect(Math.min(...counts)).toBeGreaterThanOrEqual(least);
      expect(Math.max(...counts)).toBeLessThanOrEqual(least + more);
    }),
    { numRuns: 5 },
  );
});

test('a replay gives the same decisions twice, with all their reasons (S2)', () => {
  const run = () => {
    const options = { policy: policyOf({}), goal: hoursGoal(120), capacity: 10, startupS: 120, tickS: 60 };
    const recorded = { startMs: START_MS, stepMs: STEP_S * 1_000, values: wavyLoad(7, 4, STEP_S) };
    return JSON.stringify([...replay(recorded, options, START_MS + 2 * DAY_MS)]);
  };
  expect(run()).toBe(run());
});

test('with the future cut off the decisions until the cut are the same (S1, Q3)', () => {
  const values = wavyLoad(11, 4, STEP_S);
  for (const goal of [hoursGoal(120), { kind: 'shortage', minutesPerWeek: 30 } as const]) {
    const whole = wanted(values, {}, 2, goal);
    for (const cut of [2.5, 3.7]) {
      const short = wanted(values.subarray(0, Math.round(steps(cut))), {}, 2, goal);
      expect(short).toEqual(whole.slice(0, short.length));
    }
  }
});

test('a future of nonsense changes nothing before it (S1)', () => {
  const values = wavyLoad(13, 4, STEP_S);
  const other = values.map((value, i) => (i < steps(3) ? value : 1e6 - value));
  const known = steps(3) * (STEP_S / 60) - 2 * 1_440;
  expect(wanted(other, {}, 2).slice(0, known)).toEqual(wanted(values, {}, 2).slice(0, known));
});

test('missing values hold what there is and stop nothing', () => {
  const values = wavyLoad(17, 4, STEP_S).map((value, i) => (i % 50 < 3 ? Number.NaN : value));
  const counts = wanted(values, {}, 2);
  expect(counts.every((count) => Number.isInteger(count) && count >= 1)).toBe(true);
});

test('golden: the decisions of a known load are those that were reviewed', () => {
  const counts = wanted(wavyLoad(3, 6, STEP_S), {}, 3);
  const tuned = wanted(wavyLoad(3, 6, STEP_S), {}, 3, { kind: 'shortage', minutesPerWeek: 50 });
  expect(counts.filter((_, i) => i % 240 === 0)).toMatchInlineSnapshot(`
    [
      14,
      27,
      26,
      19,
      12,
      6,
      22,
      25,
      29,
      16,
      16,
      5,
      14,
      52,
      27,
      20,
      11,
      4,
    ]
  `);
  expect(tuned.filter((_, i) => i % 240 === 0)).toMatchInlineSnapshot(`
    [
      14,
      27,
      27,
      20,
      7,
      4,
      17,
      24,
      27,
      18,
      8,
      4,
      13,
      27,
      23,
      17,
      5,
      4,
    ]
  `);
  expect([digest(JSON.stringify(counts)), digest(JSON.stringify(tuned))]).toMatchInlineSnapshot(`
    [
      "ccfdd97899c390d49afe6e20d3523400",
      "eb32f0386521afa1446f6ba4c8e7ce51",
    ]
  `);
});
