/**
 * What this service has beside its definition when work is done and heard of: ceilings from the inventory, tenants' topics heard and closed
 * before their namespace goes, and the partition of rollouts.
 */
import type { Beside } from '@leasehold/controller';
import type { Provider, Room } from '@leasehold/engine';
import type { Reason } from '@leasehold/kernel';
import { standingAccess } from '../domain/access.ts';
import { isLeaving, isTrimming } from '../domain/goal.ts';
import type { TenantState } from '../domain/state.ts';
import type { TenantTypes } from '../domain/types.ts';
import { ceilingFor } from './ceiling.ts';
import type { Rollouts } from './rollout/rollouts.ts';
import { ROLLOUTS_PARTITION, TIMER_KEY } from './rollout/rows.ts';
import type { Inventory } from './tenant-gauges.ts';
import { HEARD_NODE, type TenantTopics } from './tenant-topics.ts';

export interface TenantsBesideParts {
  readonly inventory: Pick<Inventory, 'heldByOthers'>;
  readonly topics: Pick<TenantTopics, 'follow' | 'close'>;
  readonly rollouts: Pick<Rollouts, 'follow' | 'due'>;
}

export const tenantsBeside = ({ inventory, topics, rollouts }: TenantsBesideParts) =>
  ({
    ceiling: (tenantId: string, provider: Provider, growth: Room): Reason | undefined =>
      ceilingFor(inventory, provider, tenantId, growth),
    beforeRun: beforeRunOf((tenantId) => topics.close(tenantId)),
    onSeen: (state: TenantState): void => topics.follow(state),
    isPressing: (state: TenantState): boolean => standingAccess(state).length > 0,
    ownPartitions: [
      {
        partition: ROLLOUTS_PARTITION,
        followCommit: (now) => rollouts.follow(now),
        // The leader looks at its tenants as often as the tick tells it to; who does not lead hears it in vain.
        followHint: (now) => {
          if (!now.rows.has(TIMER_KEY)) return 'settled';
          rollouts.due();
          return 'pending';
        },
      },
    ],
  }) satisfies Beside<TenantTypes>;

/** A namespace may also leave its tenant's blueprint. */
export const beforeRunOf =
  (beforeRemoval: (tenantId: string) => Promise<void>) =>
  async (state: TenantState): Promise<void> => {
    if (state.phase === 'deleting' || (isTrimming(state) && isLeaving(state, HEARD_NODE)))
      await beforeRemoval(state.tenantId);
  };
