/**
 * Whether the brake on mass deletion concerns an event at all, and what it says.
 */
import type { Context } from '../domain/draft.ts';
import type { Control } from './control.ts';
import type { Inventory } from './inventory.ts';
import type { Tenants } from './tenants.ts';

/**
 * Only a deletion that would have an effect is counted against the brake. Where other replicas write too, what this process
 * remembers of a tenant is no answer: a deletion would pass uncounted. What changes between this look and the decision is seen
 * there, and asked again.
 */
export async function askBrake(
  parts: {
    readonly tenants: Tenants;
    readonly control: Control;
    readonly inventory: Pick<Inventory, 'total'>;
    readonly exclusive: boolean;
  },
  tenantId: string,
  eventKey: string,
  signal: AbortSignal,
): Promise<Context['brake']> {
  const { state } = await parts.tenants.read(tenantId, { fresh: !parts.exclusive, signal });
  if (state.phase !== 'active' && state.phase !== 'suspended') return 'unasked';
  if (state.protected || (await parts.tenants.known(tenantId, eventKey, signal))) return 'unasked';
  return parts.control.admitDeletion(eventKey, parts.inventory.total(), signal);
}
