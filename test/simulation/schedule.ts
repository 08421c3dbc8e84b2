/**
 * One schedule: a seed and a profile become a world with one or two replicas, a workload and disasters; it runs until
 * everything has come to rest, and is judged.
 *
 * 1. Faults strike while the workload lasts and a little longer; then the world heals, and rest must come within a bound. What
 *    comes to rest earlier, with nothing on its way any more that could change anything, is judged at once: an idle world tells
 *    nothing. Some schedules linger, to see that rest is rest.
 * 2. The same seed, profile, mask and planted bug give the same schedule.
 */
import { topicName } from '@leasehold/contracts';
import { bound, type Rng } from '@leasehold/kernel';
import {
  createWorld,
  PROFILE_NAMES,
  type Process,
  type ProfileName,
  type RunEnd,
  type Violation,
  type World,
} from '@leasehold/testing/world';
import { BUGS, type Bug, type BugName } from './bugs.ts';
import { type CallWatch, createCallWatch } from './calls.ts';
import { type Disaster, drawDisasters } from './disasters.ts';
import {
  carriesDrawers,
  createDrawerSenders,
  type DrawerOperation,
  type DrawerSenders,
  drawDrawers,
  drawerTopics,
  FILING,
} from './filing/drawers.ts';
import { watchInvariants } from './invariants.ts';
import { type Occurrences, watchOccurrences } from './occurrences.ts';
import {
  type BrakeBounds,
  type Replica,
  type Sabotage,
  SIM_BOUNDS,
  SWEPT_MS,
  startReplica,
  tightBrake,
} from './replica.ts';
import { createSenders, type Senders } from './senders.ts';
import { platformTopics, SERVICE } from './service.ts';
import { isHeard, type TenantView, watchTenants } from './tenant-view.ts';
import { drawStraits, PULSAR_TENANT, type Straits } from './tiers.ts';
import { drawWorkload, type Workload } from './workload.ts';

export interface Mask {
  /** Operations that take place, by index; absent: all. */
  readonly operations?: ReadonlySet<number>;
  /** Faults that strike, by id; absent: all. */
  readonly faults?: ReadonlySet<string>;
}

export interface ScheduleOptions {
  readonly seed: number;
  /** Absent: drawn from the seed. */
  readonly profile?: ProfileName;
  readonly mask?: Mask;
  readonly bug?: BugName;
  readonly trace?: boolean;
  /** Counts what takes place. */
  readonly counts?: boolean;
}

export interface ScheduleResult {
  readonly seed: number;
  readonly profile: ProfileName;
  readonly replicas: number;
  readonly violations: readonly Violation[];
  readonly steps: number;
  /** Virtual time. */
  readonly tookMs: number;
  readonly digest: string;
  readonly operations: readonly number[];
  readonly faults: readonly string[];
  readonly trace: readonly string[];
  readonly occurrences: Occurrences;
}

/** How long after healing rest may take: the longest patience of a message, and several rounds of retries. */
const REST_MS = bound('simulation-rest-ms', 400_000);
const AFTER_WORKLOAD_MS = 10_000;
/** The share of schedules with two replicas. */
const PAIR = 0.4;
/** The share of schedules in which more tenants are to leave than the brake allows. */
const CROWD_LEAVES = 0.07;
/** The share of schedules that go on after they have come to rest, and for how long at most. */
const LINGERING = 0.1;
const LINGER_MS = 40_000;

interface Stage {
  readonly world: World;
  readonly workload: Workload;
  readonly disasters: readonly Disaster[];
  readonly senders: Senders;
  /** Absent: this schedule has one service. */
  readonly drawers: DrawerSenders | undefined;
  readonly filed: readonly DrawerOperation[];
  readonly sabotage: Sabotage;
  readonly exclusive: boolean;
  readonly brake: BrakeBounds;
  readonly straits: Straits;
  readonly calls: CallWatch;
  readonly replicas: Replica[];
  /** By replica: how far its machine's clock is ahead. */
  readonly skewsMs: number[];
  readonly views: ReadonlyMap<string, TenantView>;
  starts: number;
  /** Operations and restarts still to come. */
  due: number;
}

function profileOf(seed: number): ProfileName {
  return PROFILE_NAMES[seed % PROFILE_NAMES.length] as ProfileName;
}

export async function runSchedule(options: ScheduleOptions): Promise<ScheduleResult> {
  const { seed, mask = {} } = options;
  const bug: Bug | undefined = options.bug === undefined ? undefined : BUGS[options.bug];
  const profile = options.profile ?? bug?.profile ?? profileOf(seed);
  const world = createWorld(seed, profile, {
    trace: options.trace ?? false,
    ...(mask.faults ? { mask: mask.faults } : {}),
  });
  const rng = world.stream('schedule');
  const replicas = rng.chance(bug?.pair === true ? 1 : PAIR) ? 2 : 1;
  const exclusive = replicas === 1 && rng.chance(0.3) && bug === undefined;
  const views = watchTenants(world);
  const senders = createSenders(world);
  const crowdLeaves = rng.chance(bug?.crowd === true ? 1 : CROWD_LEAVES);
  const brake = crowdLeaves ? tightBrake(1 + rng.int(2)) : SIM_BOUNDS.brake;
  const straits = drawStraits(world.stream('straits'), bug?.straits);
  const wishes = { crowdLeaves, hurried: world.profile.hurried, swept: straits.swept };
  const drawn = drawWorkload(rng.fork('workload'), wishes);
  const { drawers, filed, ...workload } = only(withDrawers(world, drawn, carries(world, straits, bug)), mask);
  const disasters = drawDisasters(rng.fork('disasters'), world.profile, replicas, exclusive, workload.lastMs);
  const stage: Stage = {
    world,
    workload,
    disasters,
    senders,
    drawers,
    filed,
    sabotage: bug?.sabotage?.() ?? {},
    exclusive,
    brake,
    straits,
    calls: createCallWatch(),
    replicas: [],
    skewsMs: [],
    views: views.all,
    starts: 0,
    due: 0,
  };
  const occurrences = options.counts ? watchOccurrences(world, views) : () => ({});
  const invariants = watchInvariants(world, views, senders, stage);
  raise(stage, replicas, rng.fork('start'));
  const startMs = world.now();
  const { stackTraceLimit } = Error;
  // Aborts and faults are ordinary here; collecting their stacks would cost a tenth of the run.
  Error.stackTraceLimit = options.trace ? stackTraceLimit : 0;
  const end = await comeToRest(stage, views.busy, rng.fork('linger'));
  Error.stackTraceLimit = stackTraceLimit;
  if (end === 'reached') invariants.atRest();
  else if (end !== 'violated') world.violate('I7', `no rest (${end}): ${whatIsLeft(stage, views.busy)}`);
  return {
    seed,
    profile,
    replicas,
    violations: [...world.violations],
    steps: world.steps,
    tookMs: world.now() - startMs,
    digest: world.trace.digest(),
    operations: [...workload.operations, ...filed].map(({ index }) => index),
    faults: world.faults.struck.map(({ id }) => id),
    trace: world.trace.lines,
    occurrences: occurrences(),
  };
}

const isAtRest = ({ world, senders, drawers, views, due }: Stage, busy: ReadonlySet<string>): boolean =>
  due === 0 &&
  busy.size === 0 &&
  senders.pending() === 0 &&
  (drawers?.pending() ?? 0) === 0 &&
  world.travelling() === 0 &&
  unread(world, views).length === 0;

async function comeToRest(stage: Stage, busy: ReadonlySet<string>, rng: Rng): Promise<RunEnd> {
  const { world, workload } = stage;
  const until = () => isAtRest(stage, busy);
  const withinMs = workload.lastMs + AFTER_WORKLOAD_MS + REST_MS.value;
  const end = await world.run({ until, withinMs });
  if (end !== 'reached' || !rng.chance(LINGERING)) return end;
  const over = await world.run({ until: () => false, withinMs: rng.int(LINGER_MS) });
  if (over !== 'late') return over;
  world.touch();
  return world.run({ until, withinMs });
}

type Drawn = Workload & Pick<Stage, 'drawers' | 'filed'>;

function only(workload: Drawn, { operations }: Mask): Drawn {
  if (!operations) return workload;
  const isIn = ({ index }: { readonly index: number }): boolean => operations.has(index);
  return { ...workload, operations: workload.operations.filter(isIn), filed: workload.filed.filter(isIn) };
}

/** Everything that will happen by itself, put into the queue before the first event. */
function raise(stage: Stage, replicas: number, rng: Rng): void {
  const { world, workload, disasters, senders, drawers, filed } = stage;
  // Upstream services publish before this service has ever run: the topics with its subscriptions are the platform's own.
  for (const topic of platformTopics(PULSAR_TENANT)) world.broker.subscription(topic, SERVICE);
  if (drawers) for (const topic of drawerTopics()) world.broker.subscription(topic, FILING);
  for (const name of ['provisioned', 'deleting', 'deprovisioned'])
    world.broker.ensureTopic(topicName(PULSAR_TENANT, 'system', `tenant-${name}-events`));
  for (let index = 0; index < replicas; index++)
    later(stage, index === 0 ? 0 : rng.int(3_000), () => start(stage, index));
  for (const operation of workload.operations)
    later(stage, operation.atMs, () => senders.send(operation, () => stage.replicas));
  for (const operation of filed) later(stage, operation.atMs, () => drawers?.send(operation));
  for (const disaster of disasters) later(stage, disaster.atMs, () => strike(stage, disaster));
  const healedMs = workload.lastMs + AFTER_WORKLOAD_MS;
  world.schedule(healedMs, () => world.heal());
  // What others changed is found by a sweep that nothing disturbs any more.
  if (stage.straits.swept) later(stage, healedMs + SWEPT_MS, () => undefined);
}

function later(stage: Stage, delayMs: number, run: () => void): void {
  stage.due += 1;
  stage.world.schedule(delayMs, () => {
    stage.due -= 1;
    stage.world.touch();
    run();
  });
}

function start(stage: Stage, index: number): void {
  stage.starts += 1;
  const { world, sabotage, exclusive, brake, straits, calls, skewsMs, workload } = stage;
  const rollsOut = workload.operations.some(({ kind }) => kind === 'rollout');
  const skewMs = skewsMs[index] ?? 0;
  stage.replicas[index] = startReplica(world, {
    name: `r${stage.starts}`,
    sabotage,
    exclusive,
    skewMs,
    brake,
    straits,
    calls,
    filing: stage.drawers !== undefined,
    rollsOut,
  });
}

function strike(stage: Stage, disaster: Disaster): void {
  const { world } = stage;
  const process = 'replica' in disaster ? stage.replicas[disaster.replica]?.process : undefined;
  if (disaster.kind === 'outage') {
    if (world.faults.planned(disaster.id)) world.outage(disaster.target, disaster.manner, disaster.forMs);
    return;
  }
  if (disaster.kind === 'clock') {
    if (!world.faults.planned(disaster.id)) return;
    stage.skewsMs[disaster.replica] = disaster.skewMs;
    process?.setClock(disaster.skewMs);
    return;
  }
  if (process?.state !== 'running' || !world.faults.planned(disaster.id)) return;
  if (disaster.kind === 'pause') {
    process.pause(disaster.forMs);
    return;
  }
  restartAfterDeath(stage, process, disaster);
  if (disaster.atEffect !== undefined) process.killAtEffect(disaster.atEffect);
  else if (disaster.atCall) process.killAtCall(disaster.atCall.count, disaster.atCall.side);
  else process.kill();
}

const restartAfterDeath = (stage: Stage, process: Process, disaster: Disaster & { kind: 'kill' }): void =>
  process.onKill(() => {
    // Two kills may be waiting for one process; only the first of them brings a successor.
    if (stage.replicas[disaster.replica]?.process !== process) return;
    stage.replicas[disaster.replica] = { process, service: () => undefined };
    later(stage, disaster.downMs, () => {
      if (stage.replicas[disaster.replica]?.process === process) start(stage, disaster.replica);
    });
  });

const lastPart = (topic: string): string => topic.slice(topic.lastIndexOf('/') + 1);
const DRAWER = drawerTopics();
const CONSUMED: ReadonlySet<string> = new Set(platformTopics(PULSAR_TENANT).map(lastPart));

/** Backends that bear little are for the tenants alone: what is refused there is judged by who else has how much. */
const carries = (world: World, { ceilings, quotas }: Straits, bug: Bug | undefined): boolean =>
  carriesDrawers(world.stream('filing'), bug?.filing === true) && ceilings.size === 0 && quotas.size === 0;

/** What is said of drawers, and the workload as long as both. */
function withDrawers(world: World, whole: Workload, carried: boolean): Drawn {
  if (!carried) return { ...whole, drawers: undefined, filed: [] };
  const { tenants, operations, lastMs } = whole;
  const filed = drawDrawers(world.stream('drawers'), tenants, operations.length);
  const endMs = Math.max(lastMs, ...filed.map(({ atMs }) => atMs));
  return { ...whole, lastMs: endMs, drawers: createDrawerSenders(world), filed };
}

/** Topics with messages that somebody should have read, and how many. */
const unread = (
  { broker }: World,
  tenants: ReadonlyMap<string, TenantView>,
): readonly (readonly [topic: string, count: number])[] =>
  [...broker.topics.keys()]
    .filter((topic) => CONSUMED.has(lastPart(topic)) && isHeard(topic, tenants))
    .map((topic) => [topic, broker.unacked(topic, SERVICE)] as const)
    .concat(DRAWER.map((topic) => [topic, broker.topics.has(topic) ? broker.unacked(topic, FILING) : 0] as const))
    .filter(([, count]) => count > 0);

const recordsLeft = ({ tenantId, state }: TenantView): string =>
  `${tenantId} is ${state.phase} with ${state.records.map(({ id, status, failure, settleAtMs }) => `${id} ${status}${settleAtMs ? ' settling' : ''} ${failure?.code ?? ''}`).join(', ')}`;

function whatIsLeft(stage: Stage, busy: ReadonlySet<string>): string {
  const { world, senders } = stage;
  const topics = unread(world, stage.views);
  const parts = [
    ...[...busy].map(
      (name) =>
        `${name} has ${[...(world.store.partitions.get(name)?.rows.keys() ?? [])].filter((key) => /^(outbox|waiting|timer)\//.test(key)).join(' ')}`,
    ),
    ...[...stage.views.values()].filter(({ busy: left }) => left).map(recordsLeft),
    ...topics.map(([topic, count]) => `${count} unacked on ${topic}`),
    ...(senders.pending() > 0 ? [`${senders.pending()} calls from outside`] : []),
    ...(stage.due > 0 ? [`${stage.due} operations`] : []),
  ];
  return parts.join('; ') || 'nothing, which is odd';
}
