/**
 * The loops of a service, put together from its definition: events in, commits, runs, events out. What is the process's (relay, tick,
 * lanes, guards) comes from the platform.
 *
 * 1. Every commit of this process tells its own loops at once; hints in the store tell them after a crash and tell other replicas.
 * 2. Closing ends the loops in the order in which work flows: nothing new comes in, then what runs ends.
 */
import type { Bus, Codec } from '@leasehold/bus';
import { RUN_BOUNDS } from '@leasehold/engine';
import { asFault, type Bound, bound } from '@leasehold/kernel';
import {
  type Consumers,
  createStallWatch,
  type PlatformLoops,
  type StallWatch,
  startConsumers,
  type WorkQueue,
} from '@leasehold/runtime';
import { type Control, type ControlState, createControl, SWITCHES } from './control/control.ts';
import { createDeadLetters } from './dead-letters/dead-letters.ts';
import type { RedriveParts } from './dead-letters/redrive.ts';
import { cannotHandle, decidePlainly, type IntakeDeps, prepareEvent } from './intake/handle-event.ts';
import { publishOutgoing } from './intake/publish.ts';
import type { EventCatalogue } from './intake/read-event.ts';
import type { OwnedTypes } from './model/decision.ts';
import { CLAIM_BOUNDS } from './reconcile/claim.ts';
import type { WorkDefinition } from './reconcile/definition.ts';
import { followCommit, followHint } from './reconcile/follow.ts';
import { createParking } from './reconcile/parking.ts';
import { startWork, type WorkBounds, type WorkDeps } from './reconcile/start-work.ts';
import { type ContextSource, createOwners, type Owners } from './rows/owners.ts';
import { noteTimelineBegun } from './shown/audit-before.ts';

export interface ControllerBounds extends WorkBounds {
  /** Messages of one topic held unacked. */
  readonly window: Bound;
  /** How long what a replica has just committed is left to it, before the others look whether it was left undone. */
  readonly ownWorkMs: Bound;
}

export const CONTROLLER_BOUNDS: ControllerBounds = {
  claim: CLAIM_BOUNDS,
  run: RUN_BOUNDS,
  reconcileParallelism: bound('reconcile-parallelism', 16),
  sweepParallelism: bound('sweep-parallelism', 4),
  reconcileCapacity: bound('reconcile-capacity', 20_000),
  frozenRecheckMs: bound('frozen-recheck-ms', 2_000),
  window: bound('consumer-window', 100),
  ownWorkMs: bound('own-work-ms', 1_500),
};

export interface ControllerDeps extends PlatformLoops, Omit<WorkDeps, 'bounds'> {
  readonly bus: Bus;
  readonly codec: Codec;
  readonly pulsarTenant: string;
  readonly bounds?: ControllerBounds;
}

export interface ControllerOptions<T extends OwnedTypes> {
  readonly definition: WorkDefinition<T>;
  readonly events: EventCatalogue<T>;
  /** Whole names of the topics that the service hears. */
  readonly topics: readonly string[];
  readonly context: ContextSource<T>;
}

export interface Controller<T extends OwnedTypes> {
  readonly owners: Owners<T>;
  readonly control: Control;
  readonly redrives: RedriveParts<T>;
  readonly queue: WorkQueue;
  readonly stalls: StallWatch;
  close(): Promise<void>;
}

export async function startController<T extends OwnedTypes>(
  options: ControllerOptions<T>,
  deps: ControllerDeps,
): Promise<Controller<T>> {
  const { definition, context } = options;
  const { names } = definition;
  const { ledger, clock, log, tick, bounds = CONTROLLER_BOUNDS } = deps;
  const control = createControl<ControlState>({ names, ledger, clock }, SWITCHES);
  // A store that is away at the start is no reason not to start: the switches are read as soon as it is there.
  await control.refresh().catch((error: unknown) => log.warn('the store is away', { error: asFault(error) }));
  await noteTimelineBegun({ ledger, names }, clock.now()).catch((error: unknown) =>
    log.debug('the store is away', { error: asFault(error) }),
  );
  const owners = createOwners(definition, { ledger, clock, context });
  const redrives = createIntake(options, deps, owners, control);
  const parking = createParking(control, names);
  const work = startWork({ definition, deps: { ...deps, bounds }, owners, control, parking, context });
  const { queue } = work;
  const ownWorkMs = ledger.store.exclusive ? 0 : bounds.ownWorkMs.value;
  const follow = { ...deps, definition, queue, owners, parking, ownWorkMs };
  const ends = [
    ledger.onCommit((partition, now) => followCommit(follow, partition, now)),
    tick.join(names.service, { isPutAside: parking.isPutAside, onDue: followHint(follow) }),
    control.onSwitched(() => tick.kick()),
  ];
  const { consumers, stalls } = consume(options.topics, names.service, redrives.intake, deps, bounds);
  const stop = new AbortController();
  const refreshing = refreshOn(control, deps, bounds.frozenRecheckMs, stop.signal);
  const close = async (): Promise<void> => {
    const worked = work.close();
    await consumers.close();
    stop.abort();
    await Promise.all([refreshing, worked]);
    for (const end of ends) end();
  };
  return { owners, control, redrives, queue, stalls, close };
}

function createIntake<T extends OwnedTypes>(
  { definition: { names }, events }: ControllerOptions<T>,
  { ledger, bus, codec, pulsarTenant, relay, clock, log }: ControllerDeps,
  owners: Owners<T>,
  control: Control,
): RedriveParts<T> {
  const deadLetters = createDeadLetters({ ledger, clock, names });
  const publisher = { bus, pulsarTenant, names };
  relay.publishes(names.service, (row, signal) => publishOutgoing(publisher, deadLetters, row, signal));
  const intake: IntakeDeps<T> = {
    names,
    events,
    codec,
    ledger,
    deadLetters,
    relay,
    clock,
    log,
    decide: decidePlainly(owners),
    send: (outgoing, signal) => publishOutgoing(publisher, deadLetters, outgoing, signal),
  };
  return { deadLetters, control, intake, clock, log };
}

function consume<T extends OwnedTypes>(
  topics: readonly string[],
  subscription: string,
  intake: IntakeDeps<T>,
  { bus, clock, rng, log, metrics }: ControllerDeps,
  { window }: ControllerBounds,
): { readonly consumers: Consumers; readonly stalls: StallWatch } {
  const consumers = startConsumers({
    bus,
    subscription,
    window,
    clock,
    rng: rng.fork('consumers'),
    log,
    metrics,
    prepare: (message) => prepareEvent(intake, message),
    onCannot: (message, fault, attempts, signal) => cannotHandle(intake, message, fault, attempts, signal),
  });
  for (const topic of topics) void consumers.add(topic);
  return { consumers, stalls: createStallWatch({ consumers, log, metrics }) };
}

/** Switches of other replicas are read now and then; a store that is away is tried again at the next turn. */
async function refreshOn(
  control: Control,
  { clock, log }: ControllerDeps,
  everyMs: Bound,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(everyMs.value, signal).catch(() => undefined);
    if (signal.aborted) return;
    await control
      .refresh(signal)
      .catch((error: unknown) => log.debug('the switches wait for the store', { error: asFault(error) }));
  }
}
