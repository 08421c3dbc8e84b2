/**
 * The rules that look at what is, not at what comes: the utilisation target with its tolerance and down-stabilisation, and the
 * thresholds with their rates. They act while no forecast has earned a say.
 *
 * V1. Within the tolerance of the target nothing is asked for.
 * V2. Going down follows the highest wish of the cooldown window, and one step takes no more than the rate allows unless the service is
 *     clearly idle.
 */
import { reason } from '@leasehold/kernel';
import { replicasFor } from '../outlook/curve.ts';
import type { Policy } from '../policy/policy.ts';
import { PLAIN } from '../shadow/plain.ts';
import { ownOf, type Proposal, type Situation, type State, type Wish } from './situation.ts';

const PERCENT = 100;

const percent = (share: number): number => Math.round(share * PERCENT);

function wishOf(situation: Situation, current: number): number {
  const { load, capacity, target } = situation;
  if (Number.isNaN(load)) return current;
  const used = load / (current * capacity);
  return Math.abs(used / target - 1) <= PLAIN.tolerance ? current : replicasFor(load / target, capacity);
}

function keepWishes(wishes: readonly Wish[], atMs: number, replicas: number, windowMs: number): readonly Wish[] {
  const kept = wishes.filter((wish) => wish.atMs >= atMs - windowMs && wish.replicas > replicas);
  return [...kept, { atMs, replicas }];
}

export interface Reactive {
  readonly proposals: readonly Proposal[];
  readonly wishes: readonly Wish[];
}

export function reactiveRules(policy: Policy, state: State, situation: Situation): Reactive {
  const current = ownOf(state);
  const { load, capacity, target } = situation;
  const wish = Math.min(wishOf(situation, current), policy.maxReplicas);
  const wishes = keepWishes(state.wishes, situation.atMs, wish, policy.cooldownS * 1_000);
  const highest = (wishes[0] as Wish).replicas;
  const data = { load: Number.isNaN(load) ? null : load, target: percent(target), wish };
  const text = `${percent(target)} % utilisation needs ${wish}`;
  if (wish >= current) {
    const proposals: Proposal[] = [
      { rule: 'utilisation', kind: 'wants', replicas: wish, reason: reason('UtilisationTarget', text, data) },
    ];
    const used = load / (current * capacity);
    if (used > policy.upThreshold && wish > current) {
      const most = Math.min(wish, Math.max(current + 1, Math.ceil(current * policy.upRate)));
      const said = `${percent(used)} % used is above the threshold of ${percent(policy.upThreshold)} %`;
      proposals.push({ rule: 'thresholds', kind: 'wants', replicas: most, reason: reason('AboveThreshold', said) });
    }
    return { proposals, wishes };
  }
  const steady = Math.min(current, highest);
  const proposals: Proposal[] = [
    {
      rule: 'utilisation',
      kind: 'wants',
      replicas: steady,
      reason: reason('UtilisationTarget', text, { ...data, highest }),
    },
  ];
  const idle = load / (current * capacity) < policy.downThreshold;
  const slowest = Math.floor(current * policy.downRate);
  if (!idle && steady < slowest)
    proposals.push({
      rule: 'thresholds',
      kind: 'wants',
      replicas: slowest,
      reason: reason(
        'StepDown',
        `one step takes at most ${percent(1 - policy.downRate)} % while the service is not idle`,
      ),
    });
  return { proposals, wishes };
}
