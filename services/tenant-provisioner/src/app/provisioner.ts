/**
 * The service, put together from ports: events in, commits, runs, events out. It owns nothing of a transport, a store or a
 * backend, so the same code serves a laptop, a cluster and the simulation.
 *
 * Z1. Every commit of this process tells its own loops at once; hints in the store tell them after a crash and tell other
 *     replicas.
 * Z2. Closing ends the loops in the order in which work flows: nothing new comes in, what runs ends; what is decided is sent by the
 *     relay of the process, which closes after all services. Runs are told at once, for other replicas wait for what they give up.
 */

import type { Bus, Codec } from '@leasehold/bus';
import { CONSUMED_TOPICS, type Tier } from '@leasehold/contracts';
import {
  cannotHandle,
  createDeadLetters,
  createParking,
  heardTopics,
  type IntakeDeps,
  noteTimelineBegun,
  prepareEvent,
  publishOutgoing,
  type RedriveParts,
} from '@leasehold/controller';
import type { Provider } from '@leasehold/engine';
import { asFault, type Clock, type Log, type Rng } from '@leasehold/kernel';
import type { Metrics } from '@leasehold/observability';
import {
  type Consumers,
  createStallWatch,
  type Guard,
  type PlatformLoops,
  type StallWatch,
  startConsumers,
  type WorkQueue,
} from '@leasehold/runtime';
import type { Ledger } from '@leasehold/store';
import type { Context } from '../domain/draft.ts';
import { newsOf } from '../domain/news.ts';
import type { TenantTypes } from '../domain/types.ts';
import { PROVISIONER_BOUNDS, type ProvisionerBounds } from './bounds.ts';
import { decideBraked } from './brake.ts';
import type { Catalog } from './catalog.ts';
import { type Control, createControl } from './control.ts';
import { TENANT_EVENTS } from './events.ts';
import { followCommit, followHint } from './follow.ts';
import { startHousekeeping } from './housekeeping.ts';
import { createInventory, type Inventory } from './inventory.ts';
import { measureDecision } from './measure.ts';
import { NAMES, SERVICE } from './partition.ts';
import { createRollouts, type Rollouts } from './rollout/rollouts.ts';
import { createTenantTopics, type TenantTopics } from './tenant-topics.ts';
import { createTenants, type Tenants } from './tenants.ts';
import { startWork } from './work.ts';

/** The loops are those of the process: other services use them too. */
export interface ProvisionerDeps extends PlatformLoops {
  readonly ledger: Ledger;
  readonly bus: Bus;
  readonly codec: Codec;
  /** By kind: those whose backend is configured. */
  readonly providers: ReadonlyMap<string, Provider>;
  /** By backend. */
  readonly guards: ReadonlyMap<string, Guard>;
  readonly catalog: Catalog;
  readonly pulsarTenant: string;
  /** Tenants' own topics are on this bus: their namespaces are real, or embedded, as the bus is. */
  readonly tenantTopicsOnBus: boolean;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Unique for this process and this start of it. */
  readonly holder: string;
  readonly bounds?: ProvisionerBounds;
}

/** What the service offers to its HTTP routes and to whoever composes it. */
export interface Provisioner extends Core {
  readonly consumers: Consumers;
  readonly stalls: StallWatch;
  readonly tick: PlatformLoops['tick'];
  readonly queue: WorkQueue;
  readonly topics: TenantTopics;
  close(): Promise<void>;
}

type Deps = ProvisionerDeps & { readonly bounds: ProvisionerBounds };

/** What decides and keeps, without the loops that drive it. */
interface Core {
  readonly deps: Deps;
  readonly tenants: Tenants;
  readonly control: Control;
  readonly inventory: Inventory;
  readonly relay: PlatformLoops['relay'];
  readonly rollouts: Rollouts;
  readonly intake: IntakeDeps<TenantTypes>;
  readonly redrives: RedriveParts<TenantTypes>;
  readonly context: () => Context;
}

/** A lost namespace is made again without a word; taking one down takes messages along that nobody has read yet. */
const HOLDS_MESSAGES = 'pulsar-namespace';

/** The topics that this service hears of the whole platform. */
export const platformTopics = (pulsarTenant: string): readonly string[] =>
  heardTopics(
    pulsarTenant,
    CONSUMED_TOPICS.filter(({ service }) => service === SERVICE),
  );

export async function startProvisioner(input: ProvisionerDeps): Promise<Provisioner> {
  const deps = { ...input, bounds: input.bounds ?? PROVISIONER_BOUNDS };
  const { ledger, clock, log, rng, bounds } = deps;
  const core = createCore(deps);
  // A store that is away at the start is no reason not to start: the switches are read as soon as it is there.
  await core.control.refresh().catch((error: unknown) => log.warn('the store is away', { error: asFault(error) }));
  await noteTimelineBegun({ ledger, names: NAMES }, clock.now()).catch((error: unknown) =>
    log.debug('the store is away', { error: asFault(error) }),
  );
  const consumers = startConsumers({
    bus: deps.bus,
    subscription: SERVICE,
    window: bounds.window,
    clock,
    rng: rng.fork('consumers'),
    log,
    metrics: deps.metrics,
    prepare: (message) => prepareEvent(core.intake, message),
    onCannot: (message, fault, attempts, signal) => cannotHandle(core.intake, message, fault, attempts, signal),
  });
  const stalls = createStallWatch({ consumers, log, metrics: deps.metrics });
  const topics = createTenantTopics({ consumers, deps });
  const parking = createParking(core.control, NAMES);
  const work = startWork({ ...core, topics, parking });
  const { queue } = work;
  const ownWorkMs = ledger.store.exclusive ? 0 : bounds.ownWorkMs.value;
  const follow = { ...core, queue, topics, parking, clock, log, holder: deps.holder, ownWorkMs };
  const unwatch = ledger.onCommit((partition, now) => followCommit(follow, partition, now));
  const { tick } = deps;
  const leaveTick = tick.join(SERVICE, { isPutAside: parking.isPutAside, onDue: followHint(follow) });
  const unswitch = core.control.onSwitched(() => tick.kick());
  const housekeeping = startHousekeeping({ ...core, queue, topics, stalls });
  for (const topic of platformTopics(deps.pulsarTenant)) void consumers.add(topic);
  const close = async () => {
    const worked = work.close();
    await consumers.close();
    await housekeeping.close();
    leaveTick();
    await worked;
    unwatch();
    unswitch();
  };
  return { ...core, consumers, stalls, tick, queue, topics, close };
}

function createCore(deps: Deps): Core {
  const { ledger, clock, log, metrics, bounds } = deps;
  const control = createControl({ ledger, clock, bounds: bounds.brake });
  const kinds = new Map(
    [...deps.providers].map(([kind, { hasAccess, isGrantUnsaid, holdsData, spec }]) => [
      kind,
      {
        hasAccess,
        ...(isGrantUnsaid ? { isGrantUnsaid } : {}),
        holdsData: holdsData || kind === HOLDS_MESSAGES,
        complete: (raw: unknown): unknown => spec.safeParse(raw).data,
      },
    ]),
  );
  const context = (brake: Context['brake'] = 'open'): Context => ({
    nowMs: clock.now(),
    tier: deps.catalog.facts,
    graph: deps.catalog.graph,
    kinds,
    brake,
    brakeOpenings: control.now().brake.openings,
    deletionsPaused: control.now().deletions === 'paused',
    bounds: bounds.decision,
  });
  const tenants = createTenants({
    ledger,
    clock,
    context,
    onDecision: (decision, before) => {
      measureDecision(metrics, decision);
      for (const { level, message, fields } of newsOf(before, decision)) log[level](message, fields);
    },
  });
  const deadLetters = createDeadLetters({ ledger, clock, names: NAMES });
  const publisher = { bus: deps.bus, pulsarTenant: deps.pulsarTenant, names: NAMES };
  const rollouts = createRollouts({ ledger, clock, log, metrics });
  const blueprint = (tier: Tier): string => deps.catalog.blueprint(tier).digest;
  const inventory = createInventory({ store: ledger.store, clock, metrics, blueprint });
  const { relay } = deps;
  relay.publishes(SERVICE, (row, signal) => publishOutgoing(publisher, deadLetters, row, signal));
  const intake: IntakeDeps<TenantTypes> = {
    names: NAMES,
    events: TENANT_EVENTS,
    codec: deps.codec,
    ledger,
    deadLetters,
    relay,
    clock,
    log,
    send: (outgoing, signal) => publishOutgoing(publisher, deadLetters, outgoing, signal),
    decide: decideBraked({ tenants, control, inventory, exclusive: ledger.store.exclusive }),
  };
  const redrives = { deadLetters, control, intake, clock, log };
  return { deps, tenants, control, inventory, relay, rollouts, intake, redrives, context };
}
