/**
 * The scaler of one service: takes samples and ticks in order of time, keeps the outlook, the candidates, the choice of the selector and the
 * budgets, and answers each tick with a decision. No I/O and no clock: whoever calls it says what time it is.
 *
 * S1. A decision is made of samples whose interval has ended, never of later ones: cut off the future, and it is the same.
 * S2. The same options, samples and ticks give the same decisions, bit for bit.
 */
import { createBelief } from './belief.ts';
import { type Budget, createBudget } from './budget.ts';
import { decide } from './decide/decide.ts';
import { type Decision, ownOf, type Request, type State } from './decide/situation.ts';
import { replicasFor } from './outlook/curve.ts';
import type { ModelName } from './outlook/horizon.ts';
import { createOutlook, horizonsFor, stepsAhead } from './outlook/outlook.ts';
import type { Quality } from './outlook/quality.ts';
import type { Policy } from './policy/policy.ts';
import { createCandidates } from './shadow/candidates.ts';
import { nameOf, type Strategy, strategiesFor } from './shadow/strategies.ts';
import { createTrack, type Track } from './shadow/track.ts';
import { createSignals } from './signals.ts';
import type { Goal } from './tuning/goal.ts';
import { createSelector, type ScalerEvent } from './tuning/selector.ts';

const LEAST_AHEAD_S = 300;
const MOST_AHEAD_S = 21_600;

export interface ScalerOptions {
  readonly policy: Policy;
  readonly goal: Goal;
  /** Load that one replica bears, in the load's unit. */
  readonly capacity: number;
  readonly startupS: number;
  readonly tickS: number;
  readonly stepS: number;
  /** The one forecast model that is to speak, to see what it is worth alone. */
  readonly only?: ModelName;
}

export interface Scaler {
  /** The mean load of the next interval, which has ended; NaN when it is missing. */
  sample(load: number): void;
  /** A tick at which nothing is done yet: the candidates gather experience. `offsetS`: since the end of the newest interval. */
  watch(atMs: number, offsetS: number): void;
  /** A tick at which a decision is made. */
  act(atMs: number, offsetS: number, requests: readonly Request[], replicaHourUsd: number | undefined): Decision;
  events(): readonly ScalerEvent[];
  /** The strategy that is followed now, as text. */
  strategy(): string;
  /** Measured quality of the forecasts at the start-up delay. */
  quality(): Quality;
}

interface Acting {
  /** What the rules had: neither the hours nor the shortage that a schedule or a person brings is an account of theirs. */
  readonly own: Track;
  readonly plain: Track;
  readonly budget: Budget;
  state: State;
  plainWanted: number;
}

const bounded = (policy: Policy, replicas: number): number =>
  Math.max(policy.minReplicas, Math.min(policy.maxReplicas, replicas));

/** What is kept from the first decision on. */
function begin(options: ScalerOptions, wanted: number, load: number): Acting {
  const { policy, capacity, tickS, startupS } = options;
  const needed = Number.isNaN(load) ? 0 : replicasFor(load, capacity);
  const replicas = bounded(policy, Math.max(wanted, needed));
  const track = (): Track => createTrack(tickS, startupS, capacity);
  const state: State = { replicas, changedAtMs: Number.NEGATIVE_INFINITY, wishes: [] };
  return { own: track(), plain: track(), budget: createBudget(), state, plainWanted: -1 };
}

function createParts({ policy, goal, capacity, startupS, tickS, stepS, only }: ScalerOptions) {
  const { predictive, minReplicas: least, maxReplicas: most, cooldownS, targetCpu } = policy;
  const asked = (predictive.horizonMinutes ?? 0) * 60 - startupS;
  const aheadS = Math.max(LEAST_AHEAD_S, Math.min(MOST_AHEAD_S, asked));
  const outlook = createOutlook(stepS, horizonsFor(startupS, stepS, aheadS), only);
  const strategies = strategiesFor(targetCpu, predictive.quantile);
  const sizes = { tickS, stepS, startupS, aheadS, capacity, least, most, cooldownS, yardstick: targetCpu };
  const candidates = createCandidates(sizes, strategies, outlook);
  const selector = createSelector(strategies, goal, stepS, predictive.mode !== 'off');
  const judged = outlook.horizons.findIndex((steps) => steps >= stepsAhead(0, startupS, stepS));
  const strategy = (): Strategy => strategies[selector.present()] as Strategy;
  const shadow = (): number => (candidates.tracks[selector.present()] as Track).wanted();
  return { outlook, candidates, selector, judged, strategy, shadow };
}

export function createScaler(options: ScalerOptions): Scaler {
  const { policy, capacity } = options;
  const { outlook, candidates, selector, judged, strategy, shadow } = createParts(options);
  const signals = createSignals(options.stepS);
  const belief = createBelief(options.stepS);
  let acting: Acting | undefined;
  let recoveringS = 0;

  const sample = (load: number): void => {
    const believed = belief.take(load);
    // While replicas start that were given back in what was no load, a shortage proves no lag; minutes that were promised are counted.
    recoveringS = believed.anew || believed.apart ? options.startupS + options.stepS : recoveringS - options.stepS;
    const counted = options.goal.kind === 'hours' && recoveringS > 0 ? Number.NaN : believed.load;
    acting?.own.settle(counted);
    acting?.plain.settle(counted);
    signals.take(believed);
    if (believed.stayed > 0) outlook.correct(believed.load, believed.stayed);
    if (believed.anew) outlook.forget();
    candidates.sample(believed.taught);
  };
  const watch = (atMs: number, offsetS: number): void => {
    const account = {
      plain: candidates.plain,
      strategies: candidates.tracks,
      own: acting?.own,
      ownPlain: acting?.plain,
    };
    selector.review(atMs, account, outlook.quality(judged));
    candidates.tick(offsetS);
  };
  const act: Scaler['act'] = (atMs, offsetS, requests, replicaHourUsd) => {
    watch(atMs, offsetS);
    acting ??= begin(options, shadow(), signals.newest());
    const plain = candidates.plain.wanted();
    if (acting.plainWanted >= 0 && plain !== acting.plainWanted) acting.budget.earn();
    acting.plainWanted = plain;
    const chosen = strategy();
    const followed = signals.apart();
    const decision = decide(policy, acting.state, {
      atMs,
      load: signals.newest(),
      capacity,
      target: chosen.kind === 'target' ? chosen.target : policy.targetCpu,
      forecast:
        followed || chosen.kind === 'target' ? undefined : { replicas: shadow(), strategy: nameOf(chosen), acts: true },
      catchUp: selector.behind() && !followed ? plain : undefined,
      anomaly: signals.anomaly(),
      trend: signals.trend(),
      requests,
      replicaHourUsd,
      changesLeft: followed ? 1 : acting.budget.left(),
    });
    if (decision.charged && !followed) acting.budget.spend();
    acting.budget.hold(decision.ownRule === 'budget', options.tickS);
    acting.state = decision.state;
    acting.own.record(bounded(policy, ownOf(decision.state)));
    acting.plain.record(plain);
    return decision;
  };
  return {
    sample,
    watch,
    act,
    events: selector.events,
    strategy: () => nameOf(strategy()),
    quality: () => outlook.quality(judged),
  };
}
