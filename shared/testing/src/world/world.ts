/**
 * A world: one thread, one seed, virtual time. Product code runs in its processes over simulated store, bus and backends,
 * and everything that happens is an event in one queue.
 *
 * W1. The same seed, profile and mask give the same trace, to the last event.
 * W2. Between two events every promise chain has settled: nothing of the product runs while an event is taken.
 * W3. A run ends: its goal is reached, an invariant is violated, nothing is queued (deadlock), or a bound is met.
 */
import { type Bound, bound, type Rng } from '@leasehold/kernel';
import { type Ambience, enter, leave } from './ambient.ts';
import { type BackendTable, createBackendTable } from './backend-table.ts';
import { type Broker, createBroker } from './broker.ts';
import type { Aim } from './call.ts';
import { createEventQueue, type EventQueue, type WorldEvent } from './event-queue.ts';
import { createFaultPlan, type FaultPlan, streamOf } from './fault-plan.ts';
import { createProcess, type Process } from './process.ts';
import { PROFILES, type Profile, type ProfileName } from './profile.ts';
import { createStoreTable, type StoreTable } from './store-table.ts';
import { createTrace, type Detail, type Trace } from './trace.ts';

export const WORLD_STEPS = bound('world-steps', 200_000);
/** Saturday, 2027-01-02 00:00 UTC: a time that no test can take for now. */
export const WORLD_START_MS = 1_798_848_000_000;

export interface Violation {
  /** `I1` to `I8`, or a word: `deadlock`, `real-timer`, `unhandled`. */
  readonly invariant: string;
  readonly message: string;
  readonly atMs: number;
}

export interface WorldOptions {
  readonly mask?: ReadonlySet<string>;
  /** Keeps the trace as text. */
  readonly trace?: boolean;
}

/** `denying`: it answers everything, its probe too, with the same refusal, as a server in another region does. */
export type OutageManner = 'refusing' | 'mute' | 'denying';

export type RunEnd = 'reached' | 'violated' | 'deadlock' | 'late' | 'steps';

export interface RunOptions {
  /** Looked at whenever something durable has changed. */
  readonly until: () => boolean;
  /** Virtual time from now. */
  readonly withinMs: number;
  readonly steps?: Bound;
}

export interface World {
  readonly seed: number;
  readonly profile: Profile;
  readonly faults: FaultPlan;
  readonly trace: Trace;
  readonly store: StoreTable;
  readonly broker: Broker;
  readonly backends: BackendTable;
  readonly violations: readonly Violation[];
  /** Events taken so far. */
  readonly steps: number;
  now(): number;
  stream(label: string): Rng;
  /** Puts an event into the queue; the returned event is cancelled by taking its `run` away. */
  schedule(delayMs: number, run: () => void, wakes?: boolean): WorldEvent;
  note(actor: string, what: string, detail?: Detail): void;
  /** A new process. A name is used once: a restarted process is a new one. */
  process(name: string): Process;
  /** The process of this name, alive or not. */
  processOf(name: string): Process | undefined;
  /** How wrong the clock of any process has been so far, ahead or back. */
  clockErrorMs(): number;
  violate(invariant: string, message: string): void;
  /** Makes a target (`store`, `bus`, a backend) unreachable for a while: refused at once, or without any answer. */
  outage(target: string, manner: OutageManner, forMs: number): void;
  /** How the target is away now; undefined: it is there. */
  outageOf(target: string): OutageManner | undefined;
  /** No fault strikes any more, and everything that was away is back. */
  heal(): void;
  /** A request that may change something is on its way; it may arrive long after its sender gave it up. */
  departs(aim?: Aim): void;
  arrives(aim?: Aim): void;
  /** How many requests are on their way that may still change something, or this object. */
  travelling(kind?: string, name?: string): number;
  /** A process sends a request that may change an object. */
  sends(process: Process, aim: Aim): void;
  onSend(listener: (process: Process, aim: Aim) => void): void;
  /** Something durable changed: the goal may be reached. */
  touch(): void;
  run(options: RunOptions): Promise<RunEnd>;
  /** Lets virtual time follow events as they come, beside real time, until the returned function is called. */
  pump(): () => void;
}

interface Engine {
  nowMs: number;
  steps: number;
  changed: boolean;
  travelling: number;
  readonly aims: Map<string, number>;
  readonly senders: ((process: Process, aim: Aim) => void)[];
  readonly queue: EventQueue;
  readonly violations: Violation[];
  readonly outages: Map<string, { readonly manner: OutageManner; readonly untilMs: number }>;
}

export function createWorld(seed: number, profileOrName: Profile | ProfileName, options: WorldOptions = {}): World {
  const profile = typeof profileOrName === 'string' ? PROFILES[profileOrName] : profileOrName;
  const engine: Engine = {
    nowMs: WORLD_START_MS,
    steps: 0,
    changed: true,
    travelling: 0,
    aims: new Map(),
    senders: [],
    queue: createEventQueue(),
    violations: [],
    outages: new Map(),
  };
  const ties = streamOf(seed, 'ties');
  const processes = new Map<string, Process>();
  const trace = createTrace(options.trace ?? false);
  const now = () => engine.nowMs;
  const world: World = {
    seed,
    profile,
    trace,
    faults: createFaultPlan(seed, options.mask, now),
    store: createStoreTable(now, () => world.touch()),
    broker: createBroker(
      (label) => streamOf(seed, label),
      now,
      () => world.touch(),
    ),
    backends: createBackendTable(now, () => world.touch()),
    violations: engine.violations,
    get steps() {
      return engine.steps;
    },
    now,
    stream: (label) => streamOf(seed, label),
    schedule: (delayMs, run, wakes = true) => {
      const event = { atMs: engine.nowMs + Math.max(0, Math.ceil(delayMs)), tie: ties.next(), wakes, run };
      engine.queue.push(event);
      return event;
    },
    note: (actor, what, detail = '') => trace.note(engine.nowMs, actor, what, detail),
    process: (name) => {
      if (processes.has(name)) throw new RangeError(`a process called ${name} was there before`);
      const made = createProcess(world, name);
      processes.set(name, made);
      return made;
    },
    processOf: (name) => processes.get(name),
    clockErrorMs: () => Math.max(0, ...[...processes.values()].map(({ clockErrorMs }) => clockErrorMs)),
    violate: (invariant, message) => {
      engine.violations.push({ invariant, message, atMs: engine.nowMs });
      trace.note(engine.nowMs, 'world', `violated ${invariant}`, message);
    },
    ...createOutages(engine, trace),
    heal: () => {
      world.faults.heal();
      engine.outages.clear();
      world.note('world', 'heals');
    },
    ...createTraffic(engine),
    run: (runOptions) => runWorld(world, engine, runOptions),
    pump: () => pumpWorld(engine),
  };
  return world;
}

const createOutages = (engine: Engine, trace: Trace): Pick<World, 'outage' | 'outageOf'> => ({
  outage: (target, manner, forMs) => {
    engine.outages.set(target, { manner, untilMs: engine.nowMs + forMs });
    trace.note(engine.nowMs, 'world', `${target} goes away`, `${manner} for ${forMs} ms`);
  },
  outageOf: (target) => {
    if (engine.outages.size === 0) return undefined;
    const outage = engine.outages.get(target);
    return outage && outage.untilMs > engine.nowMs ? outage.manner : undefined;
  },
});

type Traffic = Pick<World, 'departs' | 'arrives' | 'travelling' | 'sends' | 'onSend' | 'touch'>;

const aimKey = (kind: string, name: string): string => `${kind} ${name}`;

function count({ aims }: Engine, { kind, name }: Aim, by: 1 | -1): void {
  const key = aimKey(kind, name);
  aims.set(key, (aims.get(key) ?? 0) + by);
}

const createTraffic = (engine: Engine): Traffic => ({
  departs: (aim) => {
    engine.travelling += 1;
    if (aim) count(engine, aim, 1);
  },
  arrives: (aim) => {
    engine.travelling -= 1;
    if (aim) count(engine, aim, -1);
    engine.changed = true;
  },
  travelling: (kind, name) =>
    kind === undefined || name === undefined ? engine.travelling : (engine.aims.get(aimKey(kind, name)) ?? 0),
  sends: (process, aim) => {
    for (const listener of engine.senders) listener(process, aim);
  },
  onSend: (listener) => void engine.senders.push(listener),
  touch: () => {
    engine.changed = true;
  },
});

/** Takes events until one may have woken product code. @returns false when the queue is empty. */
function takeEvents(engine: Engine): boolean {
  for (;;) {
    const event = engine.queue.pop();
    if (event === undefined) return false;
    engine.nowMs = Math.max(engine.nowMs, event.atMs);
    engine.steps += 1;
    event.run?.();
    if (event.wakes) return true;
  }
}

/**
 * One turn an event: a microtask that asks for a next tick runs after all microtasks that the event has set off, and costs
 * a quarter of a `setImmediate`.
 */
function runWorld(world: World, engine: Engine, options: RunOptions): Promise<RunEnd> {
  const deadlineMs = engine.nowMs + options.withinMs;
  const lastStep = engine.steps + (options.steps ?? WORLD_STEPS).value;
  const ended = (): RunEnd | undefined => {
    if (engine.violations.length > 0) return 'violated';
    if (engine.changed) {
      engine.changed = false;
      if (options.until()) return 'reached';
    }
    if ((engine.queue.nextAtMs() ?? 0) > deadlineMs) return 'late';
    return engine.steps >= lastStep ? 'steps' : undefined;
  };
  const onRejection = (cause: unknown) =>
    world.violate(
      'unhandled',
      `a rejection that nobody handled: ${cause instanceof Error ? cause.stack : String(cause)}`,
    );
  enter(ambienceOf(world));
  process.on('unhandledRejection', onRejection);
  return new Promise<RunEnd>((resolve, reject) => {
    const finish = (settle: () => void) => {
      process.off('unhandledRejection', onRejection);
      leave();
      settle();
    };
    const hop = () => process.nextTick(step);
    const step = () => {
      try {
        const end = ended();
        if (end !== undefined) return finish(() => resolve(end));
        if (!takeEvents(engine)) return finish(() => resolve(world.violations.length > 0 ? 'violated' : 'deadlock'));
      } catch (error) {
        return finish(() => reject(error));
      }
      queueMicrotask(hop);
    };
    queueMicrotask(hop);
  });
}

const ambienceOf = (world: World): Ambience => ({
  now: world.now,
  rng: world.stream('ambient'),
  soon: (run) => void world.schedule(0, run),
  refuse: (what) => world.violate('real-timer', `${what} was used inside the world`),
});

/** For suites that wait in real time: events are taken as soon as they are there, whatever their virtual time. */
function pumpWorld(engine: Engine): () => void {
  let running = true;
  const turn = () => {
    if (!running) return;
    takeEvents(engine);
    setImmediate(turn);
  };
  setImmediate(turn);
  return () => {
    running = false;
  };
}
