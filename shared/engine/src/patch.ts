/**
 * What each turn of events writes into a node's record. The executor decides that something happened; here is what the
 * ledger then says.
 */
import { bound, type Fault } from '@leasehold/kernel';
import { FIGHT_REPAIRS, lasting, remember } from './fight.ts';
import type { NodePlan } from './plan.ts';
import type { Intent, LeftChange, NodeFailure, NodePatch, NodeRecord } from './record.ts';
import type { Verdict } from './retry.ts';

/** How much of a drift is kept until it is told. */
const DRIFT_CHANGES = bound('drift-changes', 32);

/**
 * A look found that the node is not as it should be: whatever keeps the effect from beginning, it is not ready any more.
 * What was complete under this very goal has drifted. `undefined`: the ledger says so already.
 */
export function foundPatch(plan: NodePlan, record: NodeRecord, digest: string): NodePatch | undefined {
  const anew = plan.action === 'create' || plan.changes.some(({ weight }) => weight === 'data');
  if (record.status !== 'ready' && !(anew && record.born)) return undefined;
  return {
    id: plan.id,
    status: 'pending',
    converged: undefined,
    ...(anew ? { born: false } : {}),
    ...(record.born && record.converged === digest ? { drift: plan.changes.slice(0, DRIFT_CHANGES.value) } : {}),
  };
}

/** Everything an effect needs to be found again after a crash, written before it begins. */
export function intentPatch(plan: NodePlan, record: NodeRecord, intent: Intent): NodePatch {
  return {
    id: plan.id,
    status: plan.action === 'delete' ? 'deleting' : 'creating',
    attempts: record.attempts + 1,
    // Repairing does not forget that a creation is still open: a half-made object is ours only by that intent.
    intent: {
      ...intent,
      action: record.intent?.action === 'create' && plan.action === 'update' ? 'create' : intent.action,
    },
    startedAtMs: record.startedAtMs ?? intent.atMs,
    finishedAtMs: undefined,
    nextAttemptAtMs: undefined,
    // Until it is seen again, what was seen complete before the effect says nothing.
    converged: undefined,
  };
}

/** What a look found that needs nothing done. */
export interface Rest {
  readonly record: NodeRecord;
  readonly digest: string;
  readonly nowMs: number;
  readonly notes?: readonly string[] | undefined;
  readonly left?: readonly LeftChange[] | undefined;
  /** Another controller undid the repair each time. */
  readonly lostFight?: true;
}

export const readyPatch = ({ record, digest, nowMs, notes, left = [], lostFight }: Rest): NodePatch => ({
  id: record.id,
  status: 'ready',
  born: true,
  lost: false,
  strikes: 0,
  converged: digest,
  // A look at what was ready already ends nothing.
  ...(record.status === 'ready' ? {} : { finishedAtMs: nowMs }),
  observedAtMs: nowMs,
  intent: undefined,
  drift: undefined,
  settleAtMs: undefined,
  failure: undefined,
  misses: undefined,
  nextAttemptAtMs: undefined,
  notes: notes?.length ? notes : undefined,
  former: undefined,
  ...afterRepair(record, left, nowMs, lostFight ? FIGHT_REPAIRS.value : 0),
});

/** What differed and is repaired is counted; what is left is kept for whoever asks. */
function afterRepair(record: NodeRecord, left: readonly LeftChange[], nowMs: number, atLeast: number) {
  const repairs = remember(record, record.drift ?? [], nowMs, atLeast);
  const undone = atLeast > 0 ? (record.drift ?? []) : [];
  const all = new Map<string, LeftChange>(undone.map((change) => [change.path, { ...change, why: 'fight' }]));
  for (const change of [...lasting(record, repairs ? { repairs } : {}, nowMs), ...left]) all.set(change.path, change);
  return { repairs, left: all.size === 0 ? undefined : [...all.values()].slice(0, DRIFT_CHANGES.value) };
}

/** Access is seen withdrawn; whether the rest is complete stays as the ledger had it, but for what resisted until now. */
export const accessPatch = ({ id, status, born, lost }: NodeRecord, digest: string, nowMs: number): NodePatch => ({
  id,
  ...(lost ? {} : born ? { status: 'ready' } : status === 'failed' ? { status: 'creating' } : {}),
  strikes: 0,
  converged: digest,
  observedAtMs: nowMs,
  drift: undefined,
  settleAtMs: undefined,
  failure: undefined,
  misses: undefined,
  nextAttemptAtMs: undefined,
});

/** What was seen may change once more by itself: looked at again then. Nothing of ours is under way meanwhile. */
export const waitPatch = ({ id, intent }: NodeRecord, plan: NodePlan, nowMs: number): NodePatch => ({
  id,
  intent: intent && { ...intent, ended: true },
  failure: undefined,
  misses: undefined,
  nextAttemptAtMs: plan.atMs,
  observedAtMs: nowMs,
  ...(plan.left ? { status: 'pending', converged: undefined, left: plan.left } : {}),
});

export const removedPatch = (id: string, fate: NonNullable<NodeRecord['fate']>, nowMs: number): NodePatch => ({
  id,
  status: 'deleted',
  fate,
  born: false,
  lost: false,
  finishedAtMs: nowMs,
  observedAtMs: nowMs,
  converged: undefined,
  intent: undefined,
  drift: undefined,
  settleAtMs: undefined,
  notes: undefined,
  failure: undefined,
  misses: undefined,
  nextAttemptAtMs: undefined,
});

/** A finding that only an operator can settle. */
export const stuckPatch = (plan: NodePlan, nowMs: number, lost: boolean): NodePatch => ({
  id: plan.id,
  status: 'failed',
  lost,
  finishedAtMs: nowMs,
  observedAtMs: nowMs,
  converged: undefined,
  intent: undefined,
  drift: undefined,
  nextAttemptAtMs: undefined,
  misses: undefined,
  failure: { class: 'Conflict', code: plan.reason.code, message: plan.reason.message, away: false, atMs: nowMs },
});

const failureOf = (fault: Fault, nowMs: number): NodeFailure => ({
  class: fault.class,
  code: fault.code,
  message: fault.message,
  away: fault.away,
  ...(fault.backend === undefined ? {} : { backend: fault.backend }),
  atMs: nowMs,
});

/** An effect that was not answered, or does not show yet, may still be on its way. One that was never sent is not. */
const leavesDoubt = (fault: Fault): boolean => fault.unknownOutcome || fault.code === NOT_YET_CONSISTENT;

/** An effect was answered, and the look after it does not show it. */
export const NOT_YET_CONSISTENT = 'NotYetConsistent';

export interface FailedTry {
  readonly record: NodeRecord;
  readonly fault: Fault;
  readonly verdict: Verdict;
  readonly nowMs: number;
  /** How long after a lost answer its effect may still come. */
  readonly lateEffectMs: number;
  /**
   * For taking down and withdrawing access: a node that resists is told as failed, and tried again after this long, for as
   * long as it takes.
   */
  readonly failedRetryMs: number | undefined;
}

export function failurePatch({ record, fault, verdict, nowMs, lateEffectMs, failedRetryMs }: FailedTry): NodePatch {
  const failed = verdict.kind === 'failed';
  const nextAttemptAtMs =
    verdict.kind === 'retry' ? verdict.atMs : failedRetryMs === undefined ? undefined : nowMs + failedRetryMs;
  return {
    id: record.id,
    ...(failed
      ? { status: 'failed' as const, finishedAtMs: nowMs, drift: undefined }
      : // What waits for it must not begin by what was true before the look that failed.
        failedRetryMs === undefined && record.status === 'ready'
        ? { status: 'pending' as const }
        : {}),
    strikes: verdict.strikes,
    misses: (record.misses ?? 0) + 1,
    failure: failureOf(fault, nowMs),
    nextAttemptAtMs,
    // The name turned out to be somebody else's: an open intent would later pass their empty object off as ours.
    intent: fault.code === 'NameTaken' || !record.intent ? undefined : { ...record.intent, ended: true },
    ...(record.intent && leavesDoubt(fault) ? { settleAtMs: nowMs + lateEffectMs } : {}),
    // Whatever was known of it before, it could not be confirmed now.
    converged: undefined,
  };
}

/**
 * A new run finds an intent whose run never told its end: what that had under way may still take effect, counted from now.
 * Counted once: a run that only waits for the effect must not push the wait before itself.
 */
export const takeOver = (record: NodeRecord, nowMs: number, lateEffectMs: number): NodeRecord =>
  record.intent && !record.intent.ended
    ? {
        ...record,
        intent: { ...record.intent, ended: true },
        settleAtMs: Math.max(record.settleAtMs ?? 0, nowMs + lateEffectMs),
      }
    : record;
