/**
 * How the loops hear what is due: from commits of this process at once, from hints in the store after a crash and for the
 * work of other replicas.
 */
import { asFault, type Clock, type Log } from '@leasehold/kernel';
import type { Relay, WorkQueue } from '@leasehold/runtime';
import type { DueHint, Snapshot } from '@leasehold/store';
import { isRolloutWork } from '../domain/blueprint.ts';
import type { TenantState } from '../domain/state.ts';
import { isSweepWork } from '../domain/sweep.ts';
import type { Census } from './census.ts';
import { readTenant, tenantOfPartition } from './partition.ts';
import type { Rollouts } from './rollout/rollouts.ts';
import { ROLLOUTS_PARTITION, TIMER_KEY } from './rollout/rows.ts';
import { summaryOf } from './summary.ts';
import type { TenantTopics } from './tenant-topics.ts';
import type { Tenants } from './tenants.ts';

export interface FollowParts {
  readonly queue: WorkQueue;
  readonly relay: Relay;
  readonly topics: TenantTopics;
  readonly census: Census;
  readonly tenants: Tenants;
  readonly rollouts: Rollouts;
  readonly clock: Clock;
  readonly log: Log;
}

/** Shown to the tick: whether what a hint stands for is still to do, and setting it going. */
export const followHint =
  (parts: FollowParts) =>
  (hint: DueHint, now: Snapshot): 'pending' | 'settled' =>
    hint.partition === ROLLOUTS_PARTITION
      ? pendingRollouts(parts.rollouts, now)
      : hint.kind === 'outbox'
        ? pendingOutput(parts.relay, hint.partition, now)
        : pendingTimers(parts, hint, now);

/** The leader looks at its tenants as often as the tick tells it to; who does not lead hears it in vain. */
function pendingRollouts(rollouts: Rollouts, now: Snapshot): 'pending' | 'settled' {
  if (!now.rows.has(TIMER_KEY)) return 'settled';
  rollouts.due();
  return 'pending';
}

/** Z1: what a commit of this process makes due here and now. */
export function followCommit(parts: FollowParts, partition: string, now: Snapshot): void {
  if (partition === ROLLOUTS_PARTITION) parts.rollouts.follow(now);
  const tenantId = tenantOfPartition(partition);
  if (tenantId === undefined) return;
  const { state } = readTenant(tenantId, now);
  if (state.generation > 0) parts.census.note(tenantId, summaryOf(state));
  parts.topics.follow(state);
  const work = timerAt(now, 'timer/work');
  // A claim means that a run is under way: it will say itself when to come again.
  if (work !== undefined && !state.claim)
    parts.queue.add(tenantId, { atMs: work, urgent: state.completedAtMs === undefined, low: isLow(state) });
}

/** What nobody waits for: new tenants and what people ask of one tenant go before it. */
const isLow = (state: TenantState): boolean => isSweepWork(state) || isRolloutWork(state);

const timerAt = (now: Snapshot, key: string): number | undefined => {
  const text = now.rows.get(key);
  return text === undefined ? undefined : (JSON.parse(text) as { dueAtMs: number }).dueAtMs;
};

function pendingOutput(relay: Relay, partition: string, now: Snapshot): 'pending' | 'settled' {
  for (const key of now.rows.keys())
    if (key.startsWith('outbox/')) {
      relay.nudge(partition);
      return 'pending';
    }
  return 'settled';
}

function pendingTimers(parts: FollowParts, hint: DueHint, now: Snapshot): 'pending' | 'settled' {
  const tenantId = tenantOfPartition(hint.partition);
  if (tenantId === undefined) return 'settled';
  const { clock, log } = parts;
  const { state } = readTenant(tenantId, now);
  parts.topics.follow(state);
  const nowMs = clock.now();
  const work = timerAt(now, 'timer/work');
  const wake = timerAt(now, 'timer/wake');
  if (work !== undefined && work <= nowMs) parts.queue.add(tenantId, { atMs: work, low: isLow(state) });
  if (wake !== undefined && wake <= nowMs)
    parts.tenants
      .wake(tenantId)
      .catch((error: unknown) =>
        log.warn('a timer could not be handled yet', { tenant_id: tenantId, error: asFault(error) }),
      );
  // The hint stands for the timer that had its due time. While any timer is due by then it is kept, though the clock may have
  // stepped back since the hint was found: nothing would write it again.
  const untilMs = Math.max(nowMs, hint.dueAtMs);
  return [work, wake].some((dueAtMs) => dueAtMs !== undefined && dueAtMs <= untilMs) ? 'pending' : 'settled';
}
