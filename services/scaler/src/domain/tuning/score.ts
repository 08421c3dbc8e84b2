/**
 * How well each strategy would have served the goal in a stretch of days: lower is better. Pure.
 *
 * S1. Shortage is the mean of what was counted and what the forecasts made at the time expected of it: a few bursts decide the count, so
 *     it is noisy; the expectation is scaled to the count over all strategies.
 * S2. A short past proves little: under a goal of minutes a margin is added that shrinks as the past grows (the error of a sum of
 *     independent bursts).
 * S3. More changes than a share of the yardstick's are paid for under every goal.
 */
import type { Cost } from '../shadow/track.ts';
import { WEEK_S } from '../time.ts';

const CHANGE_SHARE = 0.85;
const CHANGE_WEIGHT = 2;
const HOURS_WEIGHT = 20;
const MINUTES_WEIGHT = 2;
/** Minutes short that usually come together. */
const BURST_MINUTES = 15;
/** Minutes a week below which a yardstick that is hardly ever short still counts. */
const LEAST_SHORT = 30;
const LEVELLING_S = 1_200;
const MOST_COUNTED_S = 120_000;

export type Aimed =
  | { readonly kind: 'hours'; readonly ratio: number }
  | {
      readonly kind: 'shortage';
      readonly minutesPerWeek: number;
      readonly allowed: number /** Errors that the margin of S2 covers. */;
      readonly doubt: number;
    };

export interface Stretch {
  readonly plain: Cost;
  readonly strategies: readonly Cost[];
}

function calibration(strategies: readonly Cost[]): number {
  let counted = LEVELLING_S;
  let expected = LEVELLING_S;
  for (const cost of strategies) {
    counted += Math.min(MOST_COUNTED_S, cost.shortS);
    expected += Math.min(MOST_COUNTED_S, cost.riskS);
  }
  return Math.max(0.5, Math.min(3, counted / expected));
}

/** Minutes short a week, by S1. */
const shortageOf = (cost: Cost, factor: number, seconds: number): number =>
  ((cost.shortS + factor * cost.riskS) / 2 / 60) * (WEEK_S / seconds);

export function scoreStrategies(stretch: Stretch, aimed: Aimed): Float64Array {
  const { plain, strategies } = stretch;
  const seconds = Math.max(1, plain.seconds);
  const factor = calibration(strategies);
  const plainShort = (plain.shortS / 60) * (WEEK_S / seconds);
  return Float64Array.from(strategies, (cost) => {
    const hours = cost.replicaS / Math.max(1, plain.replicaS);
    const restless = CHANGE_WEIGHT * Math.max(0, cost.changes / (CHANGE_SHARE * plain.changes + 2) - 1);
    const short = shortageOf(cost, factor, seconds);
    if (aimed.kind === 'shortage') {
      const margin = aimed.doubt * Math.sqrt((BURST_MINUTES * short * WEEK_S) / seconds);
      const over = Math.max(0, short + margin - aimed.allowed) / Math.max(1, aimed.minutesPerWeek);
      return hours * (1 + MINUTES_WEIGHT * over + restless);
    }
    const dear = HOURS_WEIGHT * Math.max(0, hours / aimed.ratio - 1);
    return short + hours / 2 + (plainShort + LEAST_SHORT) * (dear + restless);
  });
}
