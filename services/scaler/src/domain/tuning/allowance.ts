/**
 * How many minutes a week a service with a goal of minutes may be short from now on, from what it has used of them so far.
 *
 * J1. What was saved may be spent and what was overspent is saved, within half a week ahead: the aim loosens and tightens with the
 *     running account, and a little is never touched.
 * J2. Nobody is allowed much more than the plain autoscaler would have been short: a goal of fifty minutes is no leave to be fifty
 *     minutes worse where that one never is short. Where it is short for longer than the goal this changes nothing.
 */
import type { Cost, Track } from '../shadow/track.ts';
import { WEEK_DAYS, WEEK_S } from '../time.ts';

const BANK_DAYS = 4 * WEEK_DAYS;
const AHEAD_WEEKS = 0.5;
/** Of the allowance: what is to be spent, and how far the aim may move. */
const SPENT = 0.9;
const LEAST_AIM = 0.1;
const MOST_AIM = 2;
/** Minutes a week over the plain autoscaler's. */
const MOST_WORSE = 8;

const minutesShort = (cost: Cost | undefined): number => (cost?.shortS ?? 0) / 60;

export interface Accounts {
  /** What was really done, and the yardstick over the same time; undefined before the service acts. */
  readonly own: Track | undefined;
  readonly ownPlain: Track | undefined;
}

/**
 * @param usual what the yardstick would have cost lately.
 * @returns minutes of shortage a week.
 */
export function allowedMinutes(minutesPerWeek: number, { own, ownPlain }: Accounts, usual: Cost): number {
  const done = own?.cost(0, BANK_DAYS - 1);
  const plain = ownPlain?.cost(0, BANK_DAYS - 1);
  const weeks = (done?.seconds ?? 0) / WEEK_S + AHEAD_WEEKS;
  const plainAhead = minutesShort(usual) * (WEEK_S / Math.max(1, usual.seconds)) * AHEAD_WEEKS;
  const total = Math.min(minutesPerWeek * weeks, minutesShort(plain) + plainAhead + MOST_WORSE * weeks);
  const rate = (SPENT * total - minutesShort(done)) / AHEAD_WEEKS;
  return Math.max(LEAST_AIM * minutesPerWeek, Math.min(MOST_AIM * minutesPerWeek, rate));
}
