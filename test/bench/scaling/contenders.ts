/**
 * Who is measured: the product as it is, the product held to 50 minutes a week, its forecasts at one fixed quantile (mixed, and
 * each model alone), and the plain autoscaler as published (tolerance 0.1, 300 s down-stabilisation, 70 %).
 */
import {
  createPlain,
  hoursGoal,
  MODELS,
  type ModelName,
  PLAIN,
  type Policy,
  type Recorded,
  replay,
  type Scaler,
} from '@leasehold/scaler';
import type { Place } from './account.ts';

export const MINUTES_PER_WEEK = 50;

export interface Run {
  readonly wanted: readonly number[];
  readonly scaler: Scaler | undefined;
}

export interface Contender {
  readonly name: string;
  run(recorded: Recorded, place: Place, policy: Policy): Run;
}

function runPlain(recorded: Recorded, place: Place, policy: Policy): Run {
  const { tickS, fromMs, capacity } = place;
  const plain = createPlain(tickS, PLAIN.target, PLAIN.tolerance, PLAIN.downStabilisationS);
  const wanted: number[] = [];
  const endMs = recorded.startMs + recorded.values.length * recorded.stepMs;
  const firstMs = fromMs - Math.floor((fromMs - recorded.startMs) / (tickS * 1_000)) * tickS * 1_000;
  for (let atMs = firstMs; atMs < endMs; atMs += tickS * 1_000) {
    const known = Math.floor((atMs - recorded.startMs) / recorded.stepMs);
    const load = known < 1 ? Number.NaN : (recorded.values[known - 1] as number);
    const replicas = plain.step(load, capacity, policy.minReplicas, policy.maxReplicas);
    if (atMs >= fromMs) wanted.push(replicas);
  }
  return { wanted, scaler: undefined };
}

function runProduct(
  recorded: Recorded,
  place: Place,
  policy: Policy,
  minutes: number | undefined,
  only?: ModelName,
): Run {
  const { startupS, tickS, capacity, fromMs } = place;
  const goal = minutes === undefined ? hoursGoal(startupS) : ({ kind: 'shortage', minutesPerWeek: minutes } as const);
  const wanted: number[] = [];
  let scaler: Scaler | undefined;
  const options = { policy, goal, capacity, startupS, tickS, ...(only === undefined ? {} : { only }) };
  const seen = (made: Scaler): void => {
    scaler = made;
  };
  for (const { decision } of replay(recorded, options, fromMs, seen)) wanted.push(decision.replicas);
  return { wanted, scaler };
}

/** One quantile for every model, so that the models differ and nothing else. */
const QUANTILE = 0.98;
const at = (policy: Policy): Policy => ({ ...policy, predictive: { ...policy.predictive, quantile: QUANTILE } });

export const PLAIN_NAME = 'plain autoscaler';

export const CONTENDERS: readonly Contender[] = [
  { name: PLAIN_NAME, run: runPlain },
  { name: 'policy', run: (recorded, place, policy) => runProduct(recorded, place, policy, undefined) },
  {
    name: `self-tuned to ${MINUTES_PER_WEEK} min/week`,
    run: (recorded, place, policy) => runProduct(recorded, place, policy, MINUTES_PER_WEEK),
  },
  {
    name: `all models at ${QUANTILE}`,
    run: (recorded, place, policy) => runProduct(recorded, place, at(policy), undefined),
  },
  ...MODELS.map(
    (model): Contender => ({
      name: `"${model}" alone at ${QUANTILE}`,
      run: (recorded, place, policy) => runProduct(recorded, place, at(policy), undefined, model),
    }),
  ),
];
