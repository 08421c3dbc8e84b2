/**
 * The claim on one owner's work: taken with a run's first record, renewed while the run lasts, given up with its end.
 *
 * K1. Each claim has a greater fence than all before it; a record under an older one is refused (A2).
 * K2. Nothing begins when the claim may lapse before a call could even be sent: `surelyHeld` keeps a margin.
 * K3. Taking a claim over an unfinished run counts late effects from now (`takeOver`).
 */
import { type NodeRecord, takeOver } from '@leasehold/engine';
import { type Bound, bound, conflict } from '@leasehold/kernel';
import type { OwnedState } from '../model/state.ts';

export interface ClaimBounds {
  readonly ttlMs: Bound;
  readonly marginMs: Bound;
}

export const CLAIM_BOUNDS: ClaimBounds = {
  ttlMs: bound('tenant-claim-ttl-ms', 4_000),
  marginMs: bound('tenant-claim-margin-ms', 1_000),
};

/** Until when somebody else works on this owner; `undefined` if it is free for us. */
export function claimedElsewhere(
  state: Pick<OwnedState, 'claim'>,
  holder: string,
  nowMs: number,
  exclusive: boolean,
): number | undefined {
  const { claim } = state;
  if (!claim || claim.holder === holder || exclusive || claim.untilMs <= nowMs) return undefined;
  return claim.untilMs;
}

/** For how long after its process a call on this kind of object may still take effect. */
export type LateEffect = (kind: string) => number;

export const withTakenOver = (
  records: readonly NodeRecord[],
  nowMs: number,
  lateEffectMs: LateEffect,
): readonly NodeRecord[] => records.map((record) => takeOver(record, nowMs, lateEffectMs(record.kind)));

export interface Claiming {
  readonly holder: string;
  readonly fence: number;
  readonly exclusive: boolean;
  readonly ttlMs: number;
  readonly lateEffectMs: LateEffect;
}

/** The state with our claim on it, if the owner is still as it was when the run looked at it. */
export function takeClaim<S extends OwnedState>(state: S, claiming: Claiming, nowMs: number): S {
  const { holder, fence, exclusive, ttlMs, lateEffectMs } = claiming;
  if (claimedElsewhere(state, holder, nowMs, exclusive) !== undefined || state.fence + 1 !== fence)
    throw conflict('another process took this tenant first', { code: 'FenceLost' });
  return {
    ...state,
    fence,
    claim: { holder, fence, untilMs: nowMs + ttlMs },
    records: withTakenOver(state.records, nowMs, lateEffectMs),
  };
}
