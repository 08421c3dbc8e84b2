/**
 * The loops of a service, put together from its definition: events in, commits, runs, events out. What is the process's (relay, tick,
 * lanes, guards) comes from the platform. What a service has beside its definition it makes of the controller's parts, between
 * `createController` and `start`.
 *
 * Z1. Every commit of this process tells its own loops at once; hints in the store tell them after a crash and tell other replicas.
 * Z2. Closing ends the loops in the order in which work flows: nothing new comes in, what runs ends; what is decided is sent by the
 *     relay of the process, which closes after all services. Runs are told at once, for other replicas wait for what they give up.
 * Z3. Nothing is heard and nothing runs before `start`.
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
import { createEndedMover } from './inventory/ended-mover.ts';
import { createInventory, type Inventory, type InventoryGauges } from './inventory/inventory.ts';
import { type AfterInventory, inventoryTurn, noteIn } from './inventory/keep-inventory.ts';
import type { OwnedTypes } from './model/decision.ts';
import { wakeOnReturn } from './reconcile/backend-returns.ts';
import { CLAIM_BOUNDS } from './reconcile/claim.ts';
import type { WorkDefinition } from './reconcile/definition.ts';
import { type FollowParts, followCommit, followHint } from './reconcile/follow.ts';
import { createParking } from './reconcile/parking.ts';
import { startWork, type WorkBounds, type WorkDeps, type WorkParts } from './reconcile/start-work.ts';
import { startTurns, type Turn } from './reconcile/turns.ts';
import { type ContextSource, createOwners, type Owners, type OwnersDeps } from './rows/owners.ts';
import { noteTimelineBegun } from './shown/audit-before.ts';

export interface ControllerBounds extends WorkBounds {
  /** Messages of one topic held unacked. */
  readonly window: Bound;
  /** How long what a replica has just committed is left to it, before the others look whether it was left undone. */
  readonly ownWorkMs: Bound;
  /** From one reading of the directory to the next. */
  readonly inventoryMs: Bound;
  /** How often consumers are looked at for those that do not move on. */
  readonly stallLookMs: Bound;
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
  inventoryMs: bound('inventory-ms', 60_000),
  stallLookMs: bound('stall-look-ms', 10_000),
};

export interface ControllerDeps extends PlatformLoops, Omit<WorkDeps, 'bounds'> {
  readonly bus: Bus;
  readonly codec: Codec;
  readonly pulsarTenant: string;
  readonly bounds?: ControllerBounds;
}

export interface ControllerOptions<T extends OwnedTypes> extends Pick<OwnersDeps<T>, 'onDecision'> {
  readonly definition: WorkDefinition<T>;
  readonly events: EventCatalogue<T>;
  /** Whole names of the topics that the service hears. */
  readonly topics: readonly string[];
  readonly context: ContextSource<T>;
  /** With what the service keeps beside the switches. Absent: switches alone. */
  readonly control?: Control;
  /** Decides what an event asks for. Absent: nothing is asked of others before. */
  readonly decide?: (parts: Kept<T>) => IntakeDeps<T>['decide'];
  /** What is shown of the inventory. Absent: nothing. */
  readonly gauges?: InventoryGauges<T['summary']>;
}

/** What a service has beside its definition, made of the controller's parts. */
export interface Beside<T extends OwnedTypes>
  extends Pick<WorkParts<T>, 'ceiling' | 'beforeRun'>,
    Pick<FollowParts<T>, 'onSeen' | 'isPressing' | 'ownPartitions'> {
  readonly turns?: readonly Turn[];
  readonly afterInventory?: AfterInventory;
  /** Called when nothing comes in any more: what is no turn and waits for an occasion ends. */
  readonly close?: () => void;
}

interface Kept<T extends OwnedTypes> {
  readonly owners: Owners<T>;
  readonly inventory: Inventory<T['summary']>;
}

/** What decides and keeps. */
export interface ControllerParts<T extends OwnedTypes> extends Kept<T> {
  readonly control: Control;
  readonly redrives: RedriveParts<T>;
  readonly consumers: Consumers;
  readonly stalls: StallWatch;
}

export interface Controller<T extends OwnedTypes> extends ControllerParts<T> {
  readonly queue: WorkQueue;
  close(): Promise<void>;
}

export interface CreatedController<T extends OwnedTypes> extends ControllerParts<T> {
  /** Once. */
  start(beside?: Beside<T>): Promise<Controller<T>>;
}

export const startController = <T extends OwnedTypes>(
  options: ControllerOptions<T>,
  deps: ControllerDeps,
): Promise<Controller<T>> => createController(options, deps).start();

export function createController<T extends OwnedTypes>(
  options: ControllerOptions<T>,
  deps: ControllerDeps,
): CreatedController<T> {
  const { definition, context, onDecision, gauges } = options;
  const { ledger, clock, log, metrics } = deps;
  const { names } = definition;
  const control = options.control ?? createControl<ControlState>({ names, ledger, clock }, SWITCHES);
  const owners = createOwners(definition, { ledger, clock, context, ...(onDecision ? { onDecision } : {}) });
  const { store } = ledger;
  const inventory = createInventory({ directory: names.directory, store, clock, ...(gauges ? { gauges } : {}) });
  const redrives = createIntake(options, deps, { owners, inventory }, control);
  const consumers = createConsumers(names.service, redrives.intake, deps);
  const stalls = createStallWatch({ consumers, log, metrics });
  const parts: ControllerParts<T> = { owners, inventory, control, redrives, consumers, stalls };
  return { ...parts, start: (beside = {}) => start(parts, options, deps, beside) };
}

async function start<T extends OwnedTypes>(
  parts: ControllerParts<T>,
  { definition, context, topics }: ControllerOptions<T>,
  given: ControllerDeps,
  beside: Beside<T>,
): Promise<Controller<T>> {
  const { owners, inventory, control, consumers, stalls } = parts;
  const { names } = definition;
  const deps = { ...given, bounds: given.bounds ?? CONTROLLER_BOUNDS };
  const { ledger, clock, log, tick, bounds } = deps;
  // A store that is away at the start is no reason not to start: the switches are read as soon as it is there.
  await control.refresh().catch((error: unknown) => log.warn('the store is away', { error: asFault(error) }));
  await noteTimelineBegun({ ledger, names }, clock.now()).catch((error: unknown) =>
    log.debug('the store is away', { error: asFault(error) }),
  );
  const parking = createParking(control, names);
  const work = startWork({ ...beside, definition, deps, owners, control, parking, context });
  const { queue } = work;
  const ownWorkMs = ledger.store.exclusive ? 0 : bounds.ownWorkMs.value;
  const onCommitted = noteIn<T>(inventory, definition);
  const follow = { ...deps, ...beside, definition, queue, owners, parking, ownWorkMs, onCommitted };
  const unwatch = ledger.onCommit((partition, now) => followCommit(follow, partition, now));
  const leaveTick = tick.join(names.service, { isPutAside: parking.isPutAside, onDue: followHint(follow) });
  const unswitch = control.onSwitched(() => tick.kick());
  const forgetReturns = wakeOnReturn({ ...deps, definition, owners, queue, control });
  const ended = definition.hasEnded && createEndedMover(inventory, owners, clock);
  const afterInventory: AfterInventory = async (readSinceMs, signal) => {
    await beside.afterInventory?.(readSinceMs, signal);
    await ended?.move(signal);
  };
  const turns = startTurns(
    [
      { every: bounds.frozenRecheckMs, run: (signal) => control.refresh(signal) },
      { every: bounds.stallLookMs, run: async () => stalls.look() },
      inventoryTurn(inventory, clock, bounds.inventoryMs, afterInventory),
      ...(beside.turns ?? []),
    ],
    { clock, log, retryMs: bounds.frozenRecheckMs },
  );
  for (const topic of topics) void consumers.add(topic);
  const close = async (): Promise<void> => {
    const worked = work.close();
    await consumers.close();
    forgetReturns();
    beside.close?.();
    await turns.close();
    leaveTick();
    await worked;
    unwatch();
    unswitch();
  };
  return { ...parts, queue, close };
}

function createIntake<T extends OwnedTypes>(
  { definition: { names }, events, decide = ({ owners }) => decidePlainly(owners) }: ControllerOptions<T>,
  { ledger, bus, codec, pulsarTenant, relay, clock, log }: ControllerDeps,
  kept: Kept<T>,
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
    decide: decide(kept),
    send: (outgoing, signal) => publishOutgoing(publisher, deadLetters, outgoing, signal),
  };
  return { deadLetters, control, intake, clock, log };
}

const createConsumers = <T extends OwnedTypes>(
  subscription: string,
  intake: IntakeDeps<T>,
  { bus, clock, rng, log, metrics, bounds = CONTROLLER_BOUNDS }: ControllerDeps,
): Consumers =>
  startConsumers({
    bus,
    subscription,
    window: bounds.window,
    clock,
    rng: rng.fork('consumers'),
    log,
    metrics,
    prepare: (message) => prepareEvent(intake, message),
    onCannot: (message, fault, attempts, signal) => cannotHandle(intake, message, fault, attempts, signal),
  });
