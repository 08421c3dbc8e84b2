/**
 * The brake on mass deletion.
 *
 * Brake. Events take down no more tenants than the brake allows between two openings by an operator, and what is held goes on
 *     only after an opening that came later.
 */
import type { Scene } from '../invariants.ts';
import { CONTROL_PARTITION } from '../service.ts';
import { journalOfCommit, openingsOf } from '../tenant-view.ts';

export function watchBrake({ world, views, brake }: Scene): undefined {
  let passed = 0;
  views.onCommit((commit) => {
    const { before, after } = commit;
    const openings = openingsOf(world.store.row(CONTROL_PARTITION, 'state'));
    for (const { command, actor, reasons } of journalOfCommit(commit.committed)) {
      const has = (code: string): boolean => reasons.some((reason) => reason.code === code);
      const released = has('DeletionReleased') || has('HeldDeletionRefused');
      const held = before?.state.held ?? after.state.held;
      if (released && openings <= (held?.openings ?? 0))
        world.violate('brake', `${after.tenantId}: a held deletion went on, and nobody had opened the brake since`);
      if (!released && command?.kind === 'delete' && actor?.event !== undefined && has('TenantLeaves')) passed += 1;
    }
    if (passed > brake.leastDeletions.value * (openings + 1))
      world.violate('brake', `${after.tenantId} is deletion ${passed} by event, after ${openings} openings`);
  });
}
