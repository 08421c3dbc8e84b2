/**
 * Chooses the way by which a service is scaled, from what each would have cost in the service's own past.
 *
 * T1. A shortlist is drawn up on the older part of the past; one of it is taken only when it does better than the present way on the
 *     latest part, which had no say in the list.
 * T2. What was really spent corrects the aim: minutes already used or saved, hours above or below the allowed.
 * T3. A way that follows a forecast can be chosen only while the forecast is trusted.
 * T4. Pure: the same accounts give the same choice.
 */
import { type Reason, reason } from '@leasehold/kernel';
import type { Cost, Track } from '../shadow/track.ts';
import { nameOf, type Way } from '../shadow/ways.ts';
import type { Goal } from './goal.ts';
import { type Aimed, type Stretch, scoreWays } from './score.ts';

const WEEK_S = 604_800;
const WINDOW_DAYS = 21;
/** The first days, in which the models were still learning, and how many there must be before they are left out. */
const BURN_DAYS = 2;
const BURN_FROM_DAYS = 5;
const HELD_OUT = 0.3;
const SHORTLIST = 3;
const CLEARLY = 0.995;
const ACCOUNT_DAYS = 7;
const BANK_DAYS = 21;
const MOST_CORRECTION = 0.1;
const CORRECTION = 2;
const LEAST_ACCOUNT_S = 21_600;
/** Of the allowed minutes: what a choice is to promise, what the service is to spend, and how far the aim may move. */
const PROMISED = 0.9;
const SPENT = 0.75;
const LEAST_AIM = 0.1;
const MOST_AIM = 2;

export interface Account {
  readonly plain: Track;
  readonly ways: readonly Track[];
  /** What was really done, and the yardstick over the same time; undefined before the service acts. */
  readonly own: Track | undefined;
  readonly ownPlain: Track | undefined;
}

export interface Choice {
  readonly index: number;
  readonly reason: Reason;
}

function aimedAt(goal: Goal, account: Account): Aimed {
  const own = account.own?.cost(0, ACCOUNT_DAYS - 1);
  if (goal.kind === 'hours') {
    const plain = account.ownPlain?.cost(0, ACCOUNT_DAYS - 1);
    const base = goal.ratio;
    if (own === undefined || plain === undefined || own.seconds < LEAST_ACCOUNT_S)
      return { kind: 'hours', ratio: base };
    const off = CORRECTION * (base - own.replicaS / Math.max(1, plain.replicaS));
    return { kind: 'hours', ratio: base + Math.max(-MOST_CORRECTION, Math.min(MOST_CORRECTION, off)) };
  }
  const { minutesPerWeek } = goal;
  const bank = account.own?.cost(0, BANK_DAYS - 1);
  const weeks = (bank?.seconds ?? 0) / WEEK_S;
  const saved = SPENT * minutesPerWeek * weeks - (bank?.shortS ?? 0) / 60;
  const moved = 1 + (CORRECTION * saved) / (Math.max(1e-9, minutesPerWeek) * Math.max(1, weeks));
  const factor = Math.max(LEAST_AIM, Math.min(MOST_AIM, moved));
  return { kind: 'shortage', minutesPerWeek, allowed: minutesPerWeek * PROMISED * factor };
}

const stretch = (account: Account, newest: number, oldest: number): Stretch => ({
  plain: account.plain.cost(newest, oldest),
  ways: account.ways.map((track): Cost => track.cost(newest, oldest)),
});

/** The best few by a score, best first. */
const shortlist = (scores: Float64Array, allowed: (index: number) => boolean): readonly number[] =>
  Array.from(scores.keys())
    .filter(allowed)
    .sort((a, b) => (scores[a] as number) - (scores[b] as number) || a - b)
    .slice(0, SHORTLIST);

export function chooseWay(
  ways: readonly Way[],
  account: Account,
  goal: Goal,
  trusted: boolean,
  present: number,
): Choice {
  const allowed = (index: number): boolean => trusted || (ways[index] as Way).kind === 'target';
  const standing = allowed(present) ? present : 0;
  const days = account.plain.days();
  const name = (index: number): string => nameOf(ways[index] as Way);
  if (days < 2)
    return { index: standing, reason: reason('TooLittlePast', `less than a day of past: ${name(standing)}`) };
  const fixed = ways.findIndex((way) => way.kind === 'quantile');
  if (fixed >= 0) {
    const index = allowed(fixed) ? fixed : 0;
    return { index, reason: reason('PolicyQuantile', `the policy names its quantile: ${name(index)}`) };
  }
  const used = Math.min(WINDOW_DAYS, days - (days >= BURN_FROM_DAYS ? BURN_DAYS : 0));
  const held = Math.max(1, Math.round(HELD_OUT * used));
  const aimed = aimedAt(goal, account);
  const listed = shortlist(scoreWays(stretch(account, held, Math.max(held, used - 1)), aimed), allowed);
  const proof = scoreWays(stretch(account, 0, held - 1), aimed);
  const candidate = listed.reduce((best, each) => ((proof[each] as number) < (proof[best] as number) ? each : best));
  const [now, then] = [proof[standing] as number, proof[candidate] as number];
  const data = {
    candidate: name(candidate),
    score: then,
    present: name(standing),
    presentScore: now,
    heldOutDays: held,
  };
  if (candidate !== standing && then < now * CLEARLY)
    return {
      index: candidate,
      reason: reason('WayChosen', `${name(candidate)} did better on days it was not chosen on`, data),
    };
  return { index: standing, reason: reason('WayKept', `${name(standing)} is kept`, data) };
}
