/**
 * What may happen on backends, judged effect by effect.
 *
 * I1. An effect made for one tenant never touches another's object, nor one that nobody of ours made, unless an operator had it adopted.
 * I6. An object's generation never goes back, and is never taken down in the name of another generation.
 * I8. Nothing is made or taken down without an intent in the ledger that says so, or an earlier call that may still take
 *     effect.
 */
import type { NodeRecord } from '@leasehold/engine';
import type { Effect, SimObject, World } from '@leasehold/testing/world';
import { isOfDrawer } from '../filing/drawers.ts';
import type { Scene } from '../invariants.ts';

export function watchEffects({ world, views }: Scene): undefined {
  /** Tenants, with their generation, of which an operator said so: a call that was under way goes on when the word is over. */
  const adopting = new Set<string>();
  views.onCommit(({ after: { tenantId, state } }) => {
    if (state.adopt) adopting.add(`${tenantId} ${state.generation}`);
  });
  world.backends.onEffect((effect) => {
    if (isOfDrawer(objectOf(effect).name)) return;
    const { tenantId, generation } = effect.by;
    const { records = [] } = views.all.get(tenantId)?.state ?? {};
    judgeEffect(world, effect, records, adopting.has(`${tenantId} ${generation}`));
  });
}

/** @param records of the owner for whom it was made. */
export function judgeEffect(world: World, effect: Effect, records: readonly NodeRecord[], adopts: boolean): void {
  for (const [invariant, message] of [
    ...trespass(effect, adopts),
    ...outOfTime(effect),
    ...unannounced(effect, records, world.now() - world.clockErrorMs()),
  ])
    world.violate(invariant, `${describe(effect)}: ${message}`);
}

/** What it made, changed or took down. */
export const objectOf = ({ before, after }: Effect): SimObject => (after ?? before) as SimObject;

const describe = (effect: Effect): string => {
  const { kind, name } = objectOf(effect);
  const { process, tenantId, generation, fence } = effect.by;
  return `${process} ${effect.action} ${kind} ${name} for ${tenantId} generation ${generation}, fence ${fence}`;
};

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

function unannounced(effect: Effect, records: readonly NodeRecord[], nowMs: number): readonly Finding[] {
  if (effect.action !== 'created' && effect.action !== 'deleted') return [];
  const { name, kind } = objectOf(effect);
  const record = records.find((one) => one.name === name && one.kind === kind);
  if (!record) return [['I8', 'the ledger knows of no such object']];
  if (record.intent || (record.settleAtMs ?? 0) > nowMs) return [];
  return [['I8', `the ledger has no open intent for it (${record.status})`]];
}
