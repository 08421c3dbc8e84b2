/**
 * Settled. What the ledger calls complete, or gone, can be changed by nothing that is still on its way: a lost answer, or a call of a
 *     process that is dead, is waited for.
 */
import type { NodeRecord } from '@leasehold/engine';
import type { Scene } from '../invariants.ts';

export function watchSettled({ world, views }: Scene): undefined {
  views.onCommit(({ before, after }) => {
    if (before?.state.records === after.state.records) return;
    for (const record of after.state.records) {
      if (!isSettled(record)) continue;
      const was = before?.state.records.find(({ id }) => id === record.id);
      if (was && isSettled(was)) continue;
      const travelling = world.travelling(record.kind, record.name);
      if (travelling > 0)
        world.violate(
          'settled',
          `${after.tenantId}: ${record.id} is told as ${record.status}, and ${travelling} requests for ${record.name} are on their way`,
        );
    }
  });
}

export const isSettled = ({ status, converged, fate, settleAtMs }: NodeRecord): boolean =>
  settleAtMs === undefined &&
  ((status === 'ready' && converged !== undefined) || (status === 'deleted' && fate !== 'left-behind'));
