/**
 * What must hold of drawers, beside what must hold of tenants in the same world.
 *
 * I2. At rest an open drawer has its bucket as it was asked for, and one that is closed has none.
 * I8. At rest each bucket of a drawer is one that the ledger has.
 */
import { isDeepStrictEqual } from 'node:util';
import type { World } from '@leasehold/testing/world';
import { statusOf } from '../../specimen/drawer.ts';
import type { CallWatch } from '../calls.ts';
import { watchDrawerClaims } from './claims.ts';
import { watchDrawerDecisions } from './decisions.ts';
import { type DrawerView, type DrawerViews, watchDrawers } from './drawer-view.ts';
import { type DrawerSenders, isOfDrawer } from './drawers.ts';

export interface FilingScene {
  readonly world: World;
  readonly calls: CallWatch;
  readonly drawers: DrawerViews;
  readonly sent: DrawerSenders;
}

/** Starts watching. @returns what to look at when everything is at rest. */
export function watchFiling(world: World, calls: CallWatch, sent: DrawerSenders): () => void {
  const scene: FilingScene = { world, calls, sent, drawers: watchDrawers(world) };
  watchDrawerClaims(scene);
  const checkDecisions = watchDrawerDecisions(scene);
  return () => {
    checkDecisions();
    for (const view of scene.drawers.all.values()) checkAtRest(scene, view);
    for (const { name } of world.backends.objects.values())
      if (isOfDrawer(name) && scene.drawers.ofBucket(name)?.state.phase !== 'open')
        world.violate('I8', `${name} is left, and no drawer has it`);
  };
}

function checkAtRest({ world }: FilingScene, { ownerId, state }: DrawerView): void {
  const status = statusOf(state);
  const wanted = state.phase === 'open' ? 'completed' : 'deleted';
  if (status !== wanted) world.violate('I7', `drawer ${ownerId} rests in ${state.phase} as ${status}`);
  for (const { id, kind, name, spec } of state.graph) {
    const object = world.backends.object(kind, name);
    const has = object?.owner?.generation === state.generation ? object.settings : undefined;
    for (const [key, value] of Object.entries(spec as Record<string, unknown>))
      if (!isDeepStrictEqual(has?.[key], value))
        world.violate('I2', `drawer ${ownerId} is complete, but ${id} has not ${key} ${JSON.stringify(value)}`);
  }
}
