/**
 * One scaling decision: every rule proposes, the proposals are combined within bounds, and all of it is returned as the explanation.
 * Pure and synchronous; the same policy, state and situation give the same decision, bit for bit.
 *
 * X1. The answer lies within the policy's bounds, whatever the rules want.
 * X2. Of several wants the greatest counts; holds keep it from falling: that is what the rules have of their own. Limits then cut it.
 *     Whatever a limit has added or taken is gone with the limit: the end of a schedule counts like its start.
 * X3. Replicas are never given back below what is needed now, unless a bound demands it.
 * X4. While a forecast acts it stands in for the reactive rules; the thresholds and the target are told but do not count.
 */
import { reason } from '@leasehold/kernel';
import type { Policy } from '../policy/policy.ts';
import { boundRules, holdRules, trendRules } from './limits.ts';
import { reactiveRules } from './reactive.ts';
import { type Decision, ownOf, type Proposal, type RuleName, type Situation, type State } from './situation.ts';

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
    const text = `${forecast.strategy} asks for ${forecast.replicas}${acts ? '' : ' and is only told'}`;
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

/** What the limits leave of a number. */
const limited = (picked: Pick, limits: readonly (readonly Proposal[])[]): Pick =>
  limits.reduce((left, each) => limit(limit(left, each, 'atLeast'), each, 'atMost'), picked);

function disabled(state: State): Decision {
  const { replicas } = state;
  const why = reason('Disabled', 'the policy is disabled');
  const off: Proposal = { rule: 'disabled', kind: 'wants', replicas, reason: why };
  return { replicas, rule: 'disabled', ownRule: 'disabled', charged: false, proposals: [off], state };
}

export function decide(policy: Policy, state: State, situation: Situation): Decision {
  if (!policy.enabled) return disabled(state);
  const before = ownOf(state);
  const reactive = reactiveRules(policy, state, situation);
  const asked = wants(policy, situation, reactive.proposals);
  const acting = situation.forecast?.acts === true && policy.predictive.mode === 'scale';
  const counted = acting
    ? asked.filter((each) => each.rule === 'prediction' || each.rule === 'catch-up')
    : asked.filter((each) => each.rule !== 'prediction');
  const held = holdRules(policy, state, situation);
  const trend = trendRules(before, situation);
  const outer = bounds(policy);
  const limits = [boundRules(policy, situation), outer];
  const wanted = greatest(counted, { replicas: -1, rule: 'utilisation' });
  const own = limit(greatest(held, wanted), trend, 'atMost');
  const picked = limited(own, limits);
  const charged = limited(own, [outer]).replicas !== limited({ ...own, replicas: before }, [outer]).replicas;
  return {
    replicas: picked.replicas,
    rule: picked.rule,
    ownRule: own.rule,
    charged,
    proposals: [...asked, ...held, ...trend, ...limits.flat()],
    state: {
      replicas: picked.replicas,
      own: own.replicas,
      changedAtMs: charged ? situation.atMs : state.changedAtMs,
      wishes: reactive.wishes,
    },
  };
}
