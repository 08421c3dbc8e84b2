/**
 * The reconcile queue and what its runs reach the backends through: lanes over all replicas, guards, ceilings.
 */
import type { Growth, Provider } from '@leasehold/engine';
import { type Reason, reason } from '@leasehold/kernel';
import { createWorkQueue, type Guard, type Lane, type WorkQueue } from '@leasehold/runtime';
import type { Context } from '../domain/draft.ts';
import { isTrimming } from '../domain/goal.ts';
import type { TenantState } from '../domain/state.ts';
import type { ProvisionerBounds } from './bounds.ts';
import { createCaller } from './calls.ts';
import type { Control } from './control.ts';
import type { Inventory } from './inventory.ts';
import type { Parking } from './parking.ts';
import type { ProvisionerDeps } from './provisioner.ts';
import { runTenant } from './run-tenant.ts';
import type { TenantTopics } from './tenant-topics.ts';
import type { Tenants } from './tenants.ts';

export interface WorkParts {
  readonly deps: ProvisionerDeps & { readonly bounds: ProvisionerBounds };
  readonly tenants: Tenants;
  readonly control: Control;
  readonly inventory: Inventory;
  readonly topics: TenantTopics;
  readonly parking: Parking;
  readonly context: () => Context;
}

export interface Work {
  readonly queue: WorkQueue;
  /** Calls under way end, claims are given up, and whoever else there is goes on. */
  close(): Promise<void>;
}

export function startWork(parts: WorkParts): Work {
  const { deps, control, inventory, topics, parking } = parts;
  const { clock, rng, log, metrics, bounds } = deps;
  const lanes = lanesOf(deps);
  const guards: ReadonlyMap<string, Guard> = deps.guards;
  let ending = false;
  const run: Parameters<typeof runTenant>[0] = {
    ...deps,
    ending: () => ending,
    tenants: parts.tenants,
    context: parts.context,
    callFor: (fence, tenantId) => createCaller({ guards, lanes, clock, log, metrics }, fence, tenantId),
    paused: (backend) => control.now().backends[backend] === 'paused',
    frozen: (state) => {
      const { reconcile, deletions } = control.now();
      return reconcile === 'paused' || ((state.phase === 'deleting' || isTrimming(state)) && deletions === 'paused');
    },
    ceiling: (provider, state, growth) => ceilingFor(inventory, provider, state, growth),
    rng: rng.fork('run'),
    claimBounds: bounds.claim,
    runBounds: bounds.run,
    park: parking.park,
    frozenRecheckMs: bounds.frozenRecheckMs.value,
    beforeRemoval: (tenantId) => topics.close(tenantId),
  };
  const queue = createWorkQueue({
    name: 'reconcile',
    clock,
    rng: rng.fork('queue'),
    log,
    parallelism: bounds.reconcileParallelism,
    lowParallelism: bounds.sweepParallelism,
    capacity: bounds.reconcileCapacity,
    work: async (tenantId, signal) => {
      parking.leave(tenantId);
      if (parking.isHalted() && parking.park(tenantId)) return {};
      const againAtMs = await runTenant(run, tenantId, signal);
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
function lanesOf({ providers, lanes }: ProvisionerDeps): ReadonlyMap<string, Lane> {
  const names = new Set([...providers.values()].flatMap(({ bounds: { lane } }) => lane ?? []));
  return new Map([...names].map((name) => [name, lanes.of(name)]));
}

/** What of the tenant's own would be too much, as a run and a dry run ask. */
export const ceilingFor = (
  inventory: Pick<Inventory, 'heldByOthers'>,
  { kind, bounds: { ceiling } }: Pick<Provider, 'kind' | 'bounds'>,
  { tenantId }: Pick<TenantState, 'tenantId'>,
  { held, added }: Growth,
): Reason | undefined => ceilingOf(ceiling, { others: inventory.heldByOthers(kind, tenantId), held, own: added });

/**
 * X6: what others take, what the tenant itself has of the kind, and what is to be made for it now. Where the backend tells what is
 * taken, objects that are not the mesh's count too.
 */
export function ceilingOf(
  ceiling: Provider['bounds']['ceiling'],
  objects: { readonly others: number; readonly held?: number; readonly own: number },
): Reason | undefined {
  if (!ceiling) return undefined;
  const { name, cost, limit, used = 0 } = ceiling;
  const { others, held = 0, own } = objects;
  if (Math.max((others + held) * cost, used) + own * cost <= limit.value) return undefined;
  const what = held === 0 ? 'one more tenant' : `${own} more of this tenant`;
  return reason('CeilingReached', `${what} would go over the ceiling of ${limit.value} ${name}`, {
    ceiling: limit.value,
  });
}
