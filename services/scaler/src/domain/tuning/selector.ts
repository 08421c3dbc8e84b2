/**
 * Keeps the chosen strategy and the forecast's trust up to date, once an hour, and writes down every change of either.
 *
 * I1. A promotion, a demotion and a change of strategy is an event with its figures; the last `MOST_EVENTS` are kept.
 * I2. Whoever has fallen behind the plain autoscaler over a week is told to keep up with it until the lag is made good. A goal of
 *     minutes has a measure of its own and needs no such leash.
 */
import { bound, type Reason } from '@leasehold/kernel';
import type { Quality } from '../outlook/quality.ts';
import type { Strategy } from '../shadow/strategies.ts';
import { HOUR_S, WEEK_DAYS } from '../time.ts';
import type { Goal } from './goal.ts';
import { judgeTrust } from './trust.ts';
import { type Account, chooseStrategy } from './tuner.ts';

const EVERY_MS = HOUR_S * 1_000;
const MOST_BEHIND_S = 180;
const MOST_EVENTS = bound('scaler events kept', 1_000);

export interface ScalerEvent {
  readonly atMs: number;
  readonly reason: Reason;
}

export interface Selector {
  /** Called at each tick; does its work when an hour has passed. */
  review(atMs: number, account: Account, quality: Quality): void;
  /** Index of the chosen strategy. */
  present(): number;
  behind(): boolean;
  events(): readonly ScalerEvent[];
}

/** @param mayAct a forecast may be followed at all. */
export function createSelector(strategies: readonly Strategy[], goal: Goal, stepS: number, mayAct: boolean): Selector {
  const events: ScalerEvent[] = [];
  let present = 0;
  let trusted = false;
  let behind = false;
  let reviewedAtMs = Number.NEGATIVE_INFINITY;
  const record = (atMs: number, what: Reason): void => {
    events.push({ atMs, reason: what });
    if (events.length > MOST_EVENTS.value) events.shift();
  };
  const review: Selector['review'] = (atMs, account, quality) => {
    if (atMs - reviewedAtMs < EVERY_MS) return;
    reviewedAtMs = atMs;
    const trust = judgeTrust(trusted, quality, stepS);
    trusted = trust.trusted;
    if (trust.change !== undefined) record(atMs, trust.change);
    const choice = chooseStrategy(strategies, account, goal, trusted && mayAct, present);
    if (choice.index !== present) record(atMs, choice.reason);
    present = choice.index;
    if (account.own === undefined || account.ownPlain === undefined || goal.kind === 'shortage') return;
    const lag = account.own.cost(0, WEEK_DAYS - 1).shortS - account.ownPlain.cost(0, WEEK_DAYS - 1).shortS;
    behind = lag > MOST_BEHIND_S;
  };
  return { review, present: () => present, behind: () => behind, events: () => events };
}
