/**
 * How this service hears what is due: as the controller does, and beside it what commits and hints tell of topics, of the inventory and of
 * rollouts.
 */
import {
  followCommit as followOwnersCommit,
  followHint as followOwnersHint,
  type Parking,
  type FollowParts as PartsOf,
} from '@leasehold/controller';
import type { Clock, Log } from '@leasehold/kernel';
import type { PlatformLoops, WorkQueue } from '@leasehold/runtime';
import type { DueHint, Snapshot } from '@leasehold/store';
import { standingAccess } from '../domain/access.ts';
import type { TenantTypes } from '../domain/types.ts';
import type { Inventory } from './inventory.ts';
import type { Rollouts } from './rollout/rollouts.ts';
import { ROLLOUTS_PARTITION, TIMER_KEY } from './rollout/rows.ts';
import { summaryOf } from './summary.ts';
import type { TenantTopics } from './tenant-topics.ts';
import { TENANT, type Tenants } from './tenants.ts';

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
  /** Nothing where this process is the only one. */
  readonly ownWorkMs: number;
}

const partsOf = (parts: FollowParts): PartsOf<TenantTypes> => ({
  ...parts,
  definition: TENANT,
  owners: parts.tenants,
  onCommitted: (tenantId, state) => {
    if (state.generation > 0) parts.inventory.note(tenantId, summaryOf(state));
  },
  onSeen: (state) => parts.topics.follow(state),
  isPressing: (state) => standingAccess(state).length > 0,
});

/** Shown to the tick: whether what a hint stands for is still to do, and setting it going. */
export function followHint(parts: FollowParts): (hint: DueHint, now: Snapshot) => 'pending' | 'settled' {
  const follow = followOwnersHint(partsOf(parts));
  return (hint, now) =>
    hint.partition === ROLLOUTS_PARTITION ? pendingRollouts(parts.rollouts, now) : follow(hint, now);
}

/** The leader looks at its tenants as often as the tick tells it to; who does not lead hears it in vain. */
function pendingRollouts(rollouts: Rollouts, now: Snapshot): 'pending' | 'settled' {
  if (!now.rows.has(TIMER_KEY)) return 'settled';
  rollouts.due();
  return 'pending';
}

/** Z1: what a commit of this process makes due here and now. */
export function followCommit(parts: FollowParts, partition: string, now: Snapshot): void {
  if (partition === ROLLOUTS_PARTITION) parts.rollouts.follow(now);
  else followOwnersCommit(partsOf(parts), partition, now);
}
