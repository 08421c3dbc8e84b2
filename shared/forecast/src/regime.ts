/**
 * Notices what kind of series this is just now, so that a forecast can say what it is worth and why.
 *
 * 1. Each finding is a rule with a number, never a judgement; it is a reason as data.
 * 2. Work for one value is constant.
 */
import { type Reason, reason } from '@leasehold/kernel';
import type { Calendar } from './calendar.ts';
import { apart } from './calibration.ts';
import type { Tape } from './tape.ts';

const SPARSE_SHARE = 0.5;
const GAPS_SHARE = 0.01;
/** Distances beyond this many usual ones count as this many. */
const OUTBURST = 4;
/** Time constant of the usual distance, in double days. */
const USUAL_WEEKS = 7;
/** The last quarter of a day lies this many usual errors away from where it was expected, all on one side. */
const SHIFT_ERRORS = 3;
const SHIFT_SHARE = 1 / 8;
const TURBULENCE = { least: 0.8, most: 6 } as const;

export interface Regime {
  /** @param expected what the season alone would have said. */
  observe(value: number, expected: number): void;
  reasons(): readonly Reason[];
  /** How much farther from the season values are just now than they use to be, within bounds. */
  turbulence(): number;
  /** For how many steps the level has been apart from what the season says; 0 while it is not. */
  shiftedSteps(): number;
  /** Mean of the roots of the values seen, and how many are missing since the last one. */
  level(): number;
  missing(): number;
  /** Standard deviation of the values seen, on the root scale. */
  spread(): number;
  carry(tape: Tape): void;
}

interface Sight {
  count: number;
  zeros: number;
  missing: number;
  sinceKnown: number;
  unchanged: number;
  before: number;
  mean: number;
  square: number;
  /** Usual distance from the season, clipped so that one outburst does not make outbursts usual. */
  usual: number;
  /** Recent distance from the season, with its sign and without. */
  recent: number;
  recentSize: number;
  shifted: number;
}

export function createRegime({ day }: Calendar): Regime {
  const memory = 1 / (2 * day);
  const quick = 1 / Math.max(1, day * SHIFT_SHARE);
  const seen: Sight = {
    count: 0,
    zeros: 0,
    missing: 0,
    sinceKnown: 0,
    unchanged: 0,
    before: Number.NaN,
    mean: 0,
    square: 0,
    usual: 0,
    recent: 0,
    recentSize: 0,
    shifted: 0,
  };
  const observe = (value: number, expected: number): void => {
    seen.count++;
    const first = 1 / seen.count;
    const share = Math.max(first, memory);
    const known = !Number.isNaN(value);
    seen.missing += share * ((known ? 0 : 1) - seen.missing);
    seen.sinceKnown = known ? 0 : seen.sinceKnown + 1;
    if (!known) return;
    seen.zeros += share * ((value === 0 ? 1 : 0) - seen.zeros);
    seen.unchanged = value === seen.before ? seen.unchanged + 1 : 0;
    seen.before = value;
    const root = Math.sqrt(value);
    seen.mean += share * (root - seen.mean);
    seen.square += share * (root * root - seen.square);
    const off = apart(root, Math.sqrt(expected));
    seen.recent += Math.max(first, quick) * (off - seen.recent);
    seen.recentSize += Math.max(first, quick) * (Math.abs(off) - seen.recentSize);
    const clipped = seen.usual === 0 ? Math.abs(off) : Math.min(Math.abs(off), OUTBURST * seen.usual);
    seen.usual += Math.max(first, memory / USUAL_WEEKS) * (clipped - seen.usual);
    seen.shifted = isShifted(seen, day) ? seen.shifted + 1 : 0;
  };
  const turbulence = () =>
    seen.usual === 0 ? 1 : Math.min(TURBULENCE.most, Math.max(TURBULENCE.least, seen.recentSize / seen.usual));
  const spread = () => Math.sqrt(Math.max(0, seen.square - seen.mean * seen.mean));
  const carry = (tape: Tape) => {
    for (const name of Object.keys(seen) as (keyof Sight)[]) seen[name] = tape.number(seen[name]);
  };
  const reasons = () => reasonsFor(seen, day);
  return {
    carry,
    observe,
    reasons,
    turbulence,
    shiftedSteps: () => seen.shifted,
    level: () => seen.mean,
    missing: () => seen.sinceKnown,
    spread,
  };
}

const isShifted = ({ count, usual, recent }: Sight, day: number): boolean =>
  count > 2 * day && usual > 0 && Math.abs(recent) > SHIFT_ERRORS * usual;

function reasonsFor(seen: Sight, day: number): readonly Reason[] {
  const { count, unchanged, zeros, missing, sinceKnown, shifted } = seen;
  const found: Reason[] = [];
  const say = (code: string, message: string, steps: number) => found.push(reason(code, message, { steps }));
  if (count < day) say('ShortHistory', `${count} of the ${day} steps of a day are known: no season yet`, count);
  else if (count < 7 * day) say('NoWeek', 'less than a week is known: the week repeats the day', count);
  if (unchanged > 0 && unchanged >= Math.min(day, count) - 1)
    say('Constant', `the value has not changed for ${unchanged} steps`, unchanged);
  if (zeros > SPARSE_SHARE)
    say(
      'Sparse',
      `${Math.round(zeros * 100)} % of the values are 0: the upper quantiles tell more than the median`,
      count,
    );
  if (sinceKnown > 0) say('Gap', `the last ${sinceKnown} values are missing and filled with forecasts`, sinceKnown);
  else if (missing > GAPS_SHARE) say('Gaps', `${Math.round(missing * 100)} % of the recent values are missing`, count);
  if (shifted > 0)
    say(
      'LevelShift',
      'the level has left what the season says: intervals widen, and models that follow it gain weight',
      count,
    );
  return found;
}
