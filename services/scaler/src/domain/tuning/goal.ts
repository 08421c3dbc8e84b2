/**
 * What the tuner is to reach. Without a word from anyone a service may cost what the plain autoscaler would cost and a little for a
 * slow start, and is to be short for as few minutes as that buys.
 *
 * G1. A goal of minutes is held at the least cost; a goal of hours is used at the least shortage.
 */
import { HOUR_S } from '../time.ts';
export type Goal =
  | { readonly kind: 'hours' /** Replica hours over those of the yardstick. */; readonly ratio: number }
  | { readonly kind: 'shortage' /** Minutes short that a week may have. */; readonly minutesPerWeek: number };

const RATIO_AT_ONCE = 1.005;
const RATIO_PER_SECOND = 0.000125;

/** 1.02 times the plain autoscaler's hours at a start-up of two minutes, 1.08 times at ten. */
export const hoursGoal = (startupS: number): Goal => ({
  kind: 'hours',
  ratio: RATIO_AT_ONCE + RATIO_PER_SECOND * Math.min(startupS, HOUR_S),
});
