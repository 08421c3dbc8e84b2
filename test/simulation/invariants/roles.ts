/**
 * Role. Of those who led one after the other nobody writes after the next has written, and under one fence writes one process alone:
 *     what rollouts tell, and where the round of a sweep stands.
 */
import type { Scene } from '../invariants.ts';
import { ROLLOUTS_PARTITION, SERVICE } from '../service.ts';

const SWEEP_PARTITION = `${SERVICE}/sweep`;

export function watchRoles({ world }: Scene): undefined {
  const fences = new Map<string, number>();
  const leaders = new Map<string, string>();
  world.store.onCommit(({ request: { partition, put }, process }) => {
    if (partition !== ROLLOUTS_PARTITION && partition !== SWEEP_PARTITION) return;
    const state = put.find(({ key }) => key === 'state')?.value;
    const before = fences.get(partition) ?? 0;
    const fence = state === undefined ? before : ((JSON.parse(state) as { fence?: number }).fence ?? 0);
    if (fence < before) world.violate('role', `${process} writes ${partition} under fence ${fence} after ${before}`);
    fences.set(partition, Math.max(fence, before));
    // Whoever plans a rollout writes beside the leader, and tells nothing of tenants.
    const leads = partition === SWEEP_PARTITION || fence > before || put.some(({ key }) => key.startsWith('report/'));
    if (!leads || fence === 0) return;
    const key = `${partition} ${fence}`;
    const leader = leaders.get(key) ?? process;
    if (leader !== process)
      world.violate('role', `${process} writes ${partition} under fence ${fence}, which is ${leader}’s`);
    leaders.set(key, leader);
  });
}
