/**
 * A backend that can be used again lets tenants go on that failed for its sake: each process tells the tenants when it sees that, after
 * a start too, and which of them go on is one decision (domain/revive.ts). One that is told twice is not changed twice, and one that
 * only another release can read is left to that one and keeps nobody behind it from going on.
 */

import { findOwner, ownerPages, understood } from '@leasehold/controller';
import { asFault } from '@leasehold/kernel';
import type { Guard, GuardState } from '@leasehold/runtime';
import { decideRecovery } from '../domain/decide.ts';
import type { Recovery } from '../domain/revive.ts';
import { statusOf } from '../domain/status.ts';
import { NAMES } from './partition.ts';
import type { ProvisionerDeps } from './provisioner.ts';
import type { Inventory } from './tenant-gauges.ts';
import type { Tenants } from './tenants.ts';

export interface RecoveryParts {
  readonly deps: Pick<ProvisionerDeps, 'guards' | 'providers' | 'ledger' | 'clock' | 'log'>;
  readonly inventory: Pick<Inventory, 'entries' | 'whenRead'>;
  readonly tenants: Pick<Tenants, 'decide' | 'find'>;
}

export interface Recoveries {
  /**
   * Who failed elsewhere, which the inventory did not know at a return, and who could not be told of it, is told now that it was read.
   * @param readSinceMs when that reading began: one that began before a return may have passed by who failed until then.
   */
  tellAgain(readSinceMs: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** By backend: returns of which not all are told yet. */
type Untold = Map<string, Recovery>;

export function watchRecoveries(parts: RecoveryParts, signal: AbortSignal): Recoveries {
  const untold: Untold = new Map();
  const ends = [...parts.deps.guards].map(([backend, guard]) => watch(parts, untold, backend, guard, signal));
  return {
    tellAgain: async (readSinceMs, within) => {
      for (const [backend, recovery] of [...untold]) {
        if (recovery.upSinceMs > readSinceMs) continue;
        await reviveFailed(parts, recovery, within);
        if (untold.get(backend) === recovery) untold.delete(backend);
      }
    },
    close: () => {
      for (const end of ends) end();
    },
  };
}

function watch(parts: RecoveryParts, untold: Untold, backend: string, guard: Guard, signal: AbortSignal): () => void {
  const { deps } = parts;
  const kinds = new Set([...deps.providers.values()].filter((one) => one.backend === backend).map(({ kind }) => kind));
  let refusal: GuardState['refusal'];
  const heard = ({ status, since, refusal: now }: GuardState): void => {
    if (status === 'down') {
      refusal = now;
      untold.delete(backend);
    }
    if (status !== 'up') return;
    const recovery: Recovery = { backend, kinds, upSinceMs: since, ...(refusal ? { refusal } : {}) };
    refusal = undefined;
    // What was refused before is known of a return once only.
    if (untold.get(backend)?.upSinceMs !== since) untold.set(backend, recovery);
    reviveFailed(parts, recovery, signal).catch((error: unknown) => {
      if (!signal.aborted)
        deps.log.warn('tenants that failed for a backend are told of its return when the inventory is read', {
          backend,
          error: asFault(error),
        });
    });
  };
  const end = guard.onChange(heard);
  // It may have answered before anybody listened.
  heard(guard.state());
  return end;
}

async function reviveFailed(parts: RecoveryParts, recovery: Recovery, signal: AbortSignal): Promise<void> {
  const { deps, inventory } = parts;
  let revived = 0;
  for await (const page of ownerPages({ inventory, clock: deps.clock }, signal))
    for (const [tenantId, { status }] of page) {
      if (status !== 'failed') continue;
      if (await understood({ ...deps, names: NAMES }, tenantId, () => reviveOne(parts, tenantId, recovery, signal)))
        revived += 1;
    }
  if (revived > 0)
    deps.log.info('tenants that failed for a backend go on', { backend: recovery.backend, tenants: revived });
}

/** @returns whether it goes on. Who was told already, by another replica too, is not written again. */
async function reviveOne(
  { deps: { ledger }, tenants }: RecoveryParts,
  tenantId: string,
  recovery: Recovery,
  signal: AbortSignal,
): Promise<boolean> {
  const found = await findOwner({ owners: tenants, ledger }, tenantId, signal);
  if (!found || statusOf(found.state) !== 'failed') return false;
  const { disposition } = await tenants.decide(
    tenantId,
    (rows, context) => decideRecovery(rows.state, rows.waiting, recovery, context),
    signal,
  );
  return disposition.kind === 'applied';
}
