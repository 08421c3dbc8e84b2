/**
 * An inventory for tests: over a ledger, read anew by whoever waits for it, its gauges shown to nobody.
 */
import type { Ledger } from '@leasehold/store';
import { createInventory, type Inventory } from './inventory.ts';

const gauge = { replace: () => undefined, set: () => undefined };

export function openInventory({ store }: Pick<Ledger, 'store'>): Inventory {
  const inventory = createInventory({
    store,
    clock: { now: () => 0, sleep: async () => undefined },
    metrics: {
      tenants: gauge,
      resourceDrift: gauge,
      tenantsBehind: gauge,
      leftBehind: gauge,
      accessStanding: gauge,
    } as unknown as Parameters<typeof createInventory>[0]['metrics'],
    blueprint: () => 'present',
  });
  return { ...inventory, whenRead: (signal) => inventory.count(signal) };
}
