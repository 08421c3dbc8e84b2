/**
 * What may happen on backends, judged effect by effect.
 *
 * I1. An effect made for one tenant never touches another's object, nor one that nobody of ours made, unless an operator had it adopted.
 * I6. An object's generation never goes back, and is never taken down in the name of another generation.
 * I8. Nothing is made or taken down without an intent in the ledger that says so, or an earlier call that may still take
 *     effect.
 */

import type { Effect } from '@leasehold/testing/world';
import { isOfDrawer } from '../filing/drawers.ts';
import type { Scene } from '../invariants.ts';
import type { TenantView } from '../tenant-view.ts';

export function watchEffects({ world, views }: Scene): undefined {
  /** Tenants, with their generation, of which an operator said so: a call that was under way goes on when the word is over. */
  const adopting = new Set<string>();
  views.onCommit(({ after: { tenantId, state } }) => {
    if (state.adopt) adopting.add(`${tenantId} ${state.generation}`);
  });
  world.backends.onEffect((effect) => {
    if (isOfDrawer((effect.after ?? effect.before)?.name ?? '')) return;
    for (const [invariant, message] of [
      ...trespass(effect, adopting.has(`${effect.by.tenantId} ${effect.by.generation}`)),
      ...outOfTime(effect),
      ...unannounced(effect, views.all, world.now() - world.clockErrorMs()),
    ])
      world.violate(invariant, `${describe(effect)}: ${message}`);
  });
}

const describe = ({ action, before, after, by }: Effect): string =>
  `${by.process} ${action} ${(after ?? before)?.kind} ${(after ?? before)?.name} for ${by.tenantId} generation ${by.generation}, fence ${by.fence}`;

type Finding = readonly [invariant: string, message: string];

function trespass({ action, before, by }: Effect, adopts: boolean): readonly Finding[] {
  if (!before) return [];
  if (before.planted && !(adopts && action === 'marked')) return [['I1', 'the object is somebody else’s']];
  if (before.owner && before.owner.tenantId !== by.tenantId)
    return [['I1', `the object belongs to ${before.owner.tenantId}`]];
  return [];
}

function outOfTime({ action, before, after, by }: Effect): readonly Finding[] {
  const had = before?.owner?.generation ?? 0;
  if (action === 'deleted') return had > by.generation ? [['I6', `an object of generation ${had} was taken down`]] : [];
  const has = after?.owner?.generation ?? had;
  return has < had ? [['I6', `its generation goes from ${had} back to ${has}`]] : [];
}

function unannounced(
  { action, after, before, by }: Effect,
  tenants: ReadonlyMap<string, TenantView>,
  nowMs: number,
): readonly Finding[] {
  if (action !== 'created' && action !== 'deleted') return [];
  const name = (after ?? before)?.name;
  const kind = (after ?? before)?.kind;
  const record = tenants.get(by.tenantId)?.state.records.find((one) => one.name === name && one.kind === kind);
  if (!record) return [['I8', 'the ledger knows of no such object']];
  if (record.intent || (record.settleAtMs ?? 0) > nowMs) return [];
  return [['I8', `the ledger has no open intent for it (${record.status})`]];
}
