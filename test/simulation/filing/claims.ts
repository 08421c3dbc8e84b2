/**
 * With what right something is done for a drawer: what is judged of tenants (invariants/authority.ts, effects.ts, settled.ts), by what the
 * ledger says of the drawer.
 *
 * I6. What only grows: its generation, its fence and its serials.
 */
import { claimProblem } from '../invariants/authority.ts';
import { judgeEffect, objectOf } from '../invariants/effects.ts';
import { judgeSettled } from '../invariants/settled.ts';
import { isOfDrawer } from './drawers.ts';
import type { FilingScene } from './invariants.ts';

export function watchDrawerClaims({ world, calls, drawers }: FilingScene): void {
  calls.onBegin((call) => {
    if (!isOfDrawer(call.ref.name) || call.verb === 'observe' || call.follows) return;
    const problem = claimProblem(call, drawers.ofBucket(call.ref.name)?.state.claim);
    if (problem) world.violate('claim', `${call.process.name} begins to ${call.verb} ${call.ref.name}: ${problem}`);
  });
  world.backends.onEffect((effect) => {
    const { name } = objectOf(effect);
    if (isOfDrawer(name)) judgeEffect(world, effect, drawers.ofBucket(name)?.state.records ?? [], false);
  });
  drawers.onCommit(({ before, after: { ownerId, state } }) => {
    judgeSettled(world, `drawer ${ownerId}`, before?.state.records, state.records);
    if (!before) return;
    const was = before.state;
    const grows = (what: string, from: number, to: number): void => {
      if (to < from) world.violate('I6', `drawer ${ownerId}: ${what} goes back from ${from} to ${to}`);
    };
    grows('generation', was.generation, state.generation);
    grows('fence', was.fence, state.fence);
    grows('serial outgoing', was.serials.outgoing, state.serials.outgoing);
  });
}
