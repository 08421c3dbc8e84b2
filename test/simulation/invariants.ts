/**
 * The register of invariants. Each watches a running world and says at once what it sees broken, and may look at the whole
 * again when everything has come to rest.
 *
 * A later service adds its own by one more line in `INVARIANTS`; those of the specimen are in filing/.
 */
import type { World } from '@leasehold/testing/world';
import type { CallWatch } from './calls.ts';
import type { DrawerSenders } from './filing/drawers.ts';
import { watchFiling } from './filing/invariants.ts';
import { watchAuthority } from './invariants/authority.ts';
import { watchBrake } from './invariants/brake.ts';
import { watchCeilings } from './invariants/ceilings.ts';
import { watchClaims } from './invariants/claims.ts';
import { watchEffects } from './invariants/effects.ts';
import { watchGenerations } from './invariants/generations.ts';
import { watchLeaving } from './invariants/leaving.ts';
import { watchLetters } from './invariants/letters.ts';
import { watchOrder } from './invariants/order.ts';
import { watchPublished } from './invariants/published.ts';
import { watchResources } from './invariants/resources.ts';
import { watchRetries } from './invariants/retries.ts';
import { watchRoles } from './invariants/roles.ts';
import { watchRollouts } from './invariants/rollouts.ts';
import { watchSettled } from './invariants/settled.ts';
import { watchShown } from './invariants/shown.ts';
import { type Losses, watchLosses } from './losses.ts';
import { type Monitor, watchDecisions } from './monitor.ts';
import type { BrakeBounds } from './replica.ts';
import type { SentEvents } from './senders.ts';
import type { TenantViews } from './tenant-view.ts';
import type { Straits } from './tiers.ts';

export interface Scene {
  readonly world: World;
  readonly views: TenantViews;
  readonly sent: SentEvents;
  readonly monitor: Monitor;
  readonly losses: Losses;
  readonly brake: BrakeBounds;
  readonly calls: CallWatch;
  readonly straits: Straits;
}

/** Of the second service, where it is there. */
interface Second {
  readonly drawers: DrawerSenders | undefined;
}

/** Starts watching. @returns what to look at when everything is at rest. */
export type Invariant = (scene: Scene) => (() => void) | undefined;

const INVARIANTS: readonly Invariant[] = [
  watchEffects,
  watchClaims,
  watchAuthority,
  watchOrder,
  watchSettled,
  watchCeilings,
  watchBrake,
  watchGenerations,
  watchResources,
  watchPublished,
  watchLetters,
  watchRollouts,
  watchLeaving,
  watchShown,
  watchRetries,
  watchRoles,
];

export function watchInvariants(
  world: World,
  views: TenantViews,
  sent: SentEvents,
  { brake, calls, straits, drawers }: Pick<Scene, 'brake' | 'calls' | 'straits'> & Second,
): { readonly scene: Scene; atRest(): void } {
  const losses = watchLosses(world, views);
  const scene: Scene = {
    world,
    views,
    sent,
    losses,
    brake,
    calls,
    straits,
    monitor: watchDecisions(world, views, sent),
  };
  const filing = drawers && watchFiling(world, calls, drawers);
  const atRest = [...INVARIANTS.map((invariant) => invariant(scene)), filing].filter((check) => check !== undefined);
  return {
    scene,
    atRest: () => {
      for (const check of atRest) check();
    },
  };
}
