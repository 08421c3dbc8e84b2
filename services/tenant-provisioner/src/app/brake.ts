/**
 * Whether the brake on mass deletion concerns an event at all, what it says, and the decision of an event with its word.
 */
import type { IntakeDeps } from '@leasehold/controller';
import { type Bound, bound, Fault } from '@leasehold/kernel';
import type { Context } from '../domain/draft.ts';
import { BRAKE_UNASKED } from '../domain/removal.ts';
import type { TenantTypes } from '../domain/types.ts';
import type { Control } from './control.ts';
import type { Inventory } from './tenant-gauges.ts';
import type { Tenants } from './tenants.ts';

export interface BrakeParts {
  readonly tenants: Tenants;
  readonly control: Pick<Control, 'admitDeletion'>;
  readonly inventory: Pick<Inventory, 'total'>;
  readonly exclusive: boolean;
}

/**
 * Only a deletion that would have an effect is counted against the brake. Where other replicas write too, what this process
 * remembers of a tenant is no answer: a deletion would pass uncounted. What changes between this look and the decision is seen
 * there, and asked again.
 */
export async function askBrake(
  parts: BrakeParts,
  tenantId: string,
  eventKey: string,
  signal: AbortSignal,
): Promise<Context['brake']> {
  const { state } = await parts.tenants.read(tenantId, { fresh: !parts.exclusive, signal });
  if (state.phase !== 'active' && state.phase !== 'suspended') return 'unasked';
  if (state.protected || (await parts.tenants.known(tenantId, eventKey, signal))) return 'unasked';
  return parts.control.admitDeletion(eventKey, parts.inventory.total(), signal);
}

/** How often the brake is asked for one deletion whose tenant comes and goes meanwhile. */
const BRAKE_ASKS: Bound = bound('brake-asks', 5);

/** An event's command, decided with the word of the brake. */
export const decideBraked =
  (parts: BrakeParts): IntakeDeps<TenantTypes>['decide'] =>
  async (tenantId, command, source, signal) => {
    for (let asked = 1; ; asked++) {
      const brake = command.kind === 'delete' ? await askBrake(parts, tenantId, source.eventKey, signal) : 'open';
      try {
        return await parts.tenants.command(tenantId, command, source, brake, signal);
      } catch (error) {
        const isUnasked = error instanceof Fault && error.code === BRAKE_UNASKED;
        if (!isUnasked || asked >= BRAKE_ASKS.value) throw error;
      }
    }
  };
