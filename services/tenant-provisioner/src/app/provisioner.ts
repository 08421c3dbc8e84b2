/**
 * The service, put together from ports: events in, commits, runs, events out. It owns nothing of a transport, a store or a
 * backend, so the same code serves a laptop, a cluster and the simulation.
 *
 * Z1. Every commit of this process tells its own loops at once; hints in the store tell them after a crash and tell other
 *     replicas.
 * Z2. Closing ends the loops in the order in which work flows: nothing new comes in, what runs ends, what is decided is sent.
 */
import type { Bus, Codec, IncomingMessage } from '@leasehold/bus';
import { CONSUMED_TOPICS, topicName } from '@leasehold/contracts';
import { type Provider, RUN_BOUNDS, type RunBounds } from '@leasehold/engine';
import { asFault, type Bound, bound, type Clock, type Fault, type Log, type Rng, reason } from '@leasehold/kernel';
import type { Metrics } from '@leasehold/observability';
import {
  type Consumers,
  createLane,
  createRelay,
  createTick,
  createWorkQueue,
  type Guard,
  type Lane,
  type Relay,
  startConsumers,
  type Tick,
  type WorkQueue,
} from '@leasehold/runtime';
import type { Ledger, Snapshot } from '@leasehold/store';
import type { Decision } from '../domain/decide.ts';
import type { Context, DecisionBounds } from '../domain/draft.ts';
import { statusOf } from '../domain/status.ts';
import { createCaller } from './calls.ts';
import type { Catalog } from './catalog.ts';
import { type Census, createCensus } from './census.ts';
import { CLAIM_BOUNDS, type ClaimBounds } from './claim.ts';
import { BRAKE_BOUNDS, type BrakeBounds, type Control, createControl } from './control.ts';
import { bury, type EventsDeps, letterOf, prepareEvent } from './events.ts';
import { startHousekeeping } from './housekeeping.ts';
import { createLetters, type Letters } from './letters.ts';
import { readTenant, SERVICE, tenantOfPartition } from './partition.ts';
import { publishOutgoing } from './publish.ts';
import { runTenant } from './run-tenant.ts';
import { createTenantTopics, type TenantTopics } from './tenant-topics.ts';
import { createTenants, type Tenants } from './tenants.ts';

const DAY_MS = 24 * 3_600_000;

export interface ProvisionerBounds {
  readonly decision: DecisionBounds;
  readonly claim: ClaimBounds;
  readonly run: RunBounds;
  readonly brake: BrakeBounds;
  /** Tenants worked on at once in this process. */
  readonly reconcileParallelism: Bound;
  readonly reconcileCapacity: Bound;
  readonly relayParallelism: Bound;
  /** Messages of one topic held unacked. */
  readonly window: Bound;
  readonly tickMs: Bound;
  readonly censusMs: Bound;
  /** How often what an operator froze, or another replica holds, is looked at again. */
  readonly frozenRecheckMs: Bound;
  /** Per-tenant topics consumed by this process. */
  readonly tenantTopics: Bound;
}

export const PROVISIONER_BOUNDS: ProvisionerBounds = {
  decision: {
    deadlineMs: DAY_MS,
    waitMs: DAY_MS,
    staleMs: 5 * 60_000,
    keepDeletedMs: 90 * DAY_MS,
    heldRecheckMs: 30_000,
    maxWaiting: 200,
  },
  claim: CLAIM_BOUNDS,
  run: RUN_BOUNDS,
  brake: BRAKE_BOUNDS,
  reconcileParallelism: bound('reconcile-parallelism', 16),
  reconcileCapacity: bound('reconcile-capacity', 20_000),
  relayParallelism: bound('relay-parallelism', 16),
  window: bound('consumer-window', 100),
  tickMs: bound('tick-ms', 1_000),
  censusMs: bound('census-ms', 60_000),
  frozenRecheckMs: bound('frozen-recheck-ms', 2_000),
  tenantTopics: bound('tenant-topics', 2_000),
};

export interface ProvisionerDeps {
  readonly ledger: Ledger;
  readonly bus: Bus;
  readonly codec: Codec;
  /** By kind: those whose backend is configured. */
  readonly providers: ReadonlyMap<string, Provider>;
  /** By backend. */
  readonly guards: ReadonlyMap<string, Guard>;
  readonly catalog: Catalog;
  readonly pulsarTenant: string;
  /** Tenants' own topics are on this bus: the namespaces are real where the bus is. */
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
export interface Provisioner {
  readonly tenants: Tenants;
  readonly letters: Letters;
  readonly control: Control;
  readonly census: Census;
  readonly relay: Relay;
  readonly consumers: Consumers;
  readonly tick: Tick;
  readonly queue: WorkQueue;
  readonly topics: TenantTopics;
  readonly events: EventsDeps;
  readonly context: () => Context;
  readonly deps: ProvisionerDeps & { readonly bounds: ProvisionerBounds };
  close(): Promise<void>;
}

/** The topics that this service hears of the whole platform. */
export const platformTopics = (pulsarTenant: string): readonly string[] =>
  CONSUMED_TOPICS.filter(({ service }) => service === SERVICE).flatMap(({ name, namespaces }) =>
    namespaces.map((namespace) => topicName(pulsarTenant, namespace, name)),
  );

export async function startProvisioner(input: ProvisionerDeps): Promise<Provisioner> {
  const deps = { ...input, bounds: input.bounds ?? PROVISIONER_BOUNDS };
  const { ledger, clock, log, rng, metrics, bounds } = deps;
  const control = createControl({ ledger, clock, bounds: bounds.brake });
  // A store that is away at the start is no reason not to start: the switches are read as soon as it is there.
  await control.refresh().catch((error: unknown) => log.warn('the store is away', { error: asFault(error) }));
  const kinds = new Map([...deps.providers].map(([kind, { hasAccess }]) => [kind, { hasAccess }]));
  const context = (brake: Context['brake'] = 'open'): Context => ({
    nowMs: clock.now(),
    tier: deps.catalog.facts,
    graph: deps.catalog.graph,
    kinds,
    brake,
    deletionsPaused: control.now().deletions === 'paused',
    bounds: bounds.decision,
  });
  const tenants = createTenants({
    ledger,
    clock,
    context,
    onDecision: (decision) => measureDecision(metrics, decision),
  });
  const letters = createLetters({ ledger, clock });
  const census = createCensus({ store: ledger.store, clock, log, metrics });
  const relay = createRelay({
    ledger,
    publish: (row, signal) => publishOutgoing(deps, letters, row, signal),
    clock,
    rng: rng.fork('relay'),
    log,
    parallelism: bounds.relayParallelism,
    metrics,
  });
  const events: EventsDeps = {
    codec: deps.codec,
    tenants,
    letters,
    relay,
    log,
    sendLetter: (outgoing, signal) => publishOutgoing(deps, letters, outgoing, signal),
    brake: (tenantId, eventKey, signal) => askBrake({ tenants, control, census }, tenantId, eventKey, signal),
  };
  const consumers = startConsumers({
    bus: deps.bus,
    subscription: SERVICE,
    window: bounds.window,
    clock,
    rng: rng.fork('consumers'),
    log,
    metrics,
    prepare: (message) => prepareEvent(events, message),
    onCannot: (message, fault, attempts, signal) => cannot(events, message, fault, attempts, signal),
  });
  const topics = createTenantTopics({ consumers, deps });
  const lanes = createLanes(deps);
  const queue = createWorkQueue({
    name: 'reconcile',
    clock,
    rng: rng.fork('queue'),
    log,
    parallelism: bounds.reconcileParallelism,
    capacity: bounds.reconcileCapacity,
    work: async (tenantId, signal) => {
      const againAtMs = await runTenant(
        {
          ...deps,
          tenants,
          context,
          callFor: (fence) => createCaller({ guards: deps.guards, lanes, clock, log, metrics }, fence),
          paused: (backend) => control.now().backends[backend] === 'paused',
          frozen: (state) =>
            control.now().reconcile === 'paused' ||
            (state.phase === 'deleting' && control.now().deletions === 'paused'),
          ceiling: (provider) => ceilingOf(provider, census.total()),
          rng: rng.fork('run'),
          claimBounds: bounds.claim,
          runBounds: bounds.run,
          frozenRecheckMs: bounds.frozenRecheckMs.value,
          beforeRemoval: (id) => topics.close(id),
        },
        tenantId,
        signal,
      );
      return againAtMs === undefined ? {} : { againAtMs };
    },
  });
  const unwatch = ledger.onCommit((partition, now) => followCommit({ queue, topics, census, deps }, partition, now));
  const tick = createTick({
    store: ledger.store,
    ledger,
    clock,
    rng: rng.fork('tick'),
    log,
    everyMs: bounds.tickMs,
    onDue: (hint, now) => {
      if (hint.kind === 'outbox') return pendingOutput(relay, hint.partition, now);
      return pendingTimers({ tenants, control, queue, topics, deps }, hint.partition, now);
    },
  });
  const housekeeping = startHousekeeping({ control, census, deps, queue, tick, topics, tenants });
  for (const topic of platformTopics(deps.pulsarTenant)) void consumers.add(topic);
  return {
    tenants,
    letters,
    control,
    census,
    relay,
    consumers,
    tick,
    queue,
    topics,
    events,
    context,
    deps,
    close: async () => {
      await consumers.close();
      await housekeeping.close();
      await tick.close();
      await queue.close();
      unwatch();
      await relay.close();
      for (const lane of lanes.values()) await lane.close();
    },
  };
}

function createLanes(deps: ProvisionerDeps): ReadonlyMap<string, Lane> {
  const names = new Set(
    [...deps.providers.values()].map(({ bounds: { lane } }) => lane).filter((lane) => lane !== undefined),
  );
  const { ledger, clock, rng, log, holder } = deps;
  return new Map(
    [...names].map((name) => [
      name,
      createLane({ leases: ledger.store.leases, name, holder, clock, rng: rng.fork(`lane ${name}`), log }),
    ]),
  );
}

/** Only a deletion that would have an effect is counted against the brake. */
async function askBrake(
  parts: { readonly tenants: Tenants; readonly control: Control; readonly census: Census },
  tenantId: string,
  eventKey: string,
  signal: AbortSignal,
): Promise<Context['brake']> {
  const { state } = await parts.tenants.read(tenantId, { signal });
  if (state.phase !== 'active' && state.phase !== 'suspended') return 'open';
  if (state.protected || (await parts.tenants.known(tenantId, eventKey, signal))) return 'open';
  return parts.control.admitDeletion(eventKey, parts.census.total(), signal);
}

/** An event that failed again and again for a reason that is no backend's: ours. It must not block those behind it. */
async function cannot(
  events: EventsDeps,
  message: IncomingMessage,
  fault: Fault,
  attempts: number,
  signal: AbortSignal,
): Promise<{ readonly outcome: string }> {
  events.log.error('an event could not be handled', { topic: message.topic, message_id: message.id, error: fault });
  return bury(events, letterOf(message), 'internal', fault.message, attempts, signal);
}

/** X6: counted in whole tenants, each of which has what its blueprint gives it. */
function ceilingOf(provider: Provider, tenants: number) {
  const { ceiling } = provider.bounds;
  if (!ceiling || (tenants + 1) * ceiling.cost <= ceiling.limit.value) return undefined;
  return reason(
    'CeilingReached',
    `one more tenant would go over the ceiling of ${ceiling.limit.value} ${ceiling.name}`,
    {
      ceiling: ceiling.limit.value,
    },
  );
}

/** How long a provisioning or a tier change took, however it ended. */
function measureDecision(metrics: Metrics, { finished, state }: Decision): void {
  for (const { kind, outcome, startedAtMs, finishedAtMs } of finished)
    if ((kind === 'provision' || kind === 'tier-change') && outcome !== undefined && finishedAtMs !== undefined)
      metrics.tenantProvisioning.observe({ tier: state.tier, outcome }, (finishedAtMs - startedAtMs) / 1000);
}

interface LoopParts {
  readonly queue: WorkQueue;
  readonly topics: TenantTopics;
  readonly deps: ProvisionerDeps;
}

/** Z1: what a commit of this process makes due here and now. */
function followCommit(parts: LoopParts & { readonly census: Census }, partition: string, now: Snapshot): void {
  const tenantId = tenantOfPartition(partition);
  if (tenantId === undefined) return;
  const { state } = readTenant(tenantId, now);
  if (state.generation > 0) parts.census.note(tenantId, { tier: state.tier, status: statusOf(state) });
  parts.topics.follow(state);
  const work = timerAt(now, 'timer/work');
  // A claim means that a run is under way: it will say itself when to come again.
  if (work !== undefined && !state.claim)
    parts.queue.add(tenantId, { atMs: work, urgent: state.completedAtMs === undefined });
}

const timerAt = (now: Snapshot, key: string): number | undefined => {
  const text = now.rows.get(key);
  return text === undefined ? undefined : (JSON.parse(text) as { dueAtMs: number }).dueAtMs;
};

function pendingOutput(relay: Relay, partition: string, now: Snapshot): 'pending' | 'settled' {
  for (const key of now.rows.keys())
    if (key.startsWith('outbox/')) {
      relay.nudge(partition);
      return 'pending';
    }
  return 'settled';
}

function pendingTimers(
  parts: LoopParts & { readonly tenants: Tenants; readonly control: Control },
  partition: string,
  now: Snapshot,
): 'pending' | 'settled' {
  const tenantId = tenantOfPartition(partition);
  if (tenantId === undefined) return 'settled';
  const { clock, log } = parts.deps;
  parts.topics.follow(readTenant(tenantId, now).state);
  const nowMs = clock.now();
  const work = timerAt(now, 'timer/work');
  const wake = timerAt(now, 'timer/wake');
  if (work !== undefined && work <= nowMs) parts.queue.add(tenantId, { atMs: work });
  if (wake !== undefined && wake <= nowMs) {
    const brake = parts.control.now().deletions === 'braked' ? 'held' : 'open';
    parts.tenants
      .wake(tenantId, brake)
      .catch((error: unknown) =>
        log.warn('a timer could not be handled yet', { tenant_id: tenantId, error: asFault(error) }),
      );
  }
  // The hint stands for the timer that had its due time; while any timer is due or waiting at that time it is kept.
  return (work !== undefined && work <= nowMs) || (wake !== undefined && wake <= nowMs) ? 'pending' : 'settled';
}
