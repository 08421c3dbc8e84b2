/**
 * What vanished behind everybody's back, and what the service may know of it: told to the invariants that would else take an
 * unnoticed loss for a lie.
 */
import type { World } from '@leasehold/testing/world';
import type { TenantState } from './service.ts';
import type { TenantViews } from './tenant-view.ts';
import { KINDS } from './tiers.ts';

export interface Loss {
  readonly kind: string;
  readonly name: string;
  readonly tenantId: string;
  readonly generation: number;
  /** It was complete by the ledger's word and held data, and nothing allows making it anew in silence. */
  held: boolean;
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
  /** Whether somebody else has set it otherwise since the mesh last set it. */
  isTampered(kind: string, name: string): boolean;
  /** Whether the ledger has ever called what is there complete. Of what lost our mark before that nobody can tell whose it was. */
  wasComplete(kind: string, name: string, generation?: number): boolean;
}

const keyOf = (kind: string, name: string): string => `${kind} ${name}`;

function isHeld({ kind, name, generation }: Loss, state: TenantState | undefined): boolean {
  const isIt = (one: { readonly kind: string; readonly name: string }) => one.kind === kind && one.name === name;
  const born = state?.generation === generation && state.records.find(isIt)?.born === true;
  return born && KINDS[kind]?.holdsData === true && state.graph.find(isIt)?.remakeWhenLost !== true;
}

export function watchLosses(world: World, views: TenantViews): Losses {
  const open = new Map<string, Loss>();
  /** The generation of which each was last called complete. */
  const complete = new Map<string, number>();
  const tampered = new Set<string>();
  world.backends.onTamper(({ kind, name }) => tampered.add(keyOf(kind, name)));
  world.backends.onLoss(({ kind, name, owner }) => {
    complete.delete(keyOf(kind, name));
    tampered.delete(keyOf(kind, name));
    if (!owner) return;
    const loss: Loss = { ...owner, kind, name, held: false, accepted: false, asked: false, noticed: false };
    loss.held = isHeld(loss, views.all.get(owner.tenantId)?.state);
    open.set(keyOf(kind, name), loss);
  });
  world.backends.onEffect(({ action, before, after, by }) => {
    if (action === 'deleted' && before) complete.delete(keyOf(before.kind, before.name));
    if (before && action !== 'marked') tampered.delete(keyOf(before.kind, before.name));
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
    for (const { born, kind, name } of after.state.records)
      if (born) complete.set(keyOf(kind, name), after.state.generation);
    for (const loss of open.values()) {
      if (loss.tenantId !== after.tenantId) continue;
      const { recheck } = after.state;
      // It may have vanished between the look that found it complete and the record of that.
      loss.held ||= isHeld(loss, after.state);
      if (recheck && recheck !== before?.state.recheck) loss.asked = true;
      if (recheck?.acceptLoss) loss.accepted = true;
      const looked = before?.state.recheck && !recheck && before.state.phase === 'active';
      if (looked && loss.asked && after.state.phase === 'active') loss.noticed = true;
    }
  });
  return {
    open,
    of: (kind, name) => open.get(keyOf(kind, name)),
    isTampered: (kind, name) => tampered.has(keyOf(kind, name)),
    wasComplete: (kind, name, generation) => {
      const known = complete.get(keyOf(kind, name));
      return known !== undefined && (generation === undefined || known === generation);
    },
  };
}
