/**
 * The rules that bound what the others may have: schedules, requests, the cost cap; and those that keep what the others have: anomalies, a
 * trend, cooldown, the budget of changes, what is needed now.
 *
 * L1. A schedule or a request never leads outside the policy's own bounds; between a floor and a ceiling that cross, the ceiling wins.
 */
import { reason } from '@leasehold/kernel';
import { replicasFor } from '../outlook/curve.ts';
import { isOpen } from '../policy/moments.ts';
import type { Policy } from '../policy/policy.ts';
import { MINUTE_MS } from '../time.ts';
import { type Anomaly, ownOf, type Proposal, type Situation, type State } from './situation.ts';

const ANOMALIES: Readonly<Record<Anomaly, readonly [code: string, text: string]>> = {
  missing: ['LoadMissing', 'the newest load is missing: nothing is given back'],
  collapsed: ['LoadCollapsed', 'the load fell at once far below the last hour: waiting for proof'],
  outburst: ['LoadOutburst', 'the load is ten times above all that was seen: waiting for proof'],
  frozen: ['LoadFrozen', 'the load always changed and stands still to the last digit: nothing is given back'],
};

function scheduleRules(policy: Policy, atMs: number): readonly Proposal[] {
  return policy.schedules.flatMap((schedule, i) => {
    if (!isOpen(schedule.cron, schedule.timezone, atMs, schedule.durationMinutes * MINUTE_MS)) return [];
    const say = (text: string) =>
      reason('ScheduleActive', `schedule ${i + 1} (${schedule.timezone}) ${text}`, { schedule: i });
    const found: Proposal[] = [];
    const { minReplicas: least, maxReplicas: most } = schedule;
    if (least !== undefined)
      found.push({ rule: 'schedule', kind: 'atLeast', replicas: least, reason: say(`asks for at least ${least}`) });
    if (most !== undefined)
      found.push({ rule: 'schedule', kind: 'atMost', replicas: most, reason: say(`allows at most ${most}`) });
    return found;
  });
}

function costRule(policy: Policy, situation: Situation): readonly Proposal[] {
  const { maxHourlyUsd } = policy.cost;
  const price = situation.replicaHourUsd ?? 0;
  if (maxHourlyUsd === undefined || !(price > 0)) return [];
  const most = Math.floor(maxHourlyUsd / price + 1e-9);
  const text = `${maxHourlyUsd} USD an hour pay for ${most} replicas at ${price} USD`;
  return [{ rule: 'cost', kind: 'atMost', replicas: most, reason: reason('CostCap', text) }];
}

/** A load that has only fallen for a day gives no ground for more than there is, unless what there is falls short. */
export function trendRules(own: number, { load, capacity, trend }: Situation): readonly Proposal[] {
  if (trend !== 'falling') return [];
  const most = Math.max(own, replicasFor(load, capacity));
  const why = reason('OnlyFalling', `the load has only fallen for a day: no more than ${most}`);
  return [{ rule: 'trend', kind: 'atMost', replicas: most, reason: why }];
}

/** What bounds the number from both sides, whatever the rules have. */
export function boundRules(policy: Policy, situation: Situation): readonly Proposal[] {
  const requests = situation.requests
    .filter((request) => request.untilMs > situation.atMs)
    .map((request): Proposal => {
      const text = `${request.replicas} replicas were asked for: ${request.reason}`;
      return { rule: 'request', kind: 'atLeast', replicas: request.replicas, reason: reason('Requested', text) };
    });
  return [...scheduleRules(policy, situation.atMs), ...requests, ...costRule(policy, situation)];
}

/** What forbids the rules to go below a number now: their own, or what is needed of those that are there. */
export function holdRules(policy: Policy, state: State, situation: Situation): readonly Proposal[] {
  const found: Proposal[] = [];
  const own = ownOf(state);
  const holds = (rule: Proposal['rule'], code: string, text: string): void => {
    found.push({ rule, kind: 'holds', replicas: own, reason: reason(code, text) });
  };
  if (situation.anomaly !== undefined) holds('anomaly', ...ANOMALIES[situation.anomaly]);
  const sinceS = (situation.atMs - state.changedAtMs) / 1_000;
  if (sinceS < policy.cooldownS)
    holds('cooldown', 'Cooldown', `${sinceS} s since the last change, the cooldown is ${policy.cooldownS} s`);
  if (situation.trend === 'rising') holds('trend', 'OnlyRising', 'the load has only risen for a day');
  if (situation.changesLeft < 1) holds('budget', 'ChangesSpent', 'the budget of changes is spent');
  if (!Number.isNaN(situation.load)) {
    const now = replicasFor(situation.load, situation.capacity);
    found.push({
      rule: 'needed-now',
      kind: 'holds',
      replicas: Math.min(now, Math.max(state.replicas, own)),
      reason: reason('NeededNow', `the load needs ${now} now`),
    });
  }
  return found;
}
