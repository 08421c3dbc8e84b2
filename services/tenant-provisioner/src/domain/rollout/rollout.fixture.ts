/**
 * What tests of rollouts begin with: one rollout, one member of a wave and what is seen of a tenant, as plain values. Used by tests
 * alone; it holds no rule of its own.
 */
import type { TenantSeen } from './judge.ts';
import { type Member, openRollout, type Rollout } from './rollout.ts';

export const OPTIONS: Rollout['options'] = {
  waves: [2],
  maxFailures: 0,
  deadlineMs: 600_000,
  pauseMs: 0,
  removals: 'keep',
  includeFailed: false,
};
export const TARGETS = [{ tier: 'free', digest: 'new' }] as const;

/** Its number is 2, so that there may be earlier and later ones. */
export const rollout = (over: Partial<Rollout> = {}): Rollout => ({
  ...openRollout({ id: 'ro-1', serial: 2, targets: TARGETS, options: OPTIONS, by: 'ops', behind: 3 }, 0),
  ...over,
});

export const member = (over: Partial<Member> = {}): Member => ({ tenantId: 'a', sinceMs: 0, attempt: 2, ...over });

/** Complete, at rest and behind. */
export const seen = (over: Partial<TenantSeen> = {}): TenantSeen => ({
  phase: 'active',
  status: 'completed',
  tier: 'free',
  rests: true,
  blueprint: { digest: 'old' },
  trouble: 'minio-bucket b: no',
  ...over,
});
