/** Minutes that a service may be short from now on, worked out by hand from its accounts of four weeks. */
import { expect, test } from 'vitest';
import type { Cost, Track } from '../shadow/track.ts';
import { allowedMinutes } from './allowance.ts';

const WEEK_S = 604_800;
const NONE: Cost = { shortS: 0, riskS: 0, replicaS: 0, changes: 0, seconds: 0 };

/** An account of so many weeks, short for so many minutes; it is asked for four weeks. */
const account = (weeks: number, minutes: number): Track =>
  ({
    cost: (newest, oldest) => {
      expect([newest, oldest]).toEqual([0, 27]);
      return { ...NONE, shortS: minutes * 60, seconds: weeks * WEEK_S };
    },
  }) as Partial<Track> as Track;
/** The yardstick was short for an hour in a day: seven a week, half of that in half a week. */
const USUAL: Cost = { ...NONE, shortS: 3_600, seconds: 86_400 };

test('before there is an account half a week is allowed, of which nine tenths may be spent (J1, J2)', () => {
  const unseen = { own: undefined, ownPlain: undefined };
  // The yardstick's 210 minutes and 4 more, where 1,000 a week would be 500.
  expect(allowedMinutes(1_000, unseen, USUAL)).toBeCloseTo((0.9 * 214) / 0.5, 9);
  expect(allowedMinutes(100, unseen, USUAL)).toBeCloseTo(90, 9);
  // With nothing usual it is the eight minutes alone, and a tenth of the goal at least.
  expect(allowedMinutes(20, unseen, NONE)).toBeCloseTo(7.2, 9);
  expect(allowedMinutes(100, unseen, NONE)).toBe(10);
});

test('what was used of the last weeks and the next half is taken from what they are allowed (J1)', () => {
  // A week and a half: 300 minutes, but no more than the yardstick's 30 and 210, and 12.
  const allowed = (used: number) => allowedMinutes(200, { own: account(1, used), ownPlain: account(1, 30) }, USUAL);
  expect(allowed(200)).toBeCloseTo((0.9 * 252 - 200) / 0.5, 9);
  expect(allowed(0)).toBe(400);
  expect(allowed(400)).toBe(20);
});
