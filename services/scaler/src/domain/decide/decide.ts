/**
 * One scaling decision: every rule proposes, the proposals are combined within bounds, and all of it is returned as the explanation.
 * Pure and synchronous; the same policy, state and situation give the same decision, bit for bit.
 *
 * X1. The answer lies within the policy's bounds, whatever the rules want.
 * X2. Of several wants the greatest counts; limits then cut it; holds keep it from falling.
 * X3. Replicas are never given back below what is needed now, unless a bound demands it.
 * X4. While a forecast acts it stands in for the reactive rules; the thresholds and the target are told but do not count.
 */
import { reason } from '@leasehold/kernel';
import type { Policy } from '../policy/policy.ts';
import { boundRules, holdRules } from './limits.ts';
import { reactiveRules } from './reactive.ts';
import type { Decision, Proposal, RuleName, Situation, State } from './situation.ts';

interface Pick {
  readonly replicas: number;
  readonly rule: RuleName;
}

const bounds = (policy: Policy): readonly Proposal[] => [
  {
    rule: 'bounds',
    kind: 'atLeast',
    replicas: policy.minReplicas,
    reason: reason('MinReplicas', 'the policy asks for at least this'),
  },
  {
    rule: 'bounds',
    kind: 'atMost',
    replicas: policy.maxReplicas,
    reason: reason('MaxReplicas', 'the policy allows at most this'),
  },
];

function wants(policy: Policy, situation: Situation, reactive: readonly Proposal[]): readonly Proposal[] {
  const { forecast, catchUp } = situation;
  const found: Proposal[] = [];
  if (forecast !== undefined && policy.predictive.mode !== 'off') {
    const acts = forecast.acts && policy.predictive.mode === 'scale';
    const text = `${forecast.way} asks for ${forecast.replicas}${acts ? '' : ' and is only told'}`;
    const data = { acts };
    found.push({
      rule: 'prediction',
      kind: 'wants',
      replicas: forecast.replicas,
      reason: reason('Forecast', text, data),
    });
  }
  if (catchUp !== undefined) {
    const text = `behind the plain autoscaler this week: at least its ${catchUp}`;
    found.push({ rule: 'catch-up', kind: 'wants', replicas: catchUp, reason: reason('CatchUp', text) });
  }
  return [...found, ...reactive];
}

const greatest = (proposals: readonly Proposal[], start: Pick): Pick =>
  proposals.reduce<Pick>((best, each) => (each.replicas > best.replicas ? each : best), start);

function limit(picked: Pick, proposals: readonly Proposal[], kind: 'atLeast' | 'atMost'): Pick {
  const tighter = (a: number, b: number): boolean => (kind === 'atLeast' ? a > b : a < b);
  return proposals
    .filter((each) => each.kind === kind)
    .reduce<Pick>((best, each) => (tighter(each.replicas, best.replicas) ? each : best), picked);
}

export function decide(policy: Policy, state: State, situation: Situation): Decision {
  const current = state.replicas;
  if (!policy.enabled) {
    const off: Proposal = {
      rule: 'disabled',
      kind: 'wants',
      replicas: current,
      reason: reason('Disabled', 'the policy is disabled'),
    };
    return { replicas: current, rule: 'disabled', proposals: [off], state };
  }
  const reactive = reactiveRules(policy, state, situation);
  const asked = wants(policy, situation, reactive.proposals);
  const acting = situation.forecast?.acts === true && policy.predictive.mode === 'scale';
  const counted = acting
    ? asked.filter((each) => each.rule === 'prediction' || each.rule === 'catch-up')
    : asked.filter((each) => each.rule !== 'prediction');
  const held = holdRules(policy, state, situation);
  const limits = boundRules(policy, state, situation);
  const outer = bounds(policy);
  let picked = greatest(counted, { replicas: -1, rule: 'utilisation' });
  if (picked.replicas < current) picked = greatest(held, picked);
  for (const each of [limits, outer]) picked = limit(limit(picked, each, 'atLeast'), each, 'atMost');
  const replicas = picked.replicas;
  const changed = replicas !== current;
  return {
    replicas,
    rule: picked.rule,
    proposals: [...asked, ...held, ...limits, ...outer],
    state: { replicas, changedAtMs: changed ? situation.atMs : state.changedAtMs, wishes: reactive.wishes },
  };
}
