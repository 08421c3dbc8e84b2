/**
 * A process of a world: what product code is handed as clock, store, bus and providers lives here, and dies with it.
 *
 * P1. After `kill` no call of the process is answered and no sleep of it ends; what it had sent may still take effect.
 * P2. A kill can come between any two events, or right before or after any call that the process makes.
 * P3. A paused process gets its answers and wake-ups when it goes on, in the order in which they came. Its clock runs on.
 * P4. Its clock may go wrong by some time, ahead or back, and change so by a step; how long it waits is not changed by that.
 */
import { type Clock, Fault, type Log, type LogFields, type Rng, silentLog } from '@leasehold/kernel';
import type { Call } from './call.ts';
import type { CallFaultKind, FaultPoint } from './fault-plan.ts';
import type { World } from './world.ts';

export type ProcessState = 'running' | 'paused' | 'dead';

export interface Process {
  readonly name: string;
  readonly world: World;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  readonly state: ProcessState;
  /** Calls and sleeps begun so far. */
  readonly calls: number;
  /** How far its clock is ahead of the world's. */
  readonly skewMs: number;
  /** The most that it was wrong so far. */
  readonly clockErrorMs: number;
  /** When its sense of time was last wrong: its clock was set, or it went on after a pause; absent: never. */
  readonly disturbedAtMs: number | undefined;
  call<T>(call: Call<T>): Promise<T>;
  /** Runs something as an answer to this process would: later if it is paused, never if it is dead. */
  deliver(run: () => void): void;
  point(label: string): FaultPoint;
  kill(): void;
  /** Dies right before (nothing is sent) or after (it is sent) its how-manieth call from now. */
  killAtCall(count: number, side: 'before' | 'after'): void;
  /** Dies right after its how-manieth request from now that may change an object is sent. */
  killAtEffect(count: number): void;
  pause(forMs: number): void;
  /** From now on its clock is that far ahead. */
  setClock(skewMs: number): void;
  onKill(listener: () => void): void;
  onPause(listener: (forMs: number) => void): void;
}

interface Life {
  state: ProcessState;
  calls: number;
  skewMs: number;
  clockErrorMs: number;
  disturbedAtMs: number | undefined;
  killAt: number;
  effects: number;
  killAtEffect: number;
  killSide: 'before' | 'after';
  resumeAtMs: number;
  readonly backlog: (() => void)[];
  readonly points: Map<string, FaultPoint>;
  /** By target and operation, so that no label is built for each call. */
  readonly ways: Map<string, Map<string, Way>>;
  /** When the latest request of a line arrives. */
  readonly lines: Map<string, number>;
  readonly killed: (() => void)[];
  readonly paused: ((forMs: number) => void)[];
}

export function createProcess(world: World, name: string): Process {
  const life: Life = {
    state: 'running',
    calls: 0,
    skewMs: 0,
    clockErrorMs: 0,
    disturbedAtMs: undefined,
    killAt: Number.POSITIVE_INFINITY,
    effects: 0,
    killAtEffect: Number.POSITIVE_INFINITY,
    killSide: 'before',
    resumeAtMs: 0,
    backlog: [],
    points: new Map(),
    ways: new Map(),
    lines: new Map(),
    killed: [],
    paused: [],
  };
  const self: Process = {
    name,
    world,
    rng: world.stream(`${name}/code`),
    log: world.trace.keeps ? traceLog(world, name, {}) : silentLog,
    clock: { now: () => world.now() + life.skewMs, sleep: (ms, signal) => sleep(self, life, ms, signal) },
    get state() {
      return life.state;
    },
    get calls() {
      return life.calls;
    },
    get skewMs() {
      return life.skewMs;
    },
    get clockErrorMs() {
      return life.clockErrorMs;
    },
    get disturbedAtMs() {
      return life.disturbedAtMs;
    },
    call: (call) => send(self, life, call),
    deliver: (run) => {
      if (life.state === 'running') run();
      else if (life.state === 'paused') life.backlog.push(run);
    },
    point: (label) => pointOf(world, life, `${name}/${label}`),
    kill: () => kill(self, life),
    killAtCall: (count, side) => {
      life.killAt = life.calls + count;
      life.killSide = side;
    },
    killAtEffect: (count) => {
      life.killAtEffect = life.effects + count;
    },
    pause: (forMs) => pause(self, life, forMs),
    setClock: (skewMs) => {
      life.skewMs = skewMs;
      life.disturbedAtMs = world.now();
      life.clockErrorMs = Math.max(life.clockErrorMs, Math.abs(skewMs));
      world.note(name, 'sets its clock', () => `${skewMs} ms ahead`);
    },
    onKill: (listener) => void life.killed.push(listener),
    onPause: (listener) => void life.paused.push(listener),
  };
  world.note(name, 'starts');
  return self;
}

function pointOf(world: World, life: Life, label: string): FaultPoint {
  let point = life.points.get(label);
  if (!point) {
    point = world.faults.point(label);
    life.points.set(label, point);
  }
  return point;
}

/** What calls of one operation on one target have in common. */
interface Way {
  readonly point: FaultPoint;
  readonly label: string;
}

function wayOf(self: Process, life: Life, target: string, op: string): Way {
  let ways = life.ways.get(target);
  if (!ways) {
    ways = new Map();
    life.ways.set(target, ways);
  }
  let way = ways.get(op);
  if (!way) {
    const label = `${target}.${op}`;
    way = { label, point: pointOf(self.world, life, `${self.name}/${label}`) };
    ways.set(op, way);
  }
  return way;
}

function kill(self: Process, life: Life): void {
  if (life.state === 'dead') return;
  life.state = 'dead';
  life.backlog.length = 0;
  self.world.note(self.name, 'is killed');
  for (const listener of life.killed) listener();
}

function pause(self: Process, life: Life, forMs: number): void {
  if (life.state !== 'running') return;
  const { world } = self;
  life.state = 'paused';
  life.resumeAtMs = world.now() + forMs;
  world.note(self.name, 'is paused', `for ${forMs} ms`);
  for (const listener of life.paused) listener(forMs);
  const drain = () => {
    const next = life.backlog.shift();
    if (next === undefined) return;
    if (life.backlog.length > 0) world.schedule(0, drain);
    if (life.state === 'running') next();
  };
  world.schedule(forMs, () => {
    if (life.state !== 'paused') return;
    life.state = 'running';
    life.disturbedAtMs = world.now();
    world.note(self.name, 'goes on');
    drain();
  });
}

/** Counts a call. @returns whether it may be sent; P2's "before" is here. */
function begins(self: Process, life: Life): boolean {
  if (life.state === 'dead') return false;
  life.calls += 1;
  if (life.calls === life.killAt && life.killSide === 'before') self.kill();
  return (life.state as ProcessState) !== 'dead';
}

const diesAfter = (self: Process, life: Life): void => {
  if (life.calls === life.killAt && life.killSide === 'after') self.kill();
};

function sleep(self: Process, life: Life, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!begins(self, life)) return;
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      event.run = undefined;
      reject(signal?.reason);
    };
    const wake = () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    };
    const event = self.world.schedule(ms, () => self.deliver(wake));
    signal?.addEventListener('abort', stop, { once: true });
    diesAfter(self, life);
  });
}

/** When the request arrives, how long its answer takes, and when the caller gives up; absent: never. */
interface Course {
  readonly arriveMs?: number;
  readonly backMs?: number;
  readonly giveUpMs?: number;
}

function courseOf(kind: CallFaultKind | undefined, rng: Rng, call: Call<unknown>): Course {
  const [fast, slow] = call.faults.latencyMs;
  const spread = slow - fast + 1;
  const arriveMs = fast + rng.int(spread);
  const backMs = fast + rng.int(spread);
  const giveUpMs = call.timeoutMs;
  switch (kind) {
    case undefined:
    case 'refused':
    case 'failed':
    case 'throttled':
      return { arriveMs, backMs };
    case 'requestLost':
      return { giveUpMs };
    case 'answerLost':
      return { arriveMs, giveUpMs };
    case 'late':
      return { arriveMs: giveUpMs + rng.int(giveUpMs), giveUpMs };
    case 'mute':
      return rng.chance(0.5) ? { arriveMs } : {};
    case 'slow': {
      const long = arriveMs + rng.int(call.faults.slowMs);
      return rng.chance(0.5) ? { arriveMs: long, backMs } : { arriveMs, backMs: long };
    }
  }
}

/** When a request of a line arrives: after the one sent before it. */
function inLine(life: Life, nowMs: number, arriveMs: number, line: string): number {
  const atMs = Math.max(nowMs + arriveMs, (life.lines.get(line) ?? 0) + 1);
  life.lines.set(line, atMs);
  return atMs - nowMs;
}

const PROBLEMS = {
  refused: 'refused the connection',
  failed: 'answered with a failure',
  lost: 'did not answer in time',
} as const;

function problem(call: Call<unknown>, what: keyof typeof PROBLEMS): Fault {
  return new Fault('Unavailable', `${call.target} ${PROBLEMS[what]} (${call.op})`, {
    code: what === 'failed' ? 'BackendFailed' : call.code,
    away: what !== 'failed',
    backend: call.target,
    unknownOutcome: what === 'lost' && call.reads !== true,
  });
}

const LEAVE_ALONE_MS: readonly number[] = [500, 3_000, 30_000, 86_400_000];

/** In words too, so that what became of the wish can be told by who reads it. */
function plea(self: Process, { target, op, code }: Call<unknown>): Fault {
  const retryAfterMs = self.point(`${target}.plea`).rng.pick(LEAVE_ALONE_MS);
  return new Fault('Unavailable', `${target} asks to be left alone for ${retryAfterMs} ms (${op})`, {
    code,
    away: true,
    backend: target,
    retryAfterMs,
  });
}

const denial = ({ target, op }: Call<unknown>): Fault =>
  new Fault('Invalid', `${target} is not what the settings say (${op})`, { code: 'WrongServer', backend: target });

type Answer<T> = { readonly value: T } | { readonly error: unknown };

/** What the other end answers: nothing while it is away. */
function answerOf<T>(self: Process, call: Call<T>, kind: CallFaultKind | undefined): Answer<T> | undefined {
  const { world } = self;
  const away = world.outageOf(call.target);
  if (away === 'mute') return undefined;
  if (away === 'refusing' || kind === 'refused') return { error: problem(call, 'refused') };
  if (away === 'denying') return { error: denial(call) };
  if (kind === 'failed') return { error: problem(call, 'failed') };
  if (kind === 'throttled') return { error: plea(self, call) };
  try {
    return { value: call.run() };
  } catch (error) {
    if (!(error instanceof Fault)) world.violate('simulation', `${call.target} ${call.op} threw ${String(error)}`);
    return { error };
  }
}

function send<T>(self: Process, life: Life, call: Call<T>): Promise<T> {
  const { world, name } = self;
  return new Promise<T>((resolve, reject) => {
    if (!begins(self, life)) return;
    const { signal } = call;
    if (signal?.aborted) return reject(signal.reason);
    const { point, label } = wayOf(self, life, call.target, call.op);
    const kind = point.call(call.faults);
    const course = courseOf(kind, point.rng, call);
    if (call.aim) {
      life.effects += 1;
      world.sends(self, call.aim);
    }
    if (kind !== undefined) world.note(name, `! ${label} ${kind}`, call.detail);
    let open = true;
    const settle = (answer: Answer<T>) => {
      if (!open) return;
      open = false;
      signal?.removeEventListener('abort', abort);
      if ('error' in answer) reject(answer.error);
      else resolve(answer.value);
    };
    const abort = () => settle({ error: signal?.reason });
    signal?.addEventListener('abort', abort, { once: true });
    const giveUp = (afterMs: number) =>
      world.schedule(afterMs, () => self.deliver(() => settle({ error: problem(call, 'lost') })));
    if (course.arriveMs !== undefined) {
      const write = call.reads !== true;
      if (write) world.departs(call.aim);
      world.schedule(
        call.line === undefined || kind === 'late'
          ? course.arriveMs
          : inLine(life, world.now(), course.arriveMs, call.line),
        () => {
          if (write) world.arrives(call.aim);
          if (call.inside && life.state === 'dead') return;
          const answer = answerOf(self, call, kind);
          world.note(name, label, call.detail);
          if (answer === undefined) giveUp(call.timeoutMs);
          else if (course.backMs !== undefined) world.schedule(course.backMs, () => self.deliver(() => settle(answer)));
        },
        false,
      );
    }
    if (course.giveUpMs !== undefined) giveUp(course.giveUpMs);
    diesAfter(self, life);
    if (call.aim && life.effects === life.killAtEffect) self.kill();
  });
}

const traceLog = (world: World, name: string, fixed: LogFields): Log => {
  const write = (level: string) => (message: string, fields?: LogFields) => {
    const all = { ...fixed, ...fields };
    world.trace.say(
      world.now(),
      name,
      `log ${level}`,
      `${message} ${Object.keys(all).length > 0 ? JSON.stringify(all) : ''}`,
    );
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => traceLog(world, name, { ...fixed, ...fields }),
  };
};
