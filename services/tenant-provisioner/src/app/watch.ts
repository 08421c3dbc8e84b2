/**
 * The status of one tenant as a stream: what is, then each change, until the operation ends.
 *
 * S1. Every event is the whole status at one version, and its id is that version: a client that comes back after an id sees
 *     the newest status, and misses no end state.
 * S2. Changes of this process come at once; those of other replicas within the poll.
 */

import type { StreamEvent } from '@leasehold/http';
import { bound } from '@leasehold/kernel';
import type { TenantState } from '../domain/state.ts';
import { tenantPartition } from './partition.ts';
import type { Provisioner } from './provisioner.ts';
import { statusView } from './view.ts';

const POLL = bound('status-stream-poll-ms', 1_000);

/** Nothing is left to wait for: the operation ended, or the tenant waits for a grace or an operator. */
const isSettled = (state: TenantState): boolean =>
  state.operation === undefined || state.operation.finishedAtMs !== undefined || state.phase === 'gone';

export async function* watchTenant(
  provisioner: Provisioner,
  tenantId: string,
  after: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  const { ledger, clock } = provisioner.deps;
  let wake: (() => void) | undefined;
  let changed = false;
  const unwatch = ledger.onCommit((partition) => {
    if (partition !== tenantPartition(tenantId)) return;
    changed = true;
    wake?.();
  });
  let told = after !== undefined && /^[0-9]{1,15}$/.test(after) ? Number(after) : -1;
  try {
    while (!signal.aborted) {
      changed = false;
      const { state, version } = await provisioner.tenants.read(tenantId, { fresh: !ledger.store.exclusive, signal });
      if (version > told) {
        told = version;
        yield { id: String(version), event: 'status', data: statusView(state, provisioner.control.now()) };
      }
      if (isSettled(state)) return;
      if (!changed) await firstOf(clock.sleep(POLL.value, signal), (resolve) => (wake = resolve));
      wake = undefined;
    }
  } finally {
    unwatch();
  }
}

async function firstOf(timer: Promise<void>, listen: (resolve: () => void) => void): Promise<void> {
  await Promise.race([timer.catch(() => undefined), new Promise<void>(listen)]);
}
