/**
 * What vanished behind everybody's back, and what the service may know of it: told to the invariants that would else take an
 * unnoticed loss for a lie.
 */
import type { World } from '@leasehold/testing/world';
import type { TenantViews } from './tenant-view.ts';
import { KINDS } from './tiers.ts';

export interface Loss {
  readonly kind: string;
  readonly name: string;
  readonly tenantId: string;
  readonly generation: number;
  /** It was complete and held data, and nothing allows making it anew in silence. */
  readonly held: boolean;
  /** An operator said that data may go. */
  accepted: boolean;
  /** Everything was to be looked at after it. */
  asked: boolean;
  /** Everything was looked at after it. */
  noticed: boolean;
}

export interface Losses {
  /** Of what has not been made anew. */
  readonly open: ReadonlyMap<string, Loss>;
  of(kind: string, name: string): Loss | undefined;
}

const keyOf = (kind: string, name: string): string => `${kind} ${name}`;

export function watchLosses(world: World, views: TenantViews): Losses {
  const open = new Map<string, Loss>();
  world.backends.onLoss(({ kind, name, owner }) => {
    if (!owner) return;
    const state = views.all.get(owner.tenantId)?.state;
    const record = state?.records.find((one) => one.kind === kind && one.name === name);
    const node = state?.graph.find((one) => one.kind === kind && one.name === name);
    const born = record?.born === true && state?.generation === owner.generation;
    const held = born && KINDS[kind]?.holdsData === true && node?.remakeWhenLost !== true;
    open.set(keyOf(kind, name), { ...owner, kind, name, held, accepted: false, asked: false, noticed: false });
  });
  world.backends.onEffect(({ action, after, by }) => {
    if (action !== 'created' || !after) return;
    const loss = open.get(keyOf(after.kind, after.name));
    if (loss?.held && !loss.accepted && loss.generation === by.generation)
      world.violate(
        'loss',
        `${by.process} made ${after.kind} ${after.name} anew, empty, and nobody said that its data may go`,
      );
    open.delete(keyOf(after.kind, after.name));
  });
  views.onCommit(({ before, after }) => {
    for (const loss of open.values()) {
      if (loss.tenantId !== after.tenantId) continue;
      const { recheck } = after.state;
      if (recheck && recheck !== before?.state.recheck) loss.asked = true;
      if (recheck?.acceptLoss) loss.accepted = true;
      const looked = before?.state.recheck && !recheck && before.state.phase === 'active';
      if (looked && loss.asked && after.state.phase === 'active') loss.noticed = true;
    }
  });
  return { open, of: (kind, name) => open.get(keyOf(kind, name)) };
}
