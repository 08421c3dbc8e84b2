/**
 * A rollout: tenants of one tier, or of all, brought over to the blueprints that one process has read, in waves. Values and what
 * an operator may do to them; `advance.ts` goes on by itself, `judge.ts` says how one tenant stands.
 *
 * R1. Of each tier at most one rollout is unfinished.
 * R2. What is taken into a wave is recorded before anything is asked of it; each tenant is taken once.
 * R3. Halted and cancelled, nothing is taken any more; what was begun with tenants of the wave goes on. What is done stays done:
 *     the way back is a rollout of the file as it was.
 * R4. Resumed, it goes on where it was: tenants of the wave that failed are tried again, or left out where the operator says so.
 */
import type { Tier } from '@leasehold/contracts';
import { type Reason, reason } from '@leasehold/kernel';
import type { Removals } from '../blueprint.ts';
import { KEPT_REASONS, WAVE_TENANTS } from './bounds.ts';

export type RolloutPhase = 'planned' | 'running' | 'halted' | 'completed' | 'cancelled';
export const OUTCOMES = ['updated', 'unchanged', 'skipped', 'failed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface RolloutTarget {
  readonly tier: Tier;
  readonly digest: string;
}

export interface RolloutOptions {
  /** Sizes of the waves; the last one goes on. */
  readonly waves: readonly number[];
  /** As many tenants may fail; one more halts it. */
  readonly maxFailures: number;
  readonly deadlineMs: number;
  /** How long a wave that is done is watched before the next begins. */
  readonly pauseMs: number;
  readonly removals: Removals;
  /** Also tenants that had failed before. */
  readonly includeFailed: boolean;
}

/** A tenant of the wave under way. */
export interface Member {
  readonly tenantId: string;
  readonly sinceMs: number;
  readonly attempt: number;
  readonly outcome?: Outcome;
  readonly reason?: Reason;
}

/** What came of a tenant, for good as far as this rollout goes. */
export interface Report {
  readonly serial: number;
  readonly wave: number;
  readonly tenantId: string;
  readonly outcome: Outcome;
  readonly reason: Reason;
  readonly atMs: number;
}

export interface Rollout {
  readonly v: 1;
  readonly id: string;
  readonly serial: number;
  readonly phase: RolloutPhase;
  readonly targets: readonly RolloutTarget[];
  readonly options: RolloutOptions;
  readonly by: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly endedAtMs?: number;
  /** Tenants that were behind when it was made. */
  readonly behind: number;
  /** Number of the wave under way, or of the last one. */
  readonly wave: number;
  readonly waveIsOpen: boolean;
  readonly members: readonly Member[];
  /** The wave is done and watched until then. */
  readonly restsUntilMs?: number;
  /** Tenants that were read of the directory and not taken yet, and where it is read on. */
  readonly queue: readonly string[];
  readonly cursor?: string;
  readonly isReadWhole: boolean;
  readonly counts: Readonly<Record<Outcome, number>>;
  /** Failed ones that an operator left out: they do not count against the budget. */
  readonly forgiven: number;
  readonly reasons: readonly (Reason & { readonly atMs: number })[];
  /** Why it does not go on though it runs. */
  readonly stalled?: Reason;
}

export const isUnfinished = ({ phase }: Pick<Rollout, 'phase'>): boolean =>
  phase === 'planned' || phase === 'running' || phase === 'halted';

export const goesOn = ({ phase }: Pick<Rollout, 'phase'>): boolean => phase === 'planned' || phase === 'running';

/** A canary, then twice as many each time up to the bound. */
export function defaultWaves(): readonly number[] {
  const sizes = [1];
  for (let last = 1; last < WAVE_TENANTS.value; ) {
    last = Math.min(last * 2, WAVE_TENANTS.value);
    sizes.push(last);
  }
  return sizes;
}

export const waveSize = ({ waves }: RolloutOptions, wave: number): number => waves[wave - 1] ?? waves.at(-1) ?? 1;

export type NewRollout = Pick<Rollout, 'id' | 'serial' | 'targets' | 'options' | 'by' | 'behind'>;

export const openRollout = (given: NewRollout, nowMs: number): Rollout => ({
  v: 1,
  ...given,
  phase: 'planned',
  createdAtMs: nowMs,
  updatedAtMs: nowMs,
  wave: 0,
  waveIsOpen: false,
  members: [],
  queue: [],
  isReadWhole: false,
  counts: { updated: 0, unchanged: 0, skipped: 0, failed: 0 },
  forgiven: 0,
  reasons: [{ ...reason('Planned', `asked for by ${given.by}`), atMs: nowMs }],
});

/** R1. */
export const rivalOf = (unfinished: readonly Rollout[], targets: readonly RolloutTarget[]): Rollout | undefined =>
  unfinished.find((other) => other.targets.some(({ tier }) => targets.some((target) => target.tier === tier)));

export const tell = (rollout: Rollout, why: Reason, nowMs: number): Rollout => ({
  ...rollout,
  updatedAtMs: nowMs,
  reasons: [...rollout.reasons, { ...why, atMs: nowMs }].slice(-KEPT_REASONS.value),
});

export interface Reported {
  readonly rollout: Rollout;
  readonly reports: readonly Report[];
}

/** Takes members out of the wave with what came of them. */
export function report(rollout: Rollout, ended: readonly Member[], nowMs: number): Reported {
  const counts = { ...rollout.counts };
  let serial = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const reports = ended.map(({ tenantId, outcome = 'skipped', reason: why }): Report => {
    counts[outcome] += 1;
    serial += 1;
    const told = why ?? reason('Cancelled', 'what was begun with it goes on, and is not followed any more');
    return { serial, wave: rollout.wave, tenantId, outcome, reason: told, atMs: nowMs };
  });
  const members = rollout.members.filter((member) => !ended.includes(member));
  return { rollout: ended.length === 0 ? rollout : { ...rollout, counts, members, updatedAtMs: nowMs }, reports };
}

export type Verb =
  | { readonly kind: 'halt' }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'resume'; readonly skipFailed: boolean };

export type Operated = Reported & { readonly kind: 'applied' | 'repeat' };

/** R3, R4. @returns what it cannot do, as words after "a rollout that is <phase>". */
export function operate(
  rollout: Rollout,
  verb: Verb,
  by: string,
  nowMs: number,
): Operated | { readonly kind: 'refused' } {
  const same = (repeat: boolean): Operated | { readonly kind: 'refused' } =>
    repeat ? { kind: 'repeat', rollout, reports: [] } : { kind: 'refused' };
  const { phase } = rollout;
  switch (verb.kind) {
    case 'halt':
      if (!goesOn(rollout)) return same(phase === 'halted');
      return { kind: 'applied', reports: [], rollout: halt(rollout, reason('Halted', `by ${by}`), nowMs) };
    case 'cancel':
      if (!isUnfinished(rollout)) return same(phase === 'cancelled');
      return { kind: 'applied', ...cancel(rollout, by, nowMs) };
    case 'resume':
      if (phase !== 'halted') return same(goesOn(rollout));
      return { kind: 'applied', ...resume(rollout, verb.skipFailed, by, nowMs) };
  }
}

export const halt = (rollout: Rollout, why: Reason, nowMs: number): Rollout =>
  tell({ ...rollout, phase: 'halted' }, why, nowMs);

function cancel(rollout: Rollout, by: string, nowMs: number): Reported {
  const { rollout: emptied, reports } = report(rollout, rollout.members, nowMs);
  const ended: Rollout = { ...emptied, phase: 'cancelled', queue: [], waveIsOpen: false, endedAtMs: nowMs };
  return { rollout: tell(ended, reason('Cancelled', `by ${by}`), nowMs), reports };
}

function resume(rollout: Rollout, skipFailed: boolean, by: string, nowMs: number): Reported {
  const failed = rollout.members.filter(({ outcome }) => outcome === 'failed');
  const left = report(rollout, skipFailed ? failed : [], nowMs);
  const { restsUntilMs: _watched, ...rest } = left.rollout;
  const members = rest.members.map((member): Member => {
    if (member.outcome !== undefined && member.outcome !== 'failed') return member;
    const { tenantId, attempt } = member;
    return { tenantId, sinceMs: nowMs, attempt: member.outcome === 'failed' ? attempt + 1 : attempt };
  });
  const forgiven = rest.forgiven + (skipFailed ? failed.length : 0);
  const text = skipFailed ? `by ${by}; those that failed are left out` : `by ${by}`;
  return {
    rollout: tell({ ...rest, phase: 'running', members, forgiven }, reason('Resumed', text), nowMs),
    reports: left.reports,
  };
}
