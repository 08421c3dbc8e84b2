/**
 * One reconcile of one owner: from its partition to the engine and back. The work queue calls it with nothing but a key.
 *
 * J1. Looking needs no claim; the first record takes it, with the intents of the first wave, in one commit, over exactly
 *     what the look began from.
 *     What another process was at is claimed before it is looked at: of several replicas that are left only one looks.
 * J2. What began under another goal is recorded, but nothing begins any more once the goal has changed.
 * J3. A run that could not record, or lost its claim, ends; what it did is found again by observing.
 * J4. A claim that is left where nothing is due, because its end could not be recorded, is given up: an owner that looks worked at is
 *     passed over by sweeps and rollouts.
 */
import {
  type Caller,
  type NodePatch,
  type Provider,
  type Room,
  RUN_BOUNDS,
  type RunBounds,
  type RunExtent,
  run,
  SUPERSEDED,
} from '@leasehold/engine';
import { asFault, type Clock, conflict, type Log, type Reason, type Rng } from '@leasehold/kernel';
import type { Ledger } from '@leasehold/store';
import type { OwnedRows, OwnedTypes } from '../model/decision.ts';
import type { OwnedState } from '../model/state.ts';
import { readRows } from '../rows/owner-rows.ts';
import { type Owners, requireClaim } from '../rows/owners.ts';
import {
  CLAIM_BOUNDS,
  type ClaimBounds,
  claimedElsewhere,
  type LateEffect,
  takeClaim,
  withTakenOver,
} from './claim.ts';
import type { Stage, WorkDefinition } from './definition.ts';

export interface RunDeps<T extends OwnedTypes> {
  readonly definition: WorkDefinition<T>;
  readonly ledger: Ledger;
  readonly owners: Owners<T>;
  readonly context: () => T['context'];
  readonly providers: ReadonlyMap<string, Provider>;
  readonly callFor: (fence: number, ownerId: string) => Caller;
  readonly paused: (backend: string) => boolean;
  /** All work, or all taking down, is stopped by an operator. */
  readonly frozen: (state: T['state']) => boolean;
  readonly ceiling: (ownerId: string, provider: Provider, room: Room) => Reason | undefined;
  readonly holder: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  readonly claimBounds?: ClaimBounds;
  readonly runBounds?: RunBounds;
  /** This process hands its work over: what is under way ends, and nothing begins any more. */
  readonly ending: () => boolean;
  /** Puts a frozen owner aside until the switches change; false: it cannot, so the owner is looked at again after a while. */
  readonly park?: (ownerId: string) => boolean;
  readonly frozenRecheckMs: number;
  /** Before anything is looked at or done for the stage: what here is in its way ends. */
  readonly beforeRun?: (state: T['state']) => Promise<void>;
}

interface Attempt<T extends OwnedTypes> {
  readonly ownerId: string;
  readonly state: T['state'];
  readonly fence: number;
  readonly goal: string;
  /** Looks at everything, as an operator wished. */
  readonly looks: boolean;
  claimed: boolean;
  heldUntilMs: number;
  superseded: boolean;
}

/** @returns when to come again; `undefined` if nothing is left to do until something changes. */
export async function runOwner<T extends OwnedTypes>(
  deps: RunDeps<T>,
  ownerId: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { clock, definition } = deps;
  const { state } = await deps.owners.read(ownerId, { fresh: !deps.ledger.store.exclusive, signal });
  const dueAtMs = definition.workDueAtMs(state, deps.context());
  const nowMs = clock.now();
  if (dueAtMs === undefined) return giveUpLeft(deps, ownerId, state, nowMs, signal);
  if (dueAtMs > nowMs) return dueAtMs;
  if (deps.frozen(state)) return deps.park?.(ownerId) ? undefined : nowMs + deps.frozenRecheckMs;
  const elsewhere = claimedElsewhere(state, deps.holder, nowMs, deps.ledger.store.exclusive);
  if (elsewhere !== undefined) return elsewhere;
  await deps.beforeRun?.(state);
  return attempt(
    deps,
    {
      ownerId,
      state,
      fence: state.fence + 1,
      goal: definition.goalKey(state),
      looks: isRecheckDue(state, nowMs),
      claimed: false,
      heldUntilMs: 0,
      superseded: false,
    },
    signal,
  );
}

/** J4. */
async function giveUpLeft<T extends OwnedTypes>(
  deps: RunDeps<T>,
  ownerId: string,
  state: T['state'],
  nowMs: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { holder, ledger, owners, definition } = deps;
  const { claim } = state;
  if (!claim || claimedElsewhere(state, holder, nowMs, ledger.store.exclusive) !== undefined) return undefined;
  try {
    const end = (rows: OwnedRows<T>, context: T['context']) => {
      requireClaim(rows.state, claim.holder, claim.fence);
      return definition.decideRunEnd(rows, 'superseded', context);
    };
    return (await owners.decide(ownerId, end, signal)).workAtMs;
  } catch (error) {
    const fault = asFault(error);
    if (fault.class === 'Conflict') return undefined;
    throw fault;
  }
}

async function attempt<T extends OwnedTypes>(
  deps: RunDeps<T>,
  run_: Attempt<T>,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { definition } = deps;
  const ended = new AbortController();
  const lost = new AbortController();
  const whole = AbortSignal.any([signal, lost.signal]);
  const unwatch = deps.ledger.onCommit((partition, now) => {
    if (partition !== definition.names.partitionOf(run_.ownerId)) return;
    if (definition.goalKey(readRows(definition, run_.ownerId, now).state) !== run_.goal) run_.superseded = true;
  });
  const renewing = renewClaim(deps, run_, ended.signal, lost);
  let extent: RunExtent = 'partial';
  try {
    if (isInherited(deps, run_.state)) await record(deps, run_, [], whole);
    extent = await run(runInput(deps, run_, whole));
    // Everything was looked at and nothing had to be said: the wish to look is fulfilled all the same.
    if (extent === 'whole' && run_.looks && !run_.claimed) await record(deps, run_, [], whole);
  } catch (error) {
    const fault = asFault(error);
    // A lost claim or a change of goal is the ordinary end of a run: the newest state says what comes next.
    if (fault.class !== 'Conflict' && !signal.aborted) throw fault;
  } finally {
    ended.abort('the run has ended');
    unwatch();
    await renewing;
  }
  return conclude(deps, run_, extent, signal);
}

/** Whether a run that begins now looks at everything. */
const isRecheckDue = ({ recheck }: Pick<OwnedState, 'recheck'>, nowMs: number): boolean =>
  recheck !== undefined && (recheck.notBeforeMs ?? 0) <= nowMs;

const isInherited = <T extends OwnedTypes>(
  { holder, ledger }: RunDeps<T>,
  { claim }: Pick<T['state'], 'claim'>,
): boolean => !ledger.store.exclusive && claim !== undefined && claim.holder !== holder;

function runInput<T extends OwnedTypes>(
  deps: RunDeps<T>,
  run_: Attempt<T>,
  signal: AbortSignal,
): Parameters<typeof run>[0] {
  const { clock, definition, runBounds = RUN_BOUNDS } = deps;
  const { state } = run_;
  const records = withTakenOver(state.records, clock.now(), lateEffectOf(deps));
  const { graph, goal } = definition.stageOf(state, deps.context()) as Stage;
  return {
    graph,
    records: new Map(records.map((record) => [record.id, record])),
    goal,
    refOf: (node) => definition.refOf(state, node),
    providers: deps.providers,
    isForeign: definition.isForeign,
    call: deps.callFor(run_.fence, run_.ownerId),
    clock,
    rng: deps.rng,
    ...definition.consentsOf(state),
    recheck: run_.looks,
    signal,
    fence: run_.fence,
    deadlineMs: state.operation?.deadlineMs ?? clock.now(),
    paused: deps.paused,
    ceiling: (provider, room) => deps.ceiling(run_.ownerId, provider, room),
    mayBegin: () => !signal.aborted && !deps.ending() && !run_.superseded && surelyHeld(deps, run_),
    record: (patches) => record(deps, run_, patches, signal),
    bounds: runBounds,
  };
}

/** K2. Before the first record there is nothing to lose: no effect begins without it. */
const surelyHeld = <T extends OwnedTypes>(deps: RunDeps<T>, run_: Attempt<T>): boolean => {
  if (!run_.claimed) return true;
  return deps.clock.now() < run_.heldUntilMs - (deps.claimBounds ?? CLAIM_BOUNDS).marginMs.value;
};

async function record<T extends OwnedTypes>(
  deps: RunDeps<T>,
  run_: Attempt<T>,
  patches: readonly NodePatch[],
  signal: AbortSignal,
): Promise<void> {
  const begins = patches.some(
    (patch) => patch.intent !== undefined && patch.nextAttemptAtMs === undefined && patch.startedAtMs !== undefined,
  );
  const { definition } = deps;
  const decision = await deps.owners.decide(
    run_.ownerId,
    (rows, context) => {
      const superseded = definition.goalKey(rows.state) !== run_.goal;
      if (superseded) run_.superseded = true;
      // J2: an outcome is a fact under any goal, a beginning only under its own.
      if (superseded && (begins || !run_.claimed))
        throw conflict('the goal changed while the run was under way', { code: SUPERSEDED });
      const state = claimed(deps, run_, rows, context.nowMs);
      return definition.decideOutcomes({ ...rows, state }, patches, context);
    },
    signal,
  );
  run_.claimed = true;
  run_.heldUntilMs = decision.state.claim?.untilMs ?? 0;
}

function claimed<T extends OwnedTypes>(
  deps: RunDeps<T>,
  run_: Attempt<T>,
  rows: OwnedRows<T>,
  nowMs: number,
): T['state'] {
  const ttlMs = (deps.claimBounds ?? CLAIM_BOUNDS).ttlMs.value;
  const { holder } = deps;
  // A commit whose outcome was unknown may have taken our claim already: then the fence on the tenant is ours.
  const ours = rows.state.claim?.holder === holder && rows.state.claim.fence === run_.fence;
  // J1: what somebody else has found or done since the look makes the look worth nothing.
  if (!run_.claimed && !ours && !sameRecords(rows.state, run_.state))
    throw conflict('the tenant changed since it was looked at', { code: 'FenceLost' });
  if (!run_.claimed && !ours)
    return takeClaim(
      rows.state,
      {
        holder,
        fence: run_.fence,
        exclusive: deps.ledger.store.exclusive,
        ttlMs,
        lateEffectMs: lateEffectOf(deps),
      },
      nowMs,
    );
  requireClaim(rows.state, holder, run_.fence);
  return { ...rows.state, claim: { holder, fence: run_.fence, untilMs: nowMs + ttlMs } };
}

/** What an embedded backend was doing ended with the process that did it. */
const lateEffectOf =
  <T extends OwnedTypes>({ providers, runBounds = RUN_BOUNDS }: RunDeps<T>): LateEffect =>
  (kind) =>
    providers.get(kind)?.embedded ? 0 : runBounds.lateEffectMs.value;

/** The shares of its time after which a claim is renewed, and a renewal that failed is tried again. */
const RENEW = 0.4;
const RETRY = 0.1;

const sameRecords = (a: Pick<OwnedState, 'records'>, b: Pick<OwnedState, 'records'>): boolean =>
  a.records === b.records || JSON.stringify(a.records) === JSON.stringify(b.records);

/**
 * While calls are under way the claim is renewed, unless a record has just done so; when that fails as lost, the run is told to
 * end.
 */
async function renewClaim<T extends OwnedTypes>(
  deps: RunDeps<T>,
  run_: Attempt<T>,
  ended: AbortSignal,
  lost: AbortController,
): Promise<void> {
  const ttlMs = (deps.claimBounds ?? CLAIM_BOUNDS).ttlMs.value;
  const { clock } = deps;
  let waitMs = ttlMs * RENEW;
  while (!ended.aborted) {
    try {
      await clock.sleep(waitMs, ended);
    } catch {
      return;
    }
    const early = run_.heldUntilMs - ttlMs * (1 - RENEW) - clock.now();
    waitMs = run_.claimed && early > 0 ? early : ttlMs * RENEW;
    if (!run_.claimed || early > 0) continue;
    try {
      await record(deps, run_, [], ended);
    } catch (error) {
      if (ended.aborted) return;
      const fault = asFault(error);
      // An unreachable store is no loss yet: the claim runs out by itself, and nothing begins after that (K2).
      if (fault.class === 'Conflict') lost.abort(fault);
      waitMs = ttlMs * RETRY;
    }
  }
}

/** Gives the claim up and says when to come again. A run that never recorded has nothing to give up. */
async function conclude<T extends OwnedTypes>(
  deps: RunDeps<T>,
  run_: Attempt<T>,
  extent: RunExtent,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { clock, owners, definition } = deps;
  if (!run_.claimed) {
    const { state } = await owners.read(run_.ownerId, { signal });
    const at = definition.workDueAtMs(state, deps.context());
    // Everything due is paused, or somebody was faster: a short wait keeps this from spinning.
    return at === undefined ? undefined : Math.max(at, clock.now() + deps.frozenRecheckMs);
  }
  try {
    const decision = await owners.decide(
      run_.ownerId,
      (rows, context) => {
        requireClaim(rows.state, deps.holder, run_.fence);
        const end = run_.looks && definition.goalKey(rows.state) === run_.goal ? extent : 'superseded';
        return definition.decideRunEnd(rows, end, context);
      },
      // The claim is given up all the more when the run was told to end: another process need not wait for it to lapse.
      signal.aborted ? undefined : signal,
    );
    if (decision.workAtMs === undefined) return undefined;
    const allPaused = decision.workAtMs <= clock.now() && !run_.superseded;
    return allPaused ? clock.now() + deps.frozenRecheckMs : decision.workAtMs;
  } catch (error) {
    const fault = asFault(error);
    if (fault.class === 'Conflict') return clock.now();
    throw fault;
  }
}
