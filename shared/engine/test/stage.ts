/**
 * A small stage for tests of the engine: one backend in memory, a ledger in a map, a clock by hand, and a fault that can be
 * put on any call. Used by tests alone.
 */
import { bound, type Clock, Fault, type Reason, seededRng, silentLog } from '@leasehold/kernel';
import { z } from 'zod';
import { goalDigest } from '../src/blueprint.ts';
import type { GraphNode } from '../src/graph.ts';
import { nextDueAtMs } from '../src/need.ts';
import { takeOver } from '../src/patch.ts';
import type { Goal } from '../src/plan.ts';
import type { Absent, Change, Mark, Provider, Ref, SeenBase } from '../src/provider.ts';
import { applyPatch, freshRecord, type NodeRecord } from '../src/record.ts';
import { type Room, RUN_BOUNDS, type RunExtent, run } from '../src/run.ts';
import type { Caller } from '../src/survey.ts';

export interface Thing {
  readonly mark: Mark;
  readonly size: number;
  readonly access: string;
  /** Fewer is weaker. Absent: one. */
  readonly copies?: number;
  readonly quota?: number;
  /** How long what is in it is kept. Absent: for ever, since nobody said. */
  readonly days?: number;
  /** What of it is used, and told only when asked for. */
  readonly used?: number;
  readonly generation?: number;
  readonly notes?: readonly string[];
  /** Only making it anew could bring it to what is wanted. */
  readonly odd?: true;
}

/** `before`: fails without effect. `after`: the effect happened, the answer is lost. `crash`: the effect happened, the run dies. */
export type FaultMode = 'before' | 'after' | 'crash';

export interface StageFault {
  readonly at: number;
  readonly mode: FaultMode;
  readonly make?: () => Fault;
}

export interface StageOptions {
  readonly isForeign?: (kind: string) => boolean;
  readonly recheck?: boolean;
  readonly acceptLoss?: boolean;
  readonly adopt?: boolean;
  readonly remake?: boolean;
  readonly consent?: boolean;
  readonly deadlineMs?: number;
  readonly ceiling?: (kind: string, room: Room) => Reason | undefined;
  readonly paused?: (backend: string) => boolean;
  /** Asked before each wave, and inside each call once it has its place. */
  readonly mayBegin?: () => boolean;
  readonly parallelism?: number;
  /** Kinds that no backend is configured for. */
  readonly without?: readonly string[];
  /** Tells the run to stop. */
  readonly stop?: AbortSignal;
  /** Which commit the store refuses, counted from 0 over all runs. */
  readonly refusedCommit?: number;
}

export interface Stage {
  nowMs: number;
  readonly things: Map<string, Thing>;
  readonly records: Map<string, NodeRecord>;
  readonly effects: string[];
  readonly commits: (readonly string[])[];
  readonly providers: Map<string, Provider>;
  /** What was asked of which kind, in which words. */
  readonly verbs: string[];
  fault: StageFault | undefined;
  calls: number;
  graph: readonly GraphNode[];
  readonly generation: number;
  /** Undoes what the mesh does, after each effect. */
  undo: (() => void) | undefined;
  once(goal: Goal, options?: StageOptions): Promise<RunExtent>;
  /** Runs again at each due time until nothing is due; the number of runs. */
  untilDone(goal: Goal): Promise<number>;
}

const spec = z.strictObject({
  size: z.number().default(1),
  copies: z.number().optional(),
  quota: z.number().optional(),
  days: z.number().optional(),
  access: z.enum(['granted', 'withdrawn']).default('granted'),
});

export const node = (id: string, dependsOn: readonly string[] = [], size = 1): GraphNode => ({
  id,
  kind: id,
  part: 'main',
  name: `thing-${id}`,
  spec: { size, access: 'granted' },
  dependsOn,
  remakeWhenLost: false,
});

/** @param generation of the tenant, as its ledger has it. */
export function openStage(graph: readonly GraphNode[], holdsData = true, generation = 1): Stage {
  const stage = {
    nowMs: 1_000_000,
    things: new Map(),
    records: new Map(graph.map((each) => [each.id, freshRecord(each)])),
    effects: [],
    commits: [],
    verbs: [],
    calls: 0,
    graph,
    generation,
    undo: undefined,
  } as unknown as Stage;
  watchFault(stage);
  const providers = new Map(graph.map(({ kind }) => [kind, providerOf(stage, kind, holdsData)]));
  Object.assign(stage, { providers });
  stage.once = (goal, options = {}) => runOnce(stage, providers, goal, options);
  stage.untilDone = async (goal) => {
    for (let runs = 1; runs < 100; runs++) {
      await stage.once(goal).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
      });
      const due = nextDue(stage, providers, goal);
      if (due === undefined) return runs;
      stage.nowMs = Math.max(stage.nowMs + 1, due);
    }
    throw new Error('the engine did not come to an end');
  };
  return stage;
}

class Crash extends Error {}

const waiting = new Set<StageFault>();

/** Faults that were put on a call which never came, since the last time it was asked: what such a test shows is nothing. */
export function idleFaults(): readonly StageFault[] {
  const idle = [...waiting];
  waiting.clear();
  return idle;
}

function watchFault(stage: Stage): void {
  let fault: StageFault | undefined;
  Object.defineProperty(stage, 'fault', {
    get: () => fault,
    set(next: StageFault | undefined) {
      fault = next;
      if (next !== undefined) waiting.add(next);
    },
  });
}

const refOf =
  ({ generation }: Stage) =>
  (each: GraphNode): Ref => ({ kind: each.kind, name: each.name, tenantId: 'acme', generation, tier: 'free' });

const nextDue = (stage: Stage, providers: ReadonlyMap<string, Provider>, goal: Goal): number | undefined =>
  nextDueAtMs({
    graph: stage.graph,
    records: stage.records,
    goal,
    providers,
    digestOf: (each) => goalDigest(each, refOf(stage)(each)),
  });

async function runOnce(
  stage: Stage,
  providers: ReadonlyMap<string, Provider>,
  goal: Goal,
  options: StageOptions,
): Promise<RunExtent> {
  const clock: Clock = { now: () => stage.nowMs, sleep: () => new Promise(() => undefined) };
  const died = new AbortController();
  for (const [id, record] of stage.records) stage.records.set(id, takeOver(record, stage.nowMs, 1000));
  return run({
    graph: stage.graph,
    records: new Map(stage.records),
    goal,
    refOf: refOf(stage),
    providers: new Map([...providers].filter(([kind]) => !options.without?.includes(kind))),
    call: caller(stage, clock, died),
    clock,
    rng: seededRng(1),
    acceptLoss: options.acceptLoss ?? false,
    adopt: options.adopt ?? false,
    remake: options.remake ?? false,
    consent: options.consent ?? false,
    recheck: options.recheck ?? false,
    ...(options.isForeign ? { isForeign: options.isForeign } : {}),
    signal: options.stop ? AbortSignal.any([died.signal, options.stop]) : died.signal,
    fence: 1,
    deadlineMs: options.deadlineMs ?? Number.MAX_SAFE_INTEGER,
    paused: options.paused ?? (() => false),
    mayBegin: options.mayBegin ?? (() => true),
    ceiling: ({ kind }, room) => options.ceiling?.(kind, room),
    record: async (patches) => {
      if (died.signal.aborted) throw new Crash();
      if (stage.commits.length === options.refusedCommit) throw new Error('the store is away');
      stage.commits.push(patches.map((patch) => `${patch.id}:${patch.status ?? '-'}`));
      for (const patch of patches)
        stage.records.set(patch.id, applyPatch(stage.records.get(patch.id) as NodeRecord, patch));
    },
    bounds: { ...RUN_BOUNDS, lateEffectMs: bound('late', 1000), ...parallelism(options) },
  });
}

const parallelism = ({ parallelism: value }: StageOptions) =>
  value === undefined ? {} : { parallelism: bound('parallelism', value) };

/** Numbers the calls, and lets the one that the test chose go wrong. */
function caller(stage: Stage, clock: Clock, died: AbortController): Caller {
  return async ({ kind }, verb, call, signal) => {
    stage.verbs.push(`${verb} ${kind}`);
    const chosen = stage.fault?.at === stage.calls ? stage.fault : undefined;
    if (chosen !== undefined) waiting.delete(chosen);
    stage.calls += 1;
    if (died.signal.aborted) throw new Crash();
    const away = () =>
      chosen?.make?.() ??
      new Fault('Unavailable', 'no answer', { code: 'Away', away: true, unknownOutcome: chosen?.mode === 'after' });
    if (chosen?.mode === 'before') throw away();
    const answer = await call({ signal, clock, log: silentLog, fence: 1 });
    if (chosen?.mode === 'after') throw away();
    if (chosen?.mode === 'crash') {
      died.abort(new Crash());
      throw new Crash();
    }
    return answer;
  };
}

interface Wanted {
  readonly copies?: number;
  readonly quota?: number;
  readonly days?: number;
}

function weakeningChanges({ copies, quota, days }: Wanted, thing: Thing): readonly Change[] {
  const { copies: present = 1, quota: bound = 0, used } = thing;
  const fewer = { kind: 'fewer-replicas', would: `keep ${copies} instead of ${present}` } as const;
  const kind = used === undefined ? 'lower-quota' : 'quota-below-use';
  const lower = bound > (quota ?? 0) && (used === undefined || used > (quota ?? 0));
  const shorter = { kind: 'shorter-retention', would: `go after ${days} days` } as const;
  return [
    ...(days === undefined || days === thing.days
      ? []
      : [{ ...settings('/days', thing.days ?? null, days), weakens: shorter }]),
    ...(copies === undefined || copies === present
      ? []
      : [{ ...settings('/copies', present, copies), ...(copies < present ? { weakens: fewer } : {}) }]),
    ...(quota === undefined || quota === bound
      ? []
      : [{ ...settings('/quota', bound, quota), ...(lower ? { weakens: { kind, would: 'bound it' } as const } : {}) }]),
  ];
}

const settings = (path: string, from: unknown, to: unknown): Change => ({ path, from, to, weight: 'settings' });

function providerOf(stage: Stage, kind: string, holdsData: boolean): Provider {
  const seenAt = (ref: Ref) => stage.things.get(ref.name);
  return {
    kind,
    backend: `${kind}-backend`,
    holdsData,
    hasAccess: true,
    embedded: true,
    spec,
    bounds: { timeoutMs: bound('t', 1000), parallelism: bound('p', 8), ceiling: undefined },
    observe: async (ref) => {
      const { used: _, ...seen } = seenAt(ref) ?? { absent: true as const, used: undefined };
      return seen as SeenBase | Absent;
    },
    measure: async (ref, seen) => ({ ...seen, used: seenAt(ref)?.used ?? 0 }),
    observeAll: async function* () {
      yield* [];
    },
    plan: (_ref, wanted, seen) => {
      const { size, access } = wanted as { size: number; access: string };
      if ('absent' in seen) return [{ path: '', from: undefined, to: 'present', weight: 'data' as const }];
      const thing = seen as unknown as Thing;
      return [
        ...(thing.mark === 'ours'
          ? []
          : [{ path: '/mark', from: thing.mark, to: 'ours', weight: 'settings' as const }]),
        ...(thing.size === size ? [] : [{ path: '/size', from: thing.size, to: size, weight: 'settings' as const }]),
        ...(thing.access === access
          ? []
          : [{ path: '/access', from: thing.access, to: access, weight: 'settings' as const }]),
        ...weakeningChanges(wanted as Wanted, thing),
      ];
    },
    ensure: async (ref, wanted, changes) => {
      const before = seenAt(ref);
      stage.effects.push(`${before ? 'update' : 'create'} ${ref.kind}`);
      const { size, access } = wanted as { size: number; access: string };
      const { copies, quota, days } = wanted as Wanted;
      const touched = (path: string): boolean => !before || changes.some((change) => change.path === path);
      stage.things.set(ref.name, {
        ...(before ?? { size, access }),
        mark: 'ours',
        ...(touched('/size') ? { size } : {}),
        ...(touched('/access') ? { access } : {}),
        ...(copies !== undefined && touched('/copies') ? { copies } : {}),
        ...(quota !== undefined && touched('/quota') ? { quota } : {}),
        ...(days !== undefined && touched('/days') ? { days } : {}),
      });
      stage.undo?.();
      return {};
    },
    adopt: async (ref) => {
      const before = seenAt(ref);
      stage.effects.push(`adopt ${ref.kind}`);
      const { generation } = ref;
      if (before) stage.things.set(ref.name, { ...before, mark: 'ours', ...(before.generation ? { generation } : {}) });
      stage.undo?.();
    },
    unfit: (_ref, _spec, seen) => {
      if ('absent' in seen) throw new Error('nothing is neither fit nor unfit');
      return (seen as unknown as Thing).odd ? ['it is odd'] : [];
    },
    delete: async (ref) => {
      if (seenAt(ref)?.mark === 'half-made') throw new Fault('Conflict', 'not marked', { code: 'HalfMade' });
      stage.effects.push(`delete ${ref.kind}`);
      stage.things.delete(ref.name);
    },
  };
}
