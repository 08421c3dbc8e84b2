/**
 * How the loops hear what is due: from commits of this process at once, from hints in the store after a crash and for the
 * work of other replicas.
 *
 * F1. What was committed is the work of whoever committed it. The other replicas take it up when its hint is older than
 *     `ownWorkMs`: so nothing is looked at or published twice while all goes well, and nothing waits long when it does not.
 * F2. A hint of a kind, or of a tenant, that only another release can read is kept for that one.
 * F3. What another replica is at comes to its turn when its claim lapses, before all that is not begun anywhere.
 * F4. What a pause has put aside is not looked at until the switches change (parking.ts).
 */
import { timerOf } from '@leasehold/controller';
import type { Claim } from '@leasehold/controller/model';
import { asFault, type Clock, type Log } from '@leasehold/kernel';
import type { PlatformLoops, WorkQueue } from '@leasehold/runtime';
import type { DueHint, Snapshot } from '@leasehold/store';
import { standingAccess } from '../domain/access.ts';
import { isRolloutWork } from '../domain/blueprint.ts';
import type { TenantState } from '../domain/state.ts';
import { isSweepWork } from '../domain/sweep.ts';
import type { Inventory } from './inventory.ts';
import type { Parking } from './parking.ts';
import { isReadable, readTenant, tenantOfPartition } from './partition.ts';
import type { Rollouts } from './rollout/rollouts.ts';
import { ROLLOUTS_PARTITION, TIMER_KEY } from './rollout/rows.ts';
import { summaryOf } from './summary.ts';
import type { TenantTopics } from './tenant-topics.ts';
import type { Tenants } from './tenants.ts';

export interface FollowParts {
  readonly queue: WorkQueue;
  readonly relay: Pick<PlatformLoops['relay'], 'nudge'>;
  readonly topics: TenantTopics;
  readonly inventory: Inventory;
  readonly tenants: Tenants;
  readonly rollouts: Rollouts;
  readonly parking?: Parking;
  readonly clock: Clock;
  readonly log: Log;
  readonly holder: string;
  /** F1. Nothing where this process is the only one. */
  readonly ownWorkMs: number;
}

/** Shown to the tick: whether what a hint stands for is still to do, and setting it going. */
export const followHint =
  (parts: FollowParts) =>
  (hint: DueHint, now: Snapshot): 'pending' | 'settled' => {
    if (hint.partition === ROLLOUTS_PARTITION) return pendingRollouts(parts.rollouts, now);
    const isLeft = hint.dueAtMs + parts.ownWorkMs <= parts.clock.now();
    switch (hint.kind) {
      case 'outbox':
        return pendingOutput(parts, hint.partition, now, isLeft);
      case 'timer':
        return pendingTimers(parts, hint, now, isLeft);
      default:
        return 'pending';
    }
  };

/** The leader looks at its tenants as often as the tick tells it to; who does not lead hears it in vain. */
function pendingRollouts(rollouts: Rollouts, now: Snapshot): 'pending' | 'settled' {
  if (!now.rows.has(TIMER_KEY)) return 'settled';
  rollouts.due();
  return 'pending';
}

/** F3. */
function turnOf({ holder }: FollowParts, claim: Claim | undefined, workAtMs: number) {
  const heir = claim !== undefined && claim.holder !== holder;
  return { heir, atMs: heir ? Math.max(workAtMs, claim.untilMs) : workAtMs };
}

/** Z1: what a commit of this process makes due here and now. */
export function followCommit(parts: FollowParts, partition: string, now: Snapshot): void {
  if (partition === ROLLOUTS_PARTITION) parts.rollouts.follow(now);
  const tenantId = tenantOfPartition(partition);
  if (tenantId === undefined) return;
  const { state } = readTenant(tenantId, now);
  if (state.generation > 0) parts.inventory.note(tenantId, summaryOf(state));
  parts.topics.follow(state);
  const work = timerOf(now, 'timer/work');
  // A claim means that a run is under way: it will say itself when to come again.
  if (work !== undefined && !state.claim)
    parts.queue.add(tenantId, { atMs: work, urgent: isUrgent(state), low: isLow(state) });
}

/** New tenants, and access that has to go. */
const isUrgent = (state: TenantState): boolean => state.completedAtMs === undefined || standingAccess(state).length > 0;

/** What nobody waits for: new tenants and what people ask of one tenant go before it. */
const isLow = (state: TenantState): boolean => isSweepWork(state) || isRolloutWork(state);

function pendingOutput(
  { relay }: FollowParts,
  partition: string,
  now: Snapshot,
  isLeft: boolean,
): 'pending' | 'settled' {
  for (const key of now.rows.keys())
    if (key.startsWith('outbox/')) {
      if (isLeft) relay.nudge(partition);
      return 'pending';
    }
  return 'settled';
}

function pendingTimers(parts: FollowParts, hint: DueHint, now: Snapshot, isLeft: boolean): 'pending' | 'settled' {
  const tenantId = tenantOfPartition(hint.partition);
  if (tenantId === undefined) return 'settled';
  const { clock, log } = parts;
  if (!isReadable(now)) return 'pending';
  const { state } = readTenant(tenantId, now);
  parts.topics.follow(state);
  const nowMs = clock.now();
  const work = timerOf(now, 'timer/work');
  const wake = timerOf(now, 'timer/wake');
  if (work !== undefined && work <= nowMs) {
    const isParked = parts.parking?.isHalted() === true && parts.parking.park(tenantId);
    if (isLeft && !isParked)
      parts.queue.add(tenantId, {
        ...turnOf(parts, state.claim, work),
        urgent: standingAccess(state).length > 0,
        low: isLow(state),
      });
    // What time alone changes is looked at all the same: a grace ends whatever is paused.
    if (wake === undefined || wake > nowMs) parts.parking?.putAside(hint);
  }
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
