/**
 * Settled. What the ledger calls complete, or gone, can be changed by nothing that is still on its way: a lost answer, or a call of a
 *     process that is dead, is waited for.
 */
import type { NodeRecord } from '@leasehold/engine';
import type { World } from '@leasehold/testing/world';
import type { Scene } from '../invariants.ts';

export function watchSettled({ world, views }: Scene): undefined {
  views.onCommit(({ before, after }) => {
    judgeSettled(world, after.tenantId, before?.state.records, after.state.records);
  });
}

/** @param ownerId whose records these were, and are by the same commit. */
export function judgeSettled(
  world: World,
  ownerId: string,
  before: readonly NodeRecord[] | undefined,
  after: readonly NodeRecord[],
): void {
  if (before === after) return;
  for (const record of after) {
    if (!isSettled(record)) continue;
    const was = before?.find(({ id }) => id === record.id);
    if (was && isSettled(was)) continue;
    const travelling = world.travelling(record.kind, record.name);
    if (travelling > 0)
      world.violate(
        'settled',
        `${ownerId}: ${record.id} is told as ${record.status}, and ${travelling} requests for ${record.name} are on their way`,
      );
  }
}

const isSettled = ({ status, converged, fate, settleAtMs }: NodeRecord): boolean =>
  settleAtMs === undefined &&
  ((status === 'ready' && converged !== undefined) || (status === 'deleted' && fate !== 'left-behind'));
