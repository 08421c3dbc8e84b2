/**
 * One replica of the service inside a world: real code over simulated ports. A planted bug wraps the ports here, so that
 * product code needs no switch for it.
 */
import { type Bus, createCodec } from '@leasehold/bus';
import type { Provider } from '@leasehold/engine';
import { bound } from '@leasehold/kernel';
import { silentMetrics } from '@leasehold/observability';
import {
  createGuard,
  createPlatformLoops,
  GUARD_BOUNDS,
  type Guard,
  PLATFORM_BOUNDS,
  type PlatformBounds,
  startProber,
} from '@leasehold/runtime';
import { createLedger, type Ledger, type Store } from '@leasehold/store';
import { createSimBackend, createSimBus, createSimStore, type Process, type World } from '@leasehold/testing/world';
import type { CallWatch } from './calls.ts';
import { startFiling } from './filing/start.ts';
import {
  PROVISIONER_BOUNDS,
  type Provisioner,
  type ProvisionerBounds,
  type ProvisionerDeps,
  SWEEP_BOUNDS,
  type SweepBounds,
  startProvisioner,
  startRolloutRole,
  startSweep,
} from './service.ts';
import { BACKENDS, catalog, PULSAR_TENANT, providersOf, type Straits } from './tiers.ts';

const SECOND_MS = 1_000;

/** What is safe as shipped stays as shipped; only waits of minutes and days become seconds. */
export const SIM_BOUNDS: ProvisionerBounds = {
  ...PROVISIONER_BOUNDS,
  decision: {
    ...PROVISIONER_BOUNDS.decision,
    deadlineMs: 3_600 * SECOND_MS,
    waitMs: 40 * SECOND_MS,
    staleMs: 15 * SECOND_MS,
    heldRecheckMs: 5 * SECOND_MS,
  },
  run: {
    ...PROVISIONER_BOUNDS.run,
    removalRetryMs: bound('sim-removal-retry-ms', 20 * SECOND_MS),
    retry: { ...PROVISIONER_BOUNDS.run.retry, capMs: bound('sim-node-retry-cap-ms', 8 * SECOND_MS) },
  },
  frozenRecheckMs: bound('sim-frozen-recheck-ms', 6 * SECOND_MS),
};

const SIM_PLATFORM_BOUNDS: PlatformBounds = {
  ...PLATFORM_BOUNDS,
  tickMs: bound('sim-tick-ms', 3 * SECOND_MS),
  // A handful of hints is more than a page, and a commit that was given up is missed for long enough while a schedule lasts.
  tick: { page: bound('sim-hints-per-page', 2), orphanMs: bound('sim-orphan-ms', 15 * SECOND_MS) },
};

export type BrakeBounds = ProvisionerBounds['brake'];

/** A brake that a handful of deletions shuts. */
export const tightBrake = (least: number): BrakeBounds => ({
  ...SIM_BOUNDS.brake,
  leastDeletions: bound('sim-brake-least', least),
});

/** A planted bug: how the ports of each replica are spoiled. */
export interface Sabotage {
  readonly store?: (store: Store, process: Process) => Store;
  readonly ledger?: (ledger: Ledger, process: Process) => Ledger;
  readonly bus?: (bus: Bus, process: Process) => Bus;
  readonly provider?: (provider: Provider, process: Process) => Provider;
  readonly deps?: (deps: ProvisionerDeps, process: Process) => ProvisionerDeps;
}

export interface Replica {
  readonly process: Process;
  /** Absent until it has started. */
  readonly service: () => Provisioner | undefined;
}

export interface ReplicaOptions {
  readonly name: string;
  readonly sabotage: Sabotage;
  readonly exclusive: boolean;
  /** How far its machine's clock is ahead. */
  readonly skewMs: number;
  readonly brake: BrakeBounds;
  readonly straits: Straits;
  readonly calls: CallWatch;
  /** The second service runs beside the first. */
  readonly filing: boolean;
  /** Somebody rolls out a changed file in this schedule: who does not need the role pays nothing for it. */
  readonly rollsOut: boolean;
}

export function startReplica(world: World, options: ReplicaOptions): Replica {
  const { name, skewMs } = options;
  const process = world.process(name);
  if (skewMs !== 0) process.setClock(skewMs);
  let service: Provisioner | undefined;
  const deps = depsOf(process, options);
  const start = async (): Promise<void> => {
    service = await startProvisioner(deps);
    if (options.rollsOut) startRolloutRole(service);
    if (options.straits.swept) sweepWith(service);
    if (options.filing) await startFiling(deps, SIM_BOUNDS);
  };
  void start().catch((error: unknown) => world.violate('start', `${name} did not start: ${String(error)}`));
  return { process, service: () => (process.state === 'running' ? service : undefined) };
}

/** As shipped, with seconds for minutes. */
const SIM_SWEEP: SweepBounds = {
  ...SWEEP_BOUNDS,
  firstMs: bound('sim-sweep-first-ms', SECOND_MS),
  listingEveryMs: bound('sim-sweep-listing-every-ms', 8 * SECOND_MS),
  listingMs: bound('sim-sweep-listing-ms', 6 * SECOND_MS),
  roundEveryMs: bound('sim-sweep-round-every-ms', 10 * SECOND_MS),
  accessEveryMs: bound('sim-sweep-access-every-ms', 8 * SECOND_MS),
  relistMs: bound('sim-sweep-relist-ms', 2 * SECOND_MS),
};

/** In so long a sweep finds and has mended whatever there is to find, when all is well. */
export const SWEPT_MS = 45 * SECOND_MS;

function sweepWith(service: Provisioner): void {
  const { deps } = service;
  startSweep({ ...deps, ...service, rng: deps.rng.fork('sweep'), bounds: SIM_SWEEP });
}

function depsOf(process: Process, options: ReplicaOptions): ProvisionerDeps {
  const { sabotage, exclusive, brake, calls, straits } = options;
  const { clock, log, rng } = process;
  const spoil = <T>(how: ((value: T, process: Process) => T) | undefined, value: T): T =>
    how?.(value, process) ?? value;
  const store = spoil(sabotage.store, scanned(createSimStore(process, { exclusive }), process));
  const ledger = spoil(
    sabotage.ledger,
    createLedger({ store, clock, rng: rng.fork('ledger'), writer: process.name, log }),
  );
  ledger.onCommit((partition, { version }) => calls.learns(process, partition, version));
  const bus = spoil(sabotage.bus, createSimBus(process));
  const providers = new Map(
    [...providersOf(process, straits)].map(([kind, provider]) => [
      kind,
      calls.watch(spoil(sabotage.provider, provider), process),
    ]),
  );
  const holder = process.name;
  const deps: ProvisionerDeps = {
    ...createPlatformLoops({ ledger, clock, rng: rng.fork('loops'), log, holder, bounds: SIM_PLATFORM_BOUNDS }),
    ledger,
    bus,
    codec: createCodec({ bus, log }),
    providers,
    guards: guardsOf(process, options),
    catalog: catalog(),
    pulsarTenant: PULSAR_TENANT,
    tenantTopicsOnBus: true,
    clock,
    rng: rng.fork('service'),
    log,
    metrics: silentMetrics,
    holder,
    bounds: { ...SIM_BOUNDS, brake },
  };
  return spoil(sabotage.deps, deps);
}

/** A look that failed begins anew, sometimes at the same time. */
const MOST_LOOKS = 5;

/** Of one look for what is due no page is asked for again and again: what comes after it would never be looked at. */
function scanned(store: Store, process: Process): Store {
  let asked = '';
  let times = 0;
  return {
    ...store,
    due: (query, signal) => {
      const page = `${query.untilMs} ${query.cursor ?? ''}`;
      times = page === asked ? times + 1 : 1;
      asked = page;
      if (times > MOST_LOOKS)
        process.world.violate('scan', `${process.name} asks for one page of what is due ${times} times`);
      return store.due(query, signal);
    },
  };
}

/** In a narrow world: so that a circuit opens while others wait for the same backend. */
const FEW_FAILURES = bound('sim-failures-to-open', 2);

/** How long a circuit that has opened stays so at least: a fuzz of a quarter belongs to it. */
export const LEAST_OPEN_MS = 0.75 * GUARD_BOUNDS.openMs.value;

/** A guard tells how its circuit stands by its gauge alone. */
const circuitGauge = (tell: (status: string) => void) => ({
  backendUp: silentMetrics.backendUp,
  backendCircuit: {
    ...silentMetrics.backendCircuit,
    set: ({ state }: { readonly state: string }, value: number) => {
      if (value === 1) tell(state);
    },
  },
});

function guardsOf(process: Process, { calls, straits }: ReplicaOptions): ReadonlyMap<string, Guard> {
  const { clock, log, rng } = process;
  const guards = new Map(
    BACKENDS.map((name) => [
      name,
      createGuard({
        backend: createSimBackend(process, name),
        clock,
        rng: rng.fork(name),
        log,
        ...(straits.narrow ? { bounds: { failuresToOpen: FEW_FAILURES } } : {}),
        metrics: circuitGauge((status) => calls.circuit(process, name, status)),
      }),
    ]),
  );
  startProber([...guards.values()], {
    clock,
    rng: rng.fork('prober'),
    log,
    everyMs: bound('sim-probe-ms', 60 * SECOND_MS),
    downEveryMs: bound('sim-probe-down-ms', 3 * SECOND_MS),
  });
  return guards;
}
