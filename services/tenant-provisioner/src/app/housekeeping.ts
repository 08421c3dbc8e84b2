/**
 * What happens now and then beside what every service does: tenants' topics found again after a start, those who failed for a backend told
 * that it is back (recovery.ts), and those who wait for an operator's word woken when it is given (held-deletions.ts).
 */
import type { AfterInventory, Turn } from '@leasehold/controller';
import { asFault } from '@leasehold/kernel';
import type { ProvisionerBounds } from './bounds.ts';
import type { Control } from './control.ts';
import { createHeldDeletions } from './held-deletions.ts';
import type { ProvisionerDeps } from './provisioner.ts';
import { watchRecoveries } from './recovery.ts';
import type { Rollouts } from './rollout/rollouts.ts';
import type { Inventory } from './tenant-gauges.ts';
import type { TenantTopics } from './tenant-topics.ts';
import type { Tenants } from './tenants.ts';
import { createTopicSearch } from './topic-search.ts';

export interface HousekeepingParts {
  readonly control: Control;
  readonly inventory: Inventory;
  readonly deps: ProvisionerDeps & { readonly bounds: ProvisionerBounds };
  readonly topics: TenantTopics;
  readonly tenants: Tenants;
  readonly rollouts: Pick<Rollouts, 'measure'>;
}

export interface Housekeeping {
  readonly turns: readonly Turn[];
  /** Who waited for a word that was given, or for a backend that is back, and tenants' topics. */
  readonly afterInventory: AfterInventory;
  /** Ends what waits for an occasion. */
  close(): void;
}

export function createHousekeeping(parts: HousekeepingParts): Housekeeping {
  const stop = new AbortController();
  const { rollouts, control } = parts;
  const { bounds, log } = parts.deps;
  const search = createTopicSearch(parts);
  const held = createHeldDeletions(parts);
  const recoveries = watchRecoveries(parts, stop.signal);
  const unswitch = control.onSwitched(() => {
    held.wake(stop.signal).catch((error: unknown) => {
      const message = 'held deletions are looked at again when the inventory is read';
      if (!stop.signal.aborted) log.warn(message, { error: asFault(error) });
    });
  });
  return {
    turns: [{ every: bounds.inventoryMs, run: (signal) => rollouts.measure(signal) }],
    afterInventory: async (readSinceMs, signal) => {
      await held.wake(signal);
      await recoveries.tellAgain(readSinceMs, signal);
      await search.look(signal);
    },
    close: () => {
      stop.abort();
      recoveries.close();
      unswitch();
    },
  };
}
