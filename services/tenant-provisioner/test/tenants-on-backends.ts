/**
 * What tests of the import and of the sweep have in common: a real ledger with its tenants, backends in memory that an operator may
 * pause, and the parts of the service that look at them. Holds no rule of its own.
 *
 * 1. Nothing is paused and every backend answers until a test says otherwise.
 * 2. Time passes only where a test lets it.
 */
import { SWEEP_BOUNDS } from '@leasehold/controller';
import type { Source } from '@leasehold/controller/model';
import type { SweepParts as SweepPartsOf } from '@leasehold/controller/sweep';
import type { Provider } from '@leasehold/engine';
import { silentLog } from '@leasehold/kernel';
import type { Guard } from '@leasehold/runtime';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { createMemoryBackend, type MemoryBackend } from '@leasehold/testing/fakes/memory-backend';
import { openGuards } from '@leasehold/testing/fakes/open-guard';
import type { Control } from '../src/app/control.ts';
import { openInventory } from '../src/app/inventory.fixture.ts';
import { NAMES } from '../src/app/partition.ts';
import { sweptTenants } from '../src/app/sweep/tenants.ts';
import type { Inventory } from '../src/app/tenant-gauges.ts';
import { createTenants, TENANT, type Tenants } from '../src/app/tenants.ts';
import type { Context } from '../src/domain/draft.ts';
import { contextOf, openScene } from '../src/domain/scene.ts';
import type { TenantTypes } from '../src/domain/types.ts';

export type SweepParts = SweepPartsOf<TenantTypes>;
type Providers = ReadonlyMap<string, Provider>;

export interface TenantsOnBackends {
  readonly world: TestLedger;
  readonly tenants: Tenants;
  readonly backend: MemoryBackend;
  readonly context: () => Context;
  readonly inventory: Inventory;
  /** Backends, and `reconcile` for all work. */
  readonly paused: Set<string>;
  readonly control: Control;
  /** An operator's request, now. */
  operator(): Source;
  /** What looks at backends outside of runs is made of. */
  looking(
    providers: Providers,
  ): Pick<SweepParts, 'ledger' | 'guards' | 'clock' | 'log' | 'providers'> & { readonly pulsarTenant: string };
  /** A sweep that counts nothing and spends what it likes. */
  sweepParts(providers: Providers, over?: Partial<SweepParts>): SweepParts;
  close(): Promise<void>;
}

export async function openTenantsOnBackends(over: Partial<Context> = {}): Promise<TenantsOnBackends> {
  const world = await openTestLedger();
  const scene = openScene();
  const context = (): Context => ({ ...contextOf(scene), nowMs: world.nowMs, ...over });
  const tenants = createTenants({ ledger: world.ledger, clock: world.clock, context });
  const paused = new Set<string>();
  const control = {
    now: () => ({
      reconcile: paused.has('reconcile') ? 'paused' : 'running',
      backends: Object.fromEntries([...paused].map((name) => [name, 'paused'])),
    }),
  } as unknown as Control;
  const looking: TenantsOnBackends['looking'] = (providers) => ({
    ledger: world.ledger,
    providers,
    guards: openGuards<Guard>(providers.keys()),
    clock: world.clock,
    log: silentLog,
    pulsarTenant: 'platformq',
  });
  const inventory = openInventory(world.ledger);
  const inc = () => undefined;
  return {
    world,
    tenants,
    backend: createMemoryBackend(),
    context,
    inventory,
    paused,
    control,
    operator: () => ({ type: 'rest', subject: 'ops', requestId: 'r', atMs: world.nowMs }),
    looking,
    sweepParts: (providers, more = {}) => ({
      ...looking(providers),
      names: NAMES,
      work: TENANT,
      sweep: sweptTenants('platformq'),
      owners: tenants,
      inventory,
      context,
      control,
      metrics: { sweeps: { inc }, sweepFindings: { inc }, orphanResources: { set: inc, replace: inc } },
      queue: { add: inc },
      bounds: SWEEP_BOUNDS,
      budget: { spend: async () => undefined },
      ...more,
    }),
    close: () => world.close(),
  };
}
