/**
 * What a decision is made of, and what it leaves behind: plain values, so that a decision that was written down can be made again.
 */
import type { Reason } from '@leasehold/kernel';

/** Somebody asked for a number of replicas. */
export interface Request {
  readonly replicas: number;
  readonly untilMs: number;
  readonly reason: string;
}

export type Anomaly = 'missing' | 'collapsed' | 'outburst' | 'frozen';

export type Trend = 'rising' | 'falling';

export interface Situation {
  readonly atMs: number;
  /** Newest known load; NaN when none is. */
  readonly load: number;
  /** Load that one replica bears, in the load's unit. */
  readonly capacity: number;
  /** Utilisation that the reactive rules hold: the policy's own, or the one that tuning chose. */
  readonly target: number;
  /** What the forecast asks for, when it has one; it acts only while `acts`. */
  readonly forecast: { readonly replicas: number; readonly strategy: string; readonly acts: boolean } | undefined;
  /** What the plain autoscaler would have now, while this service has fallen behind it. */
  readonly catchUp: number | undefined;
  readonly anomaly: Anomaly | undefined;
  /** The load went one way only for a day. */
  readonly trend: Trend | undefined;
  readonly requests: readonly Request[];
  /** Price of a replica hour, when it is known. */
  readonly replicaHourUsd: number | undefined;
  /** Scale-ins that the budget of changes still allows. */
  readonly changesLeft: number;
}

/** A recommendation of the reactive rules, kept for the stabilisation window. */
export interface Wish {
  readonly atMs: number;
  readonly replicas: number;
}

export interface State {
  readonly replicas: number;
  /**
   * What the rules would have if no bound, schedule, request or cap had ever said otherwise: what is gone back to when they end. The
   * same as `replicas` when left out.
   */
  readonly own?: number;
  /** When the rules last changed the number; what bounds and people change is no change of theirs. */
  readonly changedAtMs: number;
  /** Falling counts, oldest first: the highest of the window is the first. */
  readonly wishes: readonly Wish[];
}

export const ownOf = (state: State): number => state.own ?? state.replicas;

export type RuleName =
  | 'utilisation'
  | 'thresholds'
  | 'prediction'
  | 'catch-up'
  | 'schedule'
  | 'request'
  | 'anomaly'
  | 'cost'
  | 'needed-now'
  | 'cooldown'
  | 'trend'
  | 'budget'
  | 'bounds'
  | 'disabled';

export interface Proposal {
  readonly rule: RuleName;
  /** `wants` asks for a number, `atLeast` and `atMost` limit it, `holds` forbids to go below what there is. */
  readonly kind: 'wants' | 'atLeast' | 'atMost' | 'holds';
  readonly replicas: number;
  readonly reason: Reason;
}

export interface Decision {
  readonly replicas: number;
  /** The rule that the number comes from. */
  readonly rule: RuleName;
  /** The rule that the rules' own number comes from, before bounds, schedules and requests. */
  readonly ownRule: RuleName;
  /** The rules have another number than before, as if nothing but the policy's own bounds stood above them: the budget pays for it. */
  readonly charged: boolean;
  readonly proposals: readonly Proposal[];
  readonly state: State;
}
