/**
 * A calm situation for tests of decisions, and what rules propose in it: ten replicas of ten each, at 70 %.
 *
 * 1. Nothing of the product imports this file.
 */
import { policyOf } from '../policy/policy.fixture.ts';
import { reactiveRules } from './reactive.ts';
import type { Proposal, Situation, State, Wish } from './situation.ts';

export const AT_MS = Date.UTC(2026, 0, 12, 7, 30);

export const situation = (more: Partial<Situation> = {}): Situation => ({
  atMs: AT_MS,
  load: 70,
  capacity: 10,
  target: 0.7,
  forecast: undefined,
  catchUp: undefined,
  anomaly: undefined,
  trend: undefined,
  requests: [],
  replicaHourUsd: undefined,
  changesLeft: 5,
  ...more,
});

export const state = (replicas: number, more: Partial<State> = {}): State => ({
  replicas,
  changedAtMs: Number.NEGATIVE_INFINITY,
  wishes: [],
  ...more,
});

/** Proposals in a line each, without their words. */
export const told = (proposals: readonly Proposal[]): readonly string[] =>
  proposals.map(({ rule, kind, replicas, reason }) => `${rule} ${kind} ${replicas}: ${reason.code}`);

export const reactive = (load: number, current = 10, policy: object = {}, wishes: readonly Wish[] = []) =>
  reactiveRules(policyOf(policy), state(current, { wishes }), situation({ load }));
