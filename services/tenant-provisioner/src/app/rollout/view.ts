/**
 * From rollouts to what REST shows: pure but for the tenants of the wave under way, which are looked at as they are now.
 */
import { isoTime } from '@leasehold/kernel';
import { judge, seenOf } from '../../domain/rollout/judge.ts';
import { isUnfinished, type Member, type Report, type Rollout } from '../../domain/rollout/rollout.ts';
import type { ProvisionerDeps } from '../provisioner.ts';
import type { Tenants } from '../tenants.ts';

export const rolloutView = (rollout: Rollout, members: readonly Member[] = rollout.members) => ({
  rollout_id: rollout.id,
  state: rollout.phase,
  targets: rollout.targets.map(({ tier, digest }) => ({ tier, digest })),
  requested_by: rollout.by,
  created_at: isoTime(rollout.createdAtMs),
  updated_at: isoTime(rollout.updatedAtMs),
  ended_at: rollout.endedAtMs === undefined ? null : isoTime(rollout.endedAtMs),
  behind: rollout.behind,
  outcomes: { ...rollout.counts },
  wave: rollout.wave,
  members: members.map(({ tenantId, outcome, reason }) => ({
    tenant_id: tenantId,
    outcome: outcome ?? null,
    reason: reason?.message ?? null,
  })),
  options: optionsView(rollout.options),
  stalled: rollout.stalled?.message ?? null,
  reasons: rollout.reasons.map(({ atMs, code, message }) => ({ at: isoTime(atMs), code, message })),
});

const optionsView = ({ waves, maxFailures, deadlineMs, pauseMs, removals, includeFailed }: Rollout['options']) => ({
  waves: [...waves],
  max_failures: maxFailures,
  deadline_seconds: deadlineMs / 1000,
  pause_seconds: pauseMs / 1000,
  removals: removals === 'keep' ? ('keep' as const) : ('delete' as const),
  allow_data_loss: removals === 'all',
  include_failed: includeFailed,
});

export const reportView = ({ tenantId, wave, outcome, reason, atMs }: Report) => ({
  tenant_id: tenantId,
  wave,
  outcome,
  code: reason.code,
  message: reason.message,
  at: isoTime(atMs),
});

export interface SeenMembers {
  readonly tenants: Pick<Tenants, 'read'>;
  readonly deps: Pick<ProvisionerDeps, 'ledger' | 'clock'>;
}

/** A halted rollout follows nobody: how its tenants stand is seen when somebody asks. */
export async function liveMembers(
  { tenants, deps }: SeenMembers,
  rollout: Rollout,
  signal: AbortSignal,
): Promise<readonly Member[]> {
  if (!isUnfinished(rollout)) return rollout.members;
  const nowMs = deps.clock.now();
  return Promise.all(
    rollout.members.map(async (member) => {
      const { state } = await tenants.read(member.tenantId, { fresh: !deps.ledger.store.exclusive, signal });
      const judgement = judge(rollout, member, seenOf(state), nowMs);
      return judgement.kind === 'settled'
        ? { ...member, outcome: judgement.outcome, reason: judgement.reason }
        : member;
    }),
  );
}
