/**
 * One reconcile of one tenant: from its partition to the engine and back. The work queue calls it with nothing but a key.
 *
 * J1. Looking needs no claim; the first record takes it, with the intents of the first wave, in one commit, over exactly
 *     what the look began from.
 *     What another process was at is claimed before it is looked at: of several replicas that are left only one looks.
 * J2. What began under another goal is recorded, but nothing begins any more once the goal has changed.
 * J3. A run that could not record, or lost its claim, ends; what it did is found again by observing.
 * J4. A claim that is left where nothing is due, because its end could not be recorded, is given up: a tenant that looks worked at is
 *     passed over by sweeps and rollouts.
 */
import { requireClaim } from '@leasehold/controller';
import {
  type Caller,
  type NodePatch,
  type Provider,
  type Ref,
  type Room,
  RUN_BOUNDS,
  type RunBounds,
  type RunExtent,
  run,
  SUPERSEDED,
} from '@leasehold/engine';
import { asFault, type Clock, conflict, type Log, type Reason, type Rng } from '@leasehold/kernel';
import type { Ledger } from '@leasehold/store';
import { decideOutcomes, decideRunEnd } from '../domain/decide.ts';
import type { Context } from '../domain/draft.ts';
import { isForeign } from '../domain/foreign.ts';
import { goalKey, isLeaving, isRecheckDue, isTrimming, type Stage, stageOf, workDueAtMs } from '../domain/goal.ts';
import type { TenantState } from '../domain/state.ts';
import {
  CLAIM_BOUNDS,
  type ClaimBounds,
  claimedElsewhere,
  type LateEffect,
  takeClaim,
  withTakenOver,
} from './claim.ts';
import { readTenant, type TenantRows, tenantPartition } from './partition.ts';
import { HEARD_NODE } from './tenant-topics.ts';
import type { Tenants } from './tenants.ts';

export interface RunTenantDeps {
  readonly ledger: Ledger;
  readonly tenants: Tenants;
  readonly context: () => Context;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly callFor: (fence: number, tenantId: string) => Caller;
  readonly paused: (backend: string) => boolean;
  /** All work, or all taking down, is stopped by an operator. */
  readonly frozen: (state: TenantState) => boolean;
  readonly ceiling: (provider: Provider, state: TenantState, room: Room) => Reason | undefined;
  readonly holder: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  readonly claimBounds?: ClaimBounds;
  readonly runBounds?: RunBounds;
  /** This process hands its work over: what is under way ends, and nothing begins any more. */
  readonly ending: () => boolean;
  /** Puts a frozen tenant aside until the switches change; false: it cannot, so the tenant is looked at again after a while. */
  readonly park?: (tenantId: string) => boolean;
  readonly frozenRecheckMs: number;
  /** Before anything of a tenant is taken down: its consumers here are closed. */
  readonly beforeRemoval: (tenantId: string) => Promise<void>;
}

interface Attempt {
  readonly tenantId: string;
  readonly state: TenantState;
  readonly fence: number;
  readonly goal: string;
  /** Looks at everything, as an operator wished. */
  readonly looks: boolean;
  claimed: boolean;
  heldUntilMs: number;
  superseded: boolean;
}

/** @returns when to come again; `undefined` if nothing is left to do until something changes. */
export async function runTenant(
  deps: RunTenantDeps,
  tenantId: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { clock } = deps;
  const { state } = await deps.tenants.read(tenantId, { fresh: !deps.ledger.store.exclusive, signal });
  const dueAtMs = workDueAtMs(state, deps.context().kinds);
  const nowMs = clock.now();
  if (dueAtMs === undefined) return giveUpLeft(deps, state, nowMs, signal);
  if (dueAtMs > nowMs) return dueAtMs;
  if (deps.frozen(state)) return deps.park?.(tenantId) ? undefined : nowMs + deps.frozenRecheckMs;
  const elsewhere = claimedElsewhere(state, deps.holder, nowMs, deps.ledger.store.exclusive);
  if (elsewhere !== undefined) return elsewhere;
  if (state.phase === 'deleting' || (isTrimming(state) && isLeaving(state, HEARD_NODE)))
    await deps.beforeRemoval(tenantId);
  return attempt(
    deps,
    {
      tenantId,
      state,
      fence: state.fence + 1,
      goal: goalKey(state),
      looks: isRecheckDue(state, nowMs),
      claimed: false,
      heldUntilMs: 0,
      superseded: false,
    },
    signal,
  );
}

/** J4. */
async function giveUpLeft(
  deps: RunTenantDeps,
  state: TenantState,
  nowMs: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { holder, ledger, tenants } = deps;
  const { tenantId, claim } = state;
  if (!claim || claimedElsewhere(state, holder, nowMs, ledger.store.exclusive) !== undefined) return undefined;
  try {
    const end = (rows: TenantRows, context: Context) => {
      requireClaim(rows.state, claim.holder, claim.fence);
      return decideRunEnd(rows.state, rows.waiting, 'superseded', context);
    };
    return (await tenants.decide(tenantId, end, signal)).workAtMs;
  } catch (error) {
    const fault = asFault(error);
    if (fault.class === 'Conflict') return undefined;
    throw fault;
  }
}

async function attempt(deps: RunTenantDeps, run_: Attempt, signal: AbortSignal): Promise<number | undefined> {
  const ended = new AbortController();
  const lost = new AbortController();
  const whole = AbortSignal.any([signal, lost.signal]);
  const unwatch = deps.ledger.onCommit((partition, now) => {
    if (partition !== tenantPartition(run_.tenantId)) return;
    if (goalKey(readTenant(run_.tenantId, now).state) !== run_.goal) run_.superseded = true;
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

const isInherited = ({ holder, ledger }: RunTenantDeps, { claim }: TenantState): boolean =>
  !ledger.store.exclusive && claim !== undefined && claim.holder !== holder;

function runInput(deps: RunTenantDeps, run_: Attempt, signal: AbortSignal): Parameters<typeof run>[0] {
  const { clock, runBounds = RUN_BOUNDS } = deps;
  const { state } = run_;
  const records = withTakenOver(state.records, clock.now(), lateEffectOf(deps));
  const { graph, goal } = stageOf(state, deps.context().kinds) as Stage;
  return {
    graph,
    records: new Map(records.map((record) => [record.id, record])),
    goal,
    refOf: (node) => refOf(state, node),
    providers: deps.providers,
    isForeign,
    call: deps.callFor(run_.fence, run_.tenantId),
    clock,
    rng: deps.rng,
    acceptLoss: state.recheck?.acceptLoss ?? false,
    adopt: state.adopt ?? false,
    remake: state.remake ?? false,
    consent: state.consent ?? false,
    recheck: run_.looks,
    signal,
    fence: run_.fence,
    deadlineMs: state.operation?.deadlineMs ?? clock.now(),
    paused: deps.paused,
    ceiling: (provider, room) => deps.ceiling(provider, state, room),
    mayBegin: () => !signal.aborted && !deps.ending() && !run_.superseded && surelyHeld(deps, run_),
    record: (patches) => record(deps, run_, patches, signal),
    bounds: runBounds,
  };
}

export const refOf = (state: TenantState, node: { readonly kind: string; readonly name: string }): Ref => ({
  kind: node.kind,
  name: node.name,
  tenantId: state.tenantId,
  generation: state.generation,
  tier: state.tier,
});

/** K2. Before the first record there is nothing to lose: no effect begins without it. */
const surelyHeld = (deps: RunTenantDeps, run_: Attempt): boolean => {
  if (!run_.claimed) return true;
  return deps.clock.now() < run_.heldUntilMs - (deps.claimBounds ?? CLAIM_BOUNDS).marginMs.value;
};

async function record(
  deps: RunTenantDeps,
  run_: Attempt,
  patches: readonly NodePatch[],
  signal: AbortSignal,
): Promise<void> {
  const begins = patches.some(
    (patch) => patch.intent !== undefined && patch.nextAttemptAtMs === undefined && patch.startedAtMs !== undefined,
  );
  const decision = await deps.tenants.decide(
    run_.tenantId,
    (rows, context) => {
      const superseded = goalKey(rows.state) !== run_.goal;
      if (superseded) run_.superseded = true;
      // J2: an outcome is a fact under any goal, a beginning only under its own.
      if (superseded && (begins || !run_.claimed))
        throw conflict('the goal changed while the run was under way', { code: SUPERSEDED });
      const state = claimed(deps, run_, rows, context.nowMs);
      return decideOutcomes(state, rows.waiting, patches, context);
    },
    signal,
  );
  run_.claimed = true;
  run_.heldUntilMs = decision.state.claim?.untilMs ?? 0;
}

function claimed(deps: RunTenantDeps, run_: Attempt, rows: TenantRows, nowMs: number): TenantState {
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

/** What an embedded twin was doing ended with the process that did it. */
const lateEffectOf =
  ({ providers, runBounds = RUN_BOUNDS }: RunTenantDeps): LateEffect =>
  (kind) =>
    providers.get(kind)?.embedded ? 0 : runBounds.lateEffectMs.value;

/** The shares of its time after which a claim is renewed, and a renewal that failed is tried again. */
const RENEW = 0.4;
const RETRY = 0.1;

const sameRecords = (a: TenantState, b: TenantState): boolean =>
  a.records === b.records || JSON.stringify(a.records) === JSON.stringify(b.records);

/**
 * While calls are under way the claim is renewed, unless a record has just done so; when that fails as lost, the run is told to
 * end.
 */
async function renewClaim(
  deps: RunTenantDeps,
  run_: Attempt,
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
async function conclude(
  deps: RunTenantDeps,
  run_: Attempt,
  extent: RunExtent,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { clock, tenants } = deps;
  if (!run_.claimed) {
    const { state } = await tenants.read(run_.tenantId, { signal });
    const at = workDueAtMs(state, deps.context().kinds);
    // Everything due is paused, or somebody was faster: a short wait keeps this from spinning.
    return at === undefined ? undefined : Math.max(at, clock.now() + deps.frozenRecheckMs);
  }
  try {
    const decision = await tenants.decide(
      run_.tenantId,
      (rows, context) => {
        requireClaim(rows.state, deps.holder, run_.fence);
        const end = run_.looks && goalKey(rows.state) === run_.goal ? extent : 'superseded';
        return decideRunEnd(rows.state, rows.waiting, end, context);
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
