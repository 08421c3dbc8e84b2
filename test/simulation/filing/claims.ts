/**
 * With what right something is done for a drawer.
 *
 * Claim. A call that changes its bucket begins under a claim that its process holds, under the same fence, and so long before its end that no
 *     other can have taken it.
 * I6. What only grows: its generation, its fence and its serials.
 * I8. Nothing is made or taken down without an intent in the ledger that says so, or an earlier call that may still take effect. What is
 *     made for one drawer touches no other object.
 * Settled. What is told as complete or gone can be changed by nothing that is still on its way.
 */
import type { NodeRecord } from '@leasehold/engine';
import type { Effect } from '@leasehold/testing/world';
import type { ProviderCall } from '../calls.ts';
import { isSettled } from '../invariants/settled.ts';
import { CLAIM_BOUNDS } from '../service.ts';
import { isOfDrawer } from './drawers.ts';
import type { FilingScene } from './invariants.ts';

export function watchDrawerClaims({ world, calls, drawers }: FilingScene): void {
  calls.onBegin((call) => {
    if (!isOfDrawer(call.ref.name) || call.verb === 'observe' || call.follows) return;
    const problem = claimProblem(call, drawers.ofBucket(call.ref.name)?.state.claim);
    if (problem) world.violate('claim', `${call.process.name} begins to ${call.verb} ${call.ref.name}: ${problem}`);
  });
  world.backends.onEffect((effect) => {
    const name = (effect.after ?? effect.before)?.name ?? '';
    if (!isOfDrawer(name)) return;
    const records = drawers.ofBucket(name)?.state.records ?? [];
    const problem = unannounced(effect, records, world.now() - world.clockErrorMs());
    if (problem) world.violate('I8', `${effect.by.process} ${effect.action} ${name}: ${problem}`);
  });
  drawers.onCommit(({ before, after: { ownerId, state } }) => {
    if (!before) return;
    const was = before.state;
    const grows = (what: string, from: number, to: number): void => {
      if (to < from) world.violate('I6', `drawer ${ownerId}: ${what} goes back from ${from} to ${to}`);
    };
    grows('generation', was.generation, state.generation);
    grows('fence', was.fence, state.fence);
    grows('serial outgoing', was.serials.outgoing, state.serials.outgoing);
    for (const record of state.records) {
      const known = was.records.find(({ id }) => id === record.id);
      if (!isSettled(record) || (known && isSettled(known))) continue;
      if (world.travelling(record.kind, record.name) > 0)
        world.violate('settled', `drawer ${ownerId} is told as ${record.status}, and requests for it are on their way`);
    }
  });
}

type Claim = { readonly holder: string; readonly fence: number; readonly untilMs: number } | undefined;

function claimProblem({ process, fence }: ProviderCall, claim: Claim): string | undefined {
  if (claim?.holder !== process.name || claim.fence !== fence)
    return `its claim is of fence ${fence}, and ${claim ? `${claim.holder} holds fence ${claim.fence}` : 'nobody holds one'}`;
  const leftMs = claim.untilMs - process.clock.now();
  const least = CLAIM_BOUNDS.marginMs.value - 2 * process.clockErrorMs;
  return leftMs < least ? `its claim ends in ${leftMs} ms` : undefined;
}

function unannounced(
  { action, before, after, by }: Effect,
  records: readonly NodeRecord[],
  nowMs: number,
): string | undefined {
  const name = (after ?? before)?.name;
  if (before?.owner && before.owner.tenantId !== by.tenantId) return `it belongs to ${before.owner.tenantId}`;
  if (action !== 'created' && action !== 'deleted') return undefined;
  const record = records.find((one) => one.name === name);
  if (!record) return 'no drawer has it';
  if (record.intent || (record.settleAtMs ?? 0) > nowMs) return undefined;
  return `the ledger has no open intent for it (${record.status})`;
}
