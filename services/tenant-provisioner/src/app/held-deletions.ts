/**
 * Deletions that wait for an operator's word: that the brake is opened, or that deletions run again. They are found in the inventory
 * (Y3 of summary.ts) when the word is given, and each time it was read.
 *
 * H1. A summary may say what is so no more: each is looked at before it is woken, so that who goes on already is not written anew by
 *     every replica, and who only another release can read is left to that one and keeps nobody behind it waiting.
 * H2. Who could not be woken is tried again, whatever its summary says by then: an entry is written before its commit, and stays when
 *     that fails.
 */

import { findOwner, understood } from '@leasehold/controller';
import { summaryOf, type TenantSummary } from '../domain/summary.ts';
import type { ControlState } from './control.ts';
import { NAMES } from './partition.ts';
import type { ProvisionerDeps } from './provisioner.ts';
import type { Inventory } from './tenant-gauges.ts';
import type { Tenants } from './tenants.ts';

export interface HeldDeletionsParts {
  readonly deps: Pick<ProvisionerDeps, 'clock' | 'ledger' | 'log'>;
  readonly control: { now(): Pick<ControlState, 'deletions' | 'brake'> };
  readonly inventory: Pick<Inventory, 'entries'>;
  readonly tenants: Pick<Tenants, 'find' | 'wake'>;
}

export interface HeldDeletions {
  /** Wakes all whose word was given. */
  wake(signal: AbortSignal): Promise<void>;
}

export function createHeldDeletions({ deps, control, inventory, tenants }: HeldDeletionsParts): HeldDeletions {
  const { clock, ledger } = deps;
  /** H2. As many as the inventory has at most. */
  const unwoken = new Set<string>();
  const mayGoOn = ({ held, graceUntilMs }: TenantSummary): boolean => {
    const { deletions, brake } = control.now();
    const isReleased = held !== undefined && held < brake.openings;
    return isReleased || (graceUntilMs !== undefined && graceUntilMs <= clock.now() && deletions !== 'paused');
  };
  /** H1. */
  const wakeOne = (tenantId: string, signal: AbortSignal): Promise<void> =>
    understood({ ...deps, names: NAMES }, tenantId, async () => {
      const found = await findOwner({ owners: tenants, ledger }, tenantId, signal);
      if (found && mayGoOn(summaryOf(found.state))) await tenants.wake(tenantId, signal);
    });
  return {
    wake: async (signal) => {
      for (const [tenantId, summary] of inventory.entries()) if (mayGoOn(summary)) unwoken.add(tenantId);
      for (const tenantId of [...unwoken]) {
        await wakeOne(tenantId, signal);
        unwoken.delete(tenantId);
      }
    },
  };
}
