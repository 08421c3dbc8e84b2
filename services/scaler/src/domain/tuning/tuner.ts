/**
 * Chooses the strategy by which a service is scaled, from what each would have cost in the service's own past.
 *
 * T1. A shortlist is drawn up on the older part of the past; one of it is taken only when it does better than the present strategy on the
 *     latest part, which had no say in the list.
 * T2. What was really spent corrects the aim: minutes already used or saved, hours above or below the allowed.
 * T3. A strategy that follows a forecast can be chosen only while the forecast is trusted.
 * T4. Pure: the same accounts give the same choice.
 */
import { type Reason, reason } from '@leasehold/kernel';
import { nameOf, type Strategy } from '../shadow/strategies.ts';
import type { Cost, Track } from '../shadow/track.ts';
import { WEEK_DAYS } from '../time.ts';
import { type Accounts, allowedMinutes } from './allowance.ts';
import type { Goal } from './goal.ts';
import { type Aimed, type Stretch, scoreStrategies } from './score.ts';

/** The first days, in which the models were still learning, and how many there must be before they are left out. */
const BURN_DAYS = 2;
const BURN_FROM_DAYS = 5;
const MOST_CORRECTION = 0.1;
const CORRECTION = 2;
const LEAST_ACCOUNT_S = 21_600;

/** How the past is divided and read under a goal. */
interface Method {
  readonly windowDays: number;
  /** Share of the window that has no say in the shortlist. */
  readonly heldOut: number;
  readonly shortlist: number;
  /** A candidate's score has to be below this share of the present one's. */
  readonly clearly: number;
  /** Margin for a short past, in the shortlist and on the days held out. */
  readonly doubt: number;
  readonly doubtHeldOut: number;
}

const METHODS: Readonly<Record<Goal['kind'], Method>> = {
  hours: { windowDays: 21, heldOut: 0.3, shortlist: 3, clearly: 0.995, doubt: 0, doubtHeldOut: 0 },
  shortage: { windowDays: 14, heldOut: 0.5, shortlist: 9, clearly: 0.99, doubt: 0.25, doubtHeldOut: 0 },
};

export interface Account extends Accounts {
  readonly plain: Track;
  readonly strategies: readonly Track[];
}

export interface Choice {
  readonly index: number;
  readonly reason: Reason;
}

function allowedRatio(base: number, account: Account): number {
  const own = account.own?.cost(0, WEEK_DAYS - 1);
  const plain = account.ownPlain?.cost(0, WEEK_DAYS - 1);
  if (own === undefined || plain === undefined || own.seconds < LEAST_ACCOUNT_S) return base;
  const off = CORRECTION * (base - own.replicaS / Math.max(1, plain.replicaS));
  return base + Math.max(-MOST_CORRECTION, Math.min(MOST_CORRECTION, off));
}

function aimedAt(goal: Goal, account: Account, usual: Cost, doubt: number): Aimed {
  if (goal.kind === 'hours') return { kind: 'hours', ratio: allowedRatio(goal.ratio, account) };
  const { minutesPerWeek } = goal;
  return { kind: 'shortage', minutesPerWeek, allowed: allowedMinutes(minutesPerWeek, account, usual), doubt };
}

const stretch = (account: Account, newest: number, oldest: number): Stretch => ({
  plain: account.plain.cost(newest, oldest),
  strategies: account.strategies.map((track): Cost => track.cost(newest, oldest)),
});

/** The best few by a score, best first. */
const shortlist = (scores: Float64Array, most: number, allowed: (index: number) => boolean): readonly number[] =>
  Array.from(scores.keys())
    .filter(allowed)
    .sort((a, b) => (scores[a] as number) - (scores[b] as number) || a - b)
    .slice(0, most);

export function chooseStrategy(
  strategies: readonly Strategy[],
  account: Account,
  goal: Goal,
  trusted: boolean,
  present: number,
): Choice {
  const allowed = (index: number): boolean => trusted || (strategies[index] as Strategy).kind === 'target';
  const standing = allowed(present) ? present : 0;
  const days = account.plain.days();
  const name = (index: number): string => nameOf(strategies[index] as Strategy);
  if (days < 2)
    return { index: standing, reason: reason('TooLittlePast', `less than a day of past: ${name(standing)}`) };
  const fixed = strategies.findIndex((strategy) => strategy.kind === 'quantile');
  if (fixed >= 0) {
    const index = allowed(fixed) ? fixed : 0;
    return { index, reason: reason('PolicyQuantile', `the policy names its quantile: ${name(index)}`) };
  }
  const method = METHODS[goal.kind];
  const used = Math.min(method.windowDays, days - (days >= BURN_FROM_DAYS ? BURN_DAYS : 0));
  const held = Math.max(1, Math.round(method.heldOut * used));
  const usual = account.plain.cost(0, used - 1);
  const aimed = (doubt: number): Aimed => aimedAt(goal, account, usual, doubt);
  const older = scoreStrategies(stretch(account, held, Math.max(held, used - 1)), aimed(method.doubt));
  const proof = scoreStrategies(stretch(account, 0, held - 1), aimed(method.doubtHeldOut));
  const listed = shortlist(older, method.shortlist, allowed);
  const candidate = listed.reduce((best, each) => ((proof[each] as number) < (proof[best] as number) ? each : best));
  const [now, then] = [proof[standing] as number, proof[candidate] as number];
  const data = {
    candidate: name(candidate),
    score: then,
    present: name(standing),
    presentScore: now,
    heldOutDays: held,
  };
  if (candidate !== standing && then < now * method.clearly)
    return {
      index: candidate,
      reason: reason('StrategyChosen', `${name(candidate)} did better on days it was not chosen on`, data),
    };
  return { index: standing, reason: reason('StrategyKept', `${name(standing)} is kept`, data) };
}
