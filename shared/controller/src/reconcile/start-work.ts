/**
 * The reconcile queue and what its runs reach the backends through: lanes over all replicas, guards, ceilings.
 */
import type { Provider, Room, RunBounds } from '@leasehold/engine';
import type { Bound, Clock, Log, Reason, Rng } from '@leasehold/kernel';
import type { Metrics } from '@leasehold/observability';
import { createWorkQueue, type Guard, type Lane, type PlatformLoops, type WorkQueue } from '@leasehold/runtime';
import type { Ledger } from '@leasehold/store';
import type { Control } from '../control/control.ts';
import type { OwnedTypes } from '../model/decision.ts';
import type { Owners } from '../rows/owners.ts';
import { createCaller } from './calls.ts';
import type { ClaimBounds } from './claim.ts';
import type { WorkDefinition } from './definition.ts';
import type { Parking } from './parking.ts';
import { type RunDeps, runOwner } from './run-owner.ts';

export interface WorkBounds {
  readonly claim: ClaimBounds;
  readonly run: RunBounds;
  /** Owners worked on at once in this process. */
  readonly reconcileParallelism: Bound;
  /** Of these, owners that only a sweep had looked at again. */
  readonly sweepParallelism: Bound;
  readonly reconcileCapacity: Bound;
  /** How often what an operator froze, or another replica holds, is looked at again. */
  readonly frozenRecheckMs: Bound;
}

export interface WorkDeps {
  readonly ledger: Ledger;
  readonly lanes: PlatformLoops['lanes'];
  /** By kind: those whose backend is configured. */
  readonly providers: ReadonlyMap<string, Provider>;
  /** By backend. */
  readonly guards: ReadonlyMap<string, Guard>;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Unique for this process and this start of it. */
  readonly holder: string;
  readonly bounds: WorkBounds;
}

export interface WorkParts<T extends OwnedTypes> {
  readonly definition: WorkDefinition<T>;
  readonly deps: WorkDeps;
  readonly owners: Owners<T>;
  readonly control: Pick<Control, 'now'>;
  readonly parking: Parking;
  readonly context: () => T['context'];
  /** What of an owner's own would be too much. Absent: nothing is. */
  readonly ceiling?: (ownerId: string, provider: Provider, room: Room) => Reason | undefined;
  readonly beforeRun?: RunDeps<T>['beforeRun'];
}

export interface Work {
  readonly queue: WorkQueue;
  /** Calls under way end, claims are given up, and whoever else there is goes on. */
  close(): Promise<void>;
}

export function startWork<T extends OwnedTypes>(parts: WorkParts<T>): Work {
  const { definition, deps, owners, control, parking, beforeRun } = parts;
  const { clock, rng, log, metrics, bounds, guards } = deps;
  const lanes = lanesOf(deps);
  let ending = false;
  const run: RunDeps<T> = {
    ...deps,
    definition,
    owners,
    ending: () => ending,
    context: parts.context,
    callFor: (fence, ownerId) => createCaller({ guards, lanes, clock, log, metrics }, fence, ownerId),
    paused: (backend) => control.now().backends[backend] === 'paused',
    frozen: (state) => {
      const { reconcile, deletions } = control.now();
      return reconcile === 'paused' || (definition.takesDown(state) && deletions === 'paused');
    },
    ceiling: parts.ceiling ?? (() => undefined),
    rng: rng.fork('run'),
    claimBounds: bounds.claim,
    runBounds: bounds.run,
    park: parking.park,
    frozenRecheckMs: bounds.frozenRecheckMs.value,
    ...(beforeRun ? { beforeRun } : {}),
  };
  const queue = createWorkQueue({
    name: 'reconcile',
    clock,
    rng: rng.fork('queue'),
    log,
    parallelism: bounds.reconcileParallelism,
    lowParallelism: bounds.sweepParallelism,
    capacity: bounds.reconcileCapacity,
    work: async (ownerId, signal) => {
      parking.leave(ownerId);
      if (parking.isHalted() && parking.park(ownerId)) return {};
      const againAtMs = await runOwner(run, ownerId, signal);
      return againAtMs === undefined ? {} : { againAtMs };
    },
  });
  return {
    queue,
    close: async () => {
      ending = true;
      const left = [...lanes.values()].map((lane) => lane.close());
      await queue.close();
      await Promise.all(left);
    },
  };
}

/** Shares of the lanes of the process, one a lane that a provider names. */
function lanesOf({ providers, lanes }: WorkDeps): ReadonlyMap<string, Lane> {
  const names = new Set([...providers.values()].flatMap(({ bounds: { lane } }) => lane ?? []));
  return new Map([...names].map((name) => [name, lanes.of(name)]));
}
