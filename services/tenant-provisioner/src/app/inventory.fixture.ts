/**
 * An inventory for tests: over a ledger, read anew by whoever waits for it, shown to nobody.
 */
import { createInventory } from '@leasehold/controller';
import type { Ledger } from '@leasehold/store';
import { TENANT_DIRECTORY } from './partition.ts';
import { createTenantGauges, type Inventory, type TenantGaugesDeps } from './tenant-gauges.ts';

export function openInventory({ store }: Pick<Ledger, 'store'>): Inventory {
  const clock = { now: () => 0, sleep: async () => undefined };
  const inventory: Inventory = createInventory({ directory: TENANT_DIRECTORY, store, clock });
  return { ...inventory, whenRead: (signal) => inventory.count(signal) };
}

/** With the gauges that are given. */
export const tenantInventory = (
  given: TenantGaugesDeps & Pick<Parameters<typeof createInventory>[0], 'store' | 'clock'>,
): Inventory => createInventory({ ...given, directory: TENANT_DIRECTORY, gauges: createTenantGauges(given) });
