/**
 * Whether what would be made of a kind goes over what its backend bears, counted from the inventory.
 */
import type { Growth, Provider } from '@leasehold/engine';
import { type Reason, reason } from '@leasehold/kernel';
import type { Inventory } from './tenant-gauges.ts';

/** What of the tenant's own would be too much, as a run and a dry run ask. */
export const ceilingFor = (
  inventory: Pick<Inventory, 'heldByOthers'>,
  { kind, bounds: { ceiling } }: Pick<Provider, 'kind' | 'bounds'>,
  tenantId: string,
  { held, added }: Growth,
): Reason | undefined => ceilingOf(ceiling, { others: inventory.heldByOthers(kind, tenantId), held, own: added });

/**
 * X6: what others take, what the tenant itself has of the kind, and what is to be made for it now. Where the backend tells what is
 * taken, objects that are not the mesh's count too.
 */
export function ceilingOf(
  ceiling: Provider['bounds']['ceiling'],
  objects: { readonly others: number; readonly held?: number; readonly own: number },
): Reason | undefined {
  if (!ceiling) return undefined;
  const { name, cost, limit, used = 0 } = ceiling;
  const { others, held = 0, own } = objects;
  if (Math.max((others + held) * cost, used) + own * cost <= limit.value) return undefined;
  const what = held === 0 ? 'one more tenant' : `${own} more of this tenant`;
  return reason('CeilingReached', `${what} would go over the ceiling of ${limit.value} ${name}`, {
    ceiling: limit.value,
  });
}
