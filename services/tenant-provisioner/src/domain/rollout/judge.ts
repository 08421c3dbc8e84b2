/**
 * How one tenant stands in a rollout: from what its partition says, whoever asked it for what. So nothing is lost by a crash
 * between the asking and the noting, and a tenant that somebody else has changed is seen as it is.
 *
 * G1. Left out with a reason: who leaves or is suspended, has another tier by now, has failed or lost data before, is busy
 *     for longer than is waited for, or was visited by a later rollout. None of them is touched, and none is a failure.
 * G2. Failed: who was changed and has failed, lost data, or was not complete in time.
 * G3. Who was brought over stays so, unless it comes into trouble while its wave is watched.
 */
import type { TenantStatus, Tier } from '@leasehold/contracts';
import { type Reason, reason } from '@leasehold/kernel';
import { isRolloutRest } from '../blueprint.ts';
import type { BlueprintMark, Phase, TenantState } from '../state.ts';
import { PHASE_WORDS, statusOf } from '../status.ts';
import { BUSY_MS, TOLD_TROUBLES } from './bounds.ts';
import type { Member, Outcome, Rollout } from './rollout.ts';

/** What a rollout looks at of a tenant. */
export interface TenantSeen {
  readonly phase: Phase;
  readonly status: TenantStatus;
  readonly tier: Tier;
  readonly rests: boolean;
  readonly blueprint?: BlueprintMark;
  readonly trouble: string;
}

export function seenOf(state: TenantState): TenantSeen {
  const { phase, tier, blueprint, records } = state;
  const troubles = records
    .filter(({ status, lost }) => status === 'failed' || lost)
    .map(({ kind, name, failure }) => `${kind} ${name}: ${failure?.message ?? 'failed'}`);
  const more = troubles.length - TOLD_TROUBLES.value;
  return {
    phase,
    tier,
    status: statusOf(state),
    rests: isRolloutRest(state),
    ...(blueprint ? { blueprint } : {}),
    trouble: troubles.slice(0, TOLD_TROUBLES.value).join('; ') + (more > 0 ? `; and ${more} more` : ''),
  };
}

export type Judgement =
  | { readonly kind: 'wait' }
  | { readonly kind: 'ask' }
  | { readonly kind: 'settled'; readonly outcome: Outcome; readonly reason: Reason };

const WAIT: Judgement = { kind: 'wait' };
const TROUBLED: readonly TenantStatus[] = ['failed', 'degraded'];

const settled = (outcome: Outcome, code: string, message: string): Judgement => ({
  kind: 'settled',
  outcome,
  reason: reason(code, message),
});

type Asked = Pick<Rollout, 'serial' | 'targets' | 'options'>;

/** What the tenant's tier should have, and whether it has it: on the ledger, before any look. */
export const isBehind = (
  { targets, options }: Pick<Rollout, 'targets'> & { readonly options: Pick<Rollout['options'], 'removals'> },
  tier: string,
  digest: string | undefined,
  kept: number,
): boolean => {
  const target = targets.find((each) => each.tier === tier);
  return target !== undefined && (digest !== target.digest || (options.removals !== 'keep' && kept > 0));
};

export function judge(rollout: Asked, member: Member, seen: TenantSeen, nowMs: number): Judgement {
  const visit = seen.blueprint?.rollout;
  const ours = visit?.serial === rollout.serial && visit.attempt >= member.attempt;
  if (member.outcome === 'updated' && ours) return watched(seen);
  const away = leftOut(rollout, seen);
  if (away) return away;
  return ours ? begun(rollout, member, seen, nowMs) : before(rollout, member, seen, nowMs);
}

/** G3. */
function watched(seen: TenantSeen): Judgement {
  if (seen.phase === 'active' && TROUBLED.includes(seen.status)) return inTrouble(seen);
  return settled('updated', 'Updated', 'it has what the blueprint says');
}

const inTrouble = (seen: TenantSeen): Judgement =>
  settled('failed', seen.status === 'degraded' ? 'Degraded' : 'Failed', seen.trouble || `the tenant is ${seen.status}`);

/** G1: whatever was begun with it. */
function leftOut(rollout: Asked, { phase, tier, blueprint }: TenantSeen): Judgement | undefined {
  if (phase === 'suspended')
    return settled('skipped', 'Suspended', 'the tenant is suspended: nothing is changed meanwhile');
  if (phase !== 'active') return settled('skipped', 'Leaves', `the tenant is ${PHASE_WORDS[phase]}`);
  if (!rollout.targets.some((target) => target.tier === tier))
    return settled('skipped', 'TierChanged', `the tenant has the tier ${tier} by now, and what that tier gets`);
  if ((blueprint?.rollout?.serial ?? 0) > rollout.serial)
    return settled('skipped', 'LaterRollout', 'a later rollout has been here');
  return undefined;
}

/** G1. */
function before(rollout: Asked, member: Member, seen: TenantSeen, nowMs: number): Judgement {
  const { blueprint, status, rests } = seen;
  const retried = blueprint?.rollout?.serial === rollout.serial;
  if (!isBehind(rollout, seen.tier, blueprint?.digest, blueprint?.kept?.length ?? 0) && !retried)
    return settled('unchanged', 'Current', 'it has this blueprint already');
  if (status === 'degraded') {
    if (retried) return inTrouble(seen);
    return settled('skipped', 'Degraded', `the tenant had lost data before: ${seen.trouble}`);
  }
  if (status === 'failed' && !retried && !rollout.options.includeFailed)
    return settled('skipped', 'FailedBefore', `the tenant had failed before: ${seen.trouble}`);
  if (rests) return { kind: 'ask' };
  if (member.sinceMs + BUSY_MS.value > nowMs) return WAIT;
  return settled('skipped', 'Busy', 'other work of the tenant did not end in time');
}

/** G2. */
function begun(rollout: Asked, member: Member, seen: TenantSeen, nowMs: number): Judgement {
  const { status, rests, blueprint } = seen;
  if (TROUBLED.includes(status)) return inTrouble(seen);
  if (status === 'completed' && rests)
    return blueprint?.rollout?.changed
      ? settled('updated', 'Updated', 'it has what the blueprint says')
      : settled('unchanged', 'Current', 'it has what the blueprint says already');
  if (member.sinceMs + rollout.options.deadlineMs > nowMs) return WAIT;
  return settled('failed', 'Deadline', `not complete within ${rollout.options.deadlineMs / 1000} s`);
}
