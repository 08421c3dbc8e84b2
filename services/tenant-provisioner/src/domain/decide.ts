/**
 * The one place where facts meet: pure functions from (state, what came, now) to a decision. The same for events, REST,
 * timers and outcomes of runs.
 *
 * Rules of collision: the event contract, "What an event means when facts collide".
 */
import type { Source, SweepFound } from '@leasehold/controller/model';
import { applyPatch, type NodePatch, type NodeRecord, type RunExtent } from '@leasehold/engine';
import { isWithoutAccess, withAccessNoted } from './access.ts';
import { attempt } from './attempt.ts';
import { type BlueprintChange, bringOver, dropTrimmed } from './blueprint.ts';
import type { Command, WaitingMessage } from './command.ts';
import { create } from './create.ts';
import { type Context, change, type Disposition, type Draft, deadLetter, explain, openDraft } from './draft.ts';
import { hasForeign } from './foreign.ts';
import { isRecheckDue, reopened, workDueAtMs } from './goal.ts';
import { endOperation } from './operation.ts';
import { operate } from './operator.ts';
import { beginRemovalWhenDue, endRemovalWhenDone, release, remove } from './removal.ts';
import { type Recovery, revive } from './revive.ts';
import type { TenantState } from './state.ts';
import { conditionsOf, isHeldByProtection, statusOf } from './status.ts';
import { sweepFound } from './sweep.ts';
import { tellCompletion, tellDrifts, tellFailure, tellSuspension } from './tell.ts';
import { upgrade } from './tier.ts';
import type { Decision } from './types.ts';
import { enqueue, retryWaiting } from './waiting.ts';

export function decideCommand(
  state: TenantState,
  waiting: readonly WaitingMessage[],
  command: Command,
  source: Source,
  context: Context,
): Decision {
  const draft = openDraft(state, waiting, source.trace);
  const disposition = arrive(draft, command, source, context);
  return conclude(draft, disposition, context);
}

/** Time has passed: a grace, a wait, or the brake. */
export function decideWake(state: TenantState, waiting: readonly WaitingMessage[], context: Context): Decision {
  const draft = openDraft(state, waiting);
  release(draft, context);
  beginRemovalWhenDue(draft, context);
  return conclude(draft, { kind: 'applied' }, context);
}

/** A run tells what came of its calls. */
export function decideOutcomes(
  state: TenantState,
  waiting: readonly WaitingMessage[],
  patches: readonly NodePatch[],
  context: Context,
): Decision {
  const draft = openDraft(state, waiting);
  const records = new Map(state.records.map((record) => [record.id, record]));
  for (const patch of patches) {
    const record = records.get(patch.id);
    if (record) records.set(patch.id, applyPatch(record, patch));
  }
  change(draft, { records: noted(state, [...records.values()], patches, context) });
  tellDrifts(draft, state.records, context);
  return conclude(draft, { kind: 'applied' }, context);
}

/** A tenant whose access an earlier release withdrew knows of what has learnt access since as soon as that was looked at. */
function noted(
  state: TenantState,
  records: readonly NodeRecord[],
  patches: readonly NodePatch[],
  { kinds }: Context,
): readonly NodeRecord[] {
  if (!isWithoutAccess(state)) return records;
  const ids = new Set(patches.map(({ id }) => id));
  return withAccessNoted({ graph: state.graph.filter(({ id }) => ids.has(id)), records }, kinds);
}

/** `superseded`: it did not look for the wish that stands now, as that came later or its time had not come. */
export type RunEnd = RunExtent | 'superseded';

/** A run has ended: an operator's wish to look at everything is fulfilled, if it could. */
export function decideRunEnd(
  state: TenantState,
  waiting: readonly WaitingMessage[],
  end: RunEnd,
  context: Context,
): Decision {
  const draft = openDraft(state, waiting);
  change(draft, { claim: undefined });
  if (end !== 'superseded' && isRecheckDue(state, context.nowMs)) {
    const notBeforeMs = context.nowMs + context.bounds.lookAgainMs;
    const isFulfilled = end === 'whole' && !(state.recheck?.byWhoKnowsAll && hasForeign(state));
    change(draft, { recheck: isFulfilled || !state.recheck ? undefined : { ...state.recheck, notBeforeMs } });
  }
  return conclude(draft, { kind: 'applied' }, context);
}

/** A rollout brings a tenant over to another blueprint. */
export function decideBlueprint(
  state: TenantState,
  waiting: readonly WaitingMessage[],
  wanted: BlueprintChange,
  context: Context,
): Decision {
  const draft = openDraft(state, waiting);
  const disposition = attempt(draft, 'invalid', () => bringOver(draft, wanted, context));
  return conclude(draft, disposition, context);
}

/** A sweep found a finished tenant not to be as it should be. */
export function decideSweep(
  state: TenantState,
  waiting: readonly WaitingMessage[],
  found: SweepFound,
  context: Context,
): Decision {
  const draft = openDraft(state, waiting);
  return conclude(draft, sweepFound(draft, found, context), context);
}

/** A backend can be used again. */
export function decideRecovery(
  state: TenantState,
  waiting: readonly WaitingMessage[],
  recovery: Recovery,
  context: Context,
): Decision {
  const draft = openDraft(state, waiting);
  return conclude(draft, revive(draft, recovery, context), context);
}

function arrive(draft: Draft, command: Command, source: Source, context: Context): Disposition {
  const disposition = attempt(draft, 'invalid', () => apply(draft, command, source, context));
  if (disposition.kind === 'waiting' && !enqueue(draft, command, source, disposition.code, context)) {
    const message = 'as many messages wait for this tenant as the bounds allow';
    if (source.type === 'event') deadLetter(draft, source.letter, 'overloaded', message);
    return { kind: 'refused', code: 'overloaded', message };
  }
  if (disposition.kind === 'refused' && source.type === 'event')
    deadLetter(draft, source.letter, disposition.code, disposition.message);
  return disposition;
}

function apply(draft: Draft, command: Command, source: Source, context: Context): Disposition {
  switch (command.kind) {
    case 'create':
      return create(draft, command, source, context);
    case 'upgrade':
      return upgrade(draft, command, source, context);
    case 'delete':
      return remove(draft, command, source, context);
    default:
      return operate(draft, command, source.type === 'rest' ? source.subject : undefined, context);
  }
}

/** What follows from the state by itself, in one order for every kind of decision. */
function conclude(draft: Draft, disposition: Disposition, context: Context): Decision {
  const settle = () => {
    change(draft, { records: reopened(draft.state, context.kinds) });
    dropTrimmed(draft);
    tellSuspension(draft, context);
    endRemovalWhenDone(draft, context);
    tellCompletion(draft, context);
  };
  settle();
  draft.trace = undefined;
  const retried = retryWaiting(draft, apply, context);
  settle();
  forgetTheGone(draft, context);
  change(draft, { conditions: conditionsOf(draft.state, context.nowMs, draft.waiting), updatedAtMs: context.nowMs });
  const workAtMs = workDueAtMs(draft.state, context.kinds);
  tellFailure(draft, workAtMs, context);
  endQuietOperation(draft, workAtMs, context);
  return {
    state: draft.state,
    waiting: draft.waiting,
    outgoing: draft.outgoing,
    reasons: draft.reasons,
    finished: draft.finished,
    disposition,
    workAtMs,
    wakeAtMs: retried === 'more' ? context.nowMs : wakeAtMs(draft, context),
  };
}

/** Suspending, resuming and the like are done when nothing is left to do. */
function endQuietOperation(draft: Draft, workAtMs: number | undefined, context: Context): void {
  const { operation, phase } = draft.state;
  if (workAtMs !== undefined || !operation || operation.finishedAtMs !== undefined) return;
  if (phase === 'leaving' || phase === 'deleting') return;
  const status = statusOf(draft.state);
  if (status === 'completed' || status === 'suspended') endOperation(draft, context, 'completed');
  else if (status === 'degraded') endOperation(draft, context, 'failed');
}

/** The end of a tenant is told for a while; then only its tombstone is kept. */
function forgetTheGone(draft: Draft, context: Context): void {
  const { state } = draft;
  if (state.phase !== 'gone' || state.endedAtMs === undefined) return;
  if (state.endedAtMs + context.bounds.keepDeletedMs > context.nowMs) return;
  change(draft, { graph: [], records: [], endedAtMs: undefined, operation: undefined, deletion: undefined });
  explain(draft, 'Forgotten', 'the end of the tenant is no longer told; its tombstone stays');
}

function wakeAtMs(draft: Draft, context: Context): number | undefined {
  const { state, waiting } = draft;
  const times = waiting.map((message) => message.untilMs).filter((at) => at < Number.MAX_SAFE_INTEGER);
  // What protection holds waits for a word, and not for a time.
  const heldUntilMs = context.nowMs + context.bounds.heldRecheckMs;
  if (state.phase === 'leaving' && state.deletion && !isHeldByProtection(state)) {
    const { graceUntilMs } = state.deletion;
    times.push(context.deletionsPaused && graceUntilMs <= context.nowMs ? heldUntilMs : graceUntilMs);
  }
  if (state.held) times.push(heldUntilMs);
  if (state.phase === 'gone' && state.endedAtMs !== undefined)
    times.push(state.endedAtMs + context.bounds.keepDeletedMs);
  return times.length === 0 ? undefined : Math.min(...times);
}
