/**
 * The executor: carries out the plan of one tenant. It owns order, intents and outcomes; what a call costs in time and
 * parallelism is the caller's, what is desired and when to run again is the service's.
 *
 * X1. Intents are recorded before their effects, those of a wave together with the outcomes that made it possible, in one
 *     commit. An effect whose intent could not be recorded does not happen. Other outcomes may wait (outcomes.ts).
 * X2. A node begins when all it waits for is done, in either direction. X6. A ceiling is met before anything is made.
 * X3. After an effect the object is observed again, and only what is seen complete (or gone) is recorded as such.
 * X4. Nothing new begins once `mayBegin` says no: the goal changed, or the claim on the tenant is not surely ours.
 * X5. A run ends only when all its calls have ended; it rejects if it could not record: what it did is found by observing.
 */
import { asFault, type Bound, bound, Fault, type Reason, type Rng, reason } from '@leasehold/kernel';
import { goalDigest } from './blueprint.ts';
import { overCeiling } from './ceiling.ts';
import { edgesOf, type GraphNode } from './graph.ts';
import { BACKEND_NOT_CONFIGURED, dueAtMs, isConcerned, isDone } from './need.ts';
import { createOutcomes, type Outcomes } from './outcomes.ts';
import {
  accessPatch,
  failurePatch,
  foundPatch,
  intentPatch,
  NOT_YET_CONSISTENT,
  readyPatch,
  removedPatch,
  stuckPatch,
  waitPatch,
} from './patch.ts';
import { type NodePlan, notAdoptable } from './plan.ts';
import { isAbsent, type Provider, type Ref, type Scope } from './provider.ts';
import { applyPatch, freshRecord, type NodePatch, type NodeRecord } from './record.ts';
import { judgeFailure, RETRY_BOUNDS, type RetryBounds } from './retry.ts';
import { type Sighting, type SurveyInput, sight, survey } from './survey.ts';

/** Code of the fault of a call that was given up before it began. */
export const SUPERSEDED = 'Superseded';

export interface RunBounds {
  readonly parallelism: Bound;
  /** How long an outcome may wait for its commit while other calls are under way. */
  readonly outcomeMs: Bound;
  readonly lateEffectMs: Bound;
  readonly removalRetryMs: Bound;
  readonly retry: RetryBounds;
}

export const RUN_BOUNDS: RunBounds = {
  parallelism: bound('run-parallelism', 16),
  outcomeMs: bound('outcome-ms', 250),
  lateEffectMs: bound('late-effect-ms', 10_000),
  removalRetryMs: bound('removal-retry-ms', 600_000),
  retry: RETRY_BOUNDS,
};

export interface RunInput extends SurveyInput {
  readonly rng: Rng;
  readonly fence: number;
  readonly deadlineMs: number;
  /** Look at settled nodes too: an operator's word, or a sweep. */
  readonly recheck: boolean;
  readonly paused: (backend: string) => boolean;
  readonly mayBegin: () => boolean;
  /** Why so many more objects of this provider would go over a ceiling of its backend, if they would. */
  readonly ceiling: (provider: Provider, room: Room) => Reason | undefined;
  /** One commit of patches in their order. Rejects when the claim on the tenant is lost or the store is away. */
  readonly record: (patches: readonly NodePatch[]) => Promise<void>;
  readonly bounds?: RunBounds;
}

/** Of one kind and tenant: what it has or has begun, and what it is about to begin. */
export interface Room {
  readonly held: number;
  readonly added: number;
}

type Seen = Sighting & { readonly kind: 'planned' };

interface Run {
  readonly input: RunInput;
  readonly bounds: RunBounds;
  readonly live: Map<string, NodeRecord>;
  readonly pending: Map<string, NodePlan>;
  readonly edges: ReadonlyMap<string, readonly string[]>;
  readonly outcomes: Outcomes;
  running: number;
}

/** `partial`: something could not be looked at, and no record says so. */
export type RunExtent = 'whole' | 'partial';

/** Runs until nothing more can begin. What is left to do, and when, is in the records that were written. */
export async function run(input: RunInput): Promise<RunExtent> {
  const state: Run = {
    input,
    bounds: input.bounds ?? RUN_BOUNDS,
    live: new Map(input.graph.map((node) => [node.id, input.records.get(node.id) ?? freshRecord(node)])),
    pending: new Map(),
    edges: edgesOf(input.graph, input.goal),
    outcomes: createOutcomes(input, (input.bounds ?? RUN_BOUNDS).outcomeMs),
    running: 0,
  };
  // Decided here: what is switched on again while the run lasts was not looked at all the same.
  const extent: RunExtent = input.graph.some((node) => isPaused(state, node)) ? 'partial' : 'whole';
  const sightings = await survey(
    input,
    input.graph.filter((node) => isDue(state, node)),
  );
  const patches = sightings.map((sighting) => settleSighting(state, sighting)).filter((patch) => patch !== undefined);
  try {
    await advance(state, [...patches, ...refuseOverCeiling(state)]);
  } finally {
    await state.outcomes.close();
  }
  return extent;
}

function isPaused({ input }: Run, { kind }: GraphNode): boolean {
  const provider = input.providers.get(kind);
  return provider !== undefined && input.paused(provider.backend);
}

function isDue(state: Run, node: GraphNode): boolean {
  const { input } = state;
  if (isPaused(state, node) || input.isForeign?.(node.kind)) return false;
  const record = state.live.get(node.id) as NodeRecord;
  const standing = { record, provider: input.providers.get(node.kind), goal: input.goal };
  if (input.recheck && input.goal !== 'remove' && record.status !== 'failed' && isConcerned(standing)) return true;
  const at = dueAtMs({ ...standing, digest: () => digestOf(state, node) });
  return at !== undefined && at <= input.clock.now();
}

const digestOf = (state: Run, node: GraphNode): string => goalDigest(node, state.input.refOf(node));

/** What a look at a node already settles; what needs an effect becomes pending instead. */
function settleSighting(state: Run, sighting: Sighting): NodePatch | undefined {
  if (sighting.kind === 'unseen') return apply(state, failed(state, sighting.node.id, sighting.fault));
  const { plan, node } = sighting;
  const patch = restingPatch(state, sighting);
  if (patch) return apply(state, patch);
  state.pending.set(node.id, plan);
  if (state.input.goal === 'remove') return undefined;
  const found = foundPatch(plan, state.live.get(node.id) as NodeRecord, digestOf(state, node));
  return found && apply(state, found);
}

/** The record of a node that needs no effect; `undefined` if it needs one. */
function restingPatch(state: Run, { plan, node, seen }: Seen): NodePatch | undefined {
  const { id } = node;
  const nowMs = state.input.clock.now();
  const rest = { notes: seen && !isAbsent(seen) ? seen.notes : undefined, left: plan.left };
  switch (plan.action) {
    case 'create':
    case 'update':
    case 'delete':
      return undefined;
    case 'keep':
      return state.input.goal === 'access'
        ? accessPatch(state.live.get(id) as NodeRecord, digestOf(state, node), nowMs)
        : readyPatch({ record: state.live.get(id) as NodeRecord, digest: digestOf(state, node), nowMs, ...rest });
    case 'gone':
      return removedPatch(id, 'absent', nowMs);
    case 'not-ours':
      return removedPatch(id, 'not-ours', nowMs);
    case 'refuse':
      return state.input.goal === 'converge' ? stuckPatch(plan, nowMs, false) : resisting(state, plan);
    case 'lost':
      return stuckPatch(plan, nowMs, true);
    case 'wait':
      return waitPatch(state.live.get(id) as NodeRecord, plan, nowMs);
    case 'skip':
      return state.input.goal === 'remove'
        ? skippedRemoval(state, plan)
        : { id, status: 'skipped', nextAttemptAtMs: undefined };
  }
}

/** What was never begun is gone; what may exist on a backend that is no longer configured stays visible. */
function skippedRemoval(state: Run, plan: NodePlan): NodePatch {
  const record = state.live.get(plan.id) as NodeRecord;
  if (!record.born && !record.intent) return removedPatch(plan.id, 'absent', state.input.clock.now());
  return resisting(state, { ...plan, reason: reason(BACKEND_NOT_CONFIGURED, 'its backend is no longer configured') });
}

/** What cannot be taken down or closed as it is: told, and looked at again for as long as it takes. */
function resisting(state: Run, { id, reason: { code, message } }: NodePlan): NodePatch {
  const record = state.live.get(id) as NodeRecord;
  return failurePatch({
    record,
    fault: new Fault('Conflict', message, { code }),
    verdict: { kind: 'failed', strikes: record.strikes },
    nowMs: state.input.clock.now(),
    lateEffectMs: 0,
    failedRetryMs: state.bounds.removalRetryMs.value,
  });
}

/** X6. Only what is to be made meets a ceiling: there is nothing of that but where the goal is to converge. */
function refuseOverCeiling(state: Run): readonly NodePatch[] {
  const { input } = state;
  const over = overCeiling(state.pending.values(), state.live, (kind, growth) =>
    input.ceiling(input.providers.get(kind) as Provider, growth),
  );
  if (!over) return [];
  return over.plans.map((plan) => {
    state.pending.delete(plan.id);
    return apply(state, stuckPatch({ ...plan, reason: over.reason }, input.clock.now(), false));
  });
}

function apply(state: Run, patch: NodePatch): NodePatch {
  state.live.set(patch.id, applyPatch(state.live.get(patch.id) as NodeRecord, patch));
  return patch;
}

/** X1, X2: records what happened and what begins now in one commit, then lets it begin. */
async function advance(state: Run, patches: readonly NodePatch[]): Promise<void> {
  const plans = takeStartable(state);
  const intents = plans.map((plan) => apply(state, intend(state, plan)));
  state.running += plans.length;
  if (plans.length === 0 && state.running > 0) state.outcomes.hold(patches);
  else await state.outcomes.record([...patches, ...intents]);
  const results = await Promise.allSettled(plans.map((plan) => execute(state, plan)));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

function takeStartable(state: Run): readonly NodePlan[] {
  const taken: NodePlan[] = [];
  if (!state.input.mayBegin()) return taken;
  for (const [id, plan] of state.pending) {
    if (state.running + taken.length >= state.bounds.parallelism.value) break;
    if (!(state.edges.get(id) ?? []).every((other) => isDone(state.live.get(other), state.input.goal))) continue;
    state.pending.delete(id);
    taken.push(plan);
  }
  return taken;
}

function intend(state: Run, plan: NodePlan): NodePatch {
  const { clock, fence } = state.input;
  const atMs = clock.now();
  const action = plan.action === 'delete' ? 'delete' : plan.action === 'create' ? 'create' : 'update';
  return intentPatch(plan, state.live.get(plan.id) as NodeRecord, { action, atMs, fence });
}

async function execute(state: Run, plan: NodePlan): Promise<void> {
  let patch: NodePatch | undefined;
  try {
    patch = apply(state, await effect(state, plan));
  } catch (error) {
    if (state.input.signal.aborted) throw error;
    patch = apply(state, failed(state, plan.id, asFault(error)));
  }
  state.running -= 1;
  await advance(state, [patch]);
}

/** X3: the effect, then a second look. */
async function effect(state: Run, plan: NodePlan): Promise<NodePatch> {
  const { input } = state;
  const node = input.graph.find(({ id }) => id === plan.id) as GraphNode;
  const provider = input.providers.get(node.kind) as Provider;
  const ref = input.refOf(node);
  await input.call(
    provider,
    plan.action === 'delete' ? 'delete' : 'ensure',
    async (scope): Promise<void> => {
      // X4: a call may have waited long for its lane; a holder whose claim may have lapsed must not touch anything.
      if (!input.mayBegin())
        throw new Fault('Conflict', 'the goal changed before the call began', { code: SUPERSEDED });
      if (plan.adopts) await adopt(input, { provider, ref, node, plan }, scope);
      else if (plan.action !== 'delete' || plan.changes.length > 0)
        await provider.ensure(ref, node.spec, plan.changes, scope);
      if (plan.action === 'delete') await provider.delete(ref, scope);
    },
    input.signal,
  );
  const after = await sight({ ...input, records: state.live }, node, true);
  if (after.kind === 'unseen') throw after.fault;
  if (after.plan.action === 'gone') return removedPatch(node.id, 'deleted', input.clock.now());
  const rests = after.plan.action === 'keep' || after.plan.action === 'wait';
  const patch = rests ? restingPatch(state, after) : undefined;
  if (patch)
    return input.goal === 'access' ? { ...patch, ...backToRest(state.live.get(node.id) as NodeRecord) } : patch;
  throw new Fault('Unavailable', `not yet as it should be: ${after.plan.reason.message}`, {
    code: NOT_YET_CONSISTENT,
    backend: provider.backend,
  });
}

interface Adoption {
  readonly provider: Provider;
  readonly ref: Ref;
  readonly node: GraphNode;
  readonly plan: NodePlan;
}

/** The mark first: whatever is lost after it, what is there is ours from then on. */
async function adopt(input: RunInput, { provider, ref, node, plan }: Adoption, scope: Scope): Promise<void> {
  const before = await provider.observe(ref, scope);
  // Somebody may have put another object there since the plan: what would have to be made anew is not marked.
  const faults = isAbsent(before) || before.mark === 'ours' ? [] : (provider.unfit?.(ref, node.spec, before) ?? []);
  if (faults.length > 0 && (provider.holdsData || !input.remake)) {
    const { code, message } = notAdoptable(faults, provider);
    throw new Fault('Conflict', `${ref.name} ${message}`, { code, backend: provider.backend });
  }
  await provider.adopt?.(ref, node.spec, scope);
  const left = new Set(plan.left?.map(({ path }) => path));
  const seen = await provider.observe(ref, scope);
  // A replica that is behind: what is made of this look would be a second object, refused by the first, which is ours by now.
  if (!isAbsent(seen) && seen.mark !== 'ours')
    throw new Fault('Unavailable', `the mark of ${ref.name} does not show yet`, {
      code: NOT_YET_CONSISTENT,
      backend: provider.backend,
    });
  const changes = provider.plan(ref, node.spec, seen).filter(({ path }) => !left.has(path));
  if (changes.length > 0) await provider.ensure(ref, node.spec, changes, scope);
}

/** What was complete before its access was changed is so again; a creation stays open, but nothing of it is under way. */
const backToRest = ({ born, intent }: NodeRecord): Partial<NodePatch> =>
  born ? { status: 'ready', intent: undefined } : { status: 'creating', intent: intent && { ...intent, ended: true } };

function failed(state: Run, id: string, fault: Fault): NodePatch {
  const { input, bounds } = state;
  const record = state.live.get(id) as NodeRecord;
  const nowMs = input.clock.now();
  // Taking down has no deadline: what cannot be deleted stays visible and is tried again.
  const deadlineMs = input.goal === 'remove' ? Number.POSITIVE_INFINITY : input.deadlineMs;
  // It never began, so that nothing of it can come late.
  if (fault.code === SUPERSEDED)
    return {
      id,
      attempts: Math.max(0, record.attempts - 1),
      nextAttemptAtMs: nowMs,
      intent: record.intent && { ...record.intent, ended: true },
    };
  const verdict = judgeFailure(record, fault, { nowMs, deadlineMs }, input.rng, bounds.retry);
  const node = input.graph.find((one) => one.id === id) as GraphNode;
  if (verdict.kind === 'failed' && fault.code === NOT_YET_CONSISTENT && isUndone(input, record))
    return readyPatch({ record, digest: digestOf(state, node), nowMs, lostFight: true });
  return failurePatch({
    record,
    fault,
    verdict,
    nowMs,
    lateEffectMs: bounds.lateEffectMs.value,
    failedRetryMs: input.goal === 'converge' ? undefined : bounds.removalRetryMs.value,
  });
}

/** It was complete under this very goal, differs by itself, and every repair is gone by the next look: others undo it. */
const isUndone = ({ goal }: RunInput, { drift }: NodeRecord): boolean =>
  goal === 'converge' && drift !== undefined && drift.every(({ weight }) => weight === 'settings');
